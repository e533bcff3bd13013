"""Line ends of a message as they must be on the wire. Pure; octets in, octets out."""

import re

_ANY = re.compile(rb"\r\n|\r|\n")


def canonical(content: bytes) -> bytes:
    """The content with every line ended by CRLF, the last one too; itself where it is so.

    A bare CR or LF is no line end (RFC 5321 section 2.3.8): one server takes it for one and
    another does not, and a chunk (RFC 3030) is not looked at line by line on its way.
    """
    if not is_canonical(content):
        content = _ANY.sub(b"\r\n", content)
    if content and not content.endswith(b"\r\n"):
        content += b"\r\n"
    return content


class LineEnds:
    """`canonical` for octets that come in pieces, wherever they are cut."""

    def __init__(self) -> None:
        self._kept = b""  # a CR whose LF may come with the next piece
        self._begins = True

    def feed(self, piece: bytes) -> bytes:
        """What is known of them by now."""
        piece, self._kept = self._kept + piece, b""
        if piece.endswith(b"\r"):
            piece, self._kept = piece[:-1], b"\r"
        if not is_canonical(piece):
            piece = _ANY.sub(b"\r\n", piece)
        if piece:
            self._begins = piece.endswith(b"\n")
        return piece

    def end(self) -> bytes:
        """What is wanting after the last piece."""
        unended = bool(self._kept) or not self._begins
        self._kept, self._begins = b"", True
        return b"\r\n" if unended else b""


def is_canonical(octets: bytes) -> bool:
    """Whether every CR and LF is part of a CRLF. Counted, for that takes a tenth of the time of
    a search: many megabytes are looked at."""
    pairs = octets.count(b"\r\n")
    return octets.count(b"\n") == pairs == octets.count(b"\r")


def first_line_end(content: bytes, limit: int = 1_000) -> int:
    """Where the first line ends, its CRLF included, at most `limit`."""
    found = content.find(b"\r\n", 0, limit)
    return min(len(content), limit) if found < 0 else found + 2
