"""What is asked of the outbox when it is shown or searched: a page of it, never its contents."""

from dataclasses import dataclass

from roammail.core.delivery import Standing

#: Messages of one page, at most.
MOST = 500


@dataclass(frozen=True, slots=True)
class OutboxQuery:
    """Which messages, newest first. What is left empty does not narrow.

    `text` is looked for in subject, author and recipients, whatever its case. `before` is the
    number of the last message of the page before; `limit` is cut to 1..MOST.
    """

    standings: frozenset[Standing] = frozenset()
    text: str = ""
    before: int | None = None
    limit: int = 100
    ids: tuple[int, ...] = ()
    message_id: str = ""
