"""What every OutboxStore keeps to; the fake and the real one pass the same tests."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.content import held
from roammail.core.content_facts import facts_of
from roammail.core.delivery import IllegalMove, Move, RecipientState
from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Scope
from roammail.core.dsn import RecipientReport
from roammail.core.envelope import AttemptEntry, Envelope, OutboxEntry, ReadyMessage
from roammail.core.errors import UserFacingError
from roammail.ports import OutboxStore
from tests.fakes.outbox import FakeOutbox

NOW = datetime(2026, 5, 4, 3, 2, 1, 123456, tzinfo=UTC)
S = RecipientState
A, B = "a@x.example", "b@y.example"
DENIED = Diagnosis(Kind.RELAY_DENIED, Scope.ROUTE, Party.SERVER, Confidence.CERTAIN)


@dataclass
class Pair:
    """One outbox as two processes have it."""

    mine: OutboxStore
    other: OutboxStore


@pytest.fixture(params=["fake", "sqlite"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    if request.param == "fake":
        fake = FakeOutbox()
        both = Pair(fake, fake.peer())
    else:
        both = Pair(SqliteOutbox(tmp_path / "mail"), SqliteOutbox(tmp_path / "mail"))
    yield both
    await both.mine.close()
    await both.other.close()


@pytest.fixture
def store(pair: Pair) -> OutboxStore:
    return pair.mine


def a_message(
    subject: str = "Grüße ☃", content: bytes = b"A: b\r\n\r\n\xff\x01\r\n"
) -> ReadyMessage:
    return ReadyMessage(Envelope(A, (A, B)), content, "<1@x>", A, subject)


async def states(store: OutboxStore, number: int) -> list[RecipientState]:
    entry = await store.entry(number)
    assert entry is not None
    return [one.state for one in entry.recipients]


async def test_what_is_added_is_there_for_all(pair: Pair) -> None:
    number = await pair.mine.add(a_message(), NOW)
    assert await pair.other.message(number) == a_message()
    entry = await pair.other.entry(number)
    assert entry is not None
    assert (entry.id, entry.subject, entry.size) == (number, "Grüße ☃", 12)
    assert (entry.sender, entry.from_address, entry.message_id) == (A, A, "<1@x>")
    assert (entry.created, entry.tries, entry.next_try, entry.attempts) == (NOW, 0, None, ())
    assert [(r.address, r.state, r.changed) for r in entry.recipients] == [
        (A, S.QUEUED, NOW),
        (B, S.QUEUED, NOW),
    ]


@pytest.mark.parametrize("lines", [1, 200_000])
async def test_what_is_added_can_be_sent(pair: Pair, lines: int) -> None:
    asked = ((B, RecipientReport("NEVER")),)
    kept = replace(a_message(content=b"A: b\r\n\r\n" + b"x\r\n" * lines), reports=asked)
    number = await pair.mine.add(kept, NOW)
    found = await pair.other.outgoing(number)
    assert (found.envelope, found.report, found.reports) == (kept.envelope, kept.report, asked)
    assert found.report_for(B) == asked[0][1]
    assert found.content.facts == facts_of(kept.content)
    assert await held(found.content) == kept.content
    with pytest.raises(UserFacingError) as caught:
        await pair.other.outgoing(number + 1)
    assert caught.value.code == "outbox-unknown"


async def test_lists_newest_first_and_open_only(store: OutboxStore) -> None:
    first = await store.add(a_message("one"), NOW)
    second = await store.add(a_message("two"), NOW)
    assert [entry.id for entry in await store.entries()] == [second, first]
    await store.move(second, [A, B], Move.CANCEL, NOW)
    assert [entry.id for entry in await store.entries(open_only=True)] == [first]
    await store.move(first, [A], Move.CANCEL, NOW)
    (left,) = await store.entries(open_only=True)
    assert [one.state for one in left.recipients] == [S.CANCELLED, S.QUEUED]


async def test_nothing_there(store: OutboxStore) -> None:
    assert await store.entries() == ()
    assert await store.entry(7) is None
    calls: list[Callable[[], object]] = [
        lambda: store.message(7),
        lambda: store.move(7, [A], Move.START, NOW),
        lambda: store.schedule(7, None, 1),
        lambda: store.note_attempt(7, an_attempt()),
    ]
    for call in calls:
        with pytest.raises(UserFacingError) as caught:
            await call()  # type: ignore[misc]
        assert caught.value.code == "outbox-unknown"


async def test_moves_by_the_table(pair: Pair) -> None:
    number = await pair.mine.add(a_message(), NOW)
    later = NOW + timedelta(seconds=5)
    await pair.mine.move(number, [A], Move.START, later, profile_id="p")
    await pair.other.move(number, ["a@X.EXAMPLE"], Move.DEFER, later, diagnosis=DENIED)
    entry = await pair.mine.entry(number)
    assert entry is not None
    moved, still = entry.recipients
    assert (moved.state, moved.profile_id, moved.changed) == (S.DEFERRED, "p", later)
    assert moved.diagnosis == DENIED
    assert (still.state, still.profile_id, still.changed) == (S.QUEUED, None, NOW)
    await pair.mine.move(number, [A], Move.START, later)
    entry = await pair.mine.entry(number)
    assert entry is not None
    assert entry.recipients[0].diagnosis == DENIED  # shown until something new is known
    await pair.mine.move(number, [A], Move.DOUBT, later)
    await pair.mine.move(number, [A], Move.ACCEPT, later)
    entry = await pair.mine.entry(number)
    assert entry is not None
    assert entry.recipients[0].state is S.SENT
    assert entry.recipients[0].diagnosis is None


@pytest.mark.parametrize("wrong", [[A, B], [B, A], [A, "nobody@x.example"]])
async def test_all_or_none(store: OutboxStore, wrong: list[str]) -> None:
    number = await store.add(a_message(), NOW)
    await store.move(number, [B], Move.CANCEL, NOW)
    with pytest.raises(IllegalMove):
        await store.move(number, wrong, Move.START, NOW)
    assert await states(store, number) == [S.QUEUED, S.CANCELLED]


def an_attempt(outcome: str = "failed") -> AttemptEntry:
    return AttemptEntry("p", "Prov", "h.example", 587, "starttls", outcome, DENIED, NOW, 1.25)


async def test_history_and_schedule(store: OutboxStore) -> None:
    number = await store.add(a_message(), NOW)
    await store.note_attempt(number, an_attempt())
    await store.note_attempt(number, an_attempt("sent"))
    await store.schedule(number, NOW, 2)
    entry = await store.entry(number)
    assert entry is not None
    assert entry.attempts == (an_attempt(), an_attempt("sent"))
    assert (entry.next_try, entry.tries) == (NOW, 2)
    assert (await store.entries())[0].attempts == ()
    await store.schedule(number, None, 0)
    entry = await store.entry(number)
    assert entry is not None
    assert (entry.next_try, entry.tries) == (None, 0)


async def test_a_claim_is_for_one(pair: Pair) -> None:
    number = await pair.mine.add(a_message(), NOW)
    assert await pair.mine.claim(number)
    assert not await pair.other.claim(number)
    assert await pair.other.claim(number + 1)
    await pair.other.release(number)  # not its own
    assert not await pair.other.claim(number)
    await pair.mine.release(number)
    assert await pair.other.claim(number)
    await pair.other.close()
    assert await pair.mine.claim(number)


async def test_recover_spares_the_living(pair: Pair) -> None:
    lost = await pair.mine.add(a_message(), NOW)
    doubtful = await pair.mine.add(a_message(), NOW)
    living = await pair.mine.add(a_message(), NOW)
    own = await pair.mine.add(a_message(), NOW)
    for number in (lost, doubtful, living, own):
        await pair.mine.move(number, [A], Move.START, NOW)
    await pair.mine.move(doubtful, [A], Move.DOUBT, NOW)
    assert await pair.other.claim(living)
    assert await pair.mine.claim(own)
    later = NOW + timedelta(seconds=9)
    assert await pair.mine.recover(later) == (lost,)
    assert await pair.mine.recover(later) == ()
    assert await states(pair.mine, lost) == [S.DEFERRED, S.QUEUED]
    assert await states(pair.mine, doubtful) == [S.UNCERTAIN, S.QUEUED]
    assert await states(pair.mine, living) == [S.SENDING, S.QUEUED]
    assert await states(pair.mine, own) == [S.SENDING, S.QUEUED]
    assert await pair.other.claim(lost)  # recovery gave it back


async def test_what_was_answered_is_noted_until_it_is_asked_for_again(store: OutboxStore) -> None:
    number = await store.add(a_message(), NOW)
    await store.move(number, [A, B], Move.REFUSE, NOW, diagnosis=DENIED)
    assert (await seen(store, number)).answered is None
    await store.answer(number, NOW)
    assert (await seen(store, number)).answered == NOW
    await store.move(number, [A], Move.RETRY, NOW)
    assert (await seen(store, number)).answered is None
    with pytest.raises(UserFacingError):
        await store.answer(number + 1, NOW)


async def test_contents_are_cleared_away_long_after_the_end(pair: Pair) -> None:
    store, day = pair.mine, timedelta(days=1)
    ends = {
        "waits": [],
        "sent": [Move.START, Move.DOUBT, Move.ACCEPT],
        "unsure": [Move.START, Move.DOUBT],
        "refused": [Move.REFUSE],
        "cancelled": [Move.CANCEL],
        "busy": [Move.CANCEL],
    }
    numbers = {subject: await store.add(a_message(subject), NOW) for subject in ends}
    for subject, moves in ends.items():
        for by in moves:
            await store.move(numbers[subject], [A, B], by, NOW)
    half = await store.add(a_message("half"), NOW)
    await store.move(half, [A], Move.CANCEL, NOW)
    assert await pair.other.claim(numbers["busy"])
    assert await store.purge(NOW, NOW + day) == ()
    gone = {numbers["sent"], numbers["cancelled"]}
    assert set(await store.purge(NOW + day, NOW + 2 * day)) == gone
    assert await store.purge(NOW + day, NOW + 2 * day) == ()
    for entry in await store.entries():
        assert (entry.purged == NOW + 2 * day) is (entry.id in gone)
        if entry.id not in gone:
            assert (await store.message(entry.id)).subject == entry.subject
            continue
        with pytest.raises(UserFacingError) as caught:
            await store.message(entry.id)
        assert caught.value.code == "outbox-purged"
    assert (await seen(store, numbers["sent"])).subject == "sent"


async def seen(store: OutboxStore, number: int) -> OutboxEntry:
    entry = await store.entry(number)
    assert entry is not None
    return entry


async def test_the_beginning_of_a_content_is_read_by_itself(store: OutboxStore) -> None:
    one = await store.add(a_message(content=b"Received: here\r\n\r\n" + b"x" * 5_000_000), NOW)
    two = await store.add(a_message(content=b"A\r\n"), NOW)
    assert await store.beginnings([one, two, 999], 8) == {one: b"Received", two: b"A\r\n"}
    assert await store.beginnings([], 8) == {}
