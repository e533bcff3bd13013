"""The outbox in SQLite: every change is committed and synced when its call returns.

Owns the meaning of the tables and the claims. Must not decide what happens to a message: moves
follow the table in `core.delivery`.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from roammail.adapters import outbox_messages, outbox_queries
from roammail.adapters import outbox_rows as rows
from roammail.adapters.database import Database, Notice
from roammail.adapters.file_lock import FileLock
from roammail.adapters.outbox_content import Place, StoredContent
from roammail.adapters.outbox_intake import Intake
from roammail.adapters.outbox_messages import unknown
from roammail.adapters.outbox_schema import OUTBOX
from roammail.core import diagnosis_codec
from roammail.core.address import address_key
from roammail.core.contacts import Correspondent
from roammail.core.content_facts import ContentFacts
from roammail.core.delivery import IllegalMove, Move, RecipientState, Standing, move
from roammail.core.diagnosis import Diagnosis
from roammail.core.envelope import AttemptEntry, OutboxEntry, ReadyMessage, RecipientEntry
from roammail.core.outbox_query import OutboxQuery
from roammail.core.outgoing import Outgoing

#: Messages with a recipient in OPEN_STATES; the condition as the index has it.
_OPEN_ONLY = "IN (SELECT message FROM recipients WHERE state IN ('queued', 'sending', 'deferred'))"
#: Moves after which an old diagnosis would mislead.
_SETTLING = frozenset({Move.ACCEPT, Move.MARK_SENT, Move.RETRY})
#: Contents that one purge clears away; the next takes the others.
_PURGED_AT_ONCE = 200


class SqliteOutbox:
    """The port OutboxStore over `outbox.db` in `folder` (made 0700 where it is missing).

    Nothing is opened before the first call. `notice` is told, on the database's thread, when a
    damaged file was set aside (`outbox-recovered`). An unknown id raises UserFacingError
    (`outbox-unknown`).
    """

    def __init__(
        self, folder: Path, *, busy_seconds: float = 10.0, notice: Notice | None = None
    ) -> None:
        self._folder, self._busy = folder / "outbox.claims", busy_seconds
        self._database = Database(folder, OUTBOX, busy_seconds=busy_seconds, notice=notice)
        self._intake = Intake(self._database)
        self._claims: dict[int, FileLock] = {}  # touched on the database's thread only

    async def add(
        self, message: ReadyMessage, when: datetime, held_until: datetime | None = None
    ) -> int:
        """See the port; calls that come while another is syncing share the next sync."""
        return await self._intake.add(message, when, held_until)

    async def entries(self, open_only: bool = False) -> tuple[OutboxEntry, ...]:
        """See the port; attempts are left out."""
        return await self._database.run(partial(_entries, open_only=open_only), write=False)

    async def page(self, query: OutboxQuery) -> tuple[OutboxEntry, ...]:
        """See the port."""
        return await self._database.run(partial(outbox_queries.page, query=query), write=False)

    async def beginnings(self, ids: Sequence[int], octets: int) -> Mapping[int, bytes]:
        """See the port."""
        look = partial(outbox_queries.beginnings, ids=tuple(ids), octets=octets)
        return await self._database.run(look, write=False)

    async def counts(self) -> Mapping[Standing, int]:
        """See the port."""
        return await self._database.run(outbox_queries.counts, write=False)

    async def correspondents(self, limit: int = 1000) -> tuple[Correspondent, ...]:
        """See the port."""
        look = partial(outbox_queries.correspondents, limit=limit)
        return await self._database.run(look, write=False)

    async def entry(self, outbox_id: int) -> OutboxEntry | None:
        """See the port."""
        return await self._database.run(partial(_entry, outbox_id=outbox_id), write=False)

    async def message(self, outbox_id: int) -> ReadyMessage:
        """See the port. Raises UserFacingError (`outbox-damaged`) when the content is not what
        was taken."""
        look = partial(outbox_messages.message, outbox_id=outbox_id)
        return await self._database.run(look, write=False)

    async def outgoing(self, outbox_id: int) -> Outgoing:
        """See the port."""

        def leave(facts: ContentFacts, digest: bytes, beginning: bytes) -> StoredContent:
            whole = partial(self.message, outbox_id)
            place = Place(self._database.path, outbox_id, digest, self._busy, whole)
            return StoredContent(place, facts, beginning)

        look = partial(outbox_messages.outgoing, outbox_id=outbox_id, leave=leave)
        return await self._database.run(look, write=False)

    async def move(
        self,
        outbox_id: int,
        addresses: Sequence[str],
        by: Move,
        when: datetime,
        *,
        profile_id: str | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        """See the port. A profile or diagnosis that is not given stays, but that ACCEPT,
        MARK_SENT and RETRY clear the diagnosis."""
        change = partial(
            _move,
            outbox_id=outbox_id,
            addresses=addresses,
            by=by,
            when=when,
            profile_id=profile_id,
            diagnosis=diagnosis,
        )
        await self._database.run(change)

    async def note_attempt(self, outbox_id: int, attempt: AttemptEntry) -> None:
        """See the port."""
        await self._database.run(partial(_note, outbox_id=outbox_id, attempt=attempt))

    async def schedule(self, outbox_id: int, next_try: datetime | None, tries: int) -> None:
        """See the port."""
        await self._database.run(
            partial(_schedule, outbox_id=outbox_id, next_try=next_try, tries=tries)
        )

    async def answer(self, outbox_id: int, when: datetime) -> None:
        """See the port."""
        await self._database.run(partial(_answer, outbox_id=outbox_id, when=when))

    async def purge(self, before: datetime, when: datetime) -> tuple[int, ...]:
        """See the port. Nothing is written where there is nothing to clear away."""
        return await self._database.on_thread(partial(self._purge, before, when))

    async def claim(self, outbox_id: int) -> bool:
        """See the port; also False when this store has it already."""
        return await self._database.on_thread(partial(self._claim, outbox_id))

    async def release(self, outbox_id: int) -> None:
        """See the port; no error when it is not held."""
        await self._database.on_thread(partial(self._release, outbox_id))

    async def recover(self, when: datetime) -> tuple[int, ...]:
        """See the port."""
        return await self._database.on_thread(partial(self._recover, when))

    async def close(self) -> None:
        """Gives back every claim and closes the file."""
        await self._database.close(self._release_all)

    def _purge(self, before: datetime, when: datetime) -> tuple[int, ...]:
        found = self._database.run_here(partial(_settled, before=before), write=False)
        # Under claims: nobody asks for a cancelled one again while it goes.
        mine = [number for number in found[:_PURGED_AT_ONCE] if self._claim(number)]
        try:
            if not mine:
                return ()
            return self._database.run_here(partial(_purge, among=mine, before=before, when=when))
        finally:
            for number in mine:
                self._release(number)

    def _claim(self, outbox_id: int) -> bool:
        if outbox_id in self._claims:
            return False
        self._database.private_folder(self._folder)
        lock = FileLock(self._folder / str(outbox_id))
        if not lock.take():
            return False
        self._claims[outbox_id] = lock
        return True

    def _release(self, outbox_id: int) -> None:
        lock = self._claims.pop(outbox_id, None)
        if lock is not None:
            lock.release(remove=True)

    def _release_all(self) -> None:
        for outbox_id in tuple(self._claims):
            self._release(outbox_id)

    def _recover(self, when: datetime) -> tuple[int, ...]:
        touched = []
        for outbox_id in self._database.run_here(_sending, write=False):
            if not self._claim(outbox_id):
                continue  # its owner lives
            try:
                # Read again under the claim: its owner may have gone on before it ended.
                if self._database.run_here(partial(_defer_sending, outbox_id=outbox_id, when=when)):
                    touched.append(outbox_id)
            finally:
                self._release(outbox_id)
        return tuple(touched)


def _entries(connection: sqlite3.Connection, open_only: bool) -> tuple[OutboxEntry, ...]:
    wanted = _OPEN_ONLY if open_only else "IS NOT NULL"
    recipients: dict[int, list[RecipientEntry]] = defaultdict(list)
    for number, *row in connection.execute(
        f"SELECT message, {rows.RECIPIENT} FROM recipients WHERE message {wanted}"  # noqa: S608
        " ORDER BY message, position"
    ):
        recipients[number].append(rows.recipient_entry(tuple(row)))
    messages = connection.execute(
        f"SELECT {rows.MESSAGE} FROM messages WHERE id {wanted} ORDER BY id DESC"  # noqa: S608
    )
    return tuple(rows.message_entry(row, recipients[row[0]], []) for row in messages)


def _entry(connection: sqlite3.Connection, outbox_id: int) -> OutboxEntry | None:
    row = connection.execute(
        f"SELECT {rows.MESSAGE} FROM messages WHERE id = ?",  # noqa: S608
        (outbox_id,),
    ).fetchone()
    if row is None:
        return None
    recipients = connection.execute(
        f"SELECT {rows.RECIPIENT} FROM recipients WHERE message = ? ORDER BY position",  # noqa: S608
        (outbox_id,),
    )
    attempts = connection.execute(
        f"SELECT {rows.ATTEMPT} FROM attempts WHERE message = ? ORDER BY id",  # noqa: S608
        (outbox_id,),
    )
    return rows.message_entry(
        row,
        [rows.recipient_entry(recipient) for recipient in recipients],
        [rows.attempt_entry(attempt) for attempt in attempts],
    )


def _move(
    connection: sqlite3.Connection,
    *,
    outbox_id: int,
    addresses: Sequence[str],
    by: Move,
    when: datetime,
    profile_id: str | None,
    diagnosis: Diagnosis | None,
) -> None:
    held = {
        address_key(address): (row_id, rows.recipient_state(state))
        for row_id, address, state in connection.execute(
            "SELECT id, address, state FROM recipients WHERE message = ?", (outbox_id,)
        )
    }
    if not held:
        raise unknown(outbox_id)
    keep = "diagnosis = ?" if by in _SETTLING else "diagnosis = coalesce(?, diagnosis)"
    told = diagnosis_codec.dumps(diagnosis)
    for key in dict.fromkeys(map(address_key, addresses)):
        if key not in held:
            raise IllegalMove(f"message {outbox_id} has no recipient {key}")
        row_id, state = held[key]
        connection.execute(
            f"UPDATE recipients SET state = ?, {keep},"  # noqa: S608
            " profile_id = coalesce(?, profile_id), changed = ? WHERE id = ?",
            (move(state, by).value, told, profile_id, rows.stamp(when), row_id),
        )
    if by is Move.RETRY:  # the user's patience begins anew
        connection.execute(
            "UPDATE messages SET retried = ?, answered = NULL WHERE id = ?",
            (rows.stamp(when), outbox_id),
        )


def _note(connection: sqlite3.Connection, *, outbox_id: int, attempt: AttemptEntry) -> None:
    _must_exist(connection, outbox_id)
    connection.execute(
        f"INSERT INTO attempts (message, {rows.ATTEMPT})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (outbox_id, *rows.attempt_row(attempt)),
    )


def _schedule(
    connection: sqlite3.Connection, *, outbox_id: int, next_try: datetime | None, tries: int
) -> None:
    _must_exist(connection, outbox_id)
    connection.execute(
        "UPDATE messages SET next_try = ?, tries = ? WHERE id = ?",
        (rows.stamp(next_try), tries, outbox_id),
    )


def _answer(connection: sqlite3.Connection, *, outbox_id: int, when: datetime) -> None:
    _must_exist(connection, outbox_id)
    connection.execute(
        "UPDATE messages SET answered = ? WHERE id = ?", (rows.stamp(when), outbox_id)
    )


def _settled(connection: sqlite3.Connection, *, before: datetime) -> list[int]:
    """Messages that every recipient has, or that nobody wants sent any more, since before."""
    found = connection.execute(
        "SELECT message FROM contents WHERE NOT EXISTS (SELECT 1 FROM recipients"
        " WHERE recipients.message = contents.message AND (state NOT IN ('sent', 'cancelled')"
        " OR changed IS NULL OR changed >= ?)) ORDER BY message",
        (rows.stamp(before),),
    )
    return [number for (number,) in found]


def _purge(
    connection: sqlite3.Connection, *, among: Sequence[int], before: datetime, when: datetime
) -> tuple[int, ...]:
    connection.execute("PRAGMA secure_delete = ON")  # cleared away, not only out of the lists
    numbers = sorted(set(among).intersection(_settled(connection, before=before)))
    for number in numbers:
        connection.execute("DELETE FROM contents WHERE message = ?", (number,))
        connection.execute(
            "UPDATE messages SET purged = ? WHERE id = ?", (rows.stamp(when), number)
        )
    return tuple(numbers)


def _sending(connection: sqlite3.Connection) -> list[int]:
    return [
        number
        for (number,) in connection.execute(
            "SELECT DISTINCT message FROM recipients WHERE state = 'sending' ORDER BY message"
        )
    ]


def _defer_sending(connection: sqlite3.Connection, *, outbox_id: int, when: datetime) -> int:
    deferred = move(RecipientState.SENDING, Move.DEFER)
    return connection.execute(
        "UPDATE recipients SET state = ?, changed = ? WHERE message = ? AND state = 'sending'",
        (deferred.value, rows.stamp(when), outbox_id),
    ).rowcount


def _must_exist(connection: sqlite3.Connection, outbox_id: int) -> None:
    if not connection.execute("SELECT 1 FROM messages WHERE id = ?", (outbox_id,)).fetchone():
        raise unknown(outbox_id)
