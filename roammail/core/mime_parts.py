"""The parts of a new message as octets: text, attachments, an enclosed message.

Owns the MIME structure (RFC 2045, 2046). Attachments are encoded block by block into one
buffer, since the standard generator splits 60 MB into a million lines first. Knows no envelope.
"""

import binascii
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from roammail.core.errors import BadMessage
from roammail.core.header_text import checked_text, disposition_field
from roammail.core.pieces import Pieces

_ASCII_POLICY = SMTP.clone(cte_type="7bit")  # the same octets fit every server
_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")
_LINE = 57  # octets that make one base64 line of 76 (RFC 2045 section 6.8)
_BLOCK = _LINE * 4096


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along. `mime_type` is "type/subtype" without parameters."""

    name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class AttachmentInPieces:
    """A file that goes along once; its octets are let go of while they are encoded."""

    name: str
    content: Pieces
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Part:
    """A header with its CRLF line ends, and the octets below; `base64`: still to be encoded."""

    header: bytes
    content: bytes | Pieces
    base64: bool = False


def text_part(text: str) -> Part:
    """Plain text, in an encoding that is ASCII. Raises BadMessage (`message-nul`,
    `body-encoding`)."""
    if "\0" in text:
        raise BadMessage("message-nul", "The text holds NUL characters; mail cannot carry them.")
    part = EmailMessage(policy=_ASCII_POLICY)
    try:
        part.set_content(text)
    except UnicodeEncodeError as error:
        raise BadMessage(
            "body-encoding", "The text holds octets that are not UTF-8. Convert it to UTF-8."
        ) from error
    del part["MIME-Version"]
    header, _, content = part.as_bytes().partition(b"\r\n\r\n")
    return Part(header + b"\r\n", content)


def attachment_part(attachment: Attachment | AttachmentInPieces) -> Part:
    """An attachment in base64. Raises BadMessage (`attachment-name-invalid`,
    `attachment-type-invalid`)."""
    shown = attachment.name.encode("unicode_escape").decode("ascii")[:80]
    name = checked_text(
        attachment.name, "attachment-name-invalid", f"The attachment's name “{shown}”"
    ).strip()
    if not name or len(name.encode()) > 255:
        raise BadMessage(
            "attachment-name-invalid", "An attachment's name is empty or longer than 255 octets."
        )
    kind = attachment.mime_type.lower()
    if not _TYPE.fullmatch(kind) or len(kind) > 120:
        raise BadMessage("attachment-type-invalid", f"The type of “{name}” is not type/subtype.")
    if kind.startswith(("multipart/", "message/")):  # these may not be base64 (RFC 2046)
        kind = "application/octet-stream"
    header = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n".encode("ascii")
    return Part(header + disposition_field(name), attachment.content, base64=True)


def message_part(content: bytes, name: str) -> Part:
    """A whole message as message/rfc822, its octets as they are (RFC 2046 section 5.2.1)."""
    encoding = b"7bit" if content.isascii() else b"8bit"
    header = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: " + encoding + b"\r\n"
    return Part(header + disposition_field(name), content)


def assembled(header: bytes, parts: Sequence[Part], seed: str) -> bytes:
    """The message of `header` (fields without MIME-Version) and its parts.

    One part is the body itself, several become multipart/mixed; `seed` makes the boundary.
    """
    out = io.BytesIO()
    out.write(header + b"MIME-Version: 1.0\r\n")
    if len(parts) == 1:
        _write(out, parts[0])
        return out.getvalue()
    boundary = _boundary(parts, seed)
    out.write(b'Content-Type: multipart/mixed;\r\n boundary="' + boundary + b'"\r\n\r\n')
    for part in parts:
        out.write(b"--" + boundary + b"\r\n")
        _write(out, part)
        out.write(b"\r\n")
    out.write(b"--" + boundary + b"--\r\n")
    return out.getvalue()


def _write(out: io.BytesIO, part: Part) -> None:
    out.write(part.header)
    out.write(b"\r\n")
    for block in _blocks(part.content):
        if not part.base64:
            out.write(block)
            continue
        coded = binascii.b2a_base64(block, newline=False)
        lines = [coded[i : i + 76] for i in range(0, len(coded), 76)]
        out.write(b"\r\n".join(lines))
        out.write(b"\r\n")


def _blocks(content: bytes | Pieces) -> Iterator[bytes | memoryview]:
    """Each but the last fills whole lines of base64."""
    rest = b""
    for piece in (content,) if isinstance(content, bytes) else content:
        view = memoryview(rest + piece if rest else piece)
        whole = len(view) // _BLOCK * _BLOCK
        yield from (view[start : start + _BLOCK] for start in range(0, whole, _BLOCK))
        rest = bytes(view[whole:])
    if rest:
        yield rest


def _boundary(parts: Sequence[Part], seed: str) -> bytes:
    """A boundary that stands in no part; base64 cannot hold one that begins with "=_"."""
    plain = [p.content for p in parts if not p.base64 and isinstance(p.content, bytes)]
    number = 0
    while True:
        digest = hashlib.sha256(f"{seed}\0{number}".encode()).hexdigest()[:32]
        boundary = f"=_{digest}".encode("ascii")
        if not any(boundary in content for content in plain):
            return boundary
        number += 1
