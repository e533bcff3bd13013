"""The content of a message while it comes in after DATA: where it ends, dots, line ends, limits.

Only CRLF "." CRLF ends a message (RFC 5321 section 4.1.1.4); a bare CR or LF never begins a
line here, so nothing can be smuggled past the next server: it becomes CRLF after the end was
decided. The octets are held once. Pure: octets in, octets out.
"""

import re
from collections.abc import Callable
from io import BytesIO

from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.raw_message import MAX_HEADER

_EMPTY = b"\r\n\r\n"
_END = b"\r\n.\r\n"
_BARE = re.compile(rb"\r\n|\r|\n")


class ContentReader:
    """Feed it until `feed` says that the end has come, then ask `result`.

    `head` is given the header section with its last CRLF, and gives what shall stand in its
    place; what it raises (UserFacingError) is raised by `result`. `room` is asked for every
    piece that is to be held (octets); False refuses the message.
    """

    def __init__(
        self, limit: int, head: Callable[[bytes], bytes], room: Callable[[int], bool]
    ) -> None:
        self._limit = limit
        self._head = head
        self._room = room
        self._carry = b"\r\n"  # the beginning is the beginning of a line
        self._virtual = 2  # octets of `_carry` that nobody sent
        self._header: bytearray | None = bytearray()
        self._kept = BytesIO()
        self._refusal: UserFacingError | None = None
        self.octets = 0  # that came in
        self.held = 0  # for which room was asked

    def feed(self, data: bytes) -> bytes | None:
        """Takes a piece. None: more must come; else what stands behind the end."""
        block = self._carry + data
        end = block.find(_END)
        if end >= 0:
            self._take(block[: end + 2])
            self._finish()
            return block[end + len(_END) :]
        held = next((n for n in (4, 3, 2, 1) if block.endswith(_END[:n])), 0)
        cut = len(block) - held
        self._take(block[:cut])
        self._carry = block[cut:]
        return None

    def result(self) -> bytes:
        """The whole message. Raises UserFacingError."""
        if self._refusal is not None:
            raise self._refusal
        return self._kept.getvalue()  # shares the buffer: no second copy

    def _take(self, piece: bytes) -> None:
        """A piece that neither begins nor ends within a CRLF or a doubled dot."""
        piece = piece.replace(b"\r\n.", b"\r\n")
        if self._virtual and piece:
            piece, self._virtual = piece[self._virtual :], 0
        self.octets += len(piece)
        pairs = piece.count(b"\r\n")
        if piece.count(b"\r") != pairs or piece.count(b"\n") != pairs:
            piece = _BARE.sub(b"\r\n", piece)
        self._check(piece)
        if self._refusal is not None:
            self._kept, self._header = BytesIO(), None
        elif self._header is None:
            self._kept.write(piece)
        else:
            begin = max(0, len(self._header) - 3)  # where an empty line may have begun
            self._header += piece
            self._split(begin)

    def _check(self, piece: bytes) -> None:
        if self._refusal is not None:
            return
        if self.octets > self._limit:
            self._refusal = BadMessage(
                "message-too-large", f"The message is larger than {self._limit} octets."
            )
        elif b"\0" in piece:
            self._refusal = BadMessage(
                "message-nul", "The message holds NUL octets; mail cannot carry them."
            )
        elif not self._room(len(piece)):
            self._refusal = UserFacingError(
                "no-room", "Too many large messages come in at this moment. Try again."
            )
        else:
            self.held += len(piece)

    def _split(self, begin: int) -> None:
        """Looks for the empty line that ends the header."""
        assert self._header is not None
        start = 0 if self._header.startswith(b"\r\n") else self._header.find(_EMPTY, begin) + 2
        if start == 1:  # not found
            if len(self._header) > MAX_HEADER:
                self._begin_body(bytes(self._header), b"")
            return
        self._begin_body(bytes(self._header[:start]), bytes(self._header[start:]))

    def _begin_body(self, header: bytes, rest: bytes) -> None:
        self._header = None
        try:
            self._kept.write(self._head(header))
        except UserFacingError as error:
            self._refusal = error
        else:
            self._kept.write(rest)

    def _finish(self) -> None:
        if self._header is not None:  # a header without a body
            self._begin_body(bytes(self._header), b"")
