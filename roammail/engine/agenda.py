"""Which message is tried next: senders in turn, and one message first where the way is unknown.

Owns the order and the bounds; knows neither stores nor servers. Messages of one author share
their profiles, so the first of them tells whether there is a way for the others: with a
thousand waiting and no way, one is tried, not a thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from roammail.core.envelope import OutboxEntry
from roammail.engine.warm import MOST


@dataclass(slots=True)
class _Author:
    """The messages of one From address."""

    waiting: list[int] = field(default_factory=list)  # oldest first
    running: set[int] = field(default_factory=set)
    open: bool = False  # one has just found its way
    shut_until: datetime | None = None


class Agenda:
    """At most `at_once` messages are under way, `per_author` of one author."""

    def __init__(self, at_once: int = 8, per_author: int = MOST) -> None:
        self._at_once = at_once
        self._per_author = per_author
        self._authors: dict[str, _Author] = {}

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not any(one.waiting or one.running for one in self._authors.values())

    def running(self, outbox_id: int) -> bool:
        """Whether this message is under way."""
        return any(outbox_id in one.running for one in self._authors.values())

    def shut_until(self, author: str) -> datetime | None:
        """Until when there is no way for this author; None: it may be tried."""
        found = self._authors.get(author)
        return found.shut_until if found else None

    def reopen(self) -> None:
        """Everything may be different now."""
        for one in self._authors.values():
            one.shut_until, one.open = None, False

    def plan(self, due: Sequence[OutboxEntry]) -> None:
        """What is due now, oldest first; replaces what waited before."""
        for one in self._authors.values():
            one.waiting = []
        for entry in due:
            author = self._authors.setdefault(entry.from_address, _Author())
            if entry.id not in author.running:
                author.shut_until = None
                author.waiting.append(entry.id)
        self._forget()

    def next(self) -> int | None:
        """The next message, noted as under way; None where nothing may begin now."""
        if sum(len(one.running) for one in self._authors.values()) >= self._at_once:
            return None
        for name, one in tuple(self._authors.items()):
            bound = self._per_author if one.open else 1
            if one.waiting and len(one.running) < bound:
                self._authors[name] = self._authors.pop(name)  # the others' turn comes first
                outbox_id = one.waiting.pop(0)
                one.running.add(outbox_id)
                return outbox_id
        return None

    def done(self, outbox_id: int, way: bool | None, until: datetime | None = None) -> None:
        """The message is no longer under way; `way`: was there one? None: it does not tell.

        Without a way, what waits of the same author waits until `until`.
        """
        one = next(one for one in self._authors.values() if outbox_id in one.running)
        one.running.discard(outbox_id)
        if way is not None:
            one.open = way
        if way is False:
            one.waiting, one.shut_until = [], until
        self._forget()

    def _forget(self) -> None:
        for name, one in tuple(self._authors.items()):
            if not one.waiting and not one.running and one.shut_until is None:
                del self._authors[name]
