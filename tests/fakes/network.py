"""A NetworkWatcher whose whereabouts the test decides."""

import asyncio
from collections.abc import AsyncIterator

from roammail.core.network import Network


class FakeNetworkWatcher:
    """Stands still until `move_to` or `resume` is called."""

    def __init__(self, network: Network | None = None) -> None:
        self._network = network or Network()
        self._told: set[asyncio.Queue[Network | None]] = set()
        self._closed = False

    def move_to(self, network: Network) -> None:
        """We are somewhere else now; as with the real ones, no change is no news."""
        if network != self._network:
            self._network = network
            self._tell(network)

    def resume(self) -> None:
        """The machine woke where it had gone to sleep."""
        self._tell(self._network)

    async def current(self) -> Network:
        return self._network

    async def changes(self) -> AsyncIterator[Network]:
        told: asyncio.Queue[Network | None] = asyncio.Queue()
        self._told.add(told)
        try:
            while not self._closed and (network := await told.get()) is not None:
                yield network
        finally:
            self._told.discard(told)

    async def close(self) -> None:
        self._closed = True
        self._tell(None)

    def _tell(self, network: Network | None) -> None:
        for told in self._told:
            told.put_nowait(network)
