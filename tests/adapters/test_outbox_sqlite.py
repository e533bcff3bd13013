"""The real outbox under what a real machine does: kills, many processes, full and read-only
disks, damage, old files."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roammail.adapters.database import Database, Schema
from roammail.adapters.outbox_schema import OUTBOX
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.delivery import Move, RecipientState
from roammail.core.dsn import EnvelopeReport, RecipientReport, Return
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.errors import BadMessage, UserFacingError
from tests.adapters.outbox_child import content

NOW = datetime(2026, 5, 4, tzinfo=UTC)
CHILD = [sys.executable, "-m", "tests.adapters.outbox_child"]
ROOT = Path(__file__).parents[2]


def a_message(size: int = 100, subject: str = "s") -> ReadyMessage:
    octets = b"T: x\r\n\r\n" + b"x" * size + b"\r\n"
    return ReadyMessage(Envelope("a@x.example", ("b@y.example",)), octets, "<1@x>", "a@x", subject)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
async def store(folder: Path) -> AsyncIterator[SqliteOutbox]:
    made = SqliteOutbox(folder, busy_seconds=0.2)
    yield made
    await made.close()


def child(folder: Path, *given: object) -> "subprocess.Popen[bytes]":
    words = [*CHILD, str(folder), *map(str, given)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def taken_by(process: "subprocess.Popen[bytes]") -> dict[int, int]:
    """The ids whose `add` returned, with the number of the message."""
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), err.decode()
    whole = out[: out.rfind(b"\n") + 1].split(b"\n")[:-1]
    return {int(a): int(b) for a, b in (line.split() for line in whole)}


async def check(folder: Path, tag: str, taken: dict[int, int], size: int) -> None:
    """Everything taken is there whole; at most one more; nothing half-added."""
    store = SqliteOutbox(folder)
    entries = {entry.id: entry for entry in await store.entries()}
    assert set(taken) <= set(entries)
    assert len(entries) <= len(taken) + 1
    for number, entry in entries.items():
        assert len(entry.recipients) == 2
        kept = await store.message(number)
        if number in taken:
            assert kept.content == content(tag, taken[number], size)
    await store.add(a_message(), NOW)
    await store.close()


@pytest.mark.parametrize("point", [*range(1, 40), 45, 50, 60])
async def test_killed_at_a_point(folder: Path, point: int) -> None:
    process = child(folder, "add", "k", 4, 3000, f"kill-at:{point}")
    taken = await asyncio.to_thread(taken_by, process)
    assert process.returncode == -signal.SIGKILL or point > 40
    await check(folder, "k", taken, 3000)


@pytest.mark.parametrize("seed", range(8))
async def test_killed_at_random(folder: Path, seed: int) -> None:
    process = child(folder, "add", "r", 100_000, 40_000)
    assert process.stdout is not None
    await asyncio.to_thread(process.stdout.read, 2)  # one was taken: it is at work
    await asyncio.sleep(random.Random(seed).uniform(0, 0.2))
    process.kill()
    await asyncio.to_thread(process.wait)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.stderr is not None
    process.stderr.close()
    numbers = len(rest[: rest.rfind(b"\n") + 1].split(b"\n")) - 1
    await check(folder, "r", {n + 1: n for n in range(numbers)}, 40_000)


async def test_many_processes_add_at_once(folder: Path) -> None:
    children = [child(folder, "add", f"c{n}", 25, 500) for n in range(4)]
    found = await asyncio.gather(*(asyncio.to_thread(taken_by, one) for one in children))
    store = SqliteOutbox(folder)
    assert len(await store.entries()) == 100
    assert sorted(number for taken in found for number in taken) == list(range(1, 101))
    for index, taken in enumerate(found):
        for number, which in taken.items():
            assert (await store.message(number)).content == content(f"c{index}", which, 500)
    await store.close()


async def test_a_claim_dies_with_its_owner(folder: Path) -> None:
    process = child(folder, "add", "c", 1, 10)
    (number,) = await asyncio.to_thread(taken_by, process)
    owner = child(folder, "claim", number)
    assert owner.stdout is not None
    assert await asyncio.to_thread(owner.stdout.readline) == b"claimed\n"
    store = SqliteOutbox(folder)
    assert not await store.claim(number)
    assert await store.recover(NOW) == ()
    owner.kill()
    await asyncio.to_thread(owner.communicate)
    assert await store.recover(NOW) == (number,)
    entry = await store.entry(number)
    assert entry is not None
    assert [one.state for one in entry.recipients] == [
        RecipientState.DEFERRED,
        RecipientState.QUEUED,
    ]
    assert await store.claim(number)
    await store.close()
    assert not list((folder / "outbox.claims").iterdir())


async def test_private_and_synced(store: SqliteOutbox, folder: Path) -> None:
    await store.add(a_message(), NOW)
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    level = await store._database.run(
        lambda c: (
            c.execute("PRAGMA synchronous").fetchone(),
            c.execute("PRAGMA journal_mode").fetchone(),
        )
    )
    assert level == ((2,), ("wal",))


async def test_ten_thousand_rows_without_their_content(store: SqliteOutbox) -> None:
    await asyncio.gather(*(store.add(a_message(3000), NOW) for _ in range(10_000)))
    for number in range(1, 10_001, 2000):
        await store.move(number, ["b@y.example"], Move.CANCEL, NOW)
    plans = await store._database.run(
        lambda c: c.execute(
            "EXPLAIN QUERY PLAN SELECT message FROM recipients"
            " WHERE state IN ('queued', 'sending', 'deferred')"
        ).fetchall()
    )
    assert "recipients_open" in str(plans)
    assert len(await store.entries()) == 10_000
    assert len(await store.entries(open_only=True)) == 9995
    assert await store.entry(5000) is not None


#: Instructions of SQLite's machine between two counts of its progress.
_PIECE = 10


async def steps_of(store: SqliteOutbox, ask: Callable[[], Awaitable[object]]) -> int:
    """What SQLite does for an answer, in pieces of `_PIECE` instructions: no measure of time."""
    pieces = 0

    def one_more() -> int:
        nonlocal pieces
        pieces += 1
        return 0

    await store._database.run(lambda c: c.set_progress_handler(one_more, _PIECE), write=False)
    await ask()
    await store._database.run(lambda c: c.set_progress_handler(None, 0), write=False)
    return pieces


async def test_an_answer_costs_what_it_holds_and_not_what_the_outbox_holds(
    store: SqliteOutbox,
) -> None:
    found: list[tuple[int, ...]] = []
    for count in (500, 500):
        await asyncio.gather(*(store.add(a_message(3000), NOW) for _ in range(count)))
        for entry in await store.entries(open_only=True):
            if entry.id > 10:
                await store.move(entry.id, ["b@y.example"], Move.CANCEL, NOW)
        found.append(
            (
                await steps_of(store, store.entries),
                await steps_of(store, lambda: store.entries(open_only=True)),
                await steps_of(store, lambda: store.entry(5)),
            )
        )
    (every, still_open, one), (twice, open_then, one_then) = found
    assert len(await store.entries(open_only=True)) == 10
    assert every > 500 / _PIECE
    assert twice <= 2.2 * every
    assert max(open_then, still_open) <= every / 4
    assert open_then <= 1.1 * still_open + 5
    assert one_then <= 1.1 * one + 5


async def test_no_recipient_is_refused(store: SqliteOutbox) -> None:
    with pytest.raises(BadMessage):
        await store.add(ReadyMessage(Envelope("a@x", ()), b"x", "<1@x>", "a@x"), NOW)
    with pytest.raises(ValueError, match="zone"):
        await store.add(a_message(), datetime(2026, 1, 1))  # noqa: DTZ001
    assert await store.entries() == ()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 2 MB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(mount)], capture_output=True
    )
    if done.returncode:
        pytest.skip("mounting needs root")
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


async def test_a_full_disk(small_disk: Path) -> None:
    store = SqliteOutbox(small_disk / "mail")
    taken: list[int] = []

    async def fill() -> None:
        while len(taken) < 100:
            taken.append(await store.add(a_message(100_000), NOW))

    with pytest.raises(UserFacingError) as caught:
        await fill()
    assert caught.value.code == "outbox-full"
    assert 2 < len(taken) < 20
    kept = await store.entries()
    assert [entry.id for entry in kept] == taken[::-1]
    for number in taken:
        assert len((await store.message(number)).content) == 100_010
    subprocess.run(["mount", "-o", "remount,size=9m", str(small_disk)], check=True)
    assert await store.add(a_message(100_000), NOW) > taken[-1]  # room was made
    await store.close()


async def test_one_too_large_does_not_stop_the_others(small_disk: Path) -> None:
    store = SqliteOutbox(small_disk / "mail")
    results = await asyncio.gather(
        store.add(a_message(10), NOW),
        store.add(a_message(5_000_000), NOW),
        store.add(a_message(20), NOW),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [int, UserFacingError, int]
    assert isinstance(results[1], UserFacingError)
    assert results[1].code == "outbox-full"
    assert "Make room" in results[1].message
    assert sorted(entry.size for entry in await store.entries()) == [20, 30]
    await store.close()


async def test_a_disk_without_any_room(small_disk: Path) -> None:
    (small_disk / "filler").write_bytes(bytes(2_097_152 - 4096))
    store = SqliteOutbox(small_disk / "mail")
    with pytest.raises(UserFacingError) as caught:
        await store.add(a_message(), NOW)
    assert caught.value.code == "outbox-full"
    (small_disk / "filler").unlink()
    assert await store.add(a_message(), NOW) == 1
    await store.close()


async def test_a_read_only_disk(small_disk: Path) -> None:
    store = SqliteOutbox(small_disk / "mail")
    await store.add(a_message(), NOW)
    await store.close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    store = SqliteOutbox(small_disk / "mail")
    with pytest.raises(UserFacingError) as caught:
        await store.add(a_message(), NOW)
    assert caught.value.code == "outbox-unwritable"
    await store.close()


async def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("not a folder")
    store = SqliteOutbox(tmp_path / "mail")
    with pytest.raises(UserFacingError) as caught:
        await store.add(a_message(), NOW)
    assert caught.value.code == "outbox-unwritable"
    await store.close()


async def test_locked_by_another_program(store: SqliteOutbox, folder: Path) -> None:
    await store.add(a_message(), NOW)
    with closing(sqlite3.connect(folder / "outbox.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserFacingError) as caught:
            await store.add(a_message(), NOW)
        assert caught.value.code == "outbox-locked"
        assert len(await store.entries()) == 1  # reading goes on
        other.execute("ROLLBACK")
    assert await store.add(a_message(), NOW) == 2


async def test_the_file_was_taken_away(store: SqliteOutbox, folder: Path) -> None:
    await store.add(a_message(), NOW)
    for path in folder.glob("outbox.db*"):
        path.unlink()
    await store.add(a_message(subject="new"), NOW)
    other = SqliteOutbox(folder)
    assert [entry.subject for entry in await other.entries()] == ["new"]
    await other.close()


def damage(path: Path, how: str) -> None:
    octets = bytearray(path.read_bytes())
    if how == "garbage":
        octets[:] = b"not a database" * 999
    elif how == "middle":  # pages of the tables, not the first one
        for page in range(12, len(octets) // 4096 - 2, 7):
            octets[page * 4096 : page * 4096 + 4096] = os.urandom(4096)
    elif how == "cut":
        del octets[len(octets) * 2 // 3 :]
    path.write_bytes(octets)


@pytest.mark.parametrize("how", ["garbage", "middle", "cut"])
async def test_damage_is_kept_aside_and_the_rest_saved(folder: Path, how: str) -> None:
    store = SqliteOutbox(folder)
    for number in range(60):
        message = a_message(9000, subject=f"{number}")
        await store.add(message, NOW)
    await store.close()
    damage(folder / "outbox.db", how)
    before = (folder / "outbox.db").read_bytes()
    told: list[UserFacingError] = []
    store = SqliteOutbox(folder, notice=told.append)
    readable = 0
    for entry in await store.entries():
        with suppress(UserFacingError):  # a message that was damaged is never given out
            assert await store.message(entry.id) == a_message(9000, subject=entry.subject)
            readable += 1
    assert await store.add(a_message(), NOW) > 0
    assert [error.code for error in told] == ["outbox-recovered"]
    (aside,) = (p for p in folder.glob("outbox.db.damaged-*") if not p.name.endswith("-wal"))
    assert str(aside) in told[0].message
    assert aside.read_bytes() == before
    assert readable == 0 if how == "garbage" else readable > 15
    check = await store._database.run(lambda c: c.execute("PRAGMA integrity_check").fetchall())
    assert check == [("ok",)]
    await store.close()


async def test_damage_while_others_have_it_open(folder: Path) -> None:
    other = SqliteOutbox(folder)
    await other.add(a_message(), NOW)
    (folder / "outbox.db-wal").write_bytes(b"")
    (folder / "outbox.db").write_bytes(b"garbage" * 5000)
    store = SqliteOutbox(folder, busy_seconds=0.1)
    with pytest.raises(UserFacingError) as caught:
        await store.entries()
    assert caught.value.code == "outbox-corrupt"
    await other.close()
    assert await store.entries() == ()
    assert list(folder.glob("outbox.db.damaged-*"))
    await store.close()


async def test_killed_while_saving_what_can_be_read(tmp_path: Path) -> None:
    """From every instant of a rescue the next start saves as much as an undisturbed one."""
    whole = tmp_path / "whole"
    store = SqliteOutbox(whole)
    for number in range(12):
        await store.add(a_message(9000, subject=f"{number}"), NOW)
    await store.close()
    damage(whole / "outbox.db", "cut")
    results, killed = {}, 0
    for point in [10_000, *range(4, 125, 8)]:
        folder = tmp_path / str(point)
        shutil.copytree(whole, folder)
        process = child(folder, "list", f"kill-at:{point}")
        _, err = await asyncio.to_thread(process.communicate, timeout=30)
        assert process.returncode in (0, -signal.SIGKILL), err.decode()
        killed += process.returncode != 0
        store = SqliteOutbox(folder)
        results[point] = [entry.id for entry in await store.entries()]
        assert await store.add(a_message(), NOW) > max(results[point])
        await store.close()
        assert not (folder / "outbox.db.saved").exists()
    assert 3 < len(results[10_000]) < 12
    assert all(found == results[10_000] for found in results.values()), results
    assert killed >= 10


async def test_who_gives_up_before_its_turn_is_not_kept(store: SqliteOutbox) -> None:
    await store.add(a_message(), NOW)
    gate = threading.Event()
    busy = asyncio.ensure_future(store._database.on_thread(gate.wait))  # noqa: TID251
    adding = asyncio.ensure_future(store.add(a_message(), NOW))  # noqa: TID251
    await asyncio.sleep(0)
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    gate.set()
    await busy
    assert await store.add(a_message(), NOW) == 2
    assert len(await store.entries()) == 2


async def test_a_kill_between_saving_and_replacing(folder: Path) -> None:
    store = SqliteOutbox(folder)
    await store.add(a_message(subject="saved"), NOW)
    await store.close()
    (folder / "outbox.db").rename(folder / "outbox.db.saved")
    (folder / "outbox.db").write_bytes(b"garbage" * 5000)
    store = SqliteOutbox(folder)
    assert [entry.subject for entry in await store.entries()] == ["saved"]
    assert len(list(folder.glob("outbox.db.damaged-*"))) == 1
    await store.close()


async def test_old_files_are_led_on(tmp_path: Path) -> None:
    old = Database(
        tmp_path, Schema("box", (("CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"),), ("a",))
    )
    await old.run(lambda c: None)
    await old.close()
    steps = (("CREATE TABLE a (x)",), ("ALTER TABLE a ADD y DEFAULT 5",), ("UPDATE a SET x = 9",))
    new = Database(tmp_path, Schema("box", steps, ("a",)))
    assert await new.run(lambda c: c.execute("SELECT * FROM a").fetchall()) == [(9, 5)]
    with pytest.raises(UserFacingError) as caught:
        await old_again(tmp_path)
    assert caught.value.code == "box-newer"
    await new.close()


async def old_again(folder: Path) -> None:
    database = Database(folder, Schema("box", (("CREATE TABLE a (x)",),), ("a",)))
    try:
        await database.run(lambda c: None)
    finally:
        await database.close()


@pytest.mark.parametrize("version", range(1, len(OUTBOX.migrations) + 1))
async def test_the_file_of_each_version_is_read(folder: Path, version: int) -> None:
    script = (Path(__file__).parent / "data" / f"outbox-v{version}.sql").read_text()
    folder.mkdir()
    with closing(sqlite3.connect(folder / "outbox.db")) as made:
        made.executescript(script)
    store = SqliteOutbox(folder)
    (entry,) = await store.entries()
    assert (entry.subject, entry.tries) == ("Grüße", 3)
    assert [one.state for one in entry.recipients] == [
        RecipientState.UNCERTAIN,
        RecipientState.DEFERRED,
    ]
    assert (await store.message(entry.id)).content == b"A: b\r\n\r\nhi\r\n"
    full = await store.entry(entry.id)
    assert full is not None
    assert [one.outcome for one in full.attempts] == ["uncertain"]
    message = await store.message(entry.id)
    if version == 1:
        assert (message.report, message.reports, entry.retried) == (EnvelopeReport(), (), None)
    else:
        assert message.report == EnvelopeReport(Return.HEADERS, "QQ314159")
        asked = RecipientReport("SUCCESS,DELAY", "rfc822;c@y.example")
        assert message.reports == (("c@y.example", asked),)
        assert entry.since == datetime(2026, 5, 4, 6, tzinfo=UTC)
    answered = datetime(2026, 5, 4, 7, tzinfo=UTC) if version > 2 else None
    assert (entry.answered, entry.purged) == (answered, None)
    held = datetime(2026, 5, 4, 0, 0, 10, tzinfo=UTC) if version > 3 else None
    assert entry.held_until == held
    await store.close()


async def test_history_without_content_outlives_a_salvage(folder: Path) -> None:
    store = SqliteOutbox(folder)
    now = NOW
    kept = await store.add(a_message(), now)
    gone = await store.add(a_message(), now)
    for number in (kept, gone):
        await store.move(number, a_message().envelope.recipients, Move.CANCEL, now)
    assert set(await store.purge(now + timedelta(days=1), now)) == {kept, gone}
    await store.close()
    with closing(sqlite3.connect(folder / "outbox.db")) as file:
        file.execute("UPDATE messages SET purged = NULL WHERE id = ?", (gone,))  # as if damaged
        for statement in OUTBOX.tidy:
            file.execute(statement)
        assert file.execute("SELECT id FROM messages").fetchall() == [(kept,)]
