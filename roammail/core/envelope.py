"""The envelope (RFC 5321 section 2.3.1) and what the outbox keeps of a message."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.recipient_state import RecipientState

if TYPE_CHECKING:  # whoever hands a message over has no use for it
    from roammail.core.diagnosis import Diagnosis


@dataclass(frozen=True, slots=True)
class Envelope:
    """Reverse-path and forward-paths. `sender` is "" for the null reverse-path only."""

    sender: str
    recipients: tuple[str, ...]


_NO_REPORT = EnvelopeReport()
_NOTHING = RecipientReport()


@dataclass(frozen=True, slots=True)
class ReadyMessage:
    """A message as it will be kept and sent: CRLF line ends, no Bcc, Date and Message-ID set.

    `content` is not dot-stuffed. `from_address` is the author address (From) that decides
    which profiles may send it; `subject` only serves lists. `report` and `reports` (by
    recipient, those that ask for something) are the delivery reports that a program wants.
    """

    envelope: Envelope
    content: bytes
    message_id: str
    from_address: str
    subject: str = ""
    report: EnvelopeReport = _NO_REPORT
    reports: tuple[tuple[str, RecipientReport], ...] = ()

    def report_for(self, recipient: str) -> RecipientReport:
        """What is asked for this recipient."""
        return next((found for address, found in self.reports if address == recipient), _NOTHING)


@dataclass(frozen=True, slots=True)
class RecipientEntry:
    """One recipient in the outbox."""

    address: str
    state: RecipientState
    diagnosis: "Diagnosis | None" = None
    profile_id: str | None = None  # the profile of the last attempt
    changed: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True)
class AttemptEntry:
    """One try to hand the message over, as history."""

    profile_id: str
    profile_name: str
    host: str
    port: int
    security: str
    #: "sent", "refused", "failed", "uncertain", "partial", "not-waited-for", "not-needed"
    outcome: str
    diagnosis: "Diagnosis | None"
    started: datetime  # UTC
    seconds: float


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message in the outbox without its content."""

    id: int
    message_id: str
    sender: str
    from_address: str
    subject: str
    size: int  # octets of the content
    created: datetime  # UTC
    tries: int
    next_try: datetime | None  # UTC; None: now
    recipients: tuple[RecipientEntry, ...]
    attempts: tuple[AttemptEntry, ...] = ()
    retried: datetime | None = None  # UTC; when the user last asked for it again
    #: UTC; when the program that handed it in was told that it is refused: nobody else needs
    #: to hear of it.
    answered: datetime | None = None
    purged: datetime | None = None  # UTC; when the content was cleared away; the row is history
    held_until: datetime | None = None  # UTC; before this only the user himself sends it

    @property
    def since(self) -> datetime:
        """Since when it has been tried, for the user's patience."""
        return max(self.created, self.retried) if self.retried else self.created
