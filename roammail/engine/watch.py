"""Tells the worker when everything is worth another try: the network changed, a portal was
passed, the laptop resumed. Knows nothing of messages.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from roammail.core.network import PortalState
from roammail.engine import tasks
from roammail.engine.here import NetworkView
from roammail.ports import Clock

_log = logging.getLogger(__name__)

#: Seconds between two looks whether a portal has been passed, which no system announces surely.
PORTAL_SECONDS = 30.0
#: Seconds before a watcher that failed is asked again.
AGAIN_SECONDS = 30.0


class Watch:
    """Calls `changed` for every change; `networks` yields changes, `look` asks anew."""

    def __init__(
        self,
        networks: Callable[[], AsyncIterator[NetworkView]],
        look: Callable[[], Awaitable[NetworkView]],
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._networks = networks
        self._look = look
        self._clock = clock
        self._changed = changed
        self._doubted = asyncio.Event()

    def doubt(self) -> None:
        """A message met a closed way: look until it is open."""
        self._doubted.set()

    async def run(self) -> None:
        """Watches until it is cancelled."""
        parts = [
            tasks.start(self._follow(), "watch the network"),
            tasks.start(self._ask(), "watch the portal"),
        ]
        try:
            await asyncio.gather(*parts)
        finally:
            await tasks.stop(parts)

    async def _follow(self) -> None:
        while True:
            try:
                async for _ in self._networks():
                    self._changed()
            except Exception:  # noqa: BLE001  (an edge: without the watcher, time still helps)
                _log.exception("the network cannot be watched")
            else:
                return  # this system announces nothing
            await self._clock.sleep(AGAIN_SECONDS)

    async def _ask(self) -> None:
        while True:
            await self._doubted.wait()
            self._doubted.clear()
            await self._until_open()

    async def _until_open(self) -> None:
        while True:
            await self._clock.sleep(PORTAL_SECONDS)
            try:
                view = await self._look()
            except Exception:  # noqa: BLE001  (an edge: asked again)
                _log.exception("the portal cannot be asked for")
                continue
            if view.network.portal in (PortalState.NONE, PortalState.UNKNOWN):
                if view.network.portal is PortalState.NONE:
                    self._changed()
                return
