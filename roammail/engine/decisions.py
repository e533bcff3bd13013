"""What a person decides about a message of the outbox: once more, it has arrived, no more. Each
under the message's claim, so that no delivery is under way meanwhile.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from roammail.core.delivery import Move, RecipientState
from roammail.core.envelope import OutboxEntry
from roammail.core.errors import UserFacingError
from roammail.engine.claim import Claim
from roammail.engine.recipients import bound_to, in_doubt
from roammail.ports import Clock, OutboxStore

_STILL_OURS = (
    RecipientState.QUEUED,
    RecipientState.DEFERRED,
    RecipientState.UNCERTAIN,
    RecipientState.GIVEN_UP,
)


def in_state(entry: OutboxEntry, *states: RecipientState) -> tuple[str, ...]:
    """Addresses of the recipients in one of these states."""
    return tuple(r.address for r in entry.recipients if r.state in states)


@dataclass(frozen=True, slots=True)
class Decisions:
    """`entry` gives a message or raises `outbox-unknown`; `carry` tries what is open of it."""

    outbox: OutboxStore
    clock: Clock
    entry: Callable[[int], Awaitable[OutboxEntry]]
    carry: Callable[[OutboxEntry], Awaitable[None]]

    async def retry(self, outbox_id: int, same_profile: bool) -> None:
        """See `Engine.retry`."""
        await self.entry(outbox_id)
        async with Claim(self.outbox, outbox_id):
            # Read under the claim: until it was ours, another process may have gone on.
            entry = await self.entry(outbox_id)
            if entry.purged:
                raise UserFacingError(
                    "outbox-purged",
                    f"The content of message {outbox_id} was cleared away long after it was "
                    "settled; it cannot be sent again.",
                )
            asked = [r for r in entry.recipients if _retriable(r.state)]
            if not same_profile and any(in_doubt(r) and not bound_to(r) for r in asked):
                raise UserFacingError(
                    "outbox-uncertain",
                    f"Message {outbox_id} may have been delivered already. To send it again all "
                    "the same, say --same-profile; if you know that it arrived, mark it as sent.",
                )
            for one in asked:
                # The doubt is kept: until it is settled only the same profile is asked.
                doubt = one.diagnosis if in_doubt(one) else None
                await self.outbox.move(
                    outbox_id, (one.address,), Move.RETRY, self.clock.now(), diagnosis=doubt
                )
            await self.carry(await self.entry(outbox_id))

    async def send_now(self, outbox_id: int) -> None:
        """Tries what is open, also while it is held; who was cancelled stays so."""
        async with Claim(self.outbox, outbox_id):
            await self.carry(await self.entry(outbox_id))

    async def mark_sent(self, outbox_id: int) -> None:
        """See `Engine.mark_sent`."""
        await self.entry(outbox_id)
        async with Claim(self.outbox, outbox_id):
            doubtful = in_state(await self.entry(outbox_id), RecipientState.UNCERTAIN)
            if not doubtful:
                raise UserFacingError(
                    "outbox-not-uncertain", f"Nothing about message {outbox_id} is uncertain."
                )
            await self.outbox.move(outbox_id, doubtful, Move.MARK_SENT, self.clock.now())

    async def cancel(
        self, outbox_id: int, still: Callable[[OutboxEntry], bool] = lambda _: True
    ) -> None:
        """See `Engine.cancel`."""
        await self.entry(outbox_id)
        async with Claim(self.outbox, outbox_id):
            entry = await self.entry(outbox_id)
            if not still(entry):
                raise gone(outbox_id)
            waiting = in_state(entry, *_STILL_OURS)
            if not waiting:
                raise UserFacingError(
                    "outbox-nothing-waits", f"Nothing of message {outbox_id} is waiting any more."
                )
            await self.outbox.move(outbox_id, waiting, Move.CANCEL, self.clock.now())


def gone(outbox_id: int) -> UserFacingError:
    """What is said where a server has a message, or may have it."""
    return UserFacingError(
        "outbox-gone", f"Message {outbox_id} has gone, or may have: it cannot be taken back."
    )


def _retriable(state: RecipientState) -> bool:
    return state not in (RecipientState.SENT, RecipientState.SENDING, RecipientState.QUEUED)
