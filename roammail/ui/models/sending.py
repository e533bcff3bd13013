"""How a sent letter fares, from the first second to the last word, as plain data. No Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from roammail.core.delivery import RecipientState, Standing, standing_of
from roammail.core.diagnosis import Diagnosis
from roammail.core.envelope import OutboxEntry
from roammail.core.events import AttemptFinished, AttemptStarted, UploadProgress


class Stand(StrEnum):
    """Where it stands."""

    HELD = "held"  # can be taken back
    GOING = "going"
    SENT = "sent"
    WAITS = "waits"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


_ENDS = {
    Standing.SENT: Stand.SENT,
    Standing.REFUSED: Stand.REFUSED,
    Standing.GIVEN_UP: Stand.REFUSED,
    Standing.UNCERTAIN: Stand.UNCERTAIN,
    Standing.CANCELLED: Stand.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Sending:
    """`profile` is the one that is asked, or that took it; `percent` of the upload."""

    stand: Stand = Stand.HELD
    profile: str = ""
    percent: int | None = None
    diagnosis: Diagnosis | None = None
    entry: OutboxEntry | None = None

    def took(self, event: object, names: Mapping[str, str]) -> "Sending":
        """After an event about this message."""
        match event:
            case AttemptStarted(profile_id=profile_id):
                return replace(self, stand=Stand.GOING, profile=names.get(profile_id, ""))
            case UploadProgress(sent=sent, total=total) if total > 0:
                percent = min(100, 100 * sent // total)
                return replace(self, stand=Stand.GOING, percent=percent)
            case AttemptFinished():
                return replace(self, percent=None)
            case _:
                return self

    def stands(self, entry: OutboxEntry) -> "Sending":
        """After another look into the outbox."""
        states = [one.state for one in entry.recipients]
        standing = standing_of(states)
        taken = [a.profile_name for a in entry.attempts if a.outcome in ("sent", "partial")]
        told = next((one.diagnosis for one in entry.recipients if one.diagnosis), None)
        if standing is not Standing.WAITING:
            profile = taken[-1] if taken else self.profile
            return Sending(_ENDS[standing], profile, None, told, entry)
        waits = RecipientState.SENDING not in states and RecipientState.DEFERRED in states
        if waits:
            return Sending(Stand.WAITS, "", None, told, entry)
        return replace(self, entry=entry, diagnosis=told)
