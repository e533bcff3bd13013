"""Where we are, with the portal's state and whether we have been here before."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from roammail.core.network import Network, NetworkKey, PortalState, network_key
from roammail.engine.ladder import Surroundings
from roammail.ports import Clock, MemoryStore, NetworkWatcher, PortalCheck

#: Seconds for which an open way is believed without asking again.
_OPEN_TRUSTED_FOR = 60.0
#: Seconds in which nobody leaves one network and uses the next.
_MOVING_TAKES = 0.5


@dataclass(frozen=True, slots=True)
class NetworkView:
    """The network, its key (None if it cannot be recognised), and whether it is remembered."""

    network: Network
    key: NetworkKey | None
    visited: bool


class Here:
    """Answers "where are we", asking the portal check at most once a minute a network."""

    def __init__(
        self, watcher: NetworkWatcher, portal: PortalCheck, memory: MemoryStore, clock: Clock
    ) -> None:
        self._watcher = watcher
        self._portal = portal
        self._memory = memory
        self._clock = clock
        self._open: tuple[NetworkKey | None, float, Network] | None = None
        self._changes = 0

    async def view(self, *, portal: bool = True) -> NetworkView:
        """What is known now; without `portal` nothing is asked of the network."""
        changes = self._changes
        return await self._describe(await self._watcher.current(), portal, changes)

    async def describe(self, network: Network, *, portal: bool = True) -> NetworkView:
        """The same for a Network that the watcher has just given."""
        return await self._describe(network, portal, self._changes)

    async def _describe(self, network: Network, portal: bool, changes: int) -> NetworkView:
        key = network_key(network, await self._memory.salt())
        if portal:
            network = await self._checked(network, key, changes)
        visited = key is not None and bool(await self._memory.recall(key))
        return NetworkView(network, key, visited)

    async def surroundings(self, view: NetworkView) -> Surroundings:
        """What a climb should know of here and of elsewhere."""
        memories = await self._memory.recall()
        stay, metered = self._stay(view.key), view.network.metered is True
        return Surroundings(view.key, view.network.portal, memories, stay, metered)

    def _stay(self, key: NetworkKey | None) -> Callable[[], Awaitable[bool]]:
        """A way to ask, later, whether we have been here all the time."""
        asked, here = self._clock.monotonic(), True

        async def still_here() -> bool:
            nonlocal asked, here
            if here and self._clock.monotonic() - asked >= _MOVING_TAKES:
                asked = self._clock.monotonic()
                network = await self._watcher.current()
                here = network_key(network, await self._memory.salt()) == key
            return here

        return still_here

    def forget(self) -> None:
        """The network changed: ask again; an answer that is still to come is of before."""
        self._open = None
        self._changes += 1

    async def _checked(self, network: Network, key: NetworkKey | None, changes: int) -> Network:
        """`changes`: how often the network had changed when `network` was told."""
        now = self._clock.monotonic()
        if self._open and self._open[0] == key and now - self._open[1] < _OPEN_TRUSTED_FOR:
            return self._open[2]
        network = await self._portal.check(network)
        if network.portal is PortalState.NONE and changes == self._changes:
            self._open = (key, now, network)
        return network
