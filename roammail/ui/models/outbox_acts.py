"""What a person may do about a message of the outbox, by how it stands. No Qt."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from roammail.core.envelope import OutboxEntry
from roammail.ui.models.outbox_row import RowKind, decisive, kind_of


class OutboxAct(StrEnum):
    """One thing to do."""

    TRY_NOW = "try-now"
    TRY_AGAIN = "try-again"
    EDIT = "edit"
    CANCEL = "cancel"
    MARK_SENT = "mark-sent"
    SAME_PROFILE = "same-profile"
    EXPLAIN = "explain"
    SOURCE = "source"


A, K = OutboxAct, RowKind

#: The first is the best one.
_ACTS: Mapping[RowKind, tuple[OutboxAct, ...]] = {
    K.HELD: (A.TRY_NOW, A.EDIT, A.CANCEL),
    K.SENDING: (),
    K.WAITING: (A.TRY_NOW, A.EDIT, A.CANCEL),
    K.UNCERTAIN: (A.MARK_SENT, A.SAME_PROFILE),
    K.REFUSED: (A.EDIT, A.TRY_AGAIN),
    K.GIVEN_UP: (A.TRY_AGAIN, A.EDIT, A.CANCEL),
    K.SENT: (),
    K.CANCELLED: (A.EDIT, A.TRY_AGAIN),
}


def acts_for(entry: OutboxEntry, now: datetime) -> tuple[OutboxAct, ...]:
    """In the order of the buttons. Of a message whose content was cleared away only the story
    is left."""
    found = list(() if entry.purged else _ACTS[kind_of(entry, now)])
    told = decisive(entry)
    if told is not None and told.diagnosis is not None and told.diagnosis.reply is not None:
        found.append(A.EXPLAIN)
    if not entry.purged:
        found.append(A.SOURCE)
    return tuple(found)
