"""From a bounce to its recipients: who was not reached, and what which server said.

Owns the choice between the structured report (RFC 3464, `delivery_status.py`) and the free text
of mail servers (`bounce_text.py`), and how the two complete each other. A bounce is hostile:
whatever it holds, the answer comes in linear time. Diagnosing is `explain.py`'s.
"""

import re
from dataclasses import dataclass, replace

from roammail.core.bounce_forms import Form, form_of, looks_like_bounce_text
from roammail.core.bounce_text import read_bounce_text
from roammail.core.bounced import Action, BouncedRecipient
from roammail.core.delivery_status import MOST_RECIPIENTS, read_delivery_status
from roammail.core.mime_tree import Fields, MimePart, may_be_message, walk

__all__ = ["Action", "Bounce", "BouncedRecipient", "Form", "read_bounce"]

_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{1,255}")
_STATUS_KINDS = frozenset({"message/delivery-status", "message/global-delivery-status"})
# The report alone: mail programs show it as an attachment of its own ("details.txt").
_REPORT = re.compile(
    rb"^(?:reporting-mta|original-recipient|final-recipient)[ \t]{0,20}:",
    re.IGNORECASE | re.MULTILINE,
)
_FROM = re.compile(
    r"mailer-daemon|postmaster|mail delivery|mdaemon|delivery (?:sub)?system", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|returned mail|failure notice|delivery (?:status|failure|notification|has failed)|"
    r"mail delivery|warning: (?:message|could not)|delayed|unzustellbar|nicht zustellbar|"
    r"non remis|échec de la remise|non recapitabile|no se (?:puede|pudo) entregar|"
    r"mail system error",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What came back. `reporter` is the host that reports, "" where it does not say."""

    recipients: tuple[BouncedRecipient, ...]
    reporter: str = ""
    form: Form = Form.UNKNOWN


def read_bounce(raw: bytes) -> Bounce | None:
    """The bounce in a message, or in the text of one that somebody pasted. None if it is none.

    Also found where the bounce was forwarded as an attachment, and in its report alone.
    """
    if not may_be_message(raw):
        return _from_paste(raw)
    fields, parts = walk(raw)
    status = next((part for part in parts if part.kind in _STATUS_KINDS), None)
    if status is None and not _announces_bounce(fields, parts):
        return _enclosed(parts)
    text = "\n".join(part.text() for part in _readable(parts))[:400_000]
    failed = _failed_recipients(fields)
    spoken = _from_text(text, failed)
    if status is None:
        return replace(spoken, recipients=spoken.recipients or _named(failed))
    return _reported(status.octets(), spoken) or spoken


def _from_paste(raw: bytes) -> Bounce | None:
    report = _REPORT.search(raw)
    if report is None:
        return _spoken(raw)
    # The text for people ends where the report begins: its fields are no words of theirs.
    at = report.start()
    spoken = _spoken(raw[:at]) or Bounce(())
    told = _reported(raw[at:], spoken)
    if told is None:
        return _spoken(raw)
    # A report that leaves out whom the text names came back inside the letter: another bounce's.
    named = {item.address.casefold() for item in told.recipients}
    own = all(item.address.casefold() in named for item in spoken.recipients)
    return told if own else spoken


def _spoken(raw: bytes) -> Bounce | None:
    text = raw[:400_000].decode("utf-8", "replace")
    return _from_text(text, ()) if looks_like_bounce_text(text) else None


def _reported(report: bytes, spoken: Bounce) -> Bounce | None:
    """What the report tells, completed by the text for people. None if it names nobody."""
    reporter, told = read_delivery_status(report)
    if not told:
        return None
    form = spoken.form if spoken.form is not Form.UNKNOWN else Form.REPORT
    return Bounce(_completed(told, spoken.recipients), reporter or spoken.reporter, form)


def _readable(parts: tuple[MimePart, ...]) -> list[MimePart]:
    """The parts for people: plain text; where there is none, HTML."""
    plain = [part for part in parts if part.kind == "text/plain" and part.body.strip()]
    return plain[:2] or [part for part in parts if part.kind == "text/html"][:1]


def _announces_bounce(fields: Fields, parts: tuple[MimePart, ...]) -> bool:
    if fields.has("x-failed-recipients"):
        return True
    if fields.first("return-path").strip() == "<>" or _FROM.search(fields.first("from")):
        named = _SUBJECT.search(fields.first("subject")) is not None
        return named or looks_like_bounce_text(_opening(parts))
    return looks_like_bounce_text(_opening(parts))


def _opening(parts: tuple[MimePart, ...]) -> str:
    return "\n".join(part.text()[:20_000] for part in _readable(parts))


def _enclosed(parts: tuple[MimePart, ...]) -> Bounce | None:
    """A bounce that was forwarded whole; one level, since a bounce of a bounce is none."""
    for part in parts:
        if part.kind == "message/rfc822":
            fields, inner = walk(part.octets())
            known = any(item.kind in _STATUS_KINDS for item in inner)
            if known or _announces_bounce(fields, inner):
                return read_bounce(part.octets())
    return None


def _failed_recipients(fields: Fields) -> tuple[str, ...]:
    return tuple(_ADDRESS.findall(fields.first("x-failed-recipients")))[:MOST_RECIPIENTS]


def _named(addresses: tuple[str, ...]) -> tuple[BouncedRecipient, ...]:
    return tuple(BouncedRecipient(address) for address in addresses)


def _from_text(text: str, failed: tuple[str, ...]) -> Bounce:
    reporter, recipients = read_bounce_text(text, failed)
    return Bounce(recipients, reporter, form_of(text))


def _completed(
    told: tuple[BouncedRecipient, ...], spoken: tuple[BouncedRecipient, ...]
) -> tuple[BouncedRecipient, ...]:
    """The report's recipients, with what only the text for people says of them."""
    by_address = {item.address.casefold(): item for item in spoken}
    only = spoken[0] if len(spoken) == 1 == len(told) else None
    return tuple(_joined(item, by_address.get(item.address.casefold(), only)) for item in told)


def _joined(told: BouncedRecipient, spoken: BouncedRecipient | None) -> BouncedRecipient:
    if spoken is None:
        return told
    # The report may hold a status alone, or the reporter's own summary, where the text quotes
    # the server.
    better = spoken.reply is not None and spoken.said_code and not told.said_code
    if told.reply is None or better:
        told = replace(told, reply=spoken.reply, said_code=spoken.said_code)
    return replace(told, stage=told.stage or spoken.stage, host=told.host or spoken.host)
