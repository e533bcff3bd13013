"""How messages come into the outbox: those that wait together share one commit and one sync.

Owns the batch. The caller is told only after the sync of the batch that holds its message. It is
what a hand-over loads of the outbox, and imports no more than that.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Lock

from roammail.adapters.database import Database
from roammail.adapters.outbox_times import stamp
from roammail.core.content_facts import facts_of
from roammail.core.dsn import RecipientReport
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadMessage, RoamMailError
from roammail.core.recipient_state import RecipientState

_LARGEST = 1_000_000_000  # octets; SQLite's limit for one value
_PIECE = 1024 * 1024  # octets
_NO_REPORT = RecipientReport()


@dataclass(slots=True, eq=False)
class _Ticket:
    """One message that waits, and what became of it."""

    message: ReadyMessage
    when: datetime
    held_until: datetime | None = None
    id: int | None = None
    error: Exception | None = None


def take_in(database: Database, message: ReadyMessage, when: datetime) -> int:
    """`Intake.add` for a program that hands in one message and ends; closes the database."""
    ticket = _checked(message, when)
    (number,) = database.run_and_close(partial(_insert_all, batch=[ticket]))
    return number


def _checked(message: ReadyMessage, when: datetime, held_until: datetime | None = None) -> _Ticket:
    if len(message.content) > _LARGEST:
        raise BadMessage("message-too-large", "The message is larger than a gigabyte.")
    if not message.envelope.recipients:
        raise BadMessage("recipients-missing", "The message has no recipient.")
    for moment in (when, held_until):
        stamp(moment)  # refuses a time without zone before it can spoil a batch
    return _Ticket(message, when, held_until)


class Intake:
    """Adds messages through the database's thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Ticket] = []
        self._lock = Lock()

    async def add(
        self, message: ReadyMessage, when: datetime, held_until: datetime | None = None
    ) -> int:
        """The id of the message, committed and synced. See `OutboxStore.add`."""
        ticket = _checked(message, when, held_until)
        with self._lock:
            self._waiting.append(ticket)
        try:
            await self._database.on_thread(self._take_all)
        finally:
            with self._lock:
                if ticket in self._waiting:  # the caller gave up before its turn
                    self._waiting.remove(ticket)
        if ticket.error is not None:
            raise ticket.error
        assert ticket.id is not None
        return ticket.id

    def _take_all(self) -> None:
        """On the thread. The first of several callers finds all, the others nothing."""
        with self._lock:
            batch, self._waiting = self._waiting, []
        if batch and not self._keep(batch) and len(batch) > 1:
            for ticket in batch:  # one that is too large must not stop the others
                self._keep([ticket])

    def _keep(self, batch: list[_Ticket]) -> bool:
        try:
            ids = self._database.run_here(partial(_insert_all, batch=batch))
        except (RoamMailError, sqlite3.Error, OSError, ValueError) as error:
            for ticket in batch:
                ticket.error = error
            return False
        for ticket, number in zip(batch, ids, strict=True):
            ticket.id, ticket.error = number, None
        return True


def _insert_all(connection: sqlite3.Connection, batch: list[_Ticket]) -> list[int]:
    return [_insert(connection, ticket) for ticket in batch]


def _insert(connection: sqlite3.Connection, ticket: _Ticket) -> int:
    message, when = ticket.message, ticket.when
    number = connection.execute(
        "INSERT INTO messages (message_id, sender, from_address, subject, size, created, ret,"
        " envid, held_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            message.message_id,
            message.envelope.sender,
            message.from_address,
            message.subject,
            len(message.content),
            stamp(when),
            message.report.ret.value,
            message.report.envid,
            stamp(ticket.held_until),
        ),
    ).lastrowid
    assert number is not None
    _insert_content(connection, number, message.content)
    reports = dict(message.reports)
    asked = [reports.get(address, _NO_REPORT) for address in message.envelope.recipients]
    connection.executemany(
        "INSERT INTO recipients (message, position, address, state, changed, notify, orcpt)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number,
                position,
                address,
                RecipientState.QUEUED.value,
                stamp(when),
                asked[position].notify,
                asked[position].orcpt,
            )
            for position, address in enumerate(message.envelope.recipients)
        ],
    )
    return number


def _insert_content(connection: sqlite3.Connection, number: int, content: bytes) -> None:
    """Large contents go in piece by piece: a bound value would be held in memory twice."""
    whole, facts = len(content) <= _PIECE, facts_of(content)
    connection.execute(
        "INSERT INTO contents (message, sha256, content, eight_bit, utf8_headers, canonical)"  # noqa: S608
        f" VALUES (?, ?, {_place(whole)}, ?, ?, ?)",
        (
            number,
            hashlib.sha256(content).digest(),
            content if whole else len(content),
            facts.eight_bit,
            facts.utf8_headers,
            facts.canonical,
        ),
    )
    if whole:
        return
    with connection.blobopen("contents", "content", number) as blob:
        view = memoryview(content)
        for start in range(0, len(content), _PIECE):
            blob.write(view[start : start + _PIECE])


def _place(whole: bool) -> str:
    return "?" if whole else "zeroblob(?)"
