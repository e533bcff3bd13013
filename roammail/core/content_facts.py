"""What must be known of a content before its first octet is sent, found in one pass. Pure; imports
next to nothing, since whoever hands a message over loads it.
"""

from dataclasses import dataclass

#: Octets that are looked at in one go: with more, every other thread would wait for it.
_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ContentFacts:
    """`size` in octets; `eight_bit`: octets above 127 stand in it (RFC 6152), `utf8_headers`: in
    the header section (RFC 6532 wants SMTPUTF8 then); `canonical`: every CR and LF is part of a
    CRLF, and one ends it."""

    size: int
    eight_bit: bool
    utf8_headers: bool
    canonical: bool


class Scan:
    """Finds the facts of a content that comes in pieces, however it is cut."""

    def __init__(self) -> None:
        self._size = self._pairs = self._returns = self._feeds = 0
        self._header: bytes | None = b""  # its last octets; None after its end
        self._eight_bit = self._utf8_headers = False
        self._last = b""

    def feed(self, piece: bytes) -> None:
        """The next octets."""
        if not piece:
            return
        # Counting takes a fraction of the time of any search: many megabytes are looked at.
        self._pairs += piece.count(b"\r\n") + (self._last == b"\r" and piece[:1] == b"\n")
        self._returns += piece.count(b"\r")
        self._feeds += piece.count(b"\n")
        self._eight_bit = self._eight_bit or not piece.isascii()
        if self._header is not None:
            self._feed_header(self._header, piece)
        self._size += len(piece)
        self._last = piece[-1:]

    def _feed_header(self, before: bytes, piece: bytes) -> None:
        joined = before + piece
        end = joined.find(b"\r\n\r\n")
        within = joined if end < 0 else joined[:end]
        self._utf8_headers = self._utf8_headers or not within.isascii()
        self._header = joined[-3:] if end < 0 else None

    def facts(self) -> ContentFacts:
        """What is known after the last piece."""
        whole = self._pairs == self._returns == self._feeds
        ended = self._last == b"\n" or not self._size
        return ContentFacts(self._size, self._eight_bit, self._utf8_headers, whole and ended)


def facts_of(octets: bytes) -> ContentFacts:
    """The facts of a whole content."""
    scan = Scan()
    view = memoryview(octets)
    for start in range(0, len(view), _PIECE):
        scan.feed(bytes(view[start : start + _PIECE]))
    return scan.facts()
