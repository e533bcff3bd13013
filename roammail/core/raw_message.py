"""An existing message as octets: its header fields found, taken out or added without touching
any other octet. Owns line ends and the header section; must not know of MIME or envelopes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from roammail.core.errors import BadMessage

MAX_HEADER = 1_000_000  # octets; beyond this it is no letter's header
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")  # RFC 5322 section 2.2, blanks before ":" section 4.5


@dataclass(frozen=True, slots=True)
class RawField:
    """One header field: name in lower case; octets `start` to `end` with its last CRLF."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message with CRLF line ends. `header_end` is where another field may be put."""

    content: bytes
    fields: tuple[RawField, ...]
    header_end: int

    def all(self, name: str) -> tuple[RawField, ...]:
        """The fields of this name (lower case), in order."""
        return tuple(field for field in self.fields if field.name == name)

    def value(self, field: RawField) -> str:
        """The unfolded value; octets that are not UTF-8 stay as lone surrogates."""
        whole = self.content[field.start : field.end].partition(b":")[2]
        return whole.replace(b"\r\n", b"").decode("utf-8", "surrogateescape").strip()

    def first(self, name: str) -> str | None:
        """The value of the first field of this name, None if there is none."""
        return next((self.value(field) for field in self.fields if field.name == name), None)

    def text(self, name: str) -> str:
        """The first value decoded for people (RFC 2047), at most 500 characters; "" if none."""
        value = self.first(name) or ""
        try:
            decoded = str(make_header(decode_header(value[:4000])))
        except (HeaderParseError, LookupError, UnicodeError, ValueError):
            decoded = value
        return decoded[:500].encode("utf-8", "replace").decode()

    def rebuilt(
        self, *, without: Iterable[RawField] = (), before: bytes = b"", after: bytes = b""
    ) -> bytes:
        """The content without some fields, with others put before or after the header.

        One copy is made, none where nothing changes.
        """
        gone = sorted(without, key=lambda field: field.start)
        if not gone and not before and not after:
            return self.content
        view = memoryview(self.content)
        pieces: list[bytes | memoryview] = [before]
        position = 0
        for field in gone:
            pieces.append(view[position : field.start])
            position = field.end
        pieces += [view[position : self.header_end], after, view[self.header_end :]]
        return b"".join(pieces)


def read_message(raw: bytes) -> RawMessage:
    """Finds the header fields of `raw`; line ends become CRLF, an mbox "From " line goes.

    Raises BadMessage: `message-empty`, `message-nul`, `message-no-header`,
    `message-header-broken`, `message-header-too-long`.
    """
    if not raw or raw.isspace():
        raise BadMessage("message-empty", "The message is empty.")
    refuse_nul(raw)
    content = _with_crlf(raw)
    if content.startswith(b"From "):  # an mbox separator (RFC 4155), not a field
        content = content[content.index(b"\r\n") + 2 :]
    end = content.find(b"\r\n\r\n")
    header_end = len(content) if end < 0 else end + 2
    if content.startswith(b"\r\n") or not _FIELD.match(content):
        raise BadMessage(
            "message-no-header",
            "This is not a mail message: it does not begin with header lines like “From: …”.",
        )
    if header_end > MAX_HEADER:
        raise BadMessage(
            "message-header-too-long",
            f"The header is longer than {MAX_HEADER} octets. Is this a mail message?",
        )
    return RawMessage(content, tuple(_fields(content[:header_end])), header_end)


def refuse_nul(octets: bytes) -> None:
    """Raises BadMessage (`message-nul`)."""
    if b"\0" in octets:
        raise BadMessage(
            "message-nul", "The message holds NUL octets; mail cannot carry them. Is it a mail?"
        )


def _fields(header: bytes) -> list[RawField]:
    found: list[RawField] = []
    position = 0
    for number, line in enumerate(header.split(b"\r\n")[:-1], start=1):
        end = position + len(line) + 2
        if line[:1] in (b" ", b"\t"):  # the first line is a field, so there is one before
            found[-1] = RawField(found[-1].name, found[-1].start, end)
        elif match := _FIELD.match(line):
            found.append(RawField(match.group(1).decode("ascii").lower(), position, end))
        else:
            # Servers disagree on where such a header ends; a Bcc below could get out.
            raise BadMessage(
                "message-header-broken",
                f"Line {number} of the message's header is neither a field nor its continuation.",
            )
        position = end
    return found


def _with_crlf(raw: bytes) -> bytes:
    """Bare CR and bare LF as CRLF (RFC 5321 section 2.3.8), and a line end at the end."""
    pairs = raw.count(b"\r\n")  # counting is many times faster than a pattern on 60 MB
    if raw.count(b"\r") != pairs or raw.count(b"\n") != pairs:
        lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        raw = lines.replace(b"\n", b"\r\n")
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"
