"""The outbox in memory, for tests of the engine. Passes the same contract as the real one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from roammail.core.address import address_key
from roammail.core.contacts import Correspondent
from roammail.core.content import HeldContent
from roammail.core.delivery import (
    OPEN_STATES,
    IllegalMove,
    Move,
    RecipientState,
    Standing,
    move,
    standing_of,
)
from roammail.core.diagnosis import Diagnosis
from roammail.core.envelope import AttemptEntry, OutboxEntry, ReadyMessage, RecipientEntry
from roammail.core.errors import UserFacingError
from roammail.core.outbox_query import MOST, OutboxQuery
from roammail.core.outgoing import Outgoing

_OVER = frozenset({RecipientState.SENT, RecipientState.CANCELLED})
_SETTLING = frozenset({Move.ACCEPT, Move.MARK_SENT, Move.RETRY})


@dataclass
class _Shared:
    """What all processes see."""

    entries: dict[int, OutboxEntry] = field(default_factory=dict)
    messages: dict[int, ReadyMessage] = field(default_factory=dict)
    claims: dict[int, "FakeOutbox"] = field(default_factory=dict)


class FakeOutbox:
    """The port OutboxStore. `peer` gives the same outbox as another process would see it;
    `fail_add` is raised by the next `add`."""

    def __init__(self, shared: _Shared | None = None) -> None:
        self._shared = shared or _Shared()
        self.fail_add: Exception | None = None

    def peer(self) -> "FakeOutbox":
        return FakeOutbox(self._shared)

    async def add(
        self, message: ReadyMessage, when: datetime, held_until: datetime | None = None
    ) -> int:
        if self.fail_add is not None:
            error, self.fail_add = self.fail_add, None
            raise error
        number = len(self._shared.entries) + 1
        self._shared.messages[number] = message
        self._shared.entries[number] = OutboxEntry(
            id=number,
            message_id=message.message_id,
            sender=message.envelope.sender,
            from_address=message.from_address,
            subject=message.subject,
            size=len(message.content),
            created=when,
            tries=0,
            next_try=None,
            held_until=held_until,
            recipients=tuple(
                RecipientEntry(address, RecipientState.QUEUED, changed=when)
                for address in message.envelope.recipients
            ),
        )
        return number

    async def entries(self, open_only: bool = False) -> tuple[OutboxEntry, ...]:
        found = [
            replace(entry, attempts=())
            for entry in self._shared.entries.values()
            if not open_only or any(r.state in OPEN_STATES for r in entry.recipients)
        ]
        return tuple(reversed(found))

    async def page(self, query: OutboxQuery) -> tuple[OutboxEntry, ...]:
        found = [entry for entry in await self.entries() if _matches(entry, query)]
        return tuple(found[: max(1, min(query.limit, MOST))])

    async def beginnings(self, ids: Sequence[int], octets: int) -> Mapping[int, bytes]:
        kept = self._shared.messages
        return {number: kept[number].content[:octets] for number in ids if number in kept}

    async def counts(self) -> Mapping[Standing, int]:
        counted = Counter(
            _standing(entry)
            for entry in self._shared.entries.values()
            if entry.answered is None or _standing(entry) is not Standing.REFUSED
        )
        return {standing: counted[standing] for standing in Standing}

    async def correspondents(self, limit: int = 1000) -> tuple[Correspondent, ...]:
        found: dict[str, Correspondent] = {}
        for entry in self._shared.entries.values():
            for one in entry.recipients:
                before = found.get(one.address.lower())
                uses = before.uses + 1 if before else 1
                last = max(before.last, entry.created) if before else entry.created
                found[one.address.lower()] = Correspondent(one.address, uses, last)
        return tuple(sorted(found.values(), key=lambda c: c.last, reverse=True)[:limit])

    async def entry(self, outbox_id: int) -> OutboxEntry | None:
        return self._shared.entries.get(outbox_id)

    async def message(self, outbox_id: int) -> ReadyMessage:
        self._known(outbox_id)
        if outbox_id not in self._shared.messages:
            raise UserFacingError("outbox-purged", f"Message {outbox_id} was cleared away.")
        return self._shared.messages[outbox_id]

    async def outgoing(self, outbox_id: int) -> Outgoing:
        kept = await self.message(outbox_id)
        content = HeldContent.of(kept.content)
        return Outgoing(kept.envelope, content, kept.report, kept.reports)

    async def move(
        self,
        outbox_id: int,
        addresses: Sequence[str],
        by: Move,
        when: datetime,
        *,
        profile_id: str | None = None,
        diagnosis: Diagnosis | None = None,
    ) -> None:
        entry = self._known(outbox_id)
        held = {address_key(one.address): one for one in entry.recipients}
        for key in map(address_key, dict.fromkeys(addresses)):
            if key not in held:
                raise IllegalMove(f"message {outbox_id} has no recipient {key}")
            one = held[key]
            held[key] = replace(
                one,
                state=move(one.state, by),
                diagnosis=diagnosis or (None if by in _SETTLING else one.diagnosis),
                profile_id=profile_id or one.profile_id,
                changed=when,
            )
        retried = when if by is Move.RETRY else entry.retried
        answered = None if by is Move.RETRY else entry.answered
        self._shared.entries[outbox_id] = replace(
            entry, recipients=tuple(held.values()), retried=retried, answered=answered
        )

    async def note_attempt(self, outbox_id: int, attempt: AttemptEntry) -> None:
        entry = self._known(outbox_id)
        self._shared.entries[outbox_id] = replace(entry, attempts=(*entry.attempts, attempt))

    async def schedule(self, outbox_id: int, next_try: datetime | None, tries: int) -> None:
        entry = self._known(outbox_id)
        self._shared.entries[outbox_id] = replace(entry, next_try=next_try, tries=tries)

    async def answer(self, outbox_id: int, when: datetime) -> None:
        entry = self._known(outbox_id)
        self._shared.entries[outbox_id] = replace(entry, answered=when)

    async def purge(self, before: datetime, when: datetime) -> tuple[int, ...]:
        done = []
        for number, entry in self._shared.entries.items():
            settled = all(
                one.state in _OVER and one.changed is not None and one.changed < before
                for one in entry.recipients
            )
            free = number not in self._shared.claims
            if settled and free and self._shared.messages.pop(number, None) is not None:
                self._shared.entries[number] = replace(entry, purged=when)
                done.append(number)
        return tuple(done)

    async def claim(self, outbox_id: int) -> bool:
        return outbox_id not in self._shared.claims and (
            self._shared.claims.setdefault(outbox_id, self) is self
        )

    async def release(self, outbox_id: int) -> None:
        if self._shared.claims.get(outbox_id) is self:
            del self._shared.claims[outbox_id]

    async def recover(self, when: datetime) -> tuple[int, ...]:
        touched = []
        for number, entry in self._shared.entries.items():
            sending = [r.address for r in entry.recipients if r.state is RecipientState.SENDING]
            if sending and number not in self._shared.claims:
                await self.move(number, sending, Move.DEFER, when)
                touched.append(number)
        return tuple(touched)

    async def close(self) -> None:
        for number, owner in tuple(self._shared.claims.items()):
            if owner is self:
                del self._shared.claims[number]

    def _known(self, outbox_id: int) -> OutboxEntry:
        entry = self._shared.entries.get(outbox_id)
        if entry is None:
            raise UserFacingError("outbox-unknown", f"There is no message {outbox_id}.")
        return entry


def _standing(entry: OutboxEntry) -> Standing:
    return standing_of([one.state for one in entry.recipients])


def _matches(entry: OutboxEntry, query: OutboxQuery) -> bool:
    texts = [entry.subject, entry.from_address, *(one.address for one in entry.recipients)]
    return (
        (query.before is None or entry.id < query.before)
        and (not query.ids or entry.id in query.ids)
        and (not query.message_id or entry.message_id == query.message_id)
        and (not query.standings or _standing(entry) in query.standings)
        and any(query.text.strip().casefold() in text.casefold() for text in texts)
    )
