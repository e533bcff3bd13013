"""A PowerSource whose answer the test decides."""

import asyncio

from roammail.core.power import Power, Saving


class FakePower:
    """Says what `saving` says; `held` keeps it from answering, `asked` counts."""

    def __init__(self, saving: Saving = Saving.UNKNOWN) -> None:
        self.saving = saving
        self.asked = 0
        self.held: asyncio.Event | None = None

    async def power(self) -> Power:
        self.asked += 1
        if self.held is not None:
            await self.held.wait()
        return Power(self.saving, "a test")
