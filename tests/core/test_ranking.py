"""The choice of a profile, by table."""

from datetime import UTC, datetime, timedelta

import pytest

from roammail.core.diagnosis import Kind
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.ranking import (
    LEAST_WAIT,
    Choice,
    Contender,
    Remembered,
    Standing,
    candidates,
    choose,
    may_send_as,
    remembered_winner,
    worth_another_look,
)
from roammail.core.report import Offer
from roammail.core.stage import Stage

KEY = NetworkKey("k" * 32)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
R = Contender(Standing.RUNNING)
F = Contender(Standing.FAILED, 0.1)


def works(took: float) -> Contender:
    return Contender(Standing.WORKS, took)


@pytest.mark.parametrize(
    ("contenders", "elapsed", "expected"),
    [
        pytest.param([], 0.0, Choice(exhausted=True), id="nobody"),
        pytest.param([R, R], 5.0, Choice(), id="nothing known yet: wait for whatever comes"),
        pytest.param([works(1.0), R], 1.0, Choice(index=0), id="the first wins at once"),
        pytest.param([F, works(1.0), R], 1.0, Choice(index=1), id="all better ones failed"),
        pytest.param([F, F], 1.0, Choice(exhausted=True), id="all failed"),
        pytest.param([F, R], 9.0, Choice(), id="one failed, one runs"),
        pytest.param([R, works(3.0)], 3.0, Choice(wait=2.0), id="two thirds of what it took"),
        pytest.param([R, works(3.0)], 4.5, Choice(wait=0.5), id="part of the wait is over"),
        pytest.param([R, works(3.0)], 5.0, Choice(index=1), id="the wait is over"),
        pytest.param([R, works(0.01)], 0.01, Choice(wait=0.25), id="at least 250 ms"),
        pytest.param([R, works(0.01)], 0.26, Choice(index=1), id="250 ms are over"),
        pytest.param(
            [R, works(5.0), works(3.0)], 5.0, Choice(index=1), id="the earliest wait ends: best"
        ),
        pytest.param([R, works(4.5), works(3.0)], 4.5, Choice(wait=0.5), id="earliest wait"),
        pytest.param([works(1.5), works(1.0)], 1.5, Choice(index=0), id="a better one came"),
    ],
)
def test_choose(contenders: list[Contender], elapsed: float, expected: Choice) -> None:
    assert choose(contenders, elapsed) == expected


@pytest.mark.parametrize("took", [0.25, 0.3, 0.375, 1.0, 9.6])
def test_nobody_is_waited_for_longer_than_the_other_took(took: float) -> None:
    wait = choose([R, works(took)], took).wait
    assert wait is not None
    assert LEAST_WAIT <= wait <= took


def endpoint(port: int = 587) -> Endpoint:
    return Endpoint("smtp.a.example", port, Security.STARTTLS)


def profile(name: str, *senders: str, username: str = "", ports: tuple[int, ...] = ()) -> Profile:
    others = tuple(endpoint(port) for port in ports)
    return Profile(name, name, endpoint(), others, username=username, senders=senders)


@pytest.mark.parametrize(
    ("senders", "username", "address", "allowed"),
    [
        (("me@a.example",), "", "me@a.example", True),
        (("me@a.example",), "", "me@A.EXAMPLE", True),
        (("me@a.example",), "", "you@a.example", False),
        (("@a.example",), "", "you@a.example", True),
        (("@a.example",), "", "you@sub.a.example", False),
        (("@a.example",), "", "you@xa.example", False),
        ((), "me@a.example", "me@a.example", True),
        ((), "me@a.example", "other@a.example", False),
        ((), "me", "anyone@b.example", True),
        (("@b.example",), "me@a.example", "me@a.example", False),
    ],
)
def test_may_send_as(senders: tuple[str, ...], username: str, address: str, allowed: bool) -> None:
    assert may_send_as(profile("p", *senders, username=username), address) is allowed


def test_candidates_keep_the_order_of_preference() -> None:
    first, foreign, last = profile("1", "@a.example"), profile("2", "@b.example"), profile("3")
    assert candidates([first, foreign, last], "me@a.example") == (first, last)


def memory(name: str, works: bool, *, port: int = 587, **more: object) -> Memory:
    facts: dict[str, object] = {
        "kind": None if works else Kind.RELAY_DENIED,
        "stage": None if works else Stage.RELAY,
        "when": NOW,
    }
    facts.update(more)
    return Memory(KEY, name, endpoint(port), works, offer=Offer(), seconds=1.0, **facts)  # type: ignore[arg-type]


def test_the_most_preferred_that_worked_here_is_remembered() -> None:
    one, two, three = profile("1"), profile("2", ports=(465,)), profile("3")
    memories = [memory("3", True), memory("2", True, port=465), memory("1", False)]
    assert remembered_winner([one, two, three], memories) == Remembered(two, endpoint(465))


def test_an_endpoint_that_was_taken_out_of_the_profile_is_not_used() -> None:
    assert remembered_winner([profile("1")], [memory("1", True, port=2525)]) is None


@pytest.mark.parametrize(
    ("known", "looked_at"),
    [
        ([], True),
        ([memory("1", False)], False),
        ([memory("1", False, when=NOW - timedelta(hours=2))], True),
        ([memory("1", False, when=NOW + timedelta(days=900))], True),  # the clock was wrong
        ([memory("1", False, when=NOW + timedelta(minutes=2))], False),
        ([memory("1", False, kind=Kind.SERVER_BUSY)], True),
        ([memory("1", False, kind=Kind.TIMED_OUT)], True),
    ],
)
def test_another_look_at_a_better_profile(known: list[Memory], looked_at: bool) -> None:
    better, winner, worse = profile("1"), profile("2"), profile("3")
    found = worth_another_look([better, winner, worse], known, winner, NOW)
    assert found == ((better,) if looked_at else ())
