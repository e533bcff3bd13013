"""A message that was kept, as a delivery sees it."""

from dataclasses import dataclass

from roammail.core.content import Content
from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.envelope import Envelope

_NO_REPORT = EnvelopeReport()
_NOTHING = RecipientReport()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a delivery needs of it. The content need not be in memory; for `report` and `reports`
    see ReadyMessage."""

    envelope: Envelope
    content: Content
    report: EnvelopeReport = _NO_REPORT
    reports: tuple[tuple[str, RecipientReport], ...] = ()

    def report_for(self, recipient: str) -> RecipientReport:
        """What is asked for this recipient."""
        return next((found for address, found in self.reports if address == recipient), _NOTHING)
