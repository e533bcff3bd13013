"""One SQLite file on one thread: opening, schema versions, transactions that are synced when
they return, and a damaged file set aside. Must not know what is kept in it.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from roammail.adapters.database_errors import is_corrupt, newer, primary_code, worded
from roammail.adapters.database_file import (
    busy_error,
    identity,
    make_file,
    make_folder,
    sync_folder,
)
from roammail.adapters.database_salvage import Salvaged, salvage, set_aside
from roammail.adapters.file_lock import FileLock
from roammail.core.errors import ExitCode, UserFacingError

if TYPE_CHECKING:
    from concurrent.futures import Executor

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Told once when a damaged file was replaced; called on the database's thread.
Notice = Callable[[UserFacingError], None]


@dataclass(frozen=True, slots=True)
class Schema:
    """What is in a file. `name` begins the error codes and stands in the words ("outbox").

    `migrations[n]` are the statements that lead from version n to n + 1; they are only ever
    added to. `tidy` are statements that make a salvaged file whole again.
    """

    name: str
    migrations: tuple[tuple[str, ...], ...]
    tables: tuple[str, ...]
    tidy: tuple[str, ...] = ()


class Database:
    """The file of a schema in `folder`; opened on its thread by the first call.

    Many processes may have it open. Each holds a shared lock beside it, so that a damaged file
    is only replaced when nobody else would go on writing into the old one.
    """

    def __init__(
        self,
        folder: Path,
        schema: Schema,
        *,
        busy_seconds: float = 10.0,
        notice: Notice | None = None,
    ) -> None:
        self.path = folder / f"{schema.name}.db"
        self._schema = schema
        self._busy = busy_seconds
        self._notice = notice
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int] = (0, 0)
        self._presence = FileLock(folder / f"{schema.name}.lock")
        self._closed = False
        self._thread: Executor | None = None

    async def run(self, work: Callable[[sqlite3.Connection], _T], *, write: bool = True) -> _T:
        """Runs `work` in one transaction on the thread; committed and synced on return.

        Raises UserFacingError (see `database_errors`), and what `work` raises after undoing
        what it did.
        """
        return await self.on_thread(partial(self.run_here, work, write))

    async def on_thread(self, act: Callable[[], _T]) -> _T:
        """Runs `act` on the database's thread; raises what it raises, OSError in words."""
        import asyncio  # here, and the thread: a hand-over has no use for either
        from concurrent.futures import ThreadPoolExecutor

        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"roammail-{self._schema.name}")
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._act, act)

    def run_and_close(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """`run` and `close` for a program without a loop, on the thread that calls."""
        self._closed = True
        try:
            return self._act(partial(self.run_here, work))
        finally:
            self._drop()

    async def close(self, before: Callable[[], None] = lambda: None) -> None:
        """Runs `before` on the thread, closes file and thread; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            await self.on_thread(before)
        finally:
            await self.on_thread(self._drop)
            if self._thread is not None:
                self._thread.shutdown(wait=False)

    def private_folder(self, folder: Path) -> None:
        """Makes a folder beside the file (0700) where it is missing. Raises OSError."""
        make_folder(folder)

    def _act(self, act: Callable[[], _T]) -> _T:
        try:
            return act()
        except OSError as error:
            raise worded(error, self.path, self._schema.name) or error from error

    def run_here(self, work: Callable[[sqlite3.Connection], _T], write: bool = True) -> _T:
        """`run` for code that is on the thread already."""
        try:
            try:
                return self._transaction(work, write)
            except sqlite3.DatabaseError as error:
                if not is_corrupt(error):
                    raise
                _log.warning("%s is damaged: %s", self.path, error)
                self._replace(error)
                return self._transaction(work, write)
        except (sqlite3.Error, OSError) as error:
            self._drop()  # the next call starts from a fresh connection
            told = worded(error, self.path, self._schema.name)
            if told is None:
                raise
            raise told from error

    def _transaction(self, work: Callable[[sqlite3.Connection], _T], write: bool) -> _T:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
        try:
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                connection.execute("ROLLBACK")
            raise
        return result

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            if self._opened == identity(self.path):
                return self._connection
            self._drop()  # somebody took the file away: never write into what nobody can find
        make_folder(self.path.parent)
        if not self._presence.held and not self._presence.take(shared=True, seconds=self._busy):
            raise busy_error()
        if self._saved.exists():  # a kill came between the saving and the replacing
            if not self._presence.take(seconds=self._busy):
                raise busy_error()
            if self._saved.exists():
                self._finish_replacing(None)
            self._presence.take(shared=True)
        make_file(self.path)
        self._connection = self._connect(self.path)
        self._opened = identity(self.path)
        return self._connection

    def _connect(self, path: Path, *, wal: bool = True) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=self._busy, isolation_level=None, check_same_thread=False
        )
        try:
            self._journal(connection, "WAL" if wal else "DELETE")
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if _version(connection) == len(self._schema.migrations):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._migrate(connection)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _migrate(self, connection: sqlite3.Connection) -> None:
        version = _version(connection)  # another process may have been faster
        latest = len(self._schema.migrations)
        if version > latest:
            raise newer(self.path, self._schema.name)
        for statements in self._schema.migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {latest}")

    def _journal(self, connection: sqlite3.Connection, wanted: str) -> None:
        """WAL with FULL syncs each commit; where WAL cannot be had, EXTRA also syncs the
        folder after the rollback journal is gone. SQLite does not wait for this change."""
        limit = time.monotonic() + self._busy
        while True:
            try:
                mode = connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]
                break
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > limit:
                    raise
                time.sleep(0.02)
        level = "FULL" if mode == "wal" else "EXTRA"
        connection.execute(f"PRAGMA synchronous = {level}")
        connection.execute("PRAGMA fullfsync = ON")  # macOS: fsync alone stops at the drive
        connection.execute("PRAGMA journal_size_limit = 4194304")  # no log of 60 MB stays behind

    def _replace(self, error: sqlite3.DatabaseError) -> None:
        """Saves what can be read into a new file, and then lets it take the damaged one's place.

        A kill at any instant leaves either the damaged file as it was or a whole new one.
        """
        before = self._opened if self._connection else identity(self.path)
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # closing wants to write, and the file is broken
                connection.close()
        if not self._presence.take(seconds=min(self._busy, 1.0)):
            raise error
        if identity(self.path) == before:  # else another process has just done it
            saving = self.path.with_name(f"{self.path.name}.saving")
            for ending in ("", "-journal"):  # of a saving that was killed
                saving.with_name(saving.name + ending).unlink(missing_ok=True)
            make_file(saving)
            with closing(self._connect(saving, wal=False)) as target:
                saved = salvage(self.path, target, self._schema.tables, self._schema.tidy)
            saving.rename(self._saved)
            sync_folder(self.path.parent)
            self._finish_replacing(saved)
        self._presence.take(shared=True)

    @property
    def _saved(self) -> Path:
        return self.path.with_name(f"{self.path.name}.saved")

    def _finish_replacing(self, saved: Salvaged | None) -> None:
        """Puts the saved file in its place, the damaged one aside, and says so."""
        aside = set_aside(self.path)
        self._saved.rename(self.path)
        sync_folder(self.path.parent)
        name = self._schema.name
        rows = "" if saved is None else f" ({saved.rows} rows)"
        loss = "" if saved is not None and not saved.incomplete else " Some of it could not."
        told = UserFacingError(
            f"{name}-recovered",
            f"The {name} was damaged. What could be read was saved{rows}.{loss} "
            f"The damaged file was kept: {aside}",
            ExitCode.IO,
        )
        _log.warning("%s", told.message)
        if self._notice is not None:
            self._notice(told)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):  # a broken file also breaks its closing
                connection.close()
        self._presence.release()


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
