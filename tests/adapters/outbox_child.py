"""A process of its own that uses an outbox until it is killed. Run as a script:

    outbox_child.py FOLDER add TAG COUNT SIZE [kill-at:POINT]   prints each id when it is taken
    outbox_child.py FOLDER list [kill-at:POINT]                 opens it, which may be a rescue
    outbox_child.py FOLDER claim ID                             claims, starts, waits

Points are counted over what SQLite does (statements) and what the program syncs itself.
"""

import asyncio
import os
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from roammail.adapters import database_file, outbox_intake
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.delivery import Move
from roammail.core.envelope import Envelope, ReadyMessage

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def content(tag: str, number: int, size: int) -> bytes:
    """Octets that tell whether a message is whole."""
    return f"T: {tag}-{number}\r\n\r\n".encode() + bytes([65 + number % 26]) * size + b"\r\n"


async def add(folder: Path, tag: str, count: int, size: int) -> None:
    store = SqliteOutbox(folder)
    for number in range(count):
        octets = content(tag, number, size)
        message = ReadyMessage(
            Envelope("a@x.example", ("b@y.example", "c@y.example")),
            octets,
            f"<{tag}-{number}@x>",
            "a@x.example",
        )
        taken = await store.add(message, NOW)
        os.write(1, f"{taken} {number}\n".encode())
    await store.close()


async def claim(folder: Path, number: int) -> None:
    store = SqliteOutbox(folder)
    assert await store.claim(number)
    await store.move(number, ["b@y.example"], Move.START, NOW)
    os.write(1, b"claimed\n")
    await asyncio.Event().wait()


async def list_all(folder: Path) -> None:
    store = SqliteOutbox(folder)
    for entry in await store.entries():
        os.write(1, f"{entry.id} {entry.size}\n".encode())
    await store.close()


def die_at(point: int) -> None:
    """SIGKILL for ourselves at the `point`-th step, counted in statements and syncs."""
    passed = 0

    def step() -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            os.kill(os.getpid(), signal.SIGKILL)

    real_sync, real_connect = os.fsync, sqlite3.connect

    def fsync(descriptor: int) -> None:
        step()
        real_sync(descriptor)

    class Counted(sqlite3.Connection):
        def execute(self, *given: object) -> sqlite3.Cursor:
            step()
            cursor = super().execute(*given)  # type: ignore[arg-type]
            step()
            return cursor

    def connect(*given: object, **named: object) -> sqlite3.Connection:
        return real_connect(*given, factory=Counted, **named)  # type: ignore[call-overload,no-any-return]

    real_rename = Path.rename

    def rename(self: Path, target: Path) -> Path:
        step()
        return real_rename(self, target)

    Path.rename = rename  # type: ignore[method-assign]
    database_file.os.fsync = fsync
    outbox_intake.sqlite3.connect = connect  # one module, seen by all


def main(given: list[str]) -> None:
    folder, what = Path(given[0]), given[1]
    if given[-1].startswith("kill-at:"):
        die_at(int(given.pop().partition(":")[2]))
    if what == "add":
        asyncio.run(add(folder, given[2], int(given[3]), int(given[4])))
    elif what == "list":
        asyncio.run(list_all(folder))
    else:
        asyncio.run(claim(folder, int(given[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
