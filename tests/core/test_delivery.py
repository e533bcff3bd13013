"""The state machine: every pair of state and move, random walks, and the back-off."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.delivery import (
    OPEN_STATES,
    TRANSITIONS,
    Backoff,
    Hold,
    IllegalMove,
    Move,
    RecipientState,
    Standing,
    gives_up,
    hold_for,
    is_due,
    move,
    standing_of,
    wait_after,
)
from roammail.core.diagnosis import Scope

#: What the table must say, written down a second time: a row a state, a word a move.
EXPECTED = {
    "queued": {"start": "sending", "cancel": "cancelled", "defer": "deferred",
               "refuse": "refused"},
    "deferred": {"start": "sending", "cancel": "cancelled", "retry": "queued",
                 "defer": "deferred", "refuse": "refused", "give-up": "given-up"},
    "sending": {"doubt": "uncertain", "defer": "deferred", "refuse": "refused"},
    "uncertain": {"accept": "sent", "refuse": "refused", "defer": "deferred",
                  "retry": "queued", "mark-sent": "sent", "cancel": "cancelled"},
    "refused": {"retry": "queued"},
    "cancelled": {"retry": "queued"},
    "given-up": {"retry": "queued", "cancel": "cancelled"},
    "sent": {},
}  # fmt: skip

PAIRS = list(itertools.product(RecipientState, Move))


@pytest.mark.parametrize(("state", "by"), PAIRS, ids=[f"{s}-{m}" for s, m in PAIRS])
def test_every_pair(state: RecipientState, by: Move) -> None:
    after = EXPECTED[state].get(by)
    if after is None:
        with pytest.raises(IllegalMove, match=f"{state} cannot {by}"):
            move(state, by)
    else:
        assert move(state, by) is RecipientState(after)


@given(st.lists(st.sampled_from(Move), max_size=60))
def test_random_walks(moves: list[Move]) -> None:
    """Never sent without doubt or the user's word; nothing leads out of SENT."""
    state, passed = RecipientState.QUEUED, [RecipientState.QUEUED]
    for by in moves:
        try:
            after = move(state, by)
        except IllegalMove:
            continue
        if after is RecipientState.SENT:
            assert state is RecipientState.UNCERTAIN
        if state is RecipientState.UNCERTAIN and after in OPEN_STATES:
            assert by in {Move.RETRY, Move.DEFER}
        assert state is not RecipientState.SENT
        state = after
        passed.append(state)
    assert set(passed) <= set(RecipientState)


def test_every_state_but_sent_has_a_way_on() -> None:
    assert set(RecipientState) - {state for state, _ in TRANSITIONS} == {RecipientState.SENT}


@given(st.integers(-5, 10**6), st.floats(0.1, 1e4), st.floats(1e4, 1e6))
def test_backoff_grows_to_its_ceiling(tries: int, first: float, ceiling: float) -> None:
    backoff = Backoff(first, ceiling)
    assert first <= backoff.delay(tries) <= backoff.delay(tries + 1) <= ceiling


WAITS = [
    ([], Hold.TIME),
    ([Scope.ROUTE], Hold.TIME),
    ([Scope.TEMPORARY, Scope.NETWORK], Hold.TIME),
    ([Scope.ROUTE, Scope.CREDENTIAL], Hold.TIME),
    ([Scope.UNCERTAIN], Hold.TIME),
    ([Scope.NETWORK], Hold.NETWORK),
    ([Scope.NETWORK, Scope.NETWORK], Hold.NETWORK),
    ([Scope.CREDENTIAL], Hold.SECRET),
    ([Scope.SENDER], Hold.SECRET),
    ([Scope.CREDENTIAL, Scope.SENDER], Hold.SECRET),
    ([Scope.NETWORK, Scope.CREDENTIAL], Hold.TIME),
]


@pytest.mark.parametrize(("scopes", "hold"), WAITS)
def test_what_ends_a_wait(scopes: list[Scope], hold: Hold) -> None:
    assert hold_for(scopes) is hold
    seconds = wait_after(scopes, 2, Backoff(60, 600, 9999))
    assert seconds == (120 if hold is Hold.TIME else 9999)


NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "due"),
    [(None, True), (-5, True), (0, True), (1, False), (3600, False), (6 * 3600, False),
     (6 * 3600 + 61, True), (10**9, True)],
)  # fmt: skip
def test_due_also_under_a_clock_that_jumped(seconds: float | None, due: bool) -> None:
    when = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert is_due(when, NOW, Backoff()) is due


@pytest.mark.parametrize(
    ("days", "tries", "limit", "over"),
    [(6, 3, 5, True), (5, 3, 5, True), (4.9, 99, 5, False), (6, 2, 5, False), (600, 99, 0, False),
     (-10, 99, 5, False)],
)  # fmt: skip
def test_patience(days: float, tries: int, limit: int, over: bool) -> None:
    since = NOW - timedelta(days=days)
    assert gives_up(since, NOW, tries, timedelta(days=limit)) is over


@given(st.lists(st.sampled_from(RecipientState), min_size=1))
def test_a_standing_is_the_worst_news(states: list[RecipientState]) -> None:
    found = standing_of(states)
    if set(states) & OPEN_STATES:
        assert found is Standing.WAITING
    elif RecipientState.UNCERTAIN in states:
        assert found is Standing.UNCERTAIN
    else:
        assert found.value in {state.value for state in states}


def test_backoff_doubles() -> None:
    assert [Backoff(60, 600).delay(n) for n in (1, 2, 3, 4, 5)] == [60, 120, 240, 480, 600]
