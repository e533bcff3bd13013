"""Where we are on Linux: NetworkManager's facts laid over the kernel's, and word of every
change. It knows how the sources fit together, and nothing of how each is asked.

The kernel alone says gateway hardware address and prefix. Where the two name different
interfaces (a tunnel that NetworkManager does not manage), the kernel's word on the link
counts: it is the way that packets take."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

from roammail.adapters.kernel_changes import KernelChanges
from roammail.adapters.network_manager import (
    NetworkManager,
    watch_network_manager,
    watch_resume,
)
from roammail.adapters.network_netlink import Kernel
from roammail.adapters.network_source import SourceFailed
from roammail.adapters.system_bus import SystemBus
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown

log = logging.getLogger(__name__)

#: What nobody but NetworkManager tells.
_MANAGERS_OWN = ("name", "metered", "portal")
_KERNELS_OWN = ("interface", "gateway_mac", "prefix")


def suspended_seconds() -> float:
    """How long the machine has slept since it started: a step means that it has just woken."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: the most that `current` takes for a source; for which changes are gathered
    before they are reported; between looks at the clock (and at a bus that had gone)."""

    source: float = 3.0
    burst: float = 0.5
    look: float = 5.0


@dataclass(slots=True, eq=False)
class _Ear:
    """What one reader of `changes` has not been told yet."""

    pending: asyncio.Event = field(default_factory=asyncio.Event)
    resumed: bool = False


class LinuxNetworkWatcher:
    """The port NetworkWatcher. `suspended` and `sleep` stand for the machine's clock."""

    def __init__(
        self,
        *,
        bus: SystemBus | None = None,
        kernel: Kernel | None = None,
        patience: Patience = Patience(),
        suspended: Callable[[], float] = suspended_seconds,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bus = bus or SystemBus()
        self._manager = NetworkManager(self._bus)
        self._kernel = kernel or Kernel()
        self._patience = patience
        self._suspended = suspended
        self._slept = suspended()
        self._sleep = sleep
        self._kernel_changes = KernelChanges(self._changed)
        watch_network_manager(self._bus, self._changed)
        watch_resume(self._bus, self._resumed)
        self._ears: set[_Ear] = set()
        self._last: Network | None = None
        self._closed = False

    async def current(self) -> Network:
        """What is known now, within the patience for one source; never raises."""
        manager, kernel = await asyncio.gather(
            self._ask("NetworkManager", self._manager.read), self._ask("kernel", self._kernel.read)
        )
        self._last = combine(manager, kernel)
        return self._last

    async def changes(self) -> AsyncIterator[Network]:
        """Yields what is new since `current` was last asked, then after each change or resume."""
        ear = _Ear()
        self._ears.add(ear)
        known = self._last or await self.current()
        try:
            await self._watch()
            ear.pending.set()  # what changed before we listened
            while await self._heard(ear):
                await self._sleep(self._patience.burst)
                ear.pending.clear()
                resumed, ear.resumed = ear.resumed, False
                now = await self.current()
                if (now != known or resumed) and not self._closed:
                    known = now
                    yield now
        finally:
            self._ears.discard(ear)

    async def close(self) -> None:
        """Stops watching: `changes` ends."""
        self._closed = True
        self._kernel_changes.close()
        self._changed()
        await self._bus.close()

    async def _ask(
        self, source: str, read: Callable[[], Awaitable[Network]]
    ) -> Network | SourceFailed:
        try:
            async with asyncio.timeout(self._patience.source):
                return await read()
        except SourceFailed as failed:
            return failed
        except TimeoutError:
            return SourceFailed(WhyUnknown.TIMED_OUT, source)
        except Exception:
            log.exception("reading the network from %s", source)
            return SourceFailed(WhyUnknown.INTERNAL, source)

    async def _heard(self, ear: _Ear) -> bool:
        """Waits for a change; False when the watcher was closed."""
        while not (ear.pending.is_set() or self._closed):
            try:
                async with asyncio.timeout(self._patience.look):
                    await ear.pending.wait()
            except TimeoutError:
                await self._watch()
            self._notice_sleep()
        return not self._closed

    async def _watch(self) -> None:
        """Sees to it that every source that can be listened to is listened to."""
        if self._closed:
            return
        try:
            self._kernel_changes.start()
        except SourceFailed as failed:
            log.warning("no word of changes from the kernel: %s", failed)
        try:
            async with asyncio.timeout(self._patience.source):
                if await self._bus.connect():
                    self._changed()  # nobody has listened since the last connection
        except (SourceFailed, TimeoutError) as failed:
            log.debug("no word of changes from the system bus: %r", failed)

    def _changed(self) -> None:
        for ear in self._ears:
            ear.pending.set()

    def _resumed(self) -> None:
        self._slept = self._suspended()  # the same sleep is not reported twice
        for ear in self._ears:
            ear.resumed = True
            ear.pending.set()

    def _notice_sleep(self) -> None:
        """Where there is no logind, the clocks tell: one of them stops while the machine sleeps."""
        if self._suspended() - self._slept > 1.0:
            self._resumed()


def combine(manager: Network | SourceFailed, kernel: Network | SourceFailed) -> Network:
    """One Network of both sources' facts, with what neither told in `unknown`."""
    if isinstance(manager, SourceFailed) and isinstance(kernel, SourceFailed):
        everything = (*_MANAGERS_OWN, *_KERNELS_OWN, "medium", "gateway", "dns_suffix")
        both = f"{manager}; {kernel}"
        return Network(unknown=tuple(Unknown(f, manager.why, both) for f in everything))
    if isinstance(kernel, SourceFailed):
        assert isinstance(manager, Network)
        lacking = [Unknown(f, kernel.why, kernel.detail) for f in _KERNELS_OWN]
        return _with_unknown(manager, lacking)
    if isinstance(manager, SourceFailed):
        lacking = [Unknown(f, manager.why, manager.detail) for f in _MANAGERS_OWN]
        if kernel.medium is Medium.WIFI:
            lacking.append(Unknown("ssid", manager.why, manager.detail))
        return _with_unknown(kernel, lacking)
    return _with_unknown(_overlay(manager, kernel), [])


def _overlay(manager: Network, kernel: Network) -> Network:
    """Both answered."""
    link = manager
    if kernel.interface is not None and kernel.interface != manager.interface:
        link = kernel
    medium = link.medium if link.medium is not Medium.UNKNOWN else kernel.medium
    if manager.medium is Medium.VPN:
        medium = Medium.VPN
    return replace(
        manager,
        medium=medium,
        interface=link.interface or kernel.interface,
        gateway=link.gateway or kernel.gateway,
        gateway_mac=kernel.gateway_mac,
        prefix=kernel.prefix,
        dns_suffix=manager.dns_suffix or kernel.dns_suffix,
        dns_servers=manager.dns_servers or kernel.dns_servers,
        portal=_portal(manager.portal, kernel.portal),
        sources=manager.sources + kernel.sources,
        unknown=manager.unknown + kernel.unknown,
    )


def _portal(manager: PortalState, kernel: PortalState) -> PortalState:
    """OFFLINE only where the kernel, too, has no way out: not every link is NetworkManager's."""
    if kernel is PortalState.OFFLINE:
        return PortalState.OFFLINE
    return PortalState.UNKNOWN if manager is PortalState.OFFLINE else manager


def _with_unknown(network: Network, lacking: list[Unknown]) -> Network:
    """Keeps of `unknown` what is truly unknown, each fact once, in the order of the fields."""
    known = {
        name
        for name in Network.__dataclass_fields__
        if getattr(network, name) not in (None, (), Medium.UNKNOWN, PortalState.UNKNOWN)
    }
    reasons: dict[str, Unknown] = {}
    for entry in (*network.unknown, *lacking):
        if entry.field not in known:
            reasons.setdefault(entry.field, entry)
    if network.portal is PortalState.UNKNOWN:
        reasons.setdefault("portal", Unknown("portal", WhyUnknown.NOT_CHECKED))
    order = list(Network.__dataclass_fields__)
    return replace(
        network, unknown=tuple(sorted(reasons.values(), key=lambda u: order.index(u.field)))
    )
