"""A large content read out of the outbox while it is sent: in pieces, verified, in nobody's way."""

import asyncio
import sqlite3
import threading
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from roammail.adapters import outbox_content
from roammail.adapters.outbox_content import StoredContent
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.content import Content, HeldContent, gathered, held
from roammail.core.content_facts import facts_of
from roammail.core.errors import UserFacingError
from tests.adapters.scripted_server import ScriptedServer, Session, say
from tests.adapters.smtp_world import open_session
from tests.adapters.test_outbox_contract import NOW, a_message

LARGE = b"Subject: x\r\n\r\n" + b"".join(b"%07d\r\n" % n for n in range(400_000))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[SqliteOutbox]:
    made = SqliteOutbox(folder, busy_seconds=0.2)
    yield made
    await made.close()


@pytest.fixture
async def content(store: SqliteOutbox) -> Content:
    """A large one, kept."""
    number = await store.add(a_message(content=LARGE), NOW)
    found = (await store.outgoing(number)).content
    assert isinstance(found, StoredContent)
    return found


def readers() -> list[str]:
    """The threads that read contents now."""
    return [t.name for t in threading.enumerate() if t.name.startswith("roammail-content")]


async def test_it_is_read_in_pieces_as_often_as_one_likes(content: Content) -> None:
    assert (len(content), content.facts) == (len(LARGE), facts_of(LARGE))
    assert content.beginning == LARGE[:1000]
    assert await held(content) == LARGE
    async with content.reading() as one, content.reading(14) as two:
        piece = await one.take(100)
        assert piece == LARGE[:100]
        assert await gathered(two) == LARGE[14:]
        assert await gathered(one) == LARGE[100:]
        assert not await one.take(1)
    async with content.reading(len(LARGE) - 3) as end:
        assert (len(end), await gathered(end)) == (3, LARGE[-3:])


async def test_a_small_one_is_in_hand_at_once(store: SqliteOutbox) -> None:
    number = await store.add(a_message(), NOW)
    assert (await store.outgoing(number)).content == HeldContent.of(a_message().content)


async def test_of_a_damaged_one_the_end_is_never_given(
    store: SqliteOutbox, folder: Path, content: Content
) -> None:
    await store.close()
    with (
        closing(sqlite3.connect(folder / "outbox.db", isolation_level=None)) as file,
        file.blobopen("contents", "content", 1) as blob,
    ):
        blob.seek(1_500_000)
        blob.write(b"?")
    async with content.reading() as supply:
        got = len(await supply.take(100_000))
        with pytest.raises(UserFacingError) as caught:
            await gathered(supply)
    assert caught.value.code == "outbox-damaged"
    assert got == 100_000


@pytest.mark.parametrize("change", ["DELETE FROM contents", "UPDATE contents SET content = x'00'"])
async def test_one_that_is_gone_or_another_one(
    store: SqliteOutbox, folder: Path, content: Content, change: str
) -> None:
    with closing(sqlite3.connect(folder / "outbox.db", isolation_level=None)) as file:
        file.execute(change)
    with pytest.raises(UserFacingError) as caught:
        await held(content)
    assert caught.value.code == "outbox-damaged"


async def test_a_broken_file_is_saved_as_far_as_it_can_be(folder: Path) -> None:
    """Also where it is only noticed while a message is sent."""
    told: list[UserFacingError] = []
    path = folder / "outbox.db"
    store = SqliteOutbox(folder, notice=told.append)
    other = await store.add(a_message("the other"), NOW)
    number = await store.add(a_message(content=LARGE), NOW)
    found = (await store.outgoing(number)).content
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        assert file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    octets = bytearray(path.read_bytes())
    page = octets.index(b"0300000\r\n") // 4096 * 4096
    octets[page : page + 4] = b"\xff" * 4  # the chain of pages leads nowhere
    path.write_bytes(octets)
    with pytest.raises(UserFacingError) as caught:
        await held(found)
    assert caught.value.code == "outbox-unknown"
    assert [error.code for error in told] == ["outbox-recovered"]
    assert await store.message(other) == a_message("the other")
    await store.close()


@pytest.mark.parametrize("journal", ["wal", "delete"])
async def test_whoever_takes_a_rest_is_in_nobody_s_way(
    store: SqliteOutbox,
    folder: Path,
    content: Content,
    monkeypatch: pytest.MonkeyPatch,
    journal: str,
) -> None:
    """A slow line takes hours for a content: SQLite's log must begin anew meanwhile, and where
    there is none, others must be able to write."""
    monkeypatch.setattr(outbox_content, "_AT_REST", 0.0)
    await store.close()
    with closing(sqlite3.connect(folder / "outbox.db", isolation_level=None, timeout=0)) as file:
        file.execute(f"PRAGMA journal_mode = {journal}")
        async with content.reading() as supply, asyncio.timeout(60):
            first = bytes(await supply.take(100))
            while not others_can_write(file):
                await asyncio.sleep(0)
            assert first + await gathered(supply) == LARGE


def others_can_write(file: sqlite3.Connection) -> bool:
    """And the log is empty again, where there is one."""
    try:
        file.execute("UPDATE messages SET tries = tries + 1")
        return not file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    except sqlite3.OperationalError:
        return False


async def test_a_quick_line_is_in_nobody_s_way_for_long(
    content: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is begun anew now and then: here, for each piece."""
    monkeypatch.setattr(outbox_content, "_AT_ONCE", 0.0)
    assert await held(content) == LARGE


async def test_nothing_is_left_open_by_whoever_gives_up(content: Content) -> None:
    async def give_up() -> None:
        async with content.reading() as supply:
            await supply.take(10)
            raise ConnectionError

    before = readers()
    with pytest.raises(ConnectionError):
        await give_up()
    reading = asyncio.ensure_future(held(content))  # noqa: TID251
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with asyncio.timeout(60):
        while set(readers()) - set(before):
            await asyncio.sleep(0.01)


async def test_one_that_was_kept_before_its_facts_were(
    store: SqliteOutbox, folder: Path, content: Content
) -> None:
    await store.add(a_message(), NOW)
    with closing(sqlite3.connect(folder / "outbox.db", isolation_level=None)) as file:
        file.execute("UPDATE contents SET eight_bit = NULL, utf8_headers = NULL, canonical = NULL")
    for number, kept in ((1, LARGE), (2, a_message().content)):
        found = (await store.outgoing(number)).content
        assert found.facts == facts_of(kept)
        assert await held(found) == kept


async def test_sending_it_takes_little_memory(store: SqliteOutbox) -> None:
    """A few pieces of it, however large it is, and whatever waits in the transport."""
    number = await store.add(a_message(content=LARGE * 8), NOW)
    large = (await store.outgoing(number)).content

    async def act(session: Session) -> None:
        left = len(large) + len(b".\r\n")
        while left:
            left -= len(await session.reader.read(65536))

    async with ScriptedServer(script={"content": act, "dot": say("250 ok")}) as server:
        connection = await open_session(server)
        await connection.mail("a@b.example", None, False, False)
        await connection.rcpt("b@far.example")
        await connection.data()
        tracemalloc.start()
        try:
            async with large.reading() as supply:
                await connection.content(supply, lambda _: None, canonical=True)
            assert (await connection.final_dot()).code == 250
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        connection.close()
    assert peak < 8_000_000 < len(large) / 3
