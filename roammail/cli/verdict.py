"""What became of a message, in whole sentences and as one exit code.

The codes: 0 every recipient has it; 75 RoamMail still holds it for somebody and will try
again, or cannot know whether it went; 77 it is held, and only refused sign-ins are in the
way; 65 refused for good because of the message or its recipients; 69 refused for good for
another reason. So a program that sees 75 or 77 must not hand the message in once more.
"""

from dataclasses import dataclass
from datetime import datetime

from roammail.cli.json_shapes import delivering_attempt
from roammail.cli.result import Problem, Status
from roammail.core.delivery import OPEN_STATES, RecipientState
from roammail.core.diagnosis import Diagnosis, Scope
from roammail.core.envelope import OutboxEntry, RecipientEntry
from roammail.core.errors import ExitCode
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

#: Recipients that a sentence names; the rest are counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of one message's story so far; `lines` are the last words about it."""

    exit_code: ExitCode
    status: Status
    problems: tuple[Problem, ...]
    lines: tuple[str, ...]


def verdict(entry: OutboxEntry, words: Words) -> Verdict:
    """Judges an entry by the state of its recipients."""
    problems: list[Problem] = []
    lines: list[str] = []
    for name, sentence in (
        ("", _sent(entry, words)),
        ("refused", _refused(entry, words)),
        ("uncertain", _uncertain(entry, words)),
        (_held_code(entry), _held(entry, words)),
        ("given-up", _given_up(entry, words)),
        ("cancelled", _cancelled(entry, words)),
    ):
        if sentence:
            lines.append(sentence)
            if name:
                problems.append(Problem(name, sentence))
    some = any(item.state is RecipientState.SENT for item in entry.recipients)
    status = Status.OK
    if problems:
        status = Status.PARTIAL if some else Status.ERROR
    return Verdict(exit_code(entry), status, tuple(problems), tuple(lines))


def exit_code(entry: OutboxEntry) -> ExitCode:
    """The exit code, as the module says."""
    states = {item.state for item in entry.recipients}
    if states <= {RecipientState.SENT, RecipientState.CANCELLED}:
        return ExitCode.OK
    if states & OPEN_STATES:
        only = {item.diagnosis.scope for item in entry.attempts if item.diagnosis}
        return ExitCode.NO_PERMISSION if only == {Scope.CREDENTIAL} else ExitCode.QUEUED
    if RecipientState.UNCERTAIN in states:
        return ExitCode.QUEUED
    refused = {_scope(item) for item in entry.recipients if item.state is RecipientState.REFUSED}
    if refused <= {Scope.MESSAGE, Scope.RECIPIENT, None}:
        return ExitCode.DATA
    return ExitCode.UNAVAILABLE


def local_time(when: datetime, now: datetime) -> str:
    """A moment for people, in their own time zone; the day only if it is another one."""
    here, today = when.astimezone(), now.astimezone()
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%Y-%m-%d %H:%M}"


def people(recipients: list[RecipientEntry], words: Words) -> str:
    """ "a@x.example, b@x.example and 7 more"."""
    names = ", ".join(display(item.address, 60) for item in recipients[:_NAMED])
    more = len(recipients) - _NAMED
    if more <= 0:
        return names
    return words.say(N_("{names} and {more} more"), names=names, more=str(more))


def _in(entry: OutboxEntry, *states: RecipientState) -> list[RecipientEntry]:
    return [item for item in entry.recipients if item.state in states]


def _headline(diagnosis: Diagnosis | None, words: Words) -> str:
    """The headline as a sentence among others."""
    return f"{words.headline(diagnosis).rstrip('.')}." if diagnosis else ""


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _scope(item: RecipientEntry) -> Scope | None:
    return item.diagnosis.scope if item.diagnosis else None


def _sent(entry: OutboxEntry, words: Words) -> str:
    sent = _in(entry, RecipientState.SENT)
    if not sent:
        return ""
    taken = delivering_attempt(entry)
    if taken is None:
        return words.say(N_("Counted as sent to {people}."), people=people(sent, words))
    return words.say(
        N_("Sent to {people} through “{profile}”."),
        people=people(sent, words),
        profile=taken.profile_name,
    )


def _refused(entry: OutboxEntry, words: Words) -> str:
    refused = _in(entry, RecipientState.REFUSED)
    if not refused:
        return ""
    kept = N_(
        "The message is kept as number {number}: `roammail outbox retry {number}` tries it once "
        "more."
    )
    return _joined(
        words.say(N_("Refused for {people}."), people=people(refused, words)),
        _headline(refused[0].diagnosis, words),
        words.say(kept, number=str(entry.id)),
    )


def _uncertain(entry: OutboxEntry, words: Words) -> str:
    unsure = _in(entry, RecipientState.UNCERTAIN)
    if not unsure:
        return ""
    said = N_(
        "It is not certain whether {people} will get it: the connection broke after the whole "
        "message had been handed over. RoamMail does not send it again by itself. Either "
        "`roammail outbox retry {number} --same-profile`, or, if it has arrived, "
        "`roammail outbox mark-sent {number}`."
    )
    return words.say(said, people=people(unsure, words), number=str(entry.id))


def _held_code(entry: OutboxEntry) -> str:
    code = exit_code(entry)
    if code is ExitCode.NO_PERMISSION:
        return "credentials-refused"
    scopes = {item.diagnosis.scope for item in entry.attempts if item.diagnosis}
    if scopes and not scopes & {Scope.TEMPORARY, Scope.NETWORK}:
        return "no-profile-works"
    return "queued"


def _held(entry: OutboxEntry, words: Words) -> str:
    held = _in(entry, *OPEN_STATES)
    if not held:
        return ""
    because = next((item.diagnosis for item in held if item.diagnosis), None)
    due = ""
    if entry.next_try is not None:
        when = local_time(entry.next_try, entry.created)
        due = words.say(N_("The next try is due at {when}."), when=when)
    return _joined(
        words.say(
            N_("Queued for later for {people}; nothing is lost."), people=people(held, words)
        ),
        _headline(because, words),
        words.say(N_("The message is in the outbox as number {number}."), number=str(entry.id)),
        due,
        words.say(N_("`roammail outbox flush` tries at once.")),
    )


def _given_up(entry: OutboxEntry, words: Words) -> str:
    gone = _in(entry, RecipientState.GIVEN_UP)
    if not gone:
        return ""
    return words.say(
        N_(
            "Given up for {people}: no server took it for days. The message is kept as number "
            "{number}: `roammail outbox retry {number}` tries it once more."
        ),
        people=people(gone, words),
        number=str(entry.id),
    )


def _cancelled(entry: OutboxEntry, words: Words) -> str:
    gone = _in(entry, RecipientState.CANCELLED)
    return words.say(N_("Cancelled for {people}."), people=people(gone, words)) if gone else ""
