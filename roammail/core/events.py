"""Everything that the engine announces. Frozen; safe to hand to any thread; no secrets."""

from dataclasses import dataclass

from roammail.core.delivery import RecipientState, Standing
from roammail.core.diagnosis import Diagnosis
from roammail.core.network import Network
from roammail.core.profile import Endpoint
from roammail.core.reply import Reply
from roammail.core.report import EndpointReport, ProbeReport, Step
from roammail.core.stage import Stage


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """We are somewhere else, or know more of where we are. `resumed`: after sleep."""

    network: Network
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class ProbeStarted:
    """These profiles (ids) will be tried, in order of preference."""

    profile_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A stage has begun at one endpoint of one profile."""

    profile_id: str
    endpoint: Endpoint
    stage: Stage


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A stage ended."""

    profile_id: str
    endpoint: Endpoint
    step: Step


@dataclass(frozen=True, slots=True)
class EndpointFinished:
    """One endpoint was climbed as far as it went."""

    profile_id: str
    report: EndpointReport


@dataclass(frozen=True, slots=True)
class ProbeFinished:
    """The whole probe is done."""

    report: ProbeReport


@dataclass(frozen=True, slots=True)
class ProbeStopped:
    """The probe ended before its end: it was cancelled, or it failed."""

    profile_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfilesChanged:
    """A profile, its secret or the order of the profiles was changed in this process."""


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """A setting was changed in this process; what may change at once is in force."""


@dataclass(frozen=True, slots=True)
class MessageQueued:
    """The message is in the outbox, committed and synced."""

    outbox_id: int
    message_id: str


@dataclass(frozen=True, slots=True)
class AttemptStarted:
    """A profile is about to be tried for a message."""

    outbox_id: int
    profile_id: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """Octets of the content written so far, and in all."""

    outbox_id: int
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """A profile was tried; `diagnosis` is None when the message went."""

    outbox_id: int
    profile_id: str
    endpoint: Endpoint
    outcome: str
    diagnosis: Diagnosis | None
    reply: Reply | None = None  # what the server said when it took the message


@dataclass(frozen=True, slots=True)
class RecipientChanged:
    """One recipient's state changed."""

    outbox_id: int
    address: str
    state: RecipientState
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True, slots=True)
class MessageStands:
    """How a whole message stands; said once for each change, however often it is tried."""

    outbox_id: int
    standing: Standing


Event = (
    NetworkChanged
    | ProbeStarted
    | StepStarted
    | StepFinished
    | EndpointFinished
    | ProbeFinished
    | ProbeStopped
    | ProfilesChanged
    | SettingsChanged
    | MessageQueued
    | AttemptStarted
    | UploadProgress
    | AttemptFinished
    | RecipientChanged
    | MessageStands
)
