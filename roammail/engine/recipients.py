"""The recipients of one message while it is being delivered: outbox and events in step."""

from collections.abc import Sequence
from dataclasses import replace

from roammail.core.delivery import Move, RecipientState, move
from roammail.core.diagnosis import Diagnosis, Kind
from roammail.core.envelope import OutboxEntry, RecipientEntry
from roammail.core.events import RecipientChanged
from roammail.engine import tasks
from roammail.engine.announce import Announcer
from roammail.ports import Clock, OutboxStore

_OPEN = (RecipientState.QUEUED, RecipientState.DEFERRED)


def in_doubt(recipient: RecipientEntry) -> bool:
    """Whether this one may have the message already, by what is written of it."""
    known = recipient.diagnosis
    doubted = known is not None and known.kind is Kind.UNCERTAIN
    settled = recipient.state in (RecipientState.SENT, RecipientState.REFUSED)
    return recipient.state is RecipientState.UNCERTAIN or (doubted and not settled)


def bound_to(recipient: RecipientEntry) -> str | None:
    """The one profile through which an open recipient in doubt may be tried again."""
    if recipient.state not in _OPEN or not in_doubt(recipient):
        return None
    return recipient.profile_id


def by_route(entry: OutboxEntry) -> tuple[tuple[str | None, OutboxEntry], ...]:
    """The open recipients, parted by the profile to which they are bound; None: to none."""
    parts: dict[str | None, list[RecipientEntry]] = {}
    for recipient in entry.recipients:
        if recipient.state in _OPEN:
            parts.setdefault(bound_to(recipient), []).append(recipient)
    return tuple((only, replace(entry, recipients=tuple(p))) for only, p in parts.items())


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
        # While they wait they stay in doubt, so that no other profile is ever asked (rule 2).
        self._doubt = next((r.diagnosis for r in entry.recipients if bound_to(r)), None)

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
        if addresses:
            # The store's thread does not stop half-way either: memory and disk must agree.
            await tasks.finish(self._move(addresses, by, profile_id, diagnosis))

    async def _move(
        self,
        addresses: Sequence[str],
        by: Move,
        profile_id: str | None,
        diagnosis: Diagnosis | None,
    ) -> None:
        if by is Move.DEFER and self._doubt:
            diagnosis = self._doubt
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
