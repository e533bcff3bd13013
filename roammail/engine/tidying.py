"""Clears away the contents of messages that were settled long ago. Owns when; which ones is the
outbox's own knowledge.

A wall clock that has just jumped is not believed: a computer that wakes up in the year 2038
must not lose yesterday's mail. So time must have passed evenly for a while first.
"""

import logging
from datetime import datetime, timedelta

from roammail.core.errors import UserFacingError
from roammail.ports import Clock, OutboxStore

_log = logging.getLogger(__name__)

#: Seconds between two times, and for which both clocks must have agreed.
EVERY = 600.0
#: Seconds by which the clocks may differ over that while: a clock that is being set right.
_AGREE = 60.0


class Tidying:
    """`keep` is how long contents are kept after the end; zero: for ever."""

    def __init__(self, outbox: OutboxStore, clock: Clock, keep: timedelta) -> None:
        self._outbox = outbox
        self._clock = clock
        self._keep = keep
        self._since: tuple[float, datetime] | None = None

    async def look(self) -> None:
        """To be called now and then; does its work where it is time for it. Never raises what
        the outbox raises: the mail matters more."""
        if self._keep <= timedelta(0) or not self._steady():
            return
        now = self._clock.now()
        try:
            before = now - self._keep
        except OverflowError:  # a clock before the year 11
            return
        try:
            gone = await self._outbox.purge(before, now)
        except UserFacingError as error:
            _log.warning("old contents could not be cleared away: %s", error.message)
            return
        if gone:
            _log.info("the contents of %d old messages were cleared away", len(gone))

    def _steady(self) -> bool:
        """Whether a while has passed in which both clocks went on alike; begins the next."""
        here = (self._clock.monotonic(), self._clock.now())
        if self._since is None:
            self._since = here
            return False
        passed = here[0] - self._since[0]
        apart = abs((here[1] - self._since[1]).total_seconds() - passed)
        if apart > _AGREE:
            self._since = here
            return False
        if passed < EVERY:
            return False
        self._since = here
        return True
