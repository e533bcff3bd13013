"""The book of profiles over the fake store: order, names, kills between any two changes,
secrets that stay with their profile, files in and out."""

import itertools
import json
from contextlib import suppress
from dataclasses import replace

import pytest

from roammail.core.errors import BadConfiguration, BadMessage, SecretStoreError, UserFacingError
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.profile_codec import StoredProfile, encode_stored
from roammail.core.secret import Secret
from roammail.engine.profile_book import ImportOutcome, ProfileBook
from roammail.engine.profile_index import INDEX, INDEX_COPY
from tests import canary
from tests.fakes.secret_store import DENIED, LOCKED, FakeSecretStore, Killed

ONE = Secret(canary.secret("one"))
TWO = Secret(canary.secret("two"))
PASSPHRASE = Secret(canary.secret("correct horse"))


class MarkingSealer:
    """Not a cipher: shows what the book hands over and takes back."""

    def is_sealed(self, text: str) -> bool:
        return text.startswith("sealed:")

    async def seal(self, text: str, passphrase: Secret) -> str:
        return f"sealed:{passphrase.reveal()}:{text}"

    async def unseal(self, sealed: str, passphrase: Secret) -> str:
        _, used, text = sealed.split(":", 2)
        if used != passphrase.reveal():
            raise UserFacingError("passphrase-wrong", "The passphrase is wrong. Type it again.")
        return text


def _book(store: FakeSecretStore, start: int = 0) -> ProfileBook:
    numbers = itertools.count(start)
    return ProfileBook(store, lambda: f"id{next(numbers)}", MarkingSealer())


@pytest.fixture
def store() -> FakeSecretStore:
    return FakeSecretStore()


@pytest.fixture
def book(store: FakeSecretStore) -> ProfileBook:
    return _book(store)


def _profile(name: str, host: str = "smtp.example.org") -> Profile:
    endpoint = Endpoint(host, 465, Security.IMPLICIT_TLS)
    return Profile(id="", name=name, endpoint=endpoint, username="me@example.org")


async def _names(book: ProfileBook) -> list[str]:
    return [profile.name for profile in (await book.all()).profiles]


async def test_an_empty_keyring_has_no_profiles(book: ProfileBook) -> None:
    listing = await book.all()
    assert (listing.profiles, listing.broken) == ((), ())


