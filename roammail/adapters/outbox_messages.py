"""One message out of the outbox's tables: whole, or as it is sent, with a large content left where
it is. Writes nothing.
"""

import hashlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from roammail.adapters import outbox_rows as rows
from roammail.adapters.outbox_content import damaged
from roammail.core.content import BEGINNING, Content, HeldContent
from roammail.core.content_facts import ContentFacts, Scan
from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.errors import UserFacingError
from roammail.core.outgoing import Outgoing

#: Octets; a content of at most so many is read at once and needs no thread of its own.
_SMALL = 256 * 1024
_PIECE = 1024 * 1024

#: Makes the Content of one that is left where it is, from its facts, digest and beginning.
Leave = Callable[[ContentFacts, bytes, bytes], Content]


@dataclass(frozen=True, slots=True)
class _Envelope:
    """The addresses with what is asked for each."""

    envelope: Envelope
    report: EnvelopeReport
    reports: tuple[tuple[str, RecipientReport], ...]


def message(connection: sqlite3.Connection, outbox_id: int) -> ReadyMessage:
    """See `OutboxStore.message`."""
    row = connection.execute(
        "SELECT message_id, sender, from_address, subject, ret, envid, sha256"
        " FROM messages JOIN contents ON message = id WHERE id = ?",
        (outbox_id,),
    ).fetchone()
    if row is None:
        raise _no_content(connection, outbox_id)
    message_id, sender, from_address, subject, ret, envid, digest = row
    content = _whole(connection, outbox_id, digest)
    found = _envelope(connection, outbox_id, sender, rows.envelope_report(ret, envid))
    return ReadyMessage(
        found.envelope, content, message_id, from_address, subject, found.report, found.reports
    )


def outgoing(connection: sqlite3.Connection, outbox_id: int, leave: Leave) -> Outgoing:
    """See `OutboxStore.outgoing`."""
    row = connection.execute(
        "SELECT sender, ret, envid, sha256, size, eight_bit, utf8_headers, canonical"
        " FROM messages JOIN contents ON message = id WHERE id = ?",
        (outbox_id,),
    ).fetchone()
    if row is None:
        raise _no_content(connection, outbox_id)
    sender, ret, envid, digest, size, *known = row
    if None in known:
        facts = _scanned(connection, outbox_id)
    else:
        facts = ContentFacts(size, *map(bool, known))
    content: Content
    if facts.size <= _SMALL:
        content = HeldContent(_whole(connection, outbox_id, digest), facts)
    else:
        content = leave(facts, digest, _beginning(connection, outbox_id))
    found = _envelope(connection, outbox_id, sender, rows.envelope_report(ret, envid))
    return Outgoing(found.envelope, content, found.report, found.reports)


def unknown(outbox_id: int) -> UserFacingError:
    """There never was one of this number."""
    return UserFacingError(
        "outbox-unknown",
        f"There is no message {outbox_id} in the outbox. “roammail outbox list” shows them.",
    )


def _envelope(
    connection: sqlite3.Connection, outbox_id: int, sender: str, report: EnvelopeReport
) -> _Envelope:
    reports = {
        address: rows.recipient_report(notify, orcpt)
        for address, notify, orcpt in connection.execute(
            "SELECT address, notify, orcpt FROM recipients WHERE message = ? ORDER BY position",
            (outbox_id,),
        )
    }
    asked = tuple((address, found) for address, found in reports.items() if found.parameters())
    return _Envelope(Envelope(sender, tuple(reports)), report, asked)


def _whole(connection: sqlite3.Connection, outbox_id: int, digest: bytes) -> bytes:
    """Read through a handle: a column's value would be in memory twice."""
    with connection.blobopen("contents", "content", outbox_id, readonly=True) as blob:
        content = blob.read()
    if hashlib.sha256(content).digest() != digest:
        raise damaged(outbox_id)
    return content


def _beginning(connection: sqlite3.Connection, outbox_id: int) -> bytes:
    with connection.blobopen("contents", "content", outbox_id, readonly=True) as blob:
        return blob.read(BEGINNING)


def _scanned(connection: sqlite3.Connection, outbox_id: int) -> ContentFacts:
    """Of a message that was kept before its facts were."""
    scan = Scan()
    with connection.blobopen("contents", "content", outbox_id, readonly=True) as blob:
        while piece := blob.read(_PIECE):
            scan.feed(piece)
    return scan.facts()


def _no_content(connection: sqlite3.Connection, outbox_id: int) -> UserFacingError:
    if not connection.execute("SELECT 1 FROM messages WHERE id = ?", (outbox_id,)).fetchone():
        return unknown(outbox_id)
    return UserFacingError(
        "outbox-purged",
        f"The content of message {outbox_id} was cleared away: only what became of it is kept.",
    )
