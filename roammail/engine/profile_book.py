"""All profiles of a person: the one place that reads and writes them in the SecretStore.
Must not know which keyring it is, nor how a file is read or sealed.

A profile and its secret are one value, so no kill can pair new settings with an old secret.
The index gets a new entry before the value is written and loses it after the value is gone:
a kill leaves at worst a name without value, which is listed as broken and can be removed;
never a value that nobody can find.
"""

import asyncio
import difflib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from roammail.core.errors import BadConfiguration, BadMessage, SecretStoreError, ValueBroken
from roammail.core.profile import AuthMethod, BrokenProfile, Profile, ProfileList
from roammail.core.profile_check import check_kept, check_profile, check_secret
from roammail.core.profile_codec import (
    IndexEntry,
    StoredProfile,
    decode_stored,
    decode_transfer,
    encode_stored,
    encode_transfer,
)
from roammail.core.secret import Secret
from roammail.engine.profile_index import ProfileIndex
from roammail.engine.profile_transfer import (
    MAX_TRANSFER,
    Arrival,
    ImportedProfile,
    ImportOutcome,
    ImportResult,
    plan_import,
)

if TYPE_CHECKING:  # reading the profiles is the first thing that a window does
    from roammail.ports import Sealer, SecretStore, StoreInfo

__all__ = ["ImportOutcome", "ImportResult", "ImportedProfile", "ProfileBook"]

MIN_PASSPHRASE = 8  # characters

#: Keeps other processes out while the index is read, changed and written.
Exclusive = Callable[[], AbstractAsyncContextManager[None]]


