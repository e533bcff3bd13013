"""What every climb needs, handed over together: ports, rules, limits, and shared gates."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from roammail.core.diagnosis import Diagnosis
from roammail.core.errors import UserFacingError
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.memory import Memory
from roammail.core.profile import Endpoint, Profile
from roammail.core.rulebook import RuleBook
from roammail.engine import tasks
from roammail.engine.announce import Announcer
from roammail.engine.warm import Keeper
from roammail.ports import Clock, MemoryStore, Resolver, SmtpDialer, Timeouts

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tools:
    """Collaborators of probe and send. `connections` bounds what is open at once."""

    resolver: Resolver
    dialer: SmtpDialer
    memory: MemoryStore
    clock: Clock
    load_rules: Callable[[], RuleBook]
    announce: Announcer
    timeouts: Timeouts
    connections: asyncio.Semaphore
    known_rules: RuleBook | None = None
    #: Keeps other processes out of a profile's sign-in; yields False where that cannot be.
    sign_in_door: Callable[[str], AbstractAsyncContextManager[bool]] = lambda _: nullcontext(True)
    sign_in_gates: dict[str, asyncio.Lock] = field(default_factory=dict)
    #: Sign-ins whose climb was given up before the server's answer came.
    unanswered: set["asyncio.Task[Any]"] = field(default_factory=set)
    #: Connections for the next message; None where none are kept.
    keeper: Keeper | None = None
    #: What this process learned of a server's word (`Offer.word`), also on unknown networks.
    words: dict[Endpoint, Memory] = field(default_factory=dict)
    _refused: dict[tuple[str, str], Diagnosis] = field(default_factory=dict)
    _learning: "asyncio.Task[RuleBook] | None" = None

    @property
    def rules(self) -> RuleBook:
        """The rules; where nobody has called `learn` they are loaded here and now."""
        if self.known_rules is None:
            self.known_rules = self.load_rules()
        return self.known_rules

    async def learn(self) -> None:
        """Loads the rules, in another thread: it takes a good while, in which the loop
        has others to serve. Only at the first refusal: most mail goes out without one."""
        if self.known_rules is not None:
            return
        if self._learning is None:
            self._learning = tasks.start(asyncio.to_thread(self.load_rules), "load the rules")
        try:
            self.known_rules = await asyncio.shield(self._learning)
        finally:
            if self._learning is not None and self._learning.done():
                self._learning = None  # what failed is tried, and told, again

    @asynccontextmanager
    async def sign_in_gate(self, profile_id: str) -> AsyncIterator[None]:
        """One sign-in at a time for a profile, in all processes: a wrong password is tried once
        (rule 4), for whoever comes next reads first what came of it.

        Raises SmtpFailure where another process does not come to an end.
        """
        within = self.sign_in_gates.setdefault(profile_id, asyncio.Lock())
        async with within, self.sign_in_door(profile_id) as alone:
            if not alone:
                detail = "another RoamMail is signing in and gets no answer"
                raise SmtpFailure(Failure(FailureKind.TIMED_OUT, detail))
            yield

    async def paused(self, profile: Profile) -> Diagnosis | None:
        """Why the profile's secret is not shown again (rule 4); None if it may be."""
        refused = self._refused.get((profile.id, profile.secret_revision))
        return refused or await self.memory.paused(profile.id, profile.secret_revision)

    async def pause(self, profile: Profile, refusal: Diagnosis) -> None:
        """The secret was refused. Holds in this process even where the disk does not take it."""
        try:
            await self.memory.pause(profile.id, profile.secret_revision, refusal)
        except UserFacingError as error:
            self._refused[profile.id, profile.secret_revision] = refusal
            _log.warning("a refused sign-in could not be written down: %s", error.message)

    async def settle(self, seconds: float) -> None:
        """Waits for answers to sign-ins that nobody else waits for; then breaks them off."""
        if self.unanswered:
            await asyncio.wait(tuple(self.unanswered), timeout=seconds)
            await tasks.stop(tuple(self.unanswered))
