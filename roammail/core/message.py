"""Building, taking over, resending and forwarding a message: from what a person or a program
gives to the ReadyMessage that the outbox keeps. Pure: the caller gives time and Message-ID.

Must not know of servers, files or the outbox. Octets of headers are `header_text`, existing
messages `raw_message`, MIME `mime_parts`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from roammail.core.address import (
    Mailbox,
    address_key,
    check_address,
    parse_mailbox,
    parse_mailboxes,
)
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.errors import BadMessage
from roammail.core.header_text import address_field, checked_text, text_field
from roammail.core.inline_forward import inline_parts
from roammail.core.mime_parts import (
    Attachment,
    Part,
    assembled,
    attachment_part,
    message_part,
    text_part,
)
from roammail.core.raw_message import RawField, RawMessage, read_message

__all__ = ["Attachment", "Draft", "compose", "forward", "prepare", "resend"]

_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_BLIND = frozenset({"bcc", "resent-bcc"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written. Addresses are as typed; each of `to`, `cc` and `bcc` may itself
    be a list with commas. `body` is plain text."""

    from_: str
    to: tuple[str, ...]
    subject: str = ""
    body: str = ""
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def compose(draft: Draft, *, now: datetime, message_id: str) -> ReadyMessage:
    """A new message. `now` is aware; `message_id` is ASCII with its angle brackets.

    Raises BadMessage: `address-invalid`, `recipients-missing`, `subject-invalid`,
    `name-invalid`, and what `mime_parts` names for text and attachments.
    """
    parts = [text_part(draft.body), *map(attachment_part, draft.attachments)]
    return _written(draft, parts, now, message_id)


def prepare(
    raw: bytes,
    *,
    now: datetime,
    message_id: str,
    sender: str | None = None,
    recipients: Sequence[str] | None = None,
) -> ReadyMessage:
    """An existing message, octet for octet but for: line ends as CRLF, Bcc and Resent-Bcc taken
    out, Date, Message-ID and From (of `sender`) added where they are missing.

    `sender` is the reverse-path ("" for the null path); without it the author's address.
    Without `recipients` those of the header are taken, Bcc too (of the newest Resent- block
    where there is one, RFC 5322 section 3.6.6). Raises BadMessage: see `read_message`, and
    `address-invalid`, `from-missing`, `recipients-missing`.
    """
    source = read_message(raw)
    author = _author(source, sender)
    listed = _header_recipients(source) if recipients is None else _addresses(recipients)
    extra, dropped, kept_id = _completed(source, now, message_id)
    if not source.all("from"):
        extra = address_field("From", [Mailbox("", author)]) + extra
    path = author if sender is None else sender and check_address(sender)
    return ReadyMessage(
        envelope=Envelope(path, _recipients(listed)),
        content=source.rebuilt(without=dropped, after=extra),
        message_id=kept_id,
        from_address=author,
        subject=source.text("subject"),
    )


def resend(
    raw: bytes,
    *,
    from_: str,
    to: Sequence[str],
    now: datetime,
    message_id: str,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
) -> ReadyMessage:
    """Sends an existing message on as it is, Resent- fields before it (RFC 5322 section 3.6.6).

    The Message-ID of the result is the Resent-Message-ID. Raises BadMessage.
    """
    _check_message_id(message_id)
    source = read_message(raw)
    resender = parse_mailbox(from_)
    to_boxes, cc_boxes, bcc_boxes = _mailboxes(to), _mailboxes(cc), _mailboxes(bcc)
    block = address_field("Resent-From", [resender])
    if to_boxes:
        block += address_field("Resent-To", to_boxes)
    if cc_boxes:
        block += address_field("Resent-Cc", cc_boxes)
    block += f"Resent-Date: {format_datetime(now)}\r\n".encode("ascii")
    block += f"Resent-Message-ID: {message_id}\r\n".encode("ascii")
    extra, dropped, _ = _completed(source, now, message_id)
    addresses = [box.address for box in (*to_boxes, *cc_boxes, *bcc_boxes)]
    return ReadyMessage(
        envelope=Envelope(resender.address, _recipients(addresses)),
        content=source.rebuilt(without=dropped, before=block, after=extra),
        message_id=message_id,
        from_address=resender.address,
        subject=source.text("subject"),
    )


