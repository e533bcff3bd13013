"""A stream whose command lines end in CRLF and in nothing else, and which a guard may end."""

import asyncio
from collections.abc import Callable

#: Octets of a command line (RFC 5321 section 4.5.3.1.4, with room for its extensions), and of
#: the answers of a sign-in (RFC 4954 section 4.4).
LONGEST_LINE = 12_288


class StrictReader(asyncio.StreamReader):
    """`guard` sees every line; it returns False to end the conversation."""

    def __init__(
        self, guard: Callable[[bytes], bool], limit: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(limit=limit, loop=loop)
        self._guard = guard
        self._ended = False

    def end(self) -> None:
        """Nothing more is read, whatever has come in."""
        self._ended = True

    async def readuntil(self, separator: object = b"\n") -> bytes:
        """A line up to its LF. Ends the task where the conversation is over, also for a bare
        CR or LF: commands hidden behind one must not be seen (RFC 5321 section 2.3.8)."""
        if self._ended:
            raise asyncio.CancelledError
        try:
            line = await super().readuntil(b"\n")
        except asyncio.LimitOverrunError:
            raise asyncio.CancelledError from None
        if not self._ended and self._is_line(line) and self._guard(line):
            return line
        raise asyncio.CancelledError

    def _is_line(self, line: bytes) -> bool:
        return line.endswith(b"\r\n") and line.count(b"\r") == 1 and len(line) <= LONGEST_LINE

    async def some(self) -> bytes:
        """What there is, at least an octet. Ends the task at the end of the stream."""
        piece = b"" if self._ended else await self.read(self._some)
        if not piece or self._ended:
            raise asyncio.CancelledError
        return piece

    _some = 256 * 1024

    def put_back(self, rest: bytes) -> None:
        """What was read too far is read next."""
        self._buffer: bytearray
        self._buffer[:0] = rest
