"""Tells the worker when everything is worth another try: the network changed, a portal was
passed, the laptop resumed. Knows nothing of messages.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine

from roammail.core.network import PortalState
from roammail.engine import tasks
from roammail.engine.here import NetworkView
from roammail.ports import Clock

_log = logging.getLogger(__name__)

#: Seconds between two looks whether a portal has been passed, which no system announces surely.
PORTAL_SECONDS = 30.0
#: Seconds for one look; what hangs tells nothing.
LOOK_SECONDS = 30.0
#: Looks in a row that tell nothing; then the messages themselves are asked.
SILENT_LOOKS = 3
_CLOSED = frozenset({PortalState.REQUIRED, PortalState.OFFLINE})
#: Seconds before a watcher that failed is asked again.
AGAIN_SECONDS = 30.0


class Watch:
    """Calls `changed` for every change; `networks` yields changes, `look` asks anew."""

    def __init__(
        self,
        networks: Callable[[], AsyncIterator[NetworkView]],
        look: Callable[[], Coroutine[None, None, NetworkView]],
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
        """Looks until the way is open, or nobody can say whether it is: one look that tells
        nothing, on a busy machine, must not leave a message to its long wait."""
        silent = 0
        while silent < SILENT_LOOKS:
            await self._clock.sleep(PORTAL_SECONDS)
            state = await self._portal()
            if state is PortalState.NONE:
                break
            silent = 0 if state in _CLOSED else silent + 1
        self._doubted.clear()  # who doubts from here on met something newer
        self._changed()

    async def _portal(self) -> PortalState:
        """What one look says; UNKNOWN where it fails or hangs."""
        look = tasks.start(self._look(), "look for the portal")
        limit = tasks.start(self._clock.sleep(LOOK_SECONDS), "the look's end")
        try:
            await asyncio.wait([look, limit], return_when=asyncio.FIRST_COMPLETED)
            return look.result().network.portal if look.done() else PortalState.UNKNOWN
        except Exception:  # noqa: BLE001  (an edge: asked again)
            _log.exception("the portal cannot be asked for")
            return PortalState.UNKNOWN
        finally:
            await tasks.stop([look, limit])
