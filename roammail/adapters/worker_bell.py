"""The ear of the worker's bell, a datagram socket on loopback. Not loaded by who only rings."""

import asyncio
import hmac
import logging
import secrets
from contextlib import suppress

from roammail.core.ring import Ring

_log = logging.getLogger(__name__)
_WORD_OCTETS = 16
_LARGEST = 256  # octets of a datagram


class Bell(asyncio.DatagramProtocol):
    """Collects calls until somebody asks for them."""

    transport: asyncio.DatagramTransport

    def __init__(self) -> None:
        self.word = secrets.token_hex(_WORD_OCTETS)
        self.port = 0
        self._calls: set[Ring] = set()
        self._called = asyncio.Event()

    @classmethod
    async def hang(cls) -> "Bell":
        """Opens the socket. Raises OSError."""
        loop = asyncio.get_running_loop()
        transport, bell = await loop.create_datagram_endpoint(cls, local_addr=("127.0.0.1", 0))
        bell.transport = transport
        bell.port = transport.get_extra_info("sockname")[1]
        return bell

    def hear(self, why: Ring) -> None:
        """Notes one call."""
        self._calls.add(why)
        self._called.set()

    async def next(self) -> frozenset[Ring]:
        """Waits for calls and takes them all."""
        await self._called.wait()
        calls, self._calls = frozenset(self._calls), set()
        self._called.clear()
        return calls

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hostile until the word is right."""
        word, _, why = data[:_LARGEST].partition(b" ")
        if not hmac.compare_digest(word, self.word.encode("ascii")):
            return
        with suppress(ValueError):
            self.hear(Ring(why.decode("ascii", "replace")))

    def error_received(self, error: Exception) -> None:
        """A datagram that could not be read is a call that is not heard."""
        _log.debug("the worker's bell: %s", error)
