"""Outbox entries to and from rows. Tolerates words of a newer version; no SQL of its own."""

from roammail.adapters.outbox_times import EPOCH as EPOCH
from roammail.adapters.outbox_times import moment as moment
from roammail.adapters.outbox_times import stamp as stamp
from roammail.core import diagnosis_codec
from roammail.core.delivery import RecipientState
from roammail.core.dsn import EnvelopeReport, RecipientReport, read_envelope, read_recipient
from roammail.core.envelope import AttemptEntry, OutboxEntry, RecipientEntry

#: The columns that each function below takes, in its order.
MESSAGE = (
    "id, message_id, sender, from_address, subject, size, created, tries, next_try, retried,"
    " answered, purged, held_until"
)
RECIPIENT = "address, state, diagnosis, profile_id, changed"
ATTEMPT = "profile_id, profile_name, host, port, security, outcome, diagnosis, started, seconds"

Row = tuple[object, ...]


def message_entry(
    row: Row, recipients: list[RecipientEntry], attempts: list[AttemptEntry]
) -> OutboxEntry:
    """A row of MESSAGE with what belongs to it."""
    number, message_id, sender, from_address, subject, size, created, tries, *times = row
    next_try, retried, answered, purged, held_until = times
    return OutboxEntry(
        id=_int(number),
        message_id=str(message_id),
        sender=str(sender),
        from_address=str(from_address),
        subject=str(subject),
        size=_int(size),
        created=moment(created) or EPOCH,
        tries=_int(tries),
        next_try=moment(next_try),
        recipients=tuple(recipients),
        attempts=tuple(attempts),
        retried=moment(retried),
        answered=moment(answered),
        purged=moment(purged),
        held_until=moment(held_until),
    )


def recipient_entry(row: Row) -> RecipientEntry:
    """A row of RECIPIENT."""
    address, state, diagnosis, profile_id, changed = row
    return RecipientEntry(
        address=str(address),
        state=recipient_state(state),
        diagnosis=diagnosis_codec.loads(_text(diagnosis)),
        profile_id=_text(profile_id),
        changed=moment(changed),
    )


def attempt_entry(row: Row) -> AttemptEntry:
    """A row of ATTEMPT."""
    profile_id, name, host, port, security, outcome, diagnosis, started, seconds = row
    return AttemptEntry(
        profile_id=str(profile_id),
        profile_name=str(name),
        host=str(host),
        port=_int(port),
        security=str(security),
        outcome=str(outcome),
        diagnosis=diagnosis_codec.loads(_text(diagnosis)),
        started=moment(started) or EPOCH,
        seconds=float(str(seconds)),
    )


def attempt_row(attempt: AttemptEntry) -> Row:
    """The values of ATTEMPT."""
    return (
        attempt.profile_id,
        attempt.profile_name,
        attempt.host,
        attempt.port,
        attempt.security,
        attempt.outcome,
        diagnosis_codec.dumps(attempt.diagnosis),
        stamp(attempt.started),
        attempt.seconds,
    )


def recipient_state(value: object) -> RecipientState:
    """The state; one that this version does not know is shown as uncertain, since that is
    the one that is never sent again without the user."""
    try:
        return RecipientState(str(value))
    except ValueError:
        return RecipientState.UNCERTAIN


def envelope_report(ret: object, envid: object) -> EnvelopeReport:
    """What MAIL asked; nothing where the row is damaged."""
    try:
        return read_envelope({"RET": str(ret), "ENVID": str(envid)})
    except ValueError:
        return EnvelopeReport()


def recipient_report(notify: object, orcpt: object) -> RecipientReport:
    """What RCPT asked; nothing where the row is damaged."""
    try:
        return read_recipient({"NOTIFY": str(notify), "ORCPT": str(orcpt)})
    except ValueError:
        return RecipientReport()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
