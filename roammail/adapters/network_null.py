"""A NetworkWatcher that knows nothing and says so, for systems that have no adapter."""

import asyncio
from collections.abc import AsyncIterator

from roammail.core.network import Network, Unknown, WhyUnknown

_FIELDS = (
    "name",
    "medium",
    "interface",
    "gateway",
    "gateway_mac",
    "prefix",
    "dns_suffix",
    "dns_servers",
    "portal",
    "metered",
)


class NullNetworkWatcher:
    """Every fact is unknown, and nothing ever changes."""

    def __init__(self, why: WhyUnknown = WhyUnknown.UNSUPPORTED, detail: str = "") -> None:
        self._network = Network(unknown=tuple(Unknown(name, why, detail) for name in _FIELDS))
        self._closed = asyncio.Event()

    async def current(self) -> Network:
        """A Network of unknowns."""
        return self._network

    async def changes(self) -> AsyncIterator[Network]:
        """Yields nothing, and ends when the watcher is closed."""
        await self._closed.wait()
        nothing: tuple[Network, ...] = ()
        for network in nothing:
            yield network

    async def close(self) -> None:
        """Ends `changes`."""
        self._closed.set()
