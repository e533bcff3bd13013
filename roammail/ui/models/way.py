"""The way that a mail takes, and where it is broken. No words, no Qt.

Laptop → network → your mail server → other servers → recipient. A cut lies behind the place that
does not let the mail on: the network that blocks a port, the server that will not relay.
"""

from dataclasses import dataclass
from enum import StrEnum

from roammail.core.diagnosis import Diagnosis, Kind, Party, Scope
from roammail.core.stage import Stage


class Place(StrEnum):
    """A station."""

    LAPTOP = "laptop"
    NETWORK = "network"
    SERVER = "server"
    OTHERS = "others"
    RECIPIENT = "recipient"


class PlaceState(StrEnum):
    """How it stands."""

    PASSED = "passed"
    TROUBLE = "trouble"
    BEYOND = "beyond"  # never asked
    UNKNOWN = "unknown"


STATIONS: tuple[Place, ...] = tuple(Place)

_EARLY = (Stage.RESOLVE, Stage.CONNECT, Stage.GREET, Stage.ENCRYPT)
_FAR = frozenset({Kind.RECIPIENT_UNKNOWN, Kind.MAILBOX_FULL, Kind.RECIPIENT_INVALID})


@dataclass(frozen=True, slots=True)
class Way:
    """The state of each station; `cut` is the index of the station behind which it is broken."""

    states: tuple[PlaceState, ...]
    cut: int | None = None

    @property
    def trouble(self) -> Place | None:
        """Who does not let the mail on."""
        for place, state in zip(STATIONS, self.states, strict=True):
            if state is PlaceState.TROUBLE:
                return place
        return None


UNKNOWN_WAY = Way((PlaceState.PASSED, *(PlaceState.UNKNOWN,) * 4))
#: A profile works: its server takes mail for others. Beyond it nobody was asked.
OPEN_WAY = Way((*(PlaceState.PASSED,) * 3, PlaceState.UNKNOWN, PlaceState.UNKNOWN))
#: A message was taken by the server.
SENT_WAY = Way((*(PlaceState.PASSED,) * 4, PlaceState.UNKNOWN))
OFFLINE_WAY = Way((PlaceState.TROUBLE, *(PlaceState.BEYOND,) * 4), 0)
PORTAL_WAY = Way(
    (PlaceState.PASSED, PlaceState.TROUBLE, *(PlaceState.BEYOND,) * 3),
    1,
)


def way_of(diagnosis: Diagnosis | None) -> Way:
    """Where the way is broken; None: it is open."""
    if diagnosis is None:
        return OPEN_WAY
    at = STATIONS.index(_place(diagnosis))
    passed, trouble, beyond = PlaceState.PASSED, PlaceState.TROUBLE, PlaceState.BEYOND
    states = (*(passed,) * at, trouble, *(beyond,) * (len(STATIONS) - at - 1))
    # A recipient's refusal breaks the way before them, not behind.
    return Way(states, min(at, len(STATIONS) - 2))


def _place(diagnosis: Diagnosis) -> Place:
    if diagnosis.kind in _FAR or diagnosis.party is Party.RECIPIENT:
        return Place.RECIPIENT
    if diagnosis.scope is Scope.NETWORK:
        return Place.NETWORK
    if diagnosis.party is Party.NETWORK and diagnosis.stage in (*_EARLY, None):
        return Place.NETWORK
    return Place.SERVER
