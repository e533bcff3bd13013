"""An existing message taken over for the outbox, and what that has in common with writing one.
All that a hand-over needs of messages; MIME is `message`'s. Pure: the caller gives time and
Message-ID.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from io import BytesIO

from roammail.core.address import (
    Mailbox,
    address_key,
    check_address,
    parse_mailbox,
    parse_mailboxes,
)
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.errors import BadMessage
from roammail.core.header_text import address_field
from roammail.core.line_ends import LineEnds
from roammail.core.raw_message import (
    MAX_HEADER,
    RawField,
    RawMessage,
    read_message,
    refuse_nul,
)

_MESSAGE_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")
_BLIND = frozenset({"bcc", "resent-bcc"})


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
    extra, dropped, kept_id = completed(source, now, message_id)
    if not source.all("from"):
        extra = address_field("From", [Mailbox("", author)]) + extra
    path = author if sender is None else sender and check_address(sender)
    return ReadyMessage(
        envelope=Envelope(path, recipients_of(listed)),
        content=source.rebuilt(without=dropped, after=extra),
        message_id=kept_id,
        from_address=author,
        subject=source.text("subject"),
    )


def prepare_pieces(
    pieces: Iterable[bytes],
    *,
    now: datetime,
    message_id: str,
    sender: str | None = None,
    recipients: Sequence[str] | None = None,
) -> ReadyMessage:
    """`prepare` for a message that comes in pieces, which is in memory once where they are let go
    of (`core.pieces`)."""
    head, body = bytearray(), BytesIO()  # which gives its octets away without a copy
    ready: ReadyMessage | None = None

    def opened(header: bytes) -> ReadyMessage:
        made = prepare(header, now=now, message_id=message_id, sender=sender, recipients=recipients)
        body.write(made.content)
        return replace(made, content=b"")

    for piece in _with_line_ends(pieces):
        if ready is not None:
            body.write(piece)
            continue
        begin = max(0, len(head) - 3)
        head += piece
        end = head.find(b"\r\n\r\n", begin)
        if end > 0 or len(head) > MAX_HEADER:
            cut = end + 2 if end > 0 else len(head)
            ready = opened(bytes(head[:cut]))
            body.write(head[cut:])
    ready = ready or opened(bytes(head))
    return replace(ready, content=body.getvalue())


def _with_line_ends(pieces: Iterable[bytes]) -> Iterator[bytes]:
    ends = LineEnds()
    for piece in pieces:
        refuse_nul(piece)
        yield ends.feed(piece)
    yield ends.end()


def completed(
    source: RawMessage, now: datetime, message_id: str
) -> tuple[bytes, list[RawField], str]:
    """Fields to add, fields to drop, and the Message-ID that the message then has."""
    check_message_id(message_id)
    dropped = blind(source)
    extra = b""
    if not source.all("date"):
        extra += f"Date: {format_datetime(now)}\r\n".encode("ascii")
    held = source.text("message-id").strip()
    if not held:
        dropped += source.all("message-id")  # one that is there and empty
        extra += f"Message-ID: {message_id}\r\n".encode("ascii")
    return extra, dropped, held or message_id


def blind(source: RawMessage) -> list[RawField]:
    """The fields that must not go out."""
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


def mailboxes(texts: Iterable[str]) -> tuple[Mailbox, ...]:
    """Those of several lists. Raises BadMessage (`address-invalid`)."""
    return tuple(box for text in texts for box in parse_mailboxes(text))


def _addresses(texts: Iterable[str]) -> list[str]:
    return [box.address for box in mailboxes(texts)]


def recipients_of(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each mailbox once, in order. Raises BadMessage (`recipients-missing`)."""
    unique: dict[str, str] = {}
    for address in addresses:
        unique.setdefault(address_key(address), address)
    if not unique:
        raise BadMessage("recipients-missing", "The message has no recipient. Name at least one.")
    return tuple(unique.values())


def check_message_id(message_id: str) -> None:
    """Raises ValueError for what is none (RFC 5322 section 3.6.4)."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"not a Message-ID: {message_id!r}")
