"""Which profile, in which order, on this network, for this sender. Pure; tested by table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from roammail.core.diagnosis import Kind
from roammail.core.memory import Memory
from roammail.core.profile import Endpoint, Profile

#: A better profile is waited for at least so long (seconds).
LEAST_WAIT = 0.25

#: And so long, as a share of what the lower one took to be ready. The message then needs one round
#: trip more, which alone it would not: with a whole share a new network would cost more than
#: twice the working profile alone. Two thirds still wait for STARTTLS and a sign-in in two steps
#: (9 round trips) beside implicit TLS (6).
PATIENCE = 2 / 3

#: A failure is believed so long without looking again.
FAILURE_TRUSTED_FOR = timedelta(hours=1)

#: Failures that pass by themselves: never a reason to leave a better profile out.
_PASSING = frozenset(
    {Kind.SERVER_BUSY, Kind.RATE_LIMITED, Kind.GREYLISTED, Kind.TIMED_OUT, Kind.CONNECTION_LOST}
)


def may_send_as(profile: Profile, address: str) -> bool:
    """Whether the profile may put `address` in From (domain compared without case)."""
    local, _, domain = address.rpartition("@")
    rules = profile.senders or ((profile.username,) if "@" in profile.username else ())
    if not rules:
        return True
    for rule in rules:
        rule_local, _, rule_domain = rule.rpartition("@")
        if rule_domain.lower() != domain.lower():
            continue
        if not rule_local or rule_local.lower() == local.lower():
            return True
    return False


def candidates(profiles: Sequence[Profile], address: str) -> tuple[Profile, ...]:
    """The profiles that may send as `address`, in the user's order of preference."""
    return tuple(profile for profile in profiles if may_send_as(profile, address))


@dataclass(frozen=True, slots=True)
class Remembered:
    """The profile and the endpoint that worked here before."""

    profile: Profile
    endpoint: Endpoint


def remembered_winner(profiles: Sequence[Profile], memories: Sequence[Memory]) -> Remembered | None:
    """The most preferred of `profiles` with an endpoint that worked on this network.

    `memories` are those of this network. An endpoint that the profile no longer has does not
    count; of several, the profile's own order decides.
    """
    worked = {(m.profile_id, m.endpoint) for m in memories if m.works}
    for profile in profiles:
        for endpoint in profile.endpoints:
            if (profile.id, endpoint) in worked:
                return Remembered(profile, endpoint)
    return None


def worth_another_look(
    profiles: Sequence[Profile], memories: Sequence[Memory], winner: Profile, now: datetime
) -> tuple[Profile, ...]:
    """Better profiles than `winner` whose failure here is old, passing, or unknown."""
    better: list[Profile] = []
    for profile in profiles:
        if profile.id == winner.id:
            break
        known = [m for m in memories if m.profile_id == profile.id]
        # What is dated far in the future was seen under another clock: it is not fresh.
        recent = [m for m in known if abs(now - m.when) < FAILURE_TRUSTED_FOR]
        fresh = [m for m in recent if m.kind not in _PASSING]
        if not fresh:
            better.append(profile)
    return tuple(better)


class Standing(StrEnum):
    """Where a contender of a race stands."""

    RUNNING = "running"
    WORKS = "works"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Contender:
    """One profile in a race; `took` seconds since the race began, once it is known."""

    standing: Standing
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What to do now: use contender `index`, or wait, or nothing is left.

    `wait` is in seconds, None to wait for whatever comes next.
    """

    index: int | None = None
    wait: float | None = None
    exhausted: bool = False


def choose(contenders: Sequence[Contender], elapsed: float) -> Choice:
    """The rule of a race on a new network.

    `contenders` stand in order of preference, `elapsed` is seconds since the race began. The
    most preferred one that works wins as soon as every better one has failed. A lower one
    that works waits for a better one for PATIENCE of what it took itself, at least LEAST_WAIT;
    when the first such wait is over, the most preferred one that works by then is taken.
    """
    working = [i for i, c in enumerate(contenders) if c.standing is Standing.WORKS]
    if not working:
        return Choice(exhausted=all(c.standing is Standing.FAILED for c in contenders))
    best = working[0]
    if all(c.standing is Standing.FAILED for c in contenders[:best]):
        return Choice(index=best)
    took = [contenders[i].took for i in working]
    patience_ends = min(one + max(LEAST_WAIT, PATIENCE * one) for one in took)
    if elapsed >= patience_ends:
        return Choice(index=best)
    return Choice(wait=patience_ends - elapsed)
