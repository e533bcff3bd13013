"""A satellite link: long round trips, little bandwidth, losses that show as stalls.

Every octet takes half a round trip each way; as with a real handshake, the client's first octet
reaches the server no earlier than 1.5 round trips after it dialled, and the server's first
octet the client no earlier than 2.
"""

import asyncio
from typing import cast

from roammail.engine.tasks import start
from tests.lab.world.middlebox.way import meant_for, until_one_ends

ROUND_TRIP = 0.6  # seconds
_OCTETS_A_SECOND = 64_000
_LOST_EVERY = 25  # chunks
_RETRANSMISSION = 2 * ROUND_TRIP


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection over the link."""
    dialled = asyncio.get_running_loop().time()
    far_reader, far_writer = await asyncio.open_connection(*meant_for(writer))
    try:
        await until_one_ends(
            _slowly(reader, far_writer, dialled + 1.5 * ROUND_TRIP),
            _slowly(far_reader, writer, dialled + 2 * ROUND_TRIP),
        )
    finally:
        far_writer.close()


async def _slowly(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, not_before: float
) -> None:
    clock = asyncio.get_running_loop().time
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(64)

    async def arrive() -> None:
        while True:
            due, data = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not data:
                return
            writer.write(data)
            await writer.drain()

    async def depart() -> None:
        free_at, sent = not_before, 0
        while True:
            data = await reader.read(4096)
            sent += 1
            stall = _RETRANSMISSION if sent % _LOST_EVERY == 0 else 0.0
            free_at = max(free_at, clock() + ROUND_TRIP / 2)
            free_at += len(data) / _OCTETS_A_SECOND + stall
            await on_the_way.put((free_at, data))
            if not data:
                return

    await asyncio.gather(arrive(), depart())


class Names(asyncio.DatagramProtocol):
    """DNS over the same link: every question goes to `server` and comes back late."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None
        self._asked: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A question."""
        task = start(self._ask(data, addr), "a question")
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def _ask(self, question: bytes, client: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        await asyncio.sleep(ROUND_TRIP / 2)
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answer(answer), remote_addr=(self._server, 53)
        )
        transport.sendto(question)
        try:
            got = await asyncio.wait_for(answer, 5)
        except TimeoutError:
            return  # as a lost datagram is
        finally:
            transport.close()
        await asyncio.sleep(ROUND_TRIP / 2)
        if self._transport:
            self._transport.sendto(got, client)


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, answer: "asyncio.Future[bytes]") -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not self._answer.done():
            self._answer.set_result(data)