def forward(
    raw: bytes, draft: Draft, *, inline: bool, now: datetime, message_id: str
) -> ReadyMessage:
    """A new message that carries an existing one: as an attachment (message/rfc822), or its
    text below the draft's and its attachments beside the draft's.

    An empty subject becomes "Fwd: " and the original's. Raises BadMessage.
    """
    source = read_message(raw)
    original = source.rebuilt(without=_blind(source))
    subject = source.text("subject")
    if inline:
        quoted, files = inline_parts(original)
        body = f"{draft.body.rstrip()}\n\n{quoted}" if draft.body.strip() else quoted
        parts = [text_part(body), *map(attachment_part, (*draft.attachments, *files))]
    else:
        enclosed = message_part(original, "message.eml")
        parts = [text_part(draft.body), enclosed, *map(attachment_part, draft.attachments)]
    title = draft.subject or f"Fwd: {' '.join(subject.split())}".strip()
    return _written(draft, parts, now, message_id, title)


def _written(
    draft: Draft, parts: Sequence[Part], now: datetime, message_id: str, title: str | None = None
) -> ReadyMessage:
    _check_message_id(message_id)
    author = parse_mailbox(draft.from_)
    to, cc, bcc = _mailboxes(draft.to), _mailboxes(draft.cc), _mailboxes(draft.bcc)
    recipients = _recipients(box.address for box in (*to, *cc, *bcc))
    subject = checked_text(
        draft.subject if title is None else title, "subject-invalid", "The subject"
    )
    header = address_field("From", [author])
    header += address_field("To", to) if to else b""
    header += address_field("Cc", cc) if cc else b""
    header += text_field("Subject", subject)
    header += f"Date: {format_datetime(now)}\r\nMessage-ID: {message_id}\r\n".encode("ascii")
    return ReadyMessage(
        envelope=Envelope(author.address, recipients),
        content=assembled(header, parts, message_id),
        message_id=message_id,
        from_address=author.address,
        subject=subject,
    )


def _completed(
    source: RawMessage, now: datetime, message_id: str
) -> tuple[bytes, list[RawField], str]:
    """Fields to add, fields to drop, and the Message-ID that the message then has."""
    _check_message_id(message_id)
    dropped = _blind(source)
    extra = b""
    if not source.all("date"):
        extra += f"Date: {format_datetime(now)}\r\n".encode("ascii")
    held = source.text("message-id").strip()
    if not held:
        dropped += source.all("message-id")  # one that is there and empty
        extra += f"Message-ID: {message_id}\r\n".encode("ascii")
    return extra, dropped, held or message_id


def _blind(source: RawMessage) -> list[RawField]:
    return [field for field in source.fields if field.name in _BLIND]


def _author(source: RawMessage, sender: str | None) -> str:
    """The address that decides which profiles may send: the newest resender, else the author;
    of several authors the one who sends (RFC 5322 section 3.6.2)."""
    for several, single in (("resent-from", "resent-sender"), ("from", "sender")):
        value = source.first(several)
        boxes = parse_mailboxes(value) if value else ()
        if len(boxes) > 1 and (sent_by := source.first(single)):
            return parse_mailbox(sent_by).address
        if boxes:
            return boxes[0].address
    if sender:
        return check_address(sender)
    raise BadMessage("from-missing", "The message has no From line. Say who sends it.")


def _header_recipients(source: RawMessage) -> list[str]:
    resent = [field.name for field in source.fields if field.name.startswith("resent-")]
    prefix = "resent-" if {"resent-to", "resent-cc", "resent-bcc"} & set(resent) else ""
    found: list[str] = []
    for name in ("to", "cc", "bcc"):
        fields = source.all(prefix + name)
        for field in fields[:1] if prefix else fields:  # the newest block stands first
            found += [box.address for box in parse_mailboxes(source.value(field))]
    return found


def _mailboxes(texts: Iterable[str]) -> tuple[Mailbox, ...]:
    return tuple(box for text in texts for box in parse_mailboxes(text))


def _addresses(texts: Iterable[str]) -> list[str]:
    return [box.address for box in _mailboxes(texts)]


def _recipients(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each mailbox once, in order. Raises BadMessage (`recipients-missing`)."""
    unique: dict[str, str] = {}
    for address in addresses:
        unique.setdefault(address_key(address), address)
    if not unique:
        raise BadMessage("recipients-missing", "The message has no recipient. Name at least one.")
    return tuple(unique.values())


def _check_message_id(message_id: str) -> None:
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"not a Message-ID: {message_id!r}")
