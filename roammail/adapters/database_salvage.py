"""A damaged SQLite file: set aside under a clear name, and copied row by row as far as it can
be read. Knows tables by name only.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

_MOST_GAPS = 100_000  # rows that are looked for singly between two readable stretches


@dataclass(frozen=True, slots=True)
class Salvaged:
    """How many rows were copied, and whether some are known to be missing."""

    rows: int
    incomplete: bool


def set_aside(path: Path) -> Path:
    """Renames the file with its journals to NAME.damaged-TIME; returns the new path.

    Raises OSError.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    for ending in ("-wal", "-journal"):
        journal = path.with_name(path.name + ending)
        if journal.exists():
            journal.rename(aside.with_name(aside.name + ending))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    if path.exists():  # not when a kill came between this and the last step
        path.rename(aside)
    return aside


def salvage(
    damaged: Path, target: sqlite3.Connection, tables: tuple[str, ...], tidy: tuple[str, ...]
) -> Salvaged:
    """Copies what can be read of `tables` into `target` in one transaction, then tidies it."""
    rows, incomplete = 0, False
    with closing(sqlite3.connect(damaged.absolute().as_uri() + "?mode=ro", uri=True)) as source:
        # Without this SQLite reads nothing at all of a file that was cut short.
        source.execute("PRAGMA writable_schema = ON")
        source.text_factory = lambda octets: octets.decode("utf-8", "replace")
        target.execute("BEGIN IMMEDIATE")
        for table in tables:
            copied, whole = _copy(source, target, table)
            rows += copied
            incomplete = incomplete or not whole
        for statement in tidy:
            incomplete = target.execute(statement).rowcount > 0 or incomplete
        target.execute("COMMIT")
    return Salvaged(rows, incomplete)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> tuple[int, bool]:
    try:
        held = {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.DatabaseError:
        return 0, False
    wanted = [str(row[1]) for row in target.execute(f"PRAGMA table_info({table})")]
    columns = [name for name in wanted if name in held]
    if not columns:
        return 0, False
    names, marks = ", ".join(columns), ", ".join("?" * (len(columns) + 1))
    insert = f"INSERT OR IGNORE INTO {table} (rowid, {names}) VALUES ({marks})"  # noqa: S608
    reader = _Reader(source, table, names)
    copied = 0
    for row in reader.rows():
        with suppress(sqlite3.IntegrityError):  # a row whose damage breaks the table's own rules
            copied += target.execute(insert, row).rowcount
    return copied, reader.whole


class _Reader:
    """Every row that can be read: from the front, from the back, then singly between."""

    def __init__(self, source: sqlite3.Connection, table: str, names: str) -> None:
        self._source, self._table = source, table
        self._select = f"SELECT rowid, {names} FROM {table}"  # noqa: S608
        self.whole = True

    def rows(self) -> Iterator[tuple[object, ...]]:
        first = 0
        for row in self._scan("ORDER BY rowid"):
            first = int(str(row[0]))
            yield row
        if self.whole:
            return
        # The row before a damaged one is lost with it: sqlite3 looks ahead.
        last = self._highest() + 1
        for row in self._scan("ORDER BY rowid DESC"):
            last = int(str(row[0]))
            if last <= first:
                return
            yield row
        stop = min(last, first + _MOST_GAPS)
        for number in range(first + 1, stop):
            yield from self._scan(f"WHERE rowid = {number}")

    def _highest(self) -> int:
        with suppress(sqlite3.DatabaseError):
            highest = f"SELECT max(rowid) FROM {self._table}"  # noqa: S608
            return int(self._source.execute(highest).fetchone()[0] or 0)
        return 0

    def _scan(self, tail: str) -> Iterator[tuple[object, ...]]:
        try:
            yield from self._source.execute(f"{self._select} {tail}")
        except sqlite3.DatabaseError:
            self.whole = False
