"""The recipients of one message while it is being delivered: outbox and events in step."""

from collections.abc import Sequence

from roammail.core.delivery import Move, RecipientState, move
from roammail.core.diagnosis import Diagnosis
from roammail.core.envelope import OutboxEntry
from roammail.core.events import RecipientChanged
from roammail.engine.announce import Announcer
from roammail.ports import Clock, OutboxStore


class Recipients:
    """Moves recipients in the store, then tells. What is open is derived from their states."""

    def __init__(
        self, entry: OutboxEntry, store: OutboxStore, clock: Clock, announce: Announcer
    ) -> None:
        self._id = entry.id
        self._store = store
        self._clock = clock
        self._announce = announce
        self._states = {r.address: r.state for r in entry.recipients}

    def in_state(self, *states: RecipientState) -> tuple[str, ...]:
        """Addresses in one of these states, in the message's order."""
        return tuple(address for address, state in self._states.items() if state in states)

    async def move(
        self,
        addresses: Sequence[str],
        by: Move,
        profile_id: str | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        """Moves all of them or none. Raises IllegalMove."""
        if not addresses:
            return
        await self._store.move(
            self._id,
            addresses,
            by,
            self._clock.now(),
            profile_id=profile_id,
            diagnosis=diagnosis,
        )
        for address in addresses:
            self._states[address] = move(self._states[address], by)
            self._announce(RecipientChanged(self._id, address, self._states[address], diagnosis))

    async def note(
        self, addresses: Sequence[str], profile_id: str | None, diagnosis: Diagnosis
    ) -> None:
        """Tells more of why they are uncertain; the state stays."""
        for address in addresses:
            self._announce(RecipientChanged(self._id, address, self._states[address], diagnosis))
