"""What a row of the outbox says, as plain data. No Qt: the words come from `Say` and `Words`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from roammail.core.delivery import RecipientState, Standing, is_held, standing_of
from roammail.core.diagnosis import Diagnosis
from roammail.core.envelope import OutboxEntry, RecipientEntry
from roammail.ui.say import Say
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

S = RecipientState


class RowKind(StrEnum):
    """A standing, told finer while it waits."""

    HELD = "held"
    SENDING = "sending"
    WAITING = "waiting"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    GIVEN_UP = "given-up"
    SENT = "sent"
    CANCELLED = "cancelled"


#: Word, name of a `theme.Tone`, icon.
PILLS: dict[RowKind, tuple[str, str, str]] = {
    RowKind.HELD: (N_("Goes soon"), "busy", "mdi6.timer-sand"),
    RowKind.SENDING: (N_("Sending"), "busy", "mdi6.send"),
    RowKind.WAITING: (N_("Waiting"), "warn", "mdi6.clock-outline"),
    RowKind.UNCERTAIN: (N_("Perhaps sent"), "warn", "mdi6.help-circle"),
    RowKind.REFUSED: (N_("Refused"), "bad", "mdi6.close-thick"),
    RowKind.GIVEN_UP: (N_("Given up"), "bad", "mdi6.clock-alert-outline"),
    RowKind.SENT: (N_("Sent"), "good", "mdi6.check-bold"),
    RowKind.CANCELLED: (N_("Cancelled"), "quiet", "mdi6.cancel"),
}

_KINDS = {
    Standing.UNCERTAIN: RowKind.UNCERTAIN,
    Standing.REFUSED: RowKind.REFUSED,
    Standing.GIVEN_UP: RowKind.GIVEN_UP,
    Standing.SENT: RowKind.SENT,
    Standing.CANCELLED: RowKind.CANCELLED,
}
_NAMED = 3  # recipients that a row names


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message in a line or two. Every text is safe to show."""

    people: str
    subject: str
    kind: RowKind
    why: str
    when: str


def kind_of(entry: OutboxEntry, now: datetime) -> RowKind:
    """Which pill the message has."""
    states = [one.state for one in entry.recipients]
    standing = standing_of(states)
    if standing is not Standing.WAITING:
        return _KINDS[standing]
    if S.SENDING in states:
        return RowKind.SENDING
    untouched = all(state is S.QUEUED for state in states)
    return RowKind.HELD if untouched and is_held(entry.held_until, now) else RowKind.WAITING


def decisive(entry: OutboxEntry) -> RecipientEntry | None:
    """The recipient whose diagnosis explains the message: of those that do not have it."""
    left = [one for one in entry.recipients if one.diagnosis and one.state is not S.SENT]
    order = (S.UNCERTAIN, S.REFUSED, S.GIVEN_UP)
    return min(
        left,
        key=lambda one: order.index(one.state) if one.state in order else len(order),
        default=None,
    )


def row_of(
    entry: OutboxEntry, names: Mapping[str, str], now: datetime, say: Say, words: Words
) -> OutboxRow:
    """`names` are those of the profiles, by id."""
    kind = kind_of(entry, now)
    told = decisive(entry)
    return OutboxRow(
        people=people_of(entry.recipients, say),
        subject=display(" ".join(entry.subject.split()), 200) or say("(no subject)"),
        kind=kind,
        why=_why(kind, told.diagnosis if told else None, entry, names, say, words),
        when=_when(kind, entry, now, say),
    )


def people_of(recipients: tuple[RecipientEntry, ...], say: Say) -> str:
    """ "a@x.example, b@x.example and 7 more"."""
    shown = ", ".join(display(one.address, 80) for one in recipients[:_NAMED])
    more = len(recipients) - _NAMED
    if more <= 0:
        return shown
    return say.many("{people} and {number} more", "{people} and {number} more", more, people=shown)


def moment_of(when: datetime, now: datetime) -> str:
    """The time; the day too if it is another one."""
    here, today = when.astimezone(), now.astimezone()
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%Y-%m-%d %H:%M}"


def _why(
    kind: RowKind,
    diagnosis: Diagnosis | None,
    entry: OutboxEntry,
    names: Mapping[str, str],
    say: Say,
    words: Words,
) -> str:
    if kind is RowKind.SENT:
        used = [names.get(one.profile_id or "", "") for one in entry.recipients]
        profile = next((name for name in used if name), "")
        return say("Through {profile}", profile=profile) if profile else ""
    if kind is RowKind.UNCERTAIN:
        return say("May have been delivered: send again?")
    if kind is RowKind.WAITING and diagnosis is None:
        untouched = all(one.state is S.QUEUED for one in entry.recipients)
        return say("Not tried yet") if untouched else ""
    if kind in (RowKind.HELD, RowKind.CANCELLED, RowKind.SENDING) or diagnosis is None:
        return ""
    return words.headline(diagnosis)


def _when(kind: RowKind, entry: OutboxEntry, now: datetime, say: Say) -> str:
    if kind is RowKind.WAITING and entry.next_try is not None and entry.next_try > now:
        return say("Next try {time}", time=moment_of(entry.next_try, now))
    if kind in (RowKind.HELD, RowKind.SENDING, RowKind.WAITING):
        return say("Since {time}", time=moment_of(entry.created, now))
    changed = [one.changed for one in entry.recipients if one.changed]
    return moment_of(max(changed, default=entry.created), now)
