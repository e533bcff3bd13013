"""Reading the outbox in pages, counting it, and whom its mail went to. Never reads a whole
content; writes nothing.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence

from roammail.adapters import outbox_rows as rows
from roammail.core.contacts import Correspondent
from roammail.core.delivery import Standing
from roammail.core.envelope import OutboxEntry, RecipientEntry
from roammail.core.outbox_query import MOST, OutboxQuery

#: `core.delivery.standing_of` for the recipients of one message. A state that this version does
#: not know counts as uncertain, as it does in `outbox_rows`.
_STANDING = """CASE
    WHEN sum(state IN ('queued', 'sending', 'deferred')) THEN 'waiting'
    WHEN sum(state NOT IN ('sent', 'refused', 'given-up', 'cancelled')) THEN 'uncertain'
    WHEN sum(state = 'refused') THEN 'refused'
    WHEN sum(state = 'given-up') THEN 'given-up'
    WHEN sum(state = 'sent') THEN 'sent'
    ELSE 'cancelled' END"""
_STANDING_OF = f"(SELECT {_STANDING} FROM recipients WHERE message = messages.id)"  # noqa: S608
#: A search looks at no more than this of what was typed (characters).
_SEARCHED = 200


def page(connection: sqlite3.Connection, query: OutboxQuery) -> tuple[OutboxEntry, ...]:
    """See `OutboxStore.page`."""
    where, values = _where(connection, query)
    limit = max(1, min(query.limit, MOST))
    messages = connection.execute(
        f"SELECT {rows.MESSAGE} FROM messages {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
        (*values, limit),
    ).fetchall()
    recipients = _recipients(connection, [row[0] for row in messages])
    return tuple(rows.message_entry(row, recipients[row[0]], []) for row in messages)


def beginnings(
    connection: sqlite3.Connection, ids: Sequence[int], octets: int
) -> Mapping[int, bytes]:
    """See `OutboxStore.beginnings`. Reads a page of the file for each, however large they are."""
    found: dict[int, bytes] = {}
    for number in ids:
        try:
            with connection.blobopen("contents", "content", number, readonly=True) as blob:
                found[number] = blob.read(octets)
        except sqlite3.OperationalError:  # there is no such row: it was cleared away
            continue
    return found


def counts(connection: sqlite3.Connection) -> Mapping[Standing, int]:
    """See `OutboxStore.counts`."""
    found = connection.execute(
        "SELECT standing, count(*) FROM"  # noqa: S608
        f" (SELECT {_STANDING} AS standing FROM recipients GROUP BY message)"
        " GROUP BY standing"
    )
    counted = dict.fromkeys(Standing, 0)
    counted.update((Standing(word), number) for word, number in found)
    (told,) = connection.execute(
        "SELECT count(*) FROM messages"  # noqa: S608
        f" WHERE answered IS NOT NULL AND {_STANDING_OF} = 'refused'"
    ).fetchone()
    counted[Standing.REFUSED] -= told
    return counted


def correspondents(connection: sqlite3.Connection, limit: int) -> tuple[Correspondent, ...]:
    """See `OutboxStore.correspondents`."""
    found = connection.execute(
        "SELECT address, count(*), max(created) FROM recipients JOIN messages ON message ="
        " messages.id GROUP BY lower(address) ORDER BY max(created) DESC LIMIT ?",
        (limit,),
    )
    return tuple(
        Correspondent(str(address), int(uses), rows.moment(last) or rows.EPOCH)
        for address, uses, last in found
    )


def _where(connection: sqlite3.Connection, query: OutboxQuery) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    if query.before is not None:
        parts.append("id < ?")
        values.append(query.before)
    if query.ids:
        parts.append(f"id IN ({_marks(len(query.ids))})")
        values += query.ids
    if query.message_id:
        parts.append("message_id = ?")
        values.append(query.message_id)
    if query.standings:
        parts.append(f"{_STANDING_OF} IN ({_marks(len(query.standings))})")
        values += [standing.value for standing in query.standings]
    if wanted := query.text.strip()[:_SEARCHED].casefold():
        # LIKE knows the case of ASCII letters only.
        connection.create_function("holds", 1, lambda text: wanted in str(text).casefold())
        parts.append(
            "(holds(subject) OR holds(from_address) OR EXISTS"
            " (SELECT 1 FROM recipients WHERE message = messages.id AND holds(address)))"
        )
    return (f"WHERE {' AND '.join(parts)}" if parts else ""), values


def _recipients(
    connection: sqlite3.Connection, ids: list[int]
) -> defaultdict[int, list[RecipientEntry]]:
    found: defaultdict[int, list[RecipientEntry]] = defaultdict(list)
    for number, *row in connection.execute(
        f"SELECT message, {rows.RECIPIENT} FROM recipients"  # noqa: S608
        f" WHERE message IN ({_marks(len(ids))}) ORDER BY message, position",
        ids,
    ):
        found[number].append(rows.recipient_entry(tuple(row)))
    return found


def _marks(number: int) -> str:
    return ", ".join("?" * number)
