"""A message that is handed in by a program without a loop: kept as any other is."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roammail.adapters.database import Database
from roammail.adapters.outbox_intake import take_in
from roammail.adapters.outbox_schema import OUTBOX
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.dsn import RecipientReport
from roammail.core.envelope import Envelope, OutboxEntry, ReadyMessage
from roammail.core.errors import UserFacingError

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MESSAGE = ReadyMessage(
    Envelope("ada@home.example", ("b@elsewhere.example", "c@elsewhere.example")),
    b"From: ada@home.example\r\n\r\n" + bytes(range(256)) * 8192,
    "<1@home.example>",
    "ada@home.example",
    "x",
)


def handed_in(home: Path, message: ReadyMessage = MESSAGE) -> int:
    return take_in(Database(home, OUTBOX, busy_seconds=10.0), message, WHEN)


async def kept(home: Path) -> tuple[tuple[OutboxEntry, ...], list[ReadyMessage]]:
    """All that is in the outbox."""
    outbox = SqliteOutbox(home)
    entries = await outbox.entries()
    messages = [await outbox.message(entry.id) for entry in entries]
    await outbox.close()
    return entries, messages


async def test_it_is_kept_as_one_that_an_engine_takes(tmp_path: Path) -> None:
    number = handed_in(tmp_path / "one")
    outbox = SqliteOutbox(tmp_path / "two")
    assert await outbox.add(MESSAGE, WHEN) == number
    await outbox.close()
    assert await kept(tmp_path / "one") == await kept(tmp_path / "two")


async def test_the_database_is_left_to_others(tmp_path: Path) -> None:
    database = Database(tmp_path, OUTBOX)
    take_in(database, MESSAGE, WHEN)
    assert database._connection is None
    assert not database._presence.held
    await database.close()  # as of one that is closed


@pytest.mark.parametrize(
    ("message", "when", "error"),
    [
        (replace(MESSAGE, envelope=Envelope("", ())), WHEN, UserFacingError),
        (MESSAGE, WHEN.replace(tzinfo=None), ValueError),
    ],
)
async def test_what_cannot_be_kept_is_refused_before_a_file_is_made(
    message: ReadyMessage, when: datetime, error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        take_in(Database(tmp_path / "home", OUTBOX), message, when)
    assert not (tmp_path / "home").exists()


async def test_a_folder_that_cannot_be_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UserFacingError) as caught:
        handed_in(tmp_path / "home")
    assert caught.value.code.startswith("outbox-")


async def test_a_damaged_file_is_set_aside_and_the_message_kept(tmp_path: Path) -> None:
    handed_in(tmp_path)
    (tmp_path / "outbox.db").write_bytes(b"This is no database. " * 500)
    for rest in ("outbox.db-wal", "outbox.db-shm"):
        (tmp_path / rest).unlink(missing_ok=True)
    handed_in(tmp_path)
    entries, messages = await kept(tmp_path)
    assert len(entries) == 1
    assert messages == [MESSAGE]


async def test_several_at_once_are_all_kept(tmp_path: Path) -> None:
    threads = [threading.Thread(target=handed_in, args=(tmp_path,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len((await kept(tmp_path))[0]) == 6


async def test_what_a_program_asked_of_reports_is_kept(tmp_path: Path) -> None:
    asked = RecipientReport(notify="NEVER")
    handed_in(tmp_path, replace(MESSAGE, reports=(("b@elsewhere.example", asked),)))
    (message,) = (await kept(tmp_path))[1]
    assert message.report_for("b@elsewhere.example") == asked
