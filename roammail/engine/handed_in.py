"""What other programs handed in lately: known by the trace at the head of each message."""

from roammail.core.envelope import OutboxEntry
from roammail.core.outbox_query import MOST, OutboxQuery
from roammail.core.trace import BY_PROGRAM
from roammail.ports import OutboxStore


async def handed_in(outbox: OutboxStore, limit: int) -> tuple[OutboxEntry, ...]:
    """At most `limit` messages that came through the submission service, newest first. Looks
    at the newest page of the outbox only; contents that were cleared away tell nothing more."""
    entries = await outbox.page(OutboxQuery(limit=MOST))
    heads = await outbox.beginnings([entry.id for entry in entries], len(BY_PROGRAM))
    found = [entry for entry in entries if heads.get(entry.id) == BY_PROGRAM]
    return tuple(found[:limit])