async def test_added_profiles_are_there_in_order_with_their_secrets(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    home = await book.add(_profile("Home"), None)
    assert (await book.all()).profiles == (work, home)
    assert work.id != work.secret_revision
    assert await book.secret(work.id) == ONE
    assert await book.secret(home.id) is None
    assert await book.secret("nobody") is None


async def test_a_name_is_taken_whatever_its_case(book: ProfileBook, store: FakeSecretStore) -> None:
    await book.add(_profile("Work"), ONE)
    before = dict(store.values)
    with pytest.raises(BadConfiguration) as caught:
        await book.add(_profile("WORK"), ONE)
    assert caught.value.code == "profile-name-taken"
    assert store.values == before


async def test_profiles_are_found_by_id_name_and_case(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    for wanted in (work.id, "Work", "wORK"):
        assert await book.find(wanted) == work


async def test_an_unknown_name_names_the_close_ones(book: ProfileBook) -> None:
    await book.add(_profile("Hotel relay"), ONE)
    with pytest.raises(BadConfiguration) as caught:
        await book.find("hotel rely")
    assert caught.value.code == "profile-unknown"
    assert "“Hotel relay”" in caught.value.message
    with pytest.raises(BadConfiguration) as caught:
        await book.find("\x1b]0;" + "z" * 5_000)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 300


async def test_an_edit_keeps_the_secret_and_its_revision(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    edited = await book.edit(replace(work, name="Office", secret_revision="forged"))
    assert edited.secret_revision == work.secret_revision
    assert await book.secret(work.id) == ONE
    assert await _names(book) == ["Office"]


async def test_a_corrected_user_name_or_server_has_a_new_revision(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    renamed = await book.edit(replace(work, username="other@work.example"))
    moved = await book.edit(replace(renamed, endpoint=replace(work.endpoint, host="b.example")))
    assert len({work.secret_revision, renamed.secret_revision, moved.secret_revision}) == 3
    assert await book.secret(work.id) == ONE


async def test_a_new_secret_has_a_new_revision(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    edited = await book.edit(work, TWO)
    assert edited.secret_revision != work.secret_revision
    assert await book.find(work.id) == edited
    assert await book.secret(work.id) == TWO


async def test_no_secret_is_kept_for_a_profile_that_does_not_sign_in(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    open_relay = await book.edit(replace(work, auth=AuthMethod.NONE))
    assert await book.secret(work.id) is None
    assert open_relay.secret_revision != work.secret_revision


async def test_an_edit_may_keep_its_own_name_and_not_take_another(book: ProfileBook) -> None:
    work = await book.add(_profile("Work"), ONE)
    await book.add(_profile("Home"), ONE)
    await book.edit(replace(work, name="WORK"))
    with pytest.raises(BadConfiguration) as caught:
        await book.edit(replace(work, name="home"))
    assert caught.value.code == "profile-name-taken"


@pytest.mark.parametrize("what", ["edit", "remove", "order"])
async def test_unknown_ids_are_refused(book: ProfileBook, what: str) -> None:
    calls = {
        "edit": book.edit(replace(_profile("x"), id="nobody")),
        "remove": book.remove("nobody"),
        "order": book.order(["nobody"]),
    }
    with pytest.raises(BadConfiguration) as caught:
        await calls.pop(what)
    assert caught.value.code == "profile-unknown"
    for unused in calls.values():
        unused.close()


async def test_order_puts_the_named_ones_first(book: ProfileBook) -> None:
    a, b, c = [await book.add(_profile(name), None) for name in "abc"]
    await book.order([c.id, a.id])
    assert await _names(book) == ["c", "a", "b"]
    await book.order([])
    assert await _names(book) == ["c", "a", "b"]
    await book.remove(a.id)
    assert await _names(book) == ["c", "b"]
    assert await book.secret(b.id) is None


async def test_a_half_written_profile_is_named_and_hides_nobody(
    book: ProfileBook, store: FakeSecretStore
) -> None:
    good = await book.add(_profile("Good"), ONE)
    bad = await book.add(_profile("Bad"), TWO)
    store.half_write(f"roammail/profile/{bad.id}")
    listing = await book.all()
    assert listing.profiles == (good,)
    assert [(item.id, item.name) for item in listing.broken] == [(bad.id, "Bad")]
    with pytest.raises(BadConfiguration) as caught:
        await book.find("bad")
    assert caught.value.code == "profile-broken"
    with pytest.raises(BadConfiguration) as caught:
        await book.edit(bad)
    assert caught.value.code == "profile-broken"
    assert await book.edit(bad, TWO) == (await book.all()).profiles[1]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "{}",
        encode_stored(StoredProfile(replace(_profile("Bad"), id="another"))),
        encode_stored(
            StoredProfile(
                replace(_profile("Bad"), id="id2", endpoint=Endpoint("a", 25, Security.PLAINTEXT)),
                ONE,
            )
        ),
    ],
    ids=["gone", "empty", "no-profile", "another's", "plaintext-with-password"],
)
async def test_what_cannot_be_read_can_be_removed(
    book: ProfileBook, store: FakeSecretStore, value: str | None
) -> None:
    await book.add(_profile("Good"), ONE)
    bad = await book.add(_profile("Bad"), TWO)
    assert bad.id == "id2"
    service = f"roammail/profile/{bad.id}"
    if value is None:
        del store.values[service]
    else:
        store.values[service] = value
    (broken,) = (await book.all()).broken
    assert broken.name == "Bad"
    assert not canary.found_in(broken.reason)
    await book.remove(await book.id_of("bad"))
    assert (await book.all()).broken == ()
    assert await _names(book) == ["Good"]


async def test_a_kill_at_any_change_loses_nothing_and_mixes_nothing() -> None:
    """Every operation, killed before each of its changes to the keyring."""
    for killed_at, what in itertools.product(range(6), ("add", "edit", "remove", "order")):
        store = FakeSecretStore()
        old = await _book(store).add(_profile("Old"), ONE)
        other = await _book(store, 10).add(_profile("Other"), ONE)
        new = replace(old, name="New", username="new@example.org")
        store.changes_until_kill = killed_at
        book = _book(store, 20)
        calls = {
            "add": lambda book=book: book.add(_profile("New"), TWO),
            "edit": lambda book=book, new=new: book.edit(new, TWO),
            "remove": lambda book=book, old=old: book.remove(old.id),
            "order": lambda book=book, other=other: book.order([other.id]),
        }
        with suppress(Killed):
            await calls[what]()
        store.changes_until_kill = None

        after = _book(store, 30)
        listing = await after.all()
        assert other in listing.profiles
        values = {name for name in store.values if name.startswith("roammail/profile/")}
        listed = {item.id for item in (*listing.profiles, *listing.broken)}
        # Nothing lies in the keyring that is not listed, so nothing is left for ever.
        assert values <= {f"roammail/profile/{profile_id}" for profile_id in listed}
        for profile in listing.profiles:
            changed = profile.username == "new@example.org" or profile.name == "New"
            assert await after.secret(profile.id) == (TWO if changed else ONE)
            if profile.id == old.id:
                assert (profile.secret_revision != old.secret_revision) == changed
        for broken in listing.broken:
            assert broken.name in ("Old", "New")
            await after.remove(broken.id)
        await after.add(_profile("Afterwards"), TWO)


async def test_the_index_survives_in_its_copy(book: ProfileBook, store: FakeSecretStore) -> None:
    await book.add(_profile("Work"), ONE)
    store.half_write(INDEX)
    assert await _names(book) == ["Work"]
    await book.add(_profile("Home"), ONE)
    assert await _names(book) == ["Work", "Home"]
    store.half_write(INDEX_COPY)
    assert await _names(book) == ["Work", "Home"]
    store.half_write(INDEX)
    with pytest.raises(BadConfiguration) as caught:
        await book.all()
    assert caught.value.code == "index-broken"


async def test_a_newer_index_is_not_overwritten(book: ProfileBook, store: FakeSecretStore) -> None:
    store.values[INDEX] = '{"version": 7}'
    with pytest.raises(BadConfiguration) as caught:
        await book.add(_profile("Work"), ONE)
    assert caught.value.code == "index-newer"
    assert store.values == {INDEX: '{"version": 7}'}


@pytest.mark.parametrize("trouble", [LOCKED, DENIED])
async def test_the_stores_own_trouble_passes_through(
    book: ProfileBook, store: FakeSecretStore, trouble: SecretStoreError
) -> None:
    await book.add(_profile("Work"), ONE)
    store.trouble = trouble
    with pytest.raises(type(trouble)):
        await book.all()
    with pytest.raises(type(trouble)):
        await book.add(_profile("Home"), ONE)


async def test_a_refused_write_takes_the_index_entry_back(
    book: ProfileBook, store: FakeSecretStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = store.write

    async def refuse_profiles(service: str, value: str) -> None:
        if service.startswith("roammail/profile/"):
            raise DENIED
        await write(service, value)

    monkeypatch.setattr(store, "write", refuse_profiles)
    with pytest.raises(SecretStoreError):
        await book.add(_profile("Work"), ONE)
    listing = await book.all()
    assert (listing.profiles, listing.broken) == ((), ())


async def test_two_books_on_one_keyring_see_each_others_profiles(store: FakeSecretStore) -> None:
    first, second = _book(store), _book(store, 100)
    await first.add(_profile("One"), ONE)
    await second.add(_profile("Two"), TWO)
    await first.add(_profile("Three"), ONE)
    assert await _names(second) == ["One", "Two", "Three"]


async def test_an_export_without_secrets_holds_none(book: ProfileBook) -> None:
    await book.add(_profile("Work"), ONE)
    text = await book.export(with_secrets=False, passphrase=None)
    assert not canary.found_in(text)
    assert json.loads(text)["profiles"][0]["name"] == "Work"


async def test_secrets_are_exported_under_a_passphrase_only(book: ProfileBook) -> None:
    for passphrase, code in ((None, "passphrase-missing"), (Secret("short"), "passphrase-short")):
        with pytest.raises(BadConfiguration) as caught:
            await book.export(with_secrets=True, passphrase=passphrase)
        assert caught.value.code == code


@pytest.mark.parametrize("with_secrets", [True, False])
async def test_what_is_exported_can_be_imported_elsewhere(
    book: ProfileBook, with_secrets: bool
) -> None:
    work = await book.add(_profile("Work"), ONE)
    text = await book.export(with_secrets, PASSPHRASE if with_secrets else None)
    there = _book(FakeSecretStore(), 50)
    result = await there.import_profiles(text, PASSPHRASE)
    (imported,) = result.profiles
    assert imported.outcome is ImportOutcome.ADDED
    assert imported.has_secret is with_secrets
    assert imported.profile.id != work.id
    same = replace(imported.profile, id=work.id, secret_revision=work.secret_revision)
    assert same == work
    assert await there.secret(imported.profile.id) == (ONE if with_secrets else None)


async def test_taken_names_are_skipped_or_renamed(book: ProfileBook) -> None:
    await book.add(_profile("Same"), ONE)
    await book.add(_profile("Other"), ONE)
    text = await book.export(with_secrets=True, passphrase=PASSPHRASE)
    store = FakeSecretStore()
    there = _book(store, 50)
    await there.add(_profile("Same"), ONE)
    await there.add(_profile("OTHER", host="elsewhere.example"), ONE)
    result = await there.import_profiles(text, PASSPHRASE)
    outcomes = [(item.name, item.outcome, item.profile.name) for item in result.profiles]
    assert outcomes == [
        ("Same", ImportOutcome.SKIPPED, "Same"),
        ("Other", ImportOutcome.RENAMED, "Other (2)"),
    ]
    assert await _names(there) == ["Same", "OTHER", "Other (2)"]
    again = await there.import_profiles(text, PASSPHRASE)
    assert again.profiles[1].profile.name == "Other (3)"


def _file(**fields: object) -> str:
    row = json.loads(encode_stored(StoredProfile(replace(_profile("In"), id="x"))))["profile"]
    del row["id"], row["secret_revision"]
    good = {**row, "name": "Good"}
    document = {"format": "roammail-profiles", "version": 1, "profiles": [good, {**row, **fields}]}
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "passphrase", "code"),
    [
        ("sealed:other:{}", PASSPHRASE, "passphrase-wrong"),
        ("sealed:other:{}", None, "passphrase-missing"),
        ("", None, "import-damaged"),
        ("{", None, "import-damaged"),
        ("x" * 10_000_001, None, "import-too-large"),
        (_file()[:-1], None, "import-damaged"),
        (_file(id="id0"), None, "import-damaged"),
        (_file(name=""), None, "import-bad-profile"),
        (_file(username="a\r\nb"), None, "import-bad-profile"),
        (_file(secret="a\nb"), None, "import-bad-profile"),
        (_file().replace('"version": 1', '"version": 2'), None, "import-newer"),
    ],
)
async def test_a_bad_file_changes_nothing(
    book: ProfileBook, store: FakeSecretStore, text: str, passphrase: Secret | None, code: str
) -> None:
    await book.add(_profile("Work"), ONE)
    before = dict(store.values)
    with pytest.raises(UserFacingError) as caught:
        await book.import_profiles(text, passphrase)
    assert caught.value.code == code
    assert store.values == before


async def test_a_file_may_hold_a_name_twice(book: ProfileBook) -> None:
    result = await book.import_profiles(_file(name="good", username="else@example.org"))
    assert [item.profile.name for item in result.profiles] == ["Good", "good (2)"]
    assert isinstance(result.profiles[0].outcome, ImportOutcome)
    with pytest.raises(BadMessage):
        await book.import_profiles("[]")


async def test_a_sender_that_older_versions_took_hides_no_profile(
    store: FakeSecretStore, book: ProfileBook
) -> None:
    """It matches no mail, and is told when the profile is edited."""
    added = await book.add(_profile("Work"), ONE)
    old = replace(added, senders=("me@example.org", "@corp_local"))
    await store.write(f"roammail/profile/{added.id}", encode_stored(StoredProfile(old, ONE)))
    listing = await book.all()
    assert (listing.profiles, listing.broken) == ((old,), ())
    assert await book.secret(added.id) == ONE
    with pytest.raises(BadConfiguration) as caught:
        await book.edit(old)
    assert caught.value.code == "sender-bad"
    await book.edit(replace(old, senders=("me@example.org",)))
    bad = encode_stored(StoredProfile(replace(old, senders=("nobody",)), ONE))
    await store.write(f"roammail/profile/{added.id}", bad)
    assert [item.id for item in (await book.all()).broken] == [added.id]
