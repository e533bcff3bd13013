"""The results of a probe: steps, endpoints, profiles. Frozen facts, no decisions."""

from dataclasses import dataclass
from enum import StrEnum

from roammail.core.diagnosis import Diagnosis
from roammail.core.network import Network, NetworkKey
from roammail.core.profile import Endpoint
from roammail.core.stage import Stage


class StepOutcome(StrEnum):
    """How a stage ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class ProfileOutcome(StrEnum):
    """How a profile did (the command line's contract)."""

    WORKS = "works"
    FAILS = "fails"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: how it ended, seconds that it took, and what was seen (hostile text)."""

    stage: Stage
    outcome: StepOutcome
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One line of the conversation, secrets already blanked.

    `direction` is "C" (client), "S" (server) or "-" (a note of ours).
    """

    direction: str
    text: str
    seconds: float  # since the connection was begun


class Word(StrEnum):
    """Whether a server kept its word about PIPELINING and CHUNKING."""

    UNKNOWN = ""
    KEPT = "kept"  # a whole message went through in good order
    DOUBTED = "doubted"  # the answer to a content sent ahead was lost
    BROKEN = "broken"  # spoken to plainly, it did what it had not done before


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server offered: remembered for the differential diagnosis, and its word."""

    banner: str = ""
    starttls: bool | None = None
    auth: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    certificate_issuer: str = ""
    certificate_name: str = ""
    word: Word = Word.UNKNOWN


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """One endpoint, climbed as far as it went."""

    endpoint: Endpoint
    steps: tuple[Step, ...]
    diagnosis: Diagnosis | None
    offer: Offer = Offer()
    transcript: tuple[TranscriptLine, ...] = ()
    address: str = ""  # the peer's address that was reached
    seconds: float = 0.0

    @property
    def works(self) -> bool:
        """Whether every stage of the probe was passed."""
        return self.diagnosis is None


@dataclass(frozen=True, slots=True)
class ProfileReport:
    """One profile: its best endpoint and all that were tried."""

    profile_id: str
    name: str
    outcome: ProfileOutcome
    endpoint: Endpoint
    diagnosis: Diagnosis | None
    steps: tuple[Step, ...]
    tried: tuple[EndpointReport, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """Everything that one probe found, profiles in order of preference."""

    network: Network
    key: NetworkKey | None
    profiles: tuple[ProfileReport, ...]
    winner: str | None  # profile id
    seconds: float = 0.0
