"""The network that the demo's servers stand on: this computer's loopback, open and unchanging.

Where the computer really is does not matter to them; behind a portal the demo runs as well.
"""

import asyncio
from collections.abc import AsyncIterator

from roammail.core.network import Medium, Network, PortalState

_LOOPBACK = Network(
    name="the demo's own network",
    medium=Medium.OTHER,
    interface="lo",
    prefix="127.0.0.0/8",
    portal=PortalState.NONE,
    sources=("demo",),
)


class LoopbackWatcher:
    """The port NetworkWatcher."""

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    async def current(self) -> Network:
        """The loopback."""
        return _LOOPBACK

    async def changes(self) -> AsyncIterator[Network]:
        """Never changes; ends with `close`."""
        for network in await self._no_changes():
            yield network

    async def close(self) -> None:
        """Ends `changes`."""
        self._closed.set()

    async def _no_changes(self) -> tuple[Network, ...]:
        await self._closed.wait()
        return ()
