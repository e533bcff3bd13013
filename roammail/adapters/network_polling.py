"""Watching by looking again and again, for systems whose own word of changes is not used: the
logic of `NetworkWatcher` over one function that reads. A change is seen after at most one
interval; a resume by the step of the wall clock against the one that stops in sleep."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from roammail.adapters.network_source import SourceFailed
from roammail.core.network import Network, Unknown, WhyUnknown

log = logging.getLogger(__name__)

_FIELDS = ("name", "medium", "interface", "gateway", "gateway_mac", "prefix", "dns_suffix")


def slept_seconds() -> float:
    """Grows by as much as the machine sleeps where the monotonic clock stops in sleep (macOS);
    where it does not (Windows) nothing grows, and a resume is told by what it changes."""
    return time.time() - time.monotonic()


class PollingNetworkWatcher:
    """The port NetworkWatcher over `read`, which may raise SourceFailed.

    `every` seconds it looks again; `limit` seconds bound one look.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[Network]],
        *,
        every: float = 15.0,
        limit: float = 20.0,
        slept: Callable[[], float] = slept_seconds,
    ) -> None:
        self._read = read
        self._every = every
        self._limit = limit
        self._slept = slept
        self._closed = asyncio.Event()
        self._last: Network | None = None

    async def current(self) -> Network:
        """What is known now; never raises."""
        try:
            async with asyncio.timeout(self._limit):
                self._last = await self._read()
        except SourceFailed as failed:
            self._last = _nothing(failed.why, failed.detail)
        except TimeoutError:
            self._last = _nothing(WhyUnknown.TIMED_OUT)
        except Exception:
            log.exception("reading the network")
            self._last = _nothing(WhyUnknown.INTERNAL)
        return self._last

    async def changes(self) -> AsyncIterator[Network]:
        """Yields what is new since `current` was last asked, then each change seen."""
        known = self._last or await self.current()
        slept = self._slept()
        while not self._closed.is_set():
            now = await self.current()
            resumed = self._slept() - slept > 2 * self._every  # a corrected clock is no resume
            slept = self._slept()
            if now != known or resumed:
                known = now
                yield now
            try:
                async with asyncio.timeout(self._every):
                    await self._closed.wait()
            except TimeoutError:
                continue

    async def close(self) -> None:
        """Ends `changes`."""
        self._closed.set()


def _nothing(why: WhyUnknown, detail: str = "") -> Network:
    entries = (*_FIELDS, "dns_servers", "portal", "metered")
    return Network(unknown=tuple(Unknown(name, why, detail) for name in entries))
