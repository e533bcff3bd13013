"""A large content read out of the outbox piece by piece, ahead of whoever sends it, so that it is
never in memory as a whole.

Owns a connection and a thread for each reading, and how long it stays in the file's way. What a
content means, and whose it is, `outbox_sqlite.py` knows.
"""

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from roammail.adapters.database_errors import is_corrupt, primary_code, worded
from roammail.core.content import Supply
from roammail.core.content_facts import ContentFacts
from roammail.core.errors import ExitCode, UserFacingError

#: Octets; one piece is in hand and one is read ahead.
_PIECE = 1024 * 1024
#: Seconds. While a content is read, SQLite cannot begin its log anew (with a rollback journal:
#: nobody can write), and a slow line may take hours for it. To begin again costs a walk along
#: the content so far, some milliseconds for 50 MB.
_AT_REST = 1.0
_AT_ONCE = 3.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a content is, and what it must be. `damaged` looks at it through the outbox, which
    saves what can be saved of a broken file."""

    path: Path
    number: int
    digest: bytes
    busy_seconds: float
    damaged: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A Content in the outbox."""

    place: Place
    facts: ContentFacts
    beginning: bytes

    def __len__(self) -> int:
        return self.facts.size

    @asynccontextmanager
    async def reading(self, start: int = 0) -> AsyncIterator[Supply]:
        """See Content. Taking raises UserFacingError (`outbox-damaged`, and what
        `database_errors` names)."""
        ahead = _Ahead(self.place, len(self), start)
        try:
            yield ahead
        finally:
            ahead.close()


class _Ahead:
    """A Supply that has read the next piece already when it is asked for."""

    def __init__(self, place: Place, size: int, start: int) -> None:
        self._place, self._size, self._start = place, size - start, start
        self._blob = _Blob(place, size)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="roammail-content")
        self._loop = asyncio.get_running_loop()
        self._rest: asyncio.TimerHandle | None = None
        self._piece = memoryview(b"")
        self._left = size
        self._next = self._read()
        self._let_rest()

    def __len__(self) -> int:
        return self._size

    async def take(self, most: int) -> memoryview:
        """See Supply."""
        while not self._piece and self._left:
            await self._turn()
        piece, self._piece = self._piece[:most], self._piece[most:]
        return piece

    async def _turn(self) -> None:
        """The next piece; those before the start are only part of what is verified."""
        try:
            octets = await self._next
        except sqlite3.DatabaseError as error:
            if is_corrupt(error):
                await self._place.damaged()
            told = worded(error, self._place.path, "outbox")
            if told is None and primary_code(error) != sqlite3.SQLITE_ERROR:
                raise
            raise told or damaged(self._place.number) from error  # there is no such row
        self._left -= len(octets)
        self._piece = memoryview(octets)[self._start :]
        self._start = max(0, self._start - len(octets))
        if self._left:
            self._next = self._read()
            self._let_rest()

    def _read(self) -> "asyncio.Future[bytes]":
        return self._loop.run_in_executor(self._thread, self._blob.read)

    def _let_rest(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
        self._rest = self._loop.call_later(_AT_REST, self._thread.submit, self._blob.let_go)

    def close(self) -> None:
        """Does not wait: a disk may hang."""
        if self._rest is not None:
            self._rest.cancel()
        if not self._next.cancel() and not self._next.cancelled():
            self._next.exception()  # nobody asks for it any more
        self._thread.submit(self._blob.close)
        self._thread.shutdown(wait=False)


class _Blob:
    """The content in the file. Used on one thread."""

    def __init__(self, place: Place, size: int) -> None:
        self._place, self._size = place, size
        self._connection: sqlite3.Connection | None = None
        self._handle: sqlite3.Blob | None = None
        self._since = 0.0
        self._at = 0
        self._seen = hashlib.sha256()

    def read(self) -> bytes:
        """The next piece; the last one only of a content that is what was taken.

        Raises sqlite3.Error, UserFacingError (`outbox-damaged`).
        """
        if time.monotonic() - self._since > _AT_ONCE:
            self.let_go()
        handle = self._handle or self._open()
        octets = handle.read(_PIECE)
        self._seen.update(octets)
        self._at += len(octets)
        if self._at >= self._size or not octets:
            self.let_go()
            if self._at != self._size or self._seen.digest() != self._place.digest:
                raise damaged(self._place.number)
        return octets

    def _open(self) -> sqlite3.Blob:
        place = self._place
        if self._connection is None:
            self._connection = sqlite3.connect(
                f"{place.path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=place.busy_seconds,
                isolation_level=None,
                check_same_thread=False,
            )
        self._handle = self._connection.blobopen("contents", "content", place.number, readonly=True)
        self._since = time.monotonic()
        self._handle.seek(min(self._at, len(self._handle)))
        return self._handle

    def let_go(self) -> None:
        """Ends the transaction in which it reads; the next reading begins another."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()

    def close(self) -> None:
        """Closes the file."""
        self.let_go()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def damaged(number: int) -> UserFacingError:
    """A content that is not what was taken."""
    return UserFacingError(
        "outbox-damaged",
        f"Message {number} was damaged on the disk and is not sent. Write it again.",
        ExitCode.IO,
    )
