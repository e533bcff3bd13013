"""The system's clock."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Port `Clock` on the real time."""

    def monotonic(self) -> float:
        """Seconds, never going back."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock, UTC, aware."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Waits."""
        await asyncio.sleep(seconds)
