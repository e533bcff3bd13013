"""The right to work on one message of the outbox, for as long as a block lasts."""

import asyncio

from roammail.core.errors import ExitCode, UserFacingError
from roammail.engine import tasks
from roammail.ports import OutboxStore


class Claim:
    """Holds the right to work on a message; raises `outbox-busy` where another has it."""

    def __init__(self, outbox: OutboxStore, outbox_id: int) -> None:
        self._outbox = outbox
        self._id = outbox_id

    async def __aenter__(self) -> None:
        if not await self._taken():
            raise UserFacingError(
                "outbox-busy",
                f"Message {self._id} is being sent by another RoamMail at this moment.",
                ExitCode.QUEUED,
            )

    async def _taken(self) -> bool:
        # The store's thread goes on when its caller is cancelled: nobody would give it back.
        claim = tasks.start(self._outbox.claim(self._id), f"claim {self._id}")
        try:
            return await asyncio.shield(claim)
        except asyncio.CancelledError:
            await asyncio.wait([claim])
            if not claim.cancelled() and claim.exception() is None and claim.result():
                await tasks.finish(self._outbox.release(self._id))
            raise

    async def __aexit__(self, *_: object) -> None:
        await tasks.finish(self._outbox.release(self._id))