class ProfileBook:
    """Every method raises what the store raises (StoreLocked, StoreMissing, StoreDenied).

    Without `exclusive`, changes of this process are in line, and the index is read again just
    before it is written; a second process that writes in that very moment wins. `changed` is
    called after every change.
    """

    def __init__(
        self,
        store: "SecretStore",
        new_id: Callable[[], str],
        sealer: "Sealer",
        exclusive: Exclusive = nullcontext,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._index = ProfileIndex(store)
        self._new_id = new_id
        self._sealer = sealer
        self._exclusive = exclusive
        self._changed = changed
        self._lock = asyncio.Lock()

    async def info(self) -> "StoreInfo":
        """What keeps the profiles. Raises StoreMissing where nothing safe does."""
        return await self._store.info()

    async def all(self) -> ProfileList:
        """Every profile in the order of preference; those that cannot be read by name."""
        stored, broken = await self._load()
        return ProfileList(tuple(item.profile for item in stored), broken)

    async def find(self, name_or_id: str) -> Profile:
        """Raises BadConfiguration (`profile-unknown`, `profile-broken`)."""
        listing = await self.all()
        wanted = self._resolve(listing, name_or_id)
        if isinstance(wanted, BrokenProfile):
            raise BadConfiguration(
                "profile-broken",
                f"The profile “{wanted.name}” cannot be used. {wanted.reason}",
            )
        return wanted

    async def id_of(self, name_or_id: str) -> str:
        """The id, also of a profile that cannot be read. Raises `profile-unknown`."""
        return self._resolve(await self.all(), name_or_id).id

    async def secret(self, profile_id: str) -> Secret | None:
        """The profile's password or token, None if it has none or is gone.

        Raises ValueBroken, BadConfiguration (`profile-unreadable`, `profile-newer`).
        """
        stored = await self._read(profile_id)
        return stored.secret if stored is not None else None

    async def add(self, profile: Profile, secret: Secret | None) -> Profile:
        """Stores a new profile last in order; returns it with its id and secret revision.

        Raises BadConfiguration as `check_profile` and `check_secret` do.
        """
        async with self._changing():
            stored, broken = await self._load()
            check_profile(profile, _names(stored, broken))
            (added,) = await self._store_new([StoredProfile(profile, secret)])
            return added

    async def edit(self, profile: Profile, secret: Secret | None = None) -> Profile:
        """Replaces the profile of that id; None keeps its secret. Returns what was stored.

        Raises BadConfiguration as `add` does, `profile-unknown`, and `profile-broken` when
        there is no readable secret that could be kept.
        """
        async with self._changing():
            stored, broken = await self._load()
            await self._known(profile.id)
            others = _names(stored, broken, without=profile.id)
            check_profile(profile, others)
            old = next((item for item in stored if item.profile.id == profile.id), None)
            new = self._revised(profile, secret, old)
            await self._store.write(_service(profile.id), encode_stored(new))
            await self._rename(profile.id, profile.name)
            return new.profile

    async def remove(self, profile_id: str) -> None:
        """Removes a profile with its secret, readable or not. Raises `profile-unknown`."""
        async with self._changing():
            await self._known(profile_id)
            await self._store.delete(_service(profile_id))
            entries = await self._index.read()
            await self._index.write([entry for entry in entries if entry.id != profile_id])

    async def order(self, ids: Sequence[str]) -> None:
        """These come first, in this order; the others keep theirs. Raises `profile-unknown`."""
        async with self._changing():
            entries = {entry.id: entry for entry in await self._index.read()}
            for profile_id in ids:
                if profile_id not in entries:
                    raise _unknown(profile_id, ())
            wanted = dict.fromkeys((*ids, *entries))
            await self._index.write([entries[profile_id] for profile_id in wanted])

    async def export(self, with_secrets: bool, passphrase: Secret | None = None) -> str:
        """All readable profiles as the text of a file, sealed if there is a passphrase.

        Raises BadConfiguration (`passphrase-missing` with secrets and without passphrase,
        `passphrase-short`).
        """
        if with_secrets and passphrase is None:
            raise _passphrase_missing("Passwords are exported under a passphrase only.")
        if passphrase is not None and len(passphrase.reveal()) < MIN_PASSPHRASE:
            raise BadConfiguration(
                "passphrase-short",
                f"The passphrase has fewer than {MIN_PASSPHRASE} characters. Choose a longer one.",
            )
        stored, _ = await self._load()
        kept = stored if with_secrets else tuple(StoredProfile(item.profile) for item in stored)
        text = encode_transfer(kept)
        return text if passphrase is None else await self._sealer.seal(text, passphrase)

    async def import_profiles(self, text: str, passphrase: Secret | None = None) -> ImportResult:
        """Adds the profiles of an exported file; nothing is changed unless all of it is good.

        Raises BadMessage (`import-too-large`, `import-damaged`, `import-newer`,
        `import-bad-profile`), UserFacingError `passphrase-wrong`, `passphrase-missing`.
        """
        if len(text) > MAX_TRANSFER:
            raise BadMessage(
                "import-too-large", "The file is too large for exported profiles; it was not read."
            )
        if self._sealer.is_sealed(text):
            if passphrase is None:
                raise _passphrase_missing("The file is sealed with a passphrase.")
            text = await self._sealer.unseal(text, passphrase)
        incoming = decode_transfer(text)
        async with self._changing():
            stored, broken = await self._load()
            plan = plan_import(incoming, stored, _names(stored, broken))
            new = [step.stored for step in plan if step.outcome is not ImportOutcome.SKIPPED]
            added = iter(await self._store_new(new))
            return ImportResult(tuple(_imported(step, added) for step in plan))

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        async with self._lock, self._exclusive():
            yield
        self._changed()

    async def _load(self) -> tuple[tuple[StoredProfile, ...], tuple[BrokenProfile, ...]]:
        """Reads everything; one value that cannot be read never hides another."""
        stored: list[StoredProfile] = []
        broken: list[BrokenProfile] = []
        for entry in await self._index.read():
            try:
                item = await self._read(entry.id)
            except (ValueBroken, BadConfiguration) as error:
                broken.append(BrokenProfile(entry.id, entry.name, error.message))
                continue
            if item is not None:
                stored.append(item)
            else:
                broken.append(BrokenProfile(entry.id, entry.name, _NO_VALUE))
        return tuple(stored), tuple(broken)

    async def _read(self, profile_id: str) -> StoredProfile | None:
        text = await self._store.read(_service(profile_id))
        if text is None:
            return None
        stored = decode_stored(text)
        if stored.profile.id != profile_id:
            raise BadConfiguration("profile-unreadable", _WRONG_ID)
        # What lies in the keyring may have been changed by hand: rule 3 holds all the same.
        check_kept(stored.profile)
        return stored

    def _resolve(self, listing: ProfileList, name_or_id: str) -> Profile | BrokenProfile:
        every: tuple[Profile | BrokenProfile, ...] = (*listing.profiles, *listing.broken)
        tests: tuple[Callable[[Profile | BrokenProfile], bool], ...] = (
            lambda item: item.id == name_or_id,
            lambda item: item.name == name_or_id,
            lambda item: item.name.casefold() == name_or_id.casefold(),
        )
        for test in tests:
            for item in every:
                if test(item):
                    return item
        raise _unknown(name_or_id, [item.name for item in every])

    async def _known(self, profile_id: str) -> None:
        if all(entry.id != profile_id for entry in await self._index.read()):
            raise _unknown(profile_id, ())

    async def _store_new(self, items: Sequence[StoredProfile]) -> list[Profile]:
        """Index first, then the values; a store that fails in between is cleaned up."""
        new = [self._as_new(item) for item in items]
        if not new:
            return []
        entries = await self._index.read()
        more = [IndexEntry(item.profile.id, item.profile.name) for item in new]
        await self._index.write([*entries, *more])
        try:
            for item in new:
                await self._store.write(_service(item.profile.id), encode_stored(item))
        except SecretStoreError:
            # What cannot be undone now is listed as broken by name, and can be removed.
            with suppress(SecretStoreError):
                await self._take_back([entry.id for entry in more])
            raise
        return [item.profile for item in new]

    async def _take_back(self, ids: Sequence[str]) -> None:
        for profile_id in ids:
            await self._store.delete(_service(profile_id))
        entries = await self._index.read()
        await self._index.write([entry for entry in entries if entry.id not in ids])

    async def _rename(self, profile_id: str, name: str) -> None:
        entries = await self._index.read()
        renamed = [
            replace(entry, name=name) if entry.id == profile_id else entry for entry in entries
        ]
        if tuple(renamed) != entries:
            await self._index.write(renamed)

    def _as_new(self, item: StoredProfile) -> StoredProfile:
        secret = _wanted_secret(item.profile, item.secret)
        profile = replace(item.profile, id=self._new_id(), secret_revision=self._new_id())
        return StoredProfile(profile, secret)

    def _revised(
        self, profile: Profile, secret: Secret | None, old: StoredProfile | None
    ) -> StoredProfile:
        """The profile with the secret and the revision that belong together."""
        if old is None and secret is None and profile.auth is not AuthMethod.NONE:
            raise BadConfiguration(
                "profile-broken",
                f"The stored password of “{profile.name}” cannot be read. Give it again.",
            )
        kept = old.secret if old is not None else None
        new = _wanted_secret(profile, secret if secret is not None else kept)
        # The refusal that paused a profile was of this name and password at this server.
        same = old is not None and secret is None and new == kept and _same_account(old, profile)
        revision = old.profile.secret_revision if old is not None and same else self._new_id()
        return StoredProfile(replace(profile, secret_revision=revision), new)


_NO_VALUE = (
    "It was not stored to the end, or its entry was taken out of the keyring. Remove it and add "
    "it again."
)
_WRONG_ID = "The keyring holds another profile in its place. Remove it and add it again."


def _same_account(old: StoredProfile, profile: Profile) -> bool:
    before = old.profile
    return (before.username, before.endpoint.host) == (profile.username, profile.endpoint.host)


def _service(profile_id: str) -> str:
    return f"roammail/profile/{profile_id}"


def _wanted_secret(profile: Profile, secret: Secret | None) -> Secret | None:
    """Nothing is kept that is never used."""
    if secret is None or profile.auth is AuthMethod.NONE:
        return None
    return check_secret(secret)


def _names(
    stored: Sequence[StoredProfile], broken: Sequence[BrokenProfile], without: str = ""
) -> list[str]:
    every = [(item.profile.id, item.profile.name) for item in stored]
    every += [(item.id, item.name) for item in broken]
    return [name for profile_id, name in every if profile_id != without]


def _imported(step: Arrival, added: Iterator[Profile]) -> ImportedProfile:
    skipped = step.outcome is ImportOutcome.SKIPPED
    profile = step.stored.profile if skipped else next(added)
    return ImportedProfile(step.name, step.outcome, profile, step.stored.secret is not None)


def _passphrase_missing(why: str) -> BadConfiguration:
    return BadConfiguration("passphrase-missing", f"{why} Give the passphrase.")


def _unknown(name_or_id: str, names: Sequence[str]) -> BadConfiguration:
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(name_or_id.casefold()[:200], folded, n=3, cutoff=0.5)
    meant = ", ".join(f"“{folded[name]}”" for name in close)
    shown = "".join(char for char in name_or_id[:100] if char.isprintable())
    advice = f"Did you mean {meant}?" if meant else "“roammail profiles list” shows them all."
    return BadConfiguration("profile-unknown", f"There is no profile “{shown}”. {advice}")
