"""The state machine: every pair of state and move, random walks, and the back-off."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.delivery import (
    OPEN_STATES,
    TRANSITIONS,
    Backoff,
    IllegalMove,
    Move,
    RecipientState,
    move,
)

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


def test_backoff_doubles() -> None:
    assert [Backoff(60, 600).delay(n) for n in (1, 2, 3, 4, 5)] == [60, 120, 240, 480, 600]
