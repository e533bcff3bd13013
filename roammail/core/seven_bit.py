"""Turns a message with octets above 127 into a 7-bit one (RFC 6152 section 3, RFC 2045).

Needed only where a server does not offer 8BITMIME. Header fields are left as they are, octet
by octet. Whatever the message is, it comes back: what cannot be encoded stays as it was.
"""

import base64
import quopri
from email import message_from_bytes
from email.generator import BytesGenerator
from email.message import Message
from email.policy import Compat32
from io import BytesIO

_ENCODING = "Content-Transfer-Encoding"
_WIDE = frozenset({"8bit", "binary"})
_ENCODED = frozenset({"base64", "quoted-printable"})


class _AsItStands(Compat32):
    """Keeps fields as they were written: no unfolding, no folding, no encoded words."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, _, value = "".join(sourcelines).partition(":")
        return name, value.rstrip("\r\n")

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}:{value}{self.linesep}".encode("ascii", "surrogateescape")


_POLICY = _AsItStands(linesep="\r\n", cte_type="8bit", mangle_from_=False)


def seven_bit(content: bytes) -> bytes:
    """The same message with every 8-bit part in quoted-printable or base64.

    Signed parts change with it (their signatures break), which is why a server that takes
    8 bits is always preferred.
    """
    parsed: Message = message_from_bytes(content, policy=_POLICY)
    for part in parsed.walk():
        if not _narrow(part):
            return content
    if any(part[_ENCODING] for part in parsed.walk()):
        _give(parsed, "MIME-Version", "1.0")
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=_POLICY).flatten(parsed)
    return out.getvalue()


def _narrow(part: Message) -> bool:
    """Encodes one part; False where it is so broken that it must stay as it is."""
    how = _encoding(part)
    raw = b"" if part.is_multipart() else _octets(part)
    if raw.isascii():
        if how in _WIDE:
            _set_encoding(part, "7bit")
        return True
    if part.get_content_maintype() in ("multipart", "message"):
        return False  # nothing says where its parts begin, and it may not be encoded whole
    text = part.get_content_maintype() == "text"
    if how in _ENCODED:  # stray octets within stand for nothing
        decoded = part.get_payload(decode=True)
        raw = decoded if isinstance(decoded, bytes) else b""
    elif text:
        _give(part, "Content-Type", f"text/plain; charset={_charset(raw)}")
    if text:
        coded, name = quopri.encodestring(raw.replace(b"\r\n", b"\n")), "quoted-printable"
    else:
        coded, name = base64.encodebytes(raw), "base64"
    part.set_payload(coded.decode("ascii"))
    _set_encoding(part, name)
    return True


def _octets(part: Message) -> bytes:
    """The body as it stands, without any decoding."""
    named = part[_ENCODING]
    if named is not None:
        part.replace_header(_ENCODING, " 8bit")
    found = part.get_payload(decode=True)
    if named is not None:
        part.replace_header(_ENCODING, named)
    return found if isinstance(found, bytes) else b""


def _encoding(part: Message) -> str:
    return str(part.get(_ENCODING, "")).strip().lower()


def _set_encoding(part: Message, name: str) -> None:
    if _ENCODING in part:
        part.replace_header(_ENCODING, f" {name}")
    else:
        part[_ENCODING] = f" {name}"


def _give(part: Message, field: str, value: str) -> None:
    if field not in part:
        part[field] = f" {value}"


def _charset(raw: bytes) -> str:
    """For a text that does not name its own; RFC 1428 has a word for the unknown."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "unknown-8bit"
    return "utf-8"
