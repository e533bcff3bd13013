"""Works the outbox: what is due, at once when called or when something changed, and gives up
when the user's patience is over. One process at a time does this (`Workplace`).

Owns when a message is tried. How is `send.py`'s, in which order `agenda.py`'s, and the waits
are `core.delivery`'s.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from roammail.core.delivery import (
    OPEN_STATES,
    Backoff,
    Move,
    RecipientState,
    Standing,
    gives_up,
    is_due,
    is_held,
    standing_of,
)
from roammail.core.diagnosis import Kind, Scope
from roammail.core.envelope import OutboxEntry
from roammail.core.errors import UserFacingError
from roammail.core.events import MessageStands
from roammail.core.stage import Stage
from roammail.engine import tasks
from roammail.engine.agenda import Agenda
from roammail.engine.announce import Announcer
from roammail.engine.watch import Watch
from roammail.ports import Clock, OutboxStore, Ring, Workplace

_log = logging.getLogger(__name__)

#: Seconds between two looks into the outbox when nobody calls: for calls that were not heard,
#: and for messages whose process died.
POLL_SECONDS = 60.0
#: A look takes at most a tenth of the time, however often the worker is called; seconds.
_LEAST_PAUSE = 0.05
#: Rungs that are the same for every message of an author.
_SHARED = frozenset({Stage.RESOLVE, Stage.CONNECT, Stage.GREET, Stage.ENCRYPT, Stage.SIGN_IN})
_OPEN = (RecipientState.QUEUED, RecipientState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Duties:
    """What the worker works with. `deliver` tries one message (`Engine.deliver`)."""

    outbox: OutboxStore
    workplace: Workplace
    deliver: Callable[[int], Awaitable[OutboxEntry]]
    clock: Clock
    announce: Announcer
    backoff: Backoff
    patience: timedelta  # zero: never given up
    #: Whether somebody else tells what becomes of a message.
    told_elsewhere: Callable[[int], bool] = lambda _: False
    #: Clears away what nobody needs any more; called after every look.
    tidy: Callable[[], Awaitable[None]] | None = None
    #: What a process that stays needs sooner or later; done beside the first work.
    prepare: Callable[[], Awaitable[None]] | None = None


class OutboxWorker:
    """One run over the outbox, for as long as the place is held."""

    def __init__(self, duties: Duties, make_watch: Callable[[Callable[[], None]], Watch]) -> None:
        self._duties = duties
        self._agenda = Agenda()
        self._watch = make_watch(self.everything)
        self._running: dict[asyncio.Task[None], int] = {}
        self._woken = asyncio.Event()
        self._look_wanted = True
        self._all = True  # what was true when the last worker ended may not be true now
        self._stopping = False
        self._not_before = 0.0  # monotonic seconds
        self._next_look = 0.0
        self._said: dict[int, Standing] = {}
        self._failed: Counter[int] = Counter()  # tries of a message since the last change
        self._overtaken: set[int] = set()  # under way when something changed
        self._again: set[int] = set()

    def everything(self) -> None:
        """Tries the whole outbox now: something changed. What is under way may fail by what was
        before; if it does, it is tried once more."""
        self._all = True
        self._overtaken.update(self._running.values())
        self.mail()

    def mail(self) -> None:
        """Looks into the outbox now."""
        self._look_wanted = True
        self._woken.set()

    def stop(self) -> None:
        """Begins nothing more; `run` ends when what is under way has ended."""
        self._stopping = True
        self._woken.set()

    async def run(self, *, once: bool = False) -> None:
        """Works until `stop` or a cancellation; with `once` until nothing is due any more.

        The caller holds the workplace. Raises what the outbox raises at the first look.
        """
        helpers = [tasks.start(self._listen(), "listen for calls")]
        if not once:
            helpers.append(tasks.start(self._watch.run(), "watch"))
            helpers.append(tasks.start(self._prepare(), "prepare"))
        try:
            await self._look()
            while True:
                self._begin()
                if not self._running and (self._stopping or (once and self._agenda.idle)):
                    return
                await self._pause()
                if self._wants_look():
                    await self._look_again()
        finally:
            await tasks.stop([*helpers, *self._running])

    async def _prepare(self) -> None:
        try:
            if self._duties.prepare:
                await self._duties.prepare()
        except Exception:  # noqa: BLE001  (a task's edge: whoever needs it meets it again)
            _log.exception("not everything could be prepared")

    # When to look

    def _wants_look(self) -> bool:
        now = self._duties.clock.monotonic()
        wanted = self._look_wanted or now >= self._next_look
        return wanted and not self._stopping and now >= self._not_before

    async def _pause(self) -> None:
        now = self._duties.clock.monotonic()
        until = self._not_before if self._look_wanted else self._next_look
        timer = tasks.start(self._duties.clock.sleep(max(0.0, until - now)), "pause")
        call = tasks.start(self._woken.wait(), "call")
        try:
            await asyncio.wait([timer, call, *self._running], return_when=asyncio.FIRST_COMPLETED)
            self._woken.clear()
        finally:
            await tasks.stop([timer, call])

    async def _listen(self) -> None:
        while True:
            calls = await self._duties.workplace.heard()
            if Ring.PROFILES in calls:
                self.everything()
            self.mail()

    async def _look_again(self) -> None:
        try:
            await self._look()
        except UserFacingError as error:
            _log.warning("the outbox cannot be read: %s", error.message)
            self._next_look = self._duties.clock.monotonic() + POLL_SECONDS

    async def _look(self) -> None:
        """Plans what is due, oldest first."""
        clock, outbox = self._duties.clock, self._duties.outbox
        began, now = clock.monotonic(), clock.now()
        everything, self._all, self._look_wanted = self._all, False, False
        again, self._again = self._again, set()
        if everything:
            self._agenda.reopen()
            self._failed.clear()
        await outbox.recover(now)
        entries = [entry for entry in await outbox.entries(open_only=True) if _waits(entry)]
        held = {entry.id for entry in entries if is_held(entry.held_until, now)}
        times = {e.id: e.held_until if e.id in held else self._due_at(e) for e in entries}
        free = [entry for entry in entries if entry.id not in held]
        due = [
            e
            for e in free
            if everything or e.id in again or is_due(times[e.id], now, self._duties.backoff)
        ]
        self._agenda.plan(due[::-1])
        later = [when for when in times.values() if when is not None and when > now]
        soonest = min(((when - now).total_seconds() for when in later), default=POLL_SECONDS)
        if self._duties.tidy:
            await self._duties.tidy()
        ended = clock.monotonic()
        self._next_look = ended + max(_LEAST_PAUSE, min(soonest, POLL_SECONDS))
        self._not_before = ended + max(_LEAST_PAUSE, 10 * (ended - began))

    def _due_at(self, entry: OutboxEntry) -> datetime | None:
        shut = self._agenda.shut_until(entry.from_address)
        times = [when for when in (entry.next_try, shut) if when is not None]
        return max(times) if times else None

    # One message

    def _begin(self) -> None:
        while not self._stopping and (outbox_id := self._agenda.next()) is not None:
            task = tasks.start(self._work_on(outbox_id), f"message {outbox_id}")
            self._running[task] = outbox_id
            task.add_done_callback(self._running.pop)

    async def _work_on(self, outbox_id: int) -> None:
        way: bool | None = None
        until: datetime | None = None
        try:
            entry = await self._settled(await self._duties.deliver(outbox_id))
            way, until = _way(entry), entry.next_try
            if _held_by_network(entry):
                self._watch.doubt()
            self._tell(entry)
        except UserFacingError as error:
            way, until = await self._refused(outbox_id, error)
        except Exception:  # noqa: BLE001  (the task's edge: one message never stops the others)
            _log.exception("message %d could not be worked on", outbox_id)
            await self._later(outbox_id)
        finally:
            if outbox_id in self._overtaken:
                self._overtaken.discard(outbox_id)
                self._again.add(outbox_id)
                self.mail()
                way, until = way or None, None  # no word about what is now
            self._agenda.done(outbox_id, way, until)

    async def _refused(
        self, outbox_id: int, error: UserFacingError
    ) -> tuple[bool | None, datetime | None]:
        """No try could be made at all: the keyring is locked, another process has it, …"""
        if error.code == "outbox-busy":
            return None, None
        _log.warning("message %d: %s", outbox_id, error.message)
        until = await self._later(outbox_id)
        return (None if error.code.startswith("outbox-") else False), until

    async def _later(self, outbox_id: int) -> datetime | None:
        try:
            entry = await self._duties.outbox.entry(outbox_id)
            if entry is None:
                return None
            tries = entry.tries + 1
            delay = timedelta(seconds=self._duties.backoff.delay(tries))
            until = self._duties.clock.now() + delay
            await self._duties.outbox.schedule(outbox_id, until, tries)
        except UserFacingError as error:  # the disk: the next look is a minute away
            _log.warning("message %d: %s", outbox_id, error.message)
            return None
        return until

    async def _settled(self, entry: OutboxEntry) -> OutboxEntry:
        """Gives up what was tried for as long as the user wants."""
        now, limit = self._duties.clock.now(), self._duties.patience
        open_ones = [r.address for r in entry.recipients if r.state is RecipientState.DEFERRED]
        if not open_ones:
            self._failed.pop(entry.id, None)
            return entry
        self._failed[entry.id] += 1
        if not gives_up(entry.since, now, self._failed[entry.id], limit):
            return entry
        await self._duties.outbox.move(entry.id, open_ones, Move.GIVE_UP, now)
        return await self._duties.outbox.entry(entry.id) or entry

    def _tell(self, entry: OutboxEntry) -> None:
        standing = standing_of([r.state for r in entry.recipients])
        if self._duties.told_elsewhere(entry.id):
            return
        if self._said.get(entry.id) is not standing:
            self._duties.announce(MessageStands(entry.id, standing))
        if standing is Standing.WAITING:
            self._said[entry.id] = standing
        else:
            self._said.pop(entry.id, None)


def _waits(entry: OutboxEntry) -> bool:
    return any(r.state in _OPEN for r in entry.recipients)


def _way(entry: OutboxEntry) -> bool | None:
    """Whether there is a way for the messages of this author; None: this one does not tell."""
    held = [r.diagnosis for r in entry.recipients if r.state in OPEN_STATES]
    if not held:
        return True
    for diagnosis in held:
        if diagnosis is None:
            continue
        if diagnosis.scope in (Scope.NETWORK, Scope.CREDENTIAL) or diagnosis.stage in _SHARED:
            return False
        if diagnosis.kind is Kind.SENDER_NOT_ALLOWED:
            return False
    return None


def _held_by_network(entry: OutboxEntry) -> bool:
    return any(
        r.state in OPEN_STATES and r.diagnosis is not None and r.diagnosis.scope is Scope.NETWORK
        for r in entry.recipients
    )
