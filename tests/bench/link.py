"""A slow link on loopback: every octet takes half a round trip each way, and as with a real
handshake the client's first octet reaches the server no earlier than 1.5 round trips after it
dialled, the server's first octet the client no earlier than 2. Owns a thread and a port, and
counts connections; must not know what is said."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self


class Link:
    """`port` on 127.0.0.1 leads to `target` over the link. `round_trip` in seconds."""

    def __init__(self, target: int, round_trip: float) -> None:
        self.connections = 0
        self.dialled = 0.0  # the first connection since this was 0 (monotonic seconds)
        self.port = 0
        self._target, self._round_trip = target, round_trip
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="link")

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)  # transports close in the loop's next rounds

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        dialled = self._loop.time()
        self.dialled = self.dialled or dialled
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await asyncio.gather(
                    self._carry(reader, far_writer, dialled + 1.5 * self._round_trip),
                    self._carry(far_reader, writer, dialled + 2 * self._round_trip),
                )
        finally:
            far_writer.close()
            writer.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, not_before: float
    ) -> None:
        """Octets are on the way while more are read: the link is long, not narrow."""
        way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(1000)

        async def arrive() -> None:
            while True:
                due, data = await way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not data:
                    writer.close()
                    return
                writer.write(data)

        async def depart() -> None:
            while True:
                data = await reader.read(65536)
                due = max(not_before, self._loop.time() + self._round_trip / 2)
                await way.put((due, data))
                if not data:
                    return

        await asyncio.gather(arrive(), depart())


@contextmanager
def link(target: int, round_trip: float) -> Iterator[Link]:
    """A link that is there within the block."""
    with Link(target, round_trip) as there:
        yield there
