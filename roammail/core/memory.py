"""What one endpoint of one profile did on one network: the memory's single fact."""

from dataclasses import dataclass
from datetime import datetime

from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint
from roammail.core.report import Offer
from roammail.core.stage import Stage


@dataclass(frozen=True, slots=True)
class Memory:
    """The last outcome for (network × profile × endpoint)."""

    key: NetworkKey
    profile_id: str
    endpoint: Endpoint
    works: bool
    kind: str | None  # the diagnosis's kind
    stage: Stage | None  # how far it came when it failed
    offer: Offer
    seconds: float
    when: datetime  # UTC


@dataclass(frozen=True, slots=True)
class KnownNetwork:
    """All that is remembered of one network, newest first. `name` is the one that the user gave
    it, "" where there is none: a network's own name is not kept."""

    key: NetworkKey
    name: str
    memories: tuple[Memory, ...]
