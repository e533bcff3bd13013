"""The outbox state machine: one transition table, and the back-off. No clock, no store."""

from dataclasses import dataclass
from enum import StrEnum


class RecipientState(StrEnum):
    """Where one recipient of one message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"  # final, by the server's word
    DEFERRED = "deferred"  # will be tried again
    UNCERTAIN = "uncertain"  # the reply to the final dot was lost
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What happens to a recipient."""

    START = "start"  # an attempt begins
    ACCEPT = "accept"  # the server took it
    REFUSE = "refuse"  # final for this recipient
    DEFER = "defer"  # no route now
    DOUBT = "doubt"  # written before the final dot
    CANCEL = "cancel"
    RETRY = "retry"  # the user asks again
    MARK_SENT = "mark-sent"  # the user settles an uncertain one


S, M = RecipientState, Move

#: Everything that affects a recipient's state lives in this table. A crash finds SENDING
#: (nothing was handed over: DEFER) or UNCERTAIN (the final dot may have gone: stays).
TRANSITIONS: dict[tuple[RecipientState, Move], RecipientState] = {
    (S.QUEUED, M.START): S.SENDING,
    (S.QUEUED, M.CANCEL): S.CANCELLED,
    (S.QUEUED, M.DEFER): S.DEFERRED,
    (S.QUEUED, M.REFUSE): S.REFUSED,
    (S.DEFERRED, M.START): S.SENDING,
    (S.DEFERRED, M.CANCEL): S.CANCELLED,
    (S.DEFERRED, M.RETRY): S.QUEUED,
    (S.DEFERRED, M.DEFER): S.DEFERRED,
    (S.DEFERRED, M.REFUSE): S.REFUSED,
    (S.SENDING, M.DOUBT): S.UNCERTAIN,
    (S.SENDING, M.DEFER): S.DEFERRED,
    (S.SENDING, M.REFUSE): S.REFUSED,
    (S.UNCERTAIN, M.ACCEPT): S.SENT,
    (S.UNCERTAIN, M.REFUSE): S.REFUSED,  # the reply to the dot came and was a refusal
    (S.UNCERTAIN, M.DEFER): S.DEFERRED,  # … a temporary or route-scoped one
    (S.UNCERTAIN, M.RETRY): S.QUEUED,  # only by the user, to the same profile
    (S.UNCERTAIN, M.MARK_SENT): S.SENT,
    (S.UNCERTAIN, M.CANCEL): S.CANCELLED,
    (S.REFUSED, M.RETRY): S.QUEUED,
    (S.CANCELLED, M.RETRY): S.QUEUED,
}


class IllegalMove(ValueError):
    """The table has no such transition."""


def move(state: RecipientState, by: Move) -> RecipientState:
    """The state after `by`. Raises IllegalMove."""
    try:
        return TRANSITIONS[state, by]
    except KeyError:
        raise IllegalMove(f"{state} cannot {by}") from None


#: States in which the outbox worker still has something to do by itself.
OPEN_STATES = frozenset({S.QUEUED, S.SENDING, S.DEFERRED})


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds between tries: doubling from `first` to `ceiling`."""

    first: float = 60.0
    ceiling: float = 3600.0

    def delay(self, tries: int) -> float:
        """Seconds to wait after the `tries`-th failed try (1 for the first)."""
        return min(self.ceiling, self.first * 2.0 ** max(0, min(tries, 32) - 1))
