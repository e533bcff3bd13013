"""Building, resending and forwarding a message: from what a person or a program gives to the
ReadyMessage that the outbox keeps. Pure: the caller gives time and Message-ID.

Must not know of servers, files or the outbox. Octets of headers are `header_text`, existing
messages `raw_message` and `taken_over`, MIME `mime_parts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from roammail.core.address import parse_mailbox
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.header_text import address_field, checked_text, text_field
from roammail.core.inline_forward import inline_parts
from roammail.core.mime_parts import (
    Attachment,
    AttachmentInPieces,
    Part,
    assembled,
    attachment_part,
    message_part,
    text_part,
)
from roammail.core.raw_message import read_message
from roammail.core.taken_over import (
    blind,
    check_message_id,
    completed,
    mailboxes,
    prepare,
    recipients_of,
)

__all__ = ["Attachment", "Draft", "compose", "forward", "prepare", "resend"]


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
    attachments: tuple[Attachment | AttachmentInPieces, ...] = ()


def compose(draft: Draft, *, now: datetime, message_id: str) -> ReadyMessage:
    """A new message. `now` is aware; `message_id` is ASCII with its angle brackets.

    Raises BadMessage: `address-invalid`, `recipients-missing`, `subject-invalid`,
    `name-invalid`, and what `mime_parts` names for text and attachments.
    """
    parts = [text_part(draft.body), *map(attachment_part, draft.attachments)]
    return _written(draft, parts, now, message_id)


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
    check_message_id(message_id)
    source = read_message(raw)
    resender = parse_mailbox(from_)
    to_boxes, cc_boxes, bcc_boxes = mailboxes(to), mailboxes(cc), mailboxes(bcc)
    block = address_field("Resent-From", [resender])
    if to_boxes:
        block += address_field("Resent-To", to_boxes)
    if cc_boxes:
        block += address_field("Resent-Cc", cc_boxes)
    block += f"Resent-Date: {format_datetime(now)}\r\n".encode("ascii")
    block += f"Resent-Message-ID: {message_id}\r\n".encode("ascii")
    extra, dropped, _ = completed(source, now, message_id)
    addresses = [box.address for box in (*to_boxes, *cc_boxes, *bcc_boxes)]
    return ReadyMessage(
        envelope=Envelope(resender.address, recipients_of(addresses)),
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
    original = source.rebuilt(without=blind(source))
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
    check_message_id(message_id)
    author = parse_mailbox(draft.from_)
    to, cc, bcc = mailboxes(draft.to), mailboxes(draft.cc), mailboxes(draft.bcc)
    recipients = recipients_of(box.address for box in (*to, *cc, *bcc))
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
