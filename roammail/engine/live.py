"""Delivers a message while the program that handed it in waits for the server's answer.

The message is in the outbox before this begins (rule 1) and stays there whatever the program
does: nobody's impatience ends a delivery. Owns whose the answer is: the program's, or the
person's by a notice, never both. Knows no SMTP server and no submission service.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from roammail.core.delivery import RecipientState, Standing, standing_of
from roammail.core.diagnosis import Diagnosis, Scope
from roammail.core.envelope import OutboxEntry
from roammail.core.errors import UserFacingError
from roammail.core.events import AttemptFinished, Event, MessageStands
from roammail.core.reply import Reply
from roammail.engine import tasks
from roammail.engine.announce import Announcer
from roammail.ports import Clock, OutboxStore

_log = logging.getLogger(__name__)

#: Programs that are kept waiting at once; whoever comes beyond them is told "taken".
_AT_ONCE = 8
#: Scopes of a refusal that no other profile and no other time will change (rule 6).
_FINAL = (Scope.MESSAGE, Scope.RECIPIENT)


@dataclass(frozen=True, slots=True)
class Answer:
    """The last word on a whole message. `reply` is the server's, None where it is not known;
    `refusal` says why, None when every recipient has it."""

    reply: Reply | None = None
    refusal: Diagnosis | None = None


@dataclass(frozen=True, slots=True)
class LiveDuties:
    """What it works with. `knows_way` tells whether a profile is known to work here for an
    author, without asking the network; `deliver` tries one message to its end (also one that
    the worker took first); `call_worker` hands over what still waits."""

    outbox: OutboxStore
    clock: Clock
    announce: Announcer
    knows_way: Callable[[str], Awaitable[bool]]
    deliver: Callable[[int], Awaitable[OutboxEntry]]
    call_worker: Callable[[], None]


@dataclass(slots=True, eq=False)
class _Try:
    """One delivery. `awaited`: its program still waits, and what it is told is enough."""

    awaited: bool = True
    reply: Reply | None = None


class Live:
    """Deliveries whose programs wait."""

    def __init__(self, duties: LiveDuties) -> None:
        self._duties = duties
        self._tries: dict[int, _Try] = {}
        self._running: set[asyncio.Task[Answer | None]] = set()

    def has(self, outbox_id: int) -> bool:
        """Whether what becomes of this message is told from here."""
        return outbox_id in self._tries

    async def answer(
        self, outbox_id: int, author: str, seconds: float, ending: asyncio.Event
    ) -> Answer | None:
        """Delivers a message of the outbox; waits until it is settled, for at most `seconds`,
        and no longer than until `ending`.

        None: taken, and the outbox goes on. An Answer is the program's: a refusal is noted as
        answered. Never raises but CancelledError, which ends the waiting and not the delivery.
        """
        if len(self._tries) >= _AT_ONCE:
            self._duties.call_worker()
            return None
        this = self._tries[outbox_id] = _Try()
        work = tasks.start(self._deliver(outbox_id, author, this), f"live {outbox_id}")
        self._running.add(work)
        work.add_done_callback(self._running.discard)
        try:
            found = await self._within(work, seconds, ending)
        except asyncio.CancelledError:
            self._alone(outbox_id, this, work)
            raise
        if found is None:
            self._alone(outbox_id, this, work)
        elif found.refusal is not None:
            await tasks.finish(self._note(outbox_id))
        return found

    async def settle(self, seconds: float) -> None:
        """Waits for what is under way, then stops it; nothing is lost by that."""
        if self._running:
            await asyncio.wait(tuple(self._running), timeout=seconds)
            await tasks.stop(tuple(self._running))

    async def _within(
        self, work: "asyncio.Task[Answer | None]", seconds: float, ending: asyncio.Event
    ) -> Answer | None:
        timer = tasks.start(self._duties.clock.sleep(seconds), "a program's patience")
        end = tasks.start(ending.wait(), "the service's end")
        try:
            await asyncio.wait([work, timer, end], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await tasks.stop([timer, end])
        return work.result() if work.done() and not work.cancelled() else None

    def _alone(self, outbox_id: int, this: _Try, work: "asyncio.Task[Answer | None]") -> None:
        """The program waits no more: from now on the person is told."""
        this.awaited = False
        if work.done() and not work.cancelled() and (found := work.result()) and found.refusal:
            self._duties.announce(MessageStands(outbox_id, Standing.REFUSED))

    async def _deliver(self, outbox_id: int, author: str, this: _Try) -> Answer | None:
        """The delivery. What it gives is not announced if it is a refusal that is awaited."""
        duties = self._duties

        def listen(event: Event) -> None:
            if isinstance(event, AttemptFinished) and event.outbox_id == outbox_id:
                this.reply = event.reply or this.reply

        unsubscribe = duties.announce.subscribe(listen)
        try:
            if not await duties.knows_way(author):
                return None
            entry = await duties.deliver(outbox_id)
        except UserFacingError as error:  # the worker meets it too, and says so
            _log.warning("message %d: %s", outbox_id, error.message)
            return None
        except Exception:  # noqa: BLE001  (the task's edge: the outbox has the message)
            _log.exception("message %d could not be delivered live", outbox_id)
            return None
        finally:
            unsubscribe()
            del self._tries[outbox_id]
            duties.call_worker()
        found = _answer(entry, this.reply)
        standing = standing_of([one.state for one in entry.recipients])
        # Of what still waits the worker tells, when its own try has failed.
        if standing is not Standing.WAITING and not (this.awaited and found and found.refusal):
            duties.announce(MessageStands(outbox_id, standing))
        return found

    async def _note(self, outbox_id: int) -> None:
        try:
            await self._duties.outbox.answer(outbox_id, self._duties.clock.now())
        except UserFacingError as error:  # the person hears it a second time then
            _log.warning("message %d: %s", outbox_id, error.message)


def _answer(entry: OutboxEntry, reply: Reply | None) -> Answer | None:
    """The last word, where there is one for all recipients; a mixture is the outbox's to tell."""
    states = {one.state for one in entry.recipients}
    if states == {RecipientState.SENT}:
        return Answer(reply)
    reasons = [one.diagnosis for one in entry.recipients]
    final = [found for found in reasons if found is not None and found.scope in _FINAL]
    if states != {RecipientState.REFUSED} or len(final) < len(reasons):
        return None
    return Answer(final[0].reply, final[0])
