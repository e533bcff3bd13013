"""The network that the demo's servers stand on, and its names: this computer's loopback, open
and unchanging.

Where the computer really is does not matter to them; behind a portal the demo runs as well.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.network import Medium, Network, PortalState
from roammail.demo.world import HOSTS

_LOOPBACK = Network(
    name="the demo's own network",
    medium=Medium.OTHER,
    interface="lo",
    prefix="127.0.0.0/8",
    portal=PortalState.NONE,
    sources=("demo",),
)


class LoopbackResolver:
    """The port Resolver: every name of the demo is this computer."""

    async def resolve(self, host: str, timeout: float) -> tuple[str, ...]:
        """Loopback for a server of the demo. Raises SmtpFailure (DNS_NOT_FOUND)."""
        if host not in HOSTS:
            raise SmtpFailure(Failure(FailureKind.DNS_NOT_FOUND, "no server of the demo"))
        return ("127.0.0.1",)

    async def makes_up(self, host: str, addresses: Sequence[str]) -> bool:
        """It does not."""
        return False


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
