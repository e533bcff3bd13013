"""The outbox state machine: one transition table, the back-off by scope, and when to give up.
No clock, no store."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from roammail.core.diagnosis import Scope
from roammail.core.recipient_state import RecipientState as RecipientState


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
    GIVE_UP = "give-up"  # the user's limit of days is over


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
    (S.DEFERRED, M.GIVE_UP): S.GIVEN_UP,
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
    (S.GIVEN_UP, M.RETRY): S.QUEUED,
    (S.GIVEN_UP, M.CANCEL): S.CANCELLED,
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


class Standing(StrEnum):
    """A whole message in one word, for notices."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    GIVEN_UP = "given-up"
    CANCELLED = "cancelled"


#: What a person must hear first comes first.
_STANDINGS = (
    (S.UNCERTAIN, Standing.UNCERTAIN),
    (S.REFUSED, Standing.REFUSED),
    (S.GIVEN_UP, Standing.GIVEN_UP),
    (S.SENT, Standing.SENT),
)


def standing_of(states: Collection[RecipientState]) -> Standing:
    """How the message stands; WAITING as long as anything is still to be done by itself."""
    if any(state in OPEN_STATES for state in states):
        return Standing.WAITING
    return next((word for state, word in _STANDINGS if state in states), Standing.CANCELLED)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Seconds between tries: doubling from `first` to `ceiling`; `held` where only a change
    helps (another network, another secret), and the change itself ends the wait."""

    first: float = 60.0
    ceiling: float = 3600.0
    held: float = 6 * 3600.0

    def delay(self, tries: int) -> float:
        """Seconds to wait after the `tries`-th failed try (1 for the first)."""
        return min(self.ceiling, self.first * 2.0 ** max(0, min(tries, 32) - 1))


class Hold(StrEnum):
    """What ends the wait of a message that could not go."""

    TIME = "time"  # the back-off; every change ends it too
    NETWORK = "network"  # nothing helps before the network changes
    SECRET = "secret"  # noqa: S105  (the name of a hold: a profile or its secret must change)


def hold_for(scopes: Collection[Scope]) -> Hold:
    """What to wait for, given the scope of each refusal of one try (rule 6).

    One refusal that time may cure makes it a matter of time. Without any refusal, or with
    refusals of different kinds, too: a wrong guess must cost an hour at most.
    """
    if scopes and all(scope is Scope.NETWORK for scope in scopes):
        return Hold.NETWORK
    if scopes and all(scope in (Scope.CREDENTIAL, Scope.SENDER) for scope in scopes):
        return Hold.SECRET
    return Hold.TIME


def wait_after(scopes: Collection[Scope], tries: int, backoff: Backoff) -> float:
    """Seconds until the next try after the `tries`-th failed one.

    A hold ends with the change that it waits for; its seconds only bound what a change that
    nobody noticed can cost.
    """
    if hold_for(scopes) is Hold.TIME:
        return backoff.delay(tries)
    return backoff.held


def is_due(next_try: datetime | None, now: datetime, backoff: Backoff) -> bool:
    """Whether a message is to be tried.

    A moment further off than the longest wait was written under another clock: it is now.
    """
    if next_try is None or next_try <= now:
        return True
    return next_try - now > timedelta(seconds=max(backoff.ceiling, backoff.held) + 60)


#: Nothing is held for longer (seconds); what claims to be was written under another clock.
LONGEST_HOLD = 600.0


def is_held(until: datetime | None, now: datetime) -> bool:
    """Whether a message still waits for the user to take it back."""
    return until is not None and now < until <= now + timedelta(seconds=LONGEST_HOLD)


#: Failed tries since the last change (another network, a resume, a start) before a message is
#: given up. The clock may have jumped, and whoever slept for a week may still be offline.
LEAST_TRIES = 3


def gives_up(since: datetime, now: datetime, tries: int, limit: timedelta) -> bool:
    """Whether the user's patience is over: `since` is when the message was taken, or when the
    user last asked for it; `tries` are those since the last change. A limit
    of zero or less is never over."""
    return limit > timedelta(0) and tries >= LEAST_TRIES and now - since >= limit
