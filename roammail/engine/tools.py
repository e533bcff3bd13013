"""What every climb needs, handed over together: ports, rules, limits, and shared gates."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from roammail.core.rulebook import RuleBook
from roammail.engine.announce import Announcer
from roammail.ports import Clock, MemoryStore, Resolver, SmtpDialer, Timeouts


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
    sign_in_gates: dict[str, asyncio.Lock] = field(default_factory=dict)

    @property
    def rules(self) -> RuleBook:
        """The rules, loaded at the first refusal: most mail goes out without one."""
        return self.load_rules()

    def sign_in_gate(self, profile_id: str) -> asyncio.Lock:
        """One sign-in at a time for a profile: a wrong password is tried once (rule 4)."""
        return self.sign_in_gates.setdefault(profile_id, asyncio.Lock())
