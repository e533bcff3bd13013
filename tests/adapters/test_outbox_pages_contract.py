"""What every OutboxStore keeps to where it is shown: pages, counts, correspondents, holds. The
fake and the real one pass the same tests."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.delivery import Move, RecipientState, Standing, standing_of
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.outbox_query import MOST, OutboxQuery
from roammail.ports import OutboxStore
from tests.fakes.outbox import FakeOutbox

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
ME = "me@x.example"
M = Move
#: Standing → the moves that lead each recipient there.
STORIES: dict[Standing, tuple[tuple[Move, ...], ...]] = {
    Standing.WAITING: ((M.START, M.DOUBT, M.ACCEPT), ()),
    Standing.UNCERTAIN: ((M.START, M.DOUBT), (M.START, M.REFUSE)),
    Standing.REFUSED: ((M.START, M.REFUSE), (M.START, M.DOUBT, M.ACCEPT)),
    Standing.GIVEN_UP: ((M.DEFER, M.GIVE_UP), (M.CANCEL,)),
    Standing.SENT: ((M.START, M.DOUBT, M.ACCEPT), (M.CANCEL,)),
    Standing.CANCELLED: ((M.CANCEL,), (M.CANCEL,)),
}


@pytest.fixture(params=["fake", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OutboxStore]:
    made = FakeOutbox() if request.param == "fake" else SqliteOutbox(tmp_path / "mail")
    yield made
    await made.close()


def a_message(*recipients: str, subject: str = "Hello", number: int = 1) -> ReadyMessage:
    to = recipients or ("a@x.example", "b@y.example")
    return ReadyMessage(Envelope(ME, to), b"A: b\r\n\r\n", f"<{number}@x>", ME, subject)


async def every_standing(store: OutboxStore) -> dict[Standing, int]:
    numbers = {}
    for standing, stories in STORIES.items():
        numbers[standing] = number = await store.add(a_message(), NOW)
        for address, moves in zip(("a@x.example", "b@y.example"), stories, strict=True):
            for by in moves:
                await store.move(number, [address], by, NOW)
    return numbers


async def found(store: OutboxStore, query: OutboxQuery) -> list[int]:
    return [entry.id for entry in await store.page(query)]


async def test_pages_follow_each_other(store: OutboxStore) -> None:
    numbers = [await store.add(a_message(), NOW) for _ in range(7)][::-1]
    assert await found(store, OutboxQuery(limit=3)) == numbers[:3]
    assert await found(store, OutboxQuery(limit=3, before=numbers[2])) == numbers[3:6]
    assert await found(store, OutboxQuery(limit=3, before=numbers[5])) == numbers[6:]
    assert await found(store, OutboxQuery(limit=3, before=numbers[6])) == []
    assert await found(store, OutboxQuery(limit=0)) == numbers[:1]
    assert await found(store, OutboxQuery(ids=(numbers[4], numbers[1], 99))) == [
        numbers[1],
        numbers[4],
    ]


async def test_a_page_holds_what_the_whole_list_does(store: OutboxStore) -> None:
    await every_standing(store)
    assert await store.page(OutboxQuery(limit=MOST)) == await store.entries()


@pytest.mark.parametrize("standing", Standing)
async def test_by_standing(store: OutboxStore, standing: Standing) -> None:
    numbers = await every_standing(store)
    (entry,) = await store.page(OutboxQuery(standings=frozenset({standing})))
    assert entry.id == numbers[standing]
    assert standing_of([one.state for one in entry.recipients]) is standing


async def test_counts(store: OutboxStore) -> None:
    assert await store.counts() == dict.fromkeys(Standing, 0)
    numbers = await every_standing(store)
    await store.add(a_message(), NOW)
    assert await store.counts() == {**dict.fromkeys(Standing, 1), Standing.WAITING: 2}
    await store.answer(numbers[Standing.REFUSED], NOW)
    await store.answer(numbers[Standing.SENT], NOW)
    assert await store.counts() == {
        **dict.fromkeys(Standing, 1),
        Standing.WAITING: 2,
        Standing.REFUSED: 0,
    }


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("GRÜSSE", ["Grüße 100 %"]),
        ("gruesse", []),
        ("grüß", ["Grüße 100 %"]),
        ("GRÜẞE", ["Grüße 100 %"]),
        ("100 %", ["Grüße 100 %"]),
        ("%", ["Grüße 100 %"]),
        ("_", ["under_score"]),
        ("ANA@", ["under_score"]),
        ("me@x", ["under_score", "Grüße 100 %"]),
        ("  ", ["under_score", "Grüße 100 %"]),
    ],
)
async def test_search(store: OutboxStore, text: str, hits: list[str]) -> None:
    await store.add(a_message("b@y.example", subject="Grüße 100 %"), NOW)
    await store.add(a_message("ana@y.example", subject="under_score"), NOW)
    hit = [entry.subject for entry in await store.page(OutboxQuery(text=text))]
    assert hit == hits


async def test_by_message_id(store: OutboxStore) -> None:
    await store.add(a_message(number=1), NOW)
    second = await store.add(a_message(number=2), NOW)
    assert await found(store, OutboxQuery(message_id="<2@x>")) == [second]
    assert await found(store, OutboxQuery(message_id="<3@x>")) == []


async def test_correspondents(store: OutboxStore) -> None:
    later = NOW + timedelta(days=1)
    await store.add(a_message("a@x.example", "b@x.example"), NOW)
    await store.add(a_message("A@X.example"), later)
    people = await store.correspondents()
    assert [(c.address.lower(), c.uses, c.last) for c in people] == [
        ("a@x.example", 2, later),
        ("b@x.example", 1, NOW),
    ]
    assert len(await store.correspondents(1)) == 1


async def test_a_hold_is_kept(store: OutboxStore) -> None:
    until = NOW + timedelta(seconds=10)
    number = await store.add(a_message(), NOW, until)
    entry = await store.entry(number)
    assert entry is not None
    assert entry.held_until == until
    assert {one.state for one in entry.recipients} == {RecipientState.QUEUED}
    (listed,) = await store.entries(open_only=True)
    assert listed.held_until == until
