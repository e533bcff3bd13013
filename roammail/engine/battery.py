"""Whether the battery is saved, as it was a moment ago: asked beside the work, never before it.
Owns when to ask and for how long an answer is believed; must not know what follows from it.
"""

import asyncio
from collections.abc import Callable

from roammail.core.power import Saving
from roammail.engine import tasks
from roammail.ports import Clock, PowerSource

#: Seconds for which an answer is believed.
BELIEVED = 20.0
#: Seconds for an answer; then it is unknown, which hinders nothing.
PATIENCE = 5.0


class Battery:
    """The last answer. `saved` is called each time that one says YES."""

    def __init__(self, source: PowerSource, clock: Clock) -> None:
        self._source, self._clock = source, clock
        self._saving = Saving.UNKNOWN
        self._asked: float | None = None  # monotonic seconds
        self._asking: asyncio.Task[None] | None = None
        self.saved: Callable[[], None] = lambda: None

    @property
    def saving(self) -> bool:
        """Whether the last answer was YES; waits for nothing."""
        return self._saving is Saving.YES

    def look(self) -> None:
        """Begins to ask where the last answer is old. Needs a running loop."""
        now = self._clock.monotonic()
        fresh = self._asked is not None and now - self._asked < BELIEVED
        if not fresh and self._asking is None:
            self._asked = now
            self._asking = tasks.start(self._ask(), "battery")

    async def looked(self) -> None:
        """For whoever has time: `look`, and waits until the answer is there, or will not come."""
        self.look()
        if self._asking is not None:
            await asyncio.wait([self._asking])

    async def close(self) -> None:
        """Asks no more."""
        if self._asking is not None:
            await tasks.stop([self._asking])

    async def _ask(self) -> None:
        saving = Saving.UNKNOWN
        try:
            async with asyncio.timeout(PATIENCE):
                saving = (await self._source.power()).saving
        except TimeoutError:  # an answer that does not come is none
            saving = Saving.UNKNOWN
        finally:
            self._asking, self._saving = None, saving
        if saving is Saving.YES:
            self.saved()
