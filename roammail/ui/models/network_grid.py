"""Networks × profiles: what worked where, as plain data. No words, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from roammail.core.consequence import VERDICTS
from roammail.core.diagnosis import Kind, Scope
from roammail.core.memory import KnownNetwork, Memory
from roammail.core.network import NetworkKey
from roammail.core.profile import Profile

_BLOCKED = frozenset({Kind.PORT_OR_NETWORK_BLOCKED, Kind.TIMED_OUT, Kind.UNREACHABLE})
#: What is at most so far apart was found by the same test.
_ONE_TEST = timedelta(minutes=2)
_SOFTER = frozenset({Scope.NETWORK, Scope.TEMPORARY})


class CellState(StrEnum):
    """How a profile did on a network."""

    WORKS = "works"
    REFUSED = "refused"
    BLOCKED = "blocked"  # the network's doing
    LATER = "later"  # it may pass
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Cell:
    """One profile on one network; `tried` are its endpoints, the decisive one first."""

    profile: Profile
    tried: tuple[Memory, ...] = ()

    @property
    def best(self) -> Memory | None:
        """What decides: the latest that works, else what the latest test tried first."""
        return self.tried[0] if self.tried else None

    @property
    def kind(self) -> Kind | None:
        """Why it failed, where that is known."""
        return kind_of(self.best) if self.best else None

    @property
    def state(self) -> CellState:
        """See CellState."""
        return state_of(self.best) if self.best else CellState.UNTRIED


@dataclass(frozen=True, slots=True)
class GridRow:
    """One network. `given` is the user's name for it, `own` what it calls itself while we are
    there (hostile text), each "" where there is none; `last` None: nothing was tried."""

    key: NetworkKey
    given: str
    own: str
    here: bool
    last: datetime | None
    cells: tuple[Cell, ...] = field(default=())


def grid(
    known: Sequence[KnownNetwork],
    profiles: Sequence[Profile],
    here: NetworkKey | None,
    here_name: str,
) -> tuple[GridRow, ...]:
    """Where we are first, then the latest; what is remembered of no profile is left out."""
    ids = {profile.id for profile in profiles}
    rows = []
    for network in known:
        memories = [memory for memory in network.memories if memory.profile_id in ids]
        is_here = network.key == here
        if memories or is_here:
            own = here_name if is_here else ""
            last = max((memory.when for memory in memories), default=None)
            cells = tuple(_cell(profile, memories) for profile in profiles)
            rows.append(GridRow(network.key, network.name, own, is_here, last, cells))
    if rows and here is not None and not any(row.here for row in rows):
        rows.append(GridRow(here, "", here_name, True, None, _untried(profiles)))
    return tuple(sorted(rows, key=lambda row: not row.here))


def _untried(profiles: Sequence[Profile]) -> tuple[Cell, ...]:
    return tuple(Cell(profile) for profile in profiles)


def state_of(memory: Memory) -> CellState:
    """How one endpoint did."""
    if memory.works:
        return CellState.WORKS
    kind = kind_of(memory)
    if kind in _BLOCKED:
        return CellState.BLOCKED
    if kind is not None and VERDICTS[kind][0] in _SOFTER:
        return CellState.LATER
    return CellState.REFUSED


def kind_of(memory: Memory) -> Kind | None:
    """Why it failed; None where it works, or a newer version wrote a kind of its own."""
    return next((kind for kind in Kind if kind.value == memory.kind), None)


def _cell(profile: Profile, memories: Sequence[Memory]) -> Cell:
    ends = {endpoint: place for place, endpoint in enumerate(profile.endpoints)}
    mine = [m for m in memories if m.profile_id == profile.id and m.endpoint in ends]
    latest = sorted(mine, key=lambda m: m.when, reverse=True)
    if latest:  # what one test found: in the profile's order, as Here shows it
        together = latest[0].when - _ONE_TEST
        latest.sort(key=lambda m: ends[m.endpoint] if m.when >= together else len(ends))
    return Cell(profile, tuple(sorted(latest, key=lambda m: not m.works)))
