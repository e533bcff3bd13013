"""A network on a stage: the port NetworkWatcher, moved by the test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from roammail.core.network import Network


class StageWatcher:
    """`move` from any thread; `current` answers what was last said."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._loop: asyncio.AbstractEventLoop | None = None
        self._moved: asyncio.Event | None = None
        self._closed = False
        self._moves = 0

    def move(self, network: Network | None = None, **changes: object) -> None:
        """Another network, or the same with some fields changed."""
        self._moves += 1
        self._network = network or replace(self._network, **changes)  # type: ignore[arg-type]
        loop, moved = self._loop, self._moved
        if loop is not None and moved is not None and not loop.is_closed():
            loop.call_soon_threadsafe(moved.set)

    async def current(self) -> Network:
        """See the port."""
        return self._network

    async def changes(self) -> AsyncIterator[Network]:
        """See the port."""
        self._loop, self._moved = asyncio.get_running_loop(), asyncio.Event()
        seen = 0  # a move that came before anybody listened is told as well
        while not self._closed:
            if seen == self._moves:
                await self._moved.wait()
            self._moved.clear()
            if not self._closed and seen != self._moves:
                seen = self._moves
                yield self._network

    async def close(self) -> None:
        """See the port."""
        self._closed = True
        if self._moved is not None:
            self._moved.set()
