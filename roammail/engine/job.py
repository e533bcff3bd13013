"""What is to be handed over, how far one server has come with it, and how it ended. Only facts;
`offer.py` and `handover.py` make them."""

from dataclasses import dataclass
from enum import StrEnum

from roammail.core.content import Content
from roammail.core.diagnosis import Diagnosis
from roammail.core.outgoing import Outgoing
from roammail.core.pipelining import Pace
from roammail.core.reply import Reply
from roammail.engine.ladder import Ladder


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be offered. `split`: take what a server gives, recipient by recipient."""

    outbox_id: int
    message: Outgoing
    recipients: tuple[str, ...]
    split: bool = False


class Outcome(StrEnum):
    """How a hand-over ended."""

    SENT = "sent"
    FAILED = "failed"  # before the dot, or refused after it: another route may be tried
    REFUSED = "refused"  # the message itself was refused
    UNCERTAIN = "uncertain"
    #: Of a race's others, when the choice had fallen.
    NOT_WAITED_FOR = "not-waited-for"  # no answer yet
    NOT_NEEDED = "not-needed"  # would have taken it


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The outcome, and why if it is not SENT."""

    outcome: Outcome
    diagnosis: Diagnosis | None = None
    reply: Reply | None = None  # the server's words when it took the message


@dataclass(frozen=True, slots=True)
class Opened:
    """DATA, or the first chunk, went in the envelope's flight: its answer, and how many octets
    of the content went with it."""

    reply: Reply
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """A server stands ready for the content for `accepted`; `refused` got their own answers.

    With nobody accepted, every recipient was refused for a reason of its own. Whoever is in
    neither was too many for one transaction and still waits. `handed`: the content went along
    already, and this came of it.
    """

    ladder: Ladder
    content: Content
    accepted: tuple[str, ...]
    refused: tuple[tuple[str, Diagnosis], ...]
    pace: Pace = Pace.PLAIN
    opened: Opened | None = None
    handed: HandedOver | None = None
