"""Reads SMTP replies out of a stream of octets (RFC 5321 section 4.2): strict in structure,
bounded in size. Owns the grammar and the limits; knows nothing of sockets or commands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from roammail.core.failure import Failure, FailureKind, SmtpFailure

#: RFC 5321 section 4.5.3.1.5 says 512 octets; real servers say more.
MAX_LINE_OCTETS = 2_048
MAX_REPLY_LINES = 128
MAX_REPLY_OCTETS = 64 * 1024
_SHOWN_OCTETS = 80

# The second digit is read leniently (RFC 5321 has 0..5); everything else is the grammar.
_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x09}


@dataclass(frozen=True, slots=True)
class RawReply:
    """One whole reply as it came: its code, and the text of each line without the code."""

    code: int
    lines: tuple[str, ...]


def decode(octets: bytes) -> str:
    """Text of a line: UTF-8, anything else and control characters as visible escapes.

    What would move a cursor or end a line can so never pass for structure further on.
    """
    return octets.decode("utf-8", errors="backslashreplace").translate(_CONTROLS)


class ReplyReader:
    """Takes octets as they come, gives whole replies. After a failure it takes no more."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._code: int | None = None
        self._lines: list[str] = []
        self._octets = 0

    @property
    def idle(self) -> bool:
        """Whether nothing of an unfinished reply has been read."""
        return not self._buffer and self._code is None

    def feed(self, octets: bytes) -> Iterator[RawReply]:
        """The replies that these octets complete, each given before what follows is judged.

        Raises SmtpFailure (GARBAGE, TOO_LONG).
        """
        self._buffer.extend(octets)
        start = 0
        while (end := self._buffer.find(b"\n", start)) >= 0:
            # A bare LF is tolerated: it changes nothing in what a reply can mean.
            line = bytes(self._buffer[start:end]).removesuffix(b"\r")
            start = end + 1
            if (reply := self._take(line)) is not None:
                yield reply
        del self._buffer[:start]
        if len(self._buffer) > MAX_LINE_OCTETS:
            self._refuse_line(bytes(self._buffer[:_SHOWN_OCTETS]))

    def _take(self, line: bytes) -> RawReply | None:
        if len(line) > MAX_LINE_OCTETS:
            self._refuse_line(line)
        found = _LINE.fullmatch(line)
        if found is None:
            raise _failure(FailureKind.GARBAGE, f"not an SMTP reply: {_shown(line)}")
        code = int(found[1])
        if self._code not in (None, code):
            raise _failure(
                FailureKind.GARBAGE, f"a reply that began with {self._code} went on with {code}"
            )
        self._code = code
        self._lines.append(decode((found[3] or b"").strip(b" \t")))
        self._octets += len(line)
        if len(self._lines) > MAX_REPLY_LINES or self._octets > MAX_REPLY_OCTETS:
            raise _failure(
                FailureKind.TOO_LONG, f"a reply without end ({len(self._lines)} lines so far)"
            )
        if found[2] == b"-":
            return None
        reply = RawReply(code, tuple(self._lines))
        self._code, self._lines, self._octets = None, [], 0
        return reply

    def _refuse_line(self, line: bytes) -> None:
        """A line is too long; if it does not even begin like a reply, it is no SMTP at all."""
        if not _LINE.match(line):
            raise _failure(FailureKind.GARBAGE, f"not an SMTP reply: {_shown(line)}")
        raise _failure(FailureKind.TOO_LONG, f"a line of more than {MAX_LINE_OCTETS} octets")


def _shown(line: bytes) -> str:
    shown = decode(line[:_SHOWN_OCTETS])
    return shown + "…" if len(line) > _SHOWN_OCTETS else shown


def _failure(kind: FailureKind, detail: str) -> SmtpFailure:
    return SmtpFailure(Failure(kind, detail))
