"""Connections that are kept signed in for the next message: a handshake and a sign-in less, which
on a plane is four seconds. Owns how long and how many; must not know what is said on them.

A kept connection is good for one account, one door and one network. It may have died without a
word. So a content is written blindly, in the flight of its envelope, only where the server has
answered a moment ago; else MAIL and RCPT ask first, and if nobody is there the message goes over
a new connection and nobody notices. A line that is cut in that very moment is no more and no
less uncertain than on a connection that was just made.
"""

import contextlib
from asyncio import CancelledError, Task
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from roammail.core.failure import SmtpFailure
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Profile
from roammail.engine import tasks
from roammail.engine.battery import BELIEVED, Battery
from roammail.ports import Clock, SmtpConnection

#: Seconds for which an answer proves that the server is there.
FRESH_SECONDS = 10.0
#: Seconds after which a call from the compose window is worth a NOOP.
TOUCH_SECONDS = 5.0
#: Kept for one account; and in all.
MOST, MOST_OF_ALL = 3, 8
#: Seconds by which the clocks may differ; more, and the computer has slept meanwhile.
_AGREE = 5.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where a connection leads. A profile that was edited, or whose secret changed, is another."""

    profile: Profile
    endpoint: Endpoint
    key: NetworkKey | None


@dataclass(slots=True, eq=False)
class Kept:
    """One connection. `used`: it stands within a transaction that must be reset."""

    door: Door
    connection: SmtpConnection
    used: bool
    answered: float  # monotonic seconds
    when: datetime
    expiry: "Task[None] | None" = None


@dataclass(slots=True)
class Keeper:
    """Keeps for `seconds`; zero keeps nothing. `on_metered`: also where traffic is paid for.
    `battery`: nothing is kept while it is saved; None where that does not matter."""

    clock: Clock
    seconds: float
    on_metered: bool = True
    battery: Battery | None = None
    _kept: list[Kept] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.battery is not None:
            self.battery.saved = self.drop

    def wanted(self, *, metered: bool) -> bool:
        """Whether connections are kept on such a network, as far as is known at this moment."""
        saving = self.battery is not None and self.battery.saving
        return self.seconds > 0 and (self.on_metered or not metered) and not saving

    async def looked(self) -> None:
        """For whoever has time: waits until it is known whether the battery is saved."""
        if self.battery is not None and self.seconds > 0:
            await self.battery.looked()

    def keep(
        self, door: Door, connection: SmtpConnection, *, metered: bool, used: bool = False
    ) -> bool:
        """Takes the connection over; False where it is not to be kept, and stays the caller's."""
        if not self.wanted(metered=metered) or not connection.alive:
            return False
        kept = Kept(door, connection, used, self.clock.monotonic(), self.clock.now())
        self._kept.append(kept)
        self._watch(kept)
        same = [one for one in self._kept if one.door == door]
        for one in (*same[:-MOST], *self._kept[:-MOST_OF_ALL]):
            self._drop(one)
        return True

    def take(self, door: Door) -> Kept | None:
        """The one that answered last; what leads to the same account otherwise is closed."""
        self._look()  # the answer is there when this message is done
        for one in tuple(self._kept):
            other = one.door.profile.id == door.profile.id and (
                one.door.profile != door.profile or one.door.key != door.key
            )
            if other or not one.connection.alive or self._slept(one):
                self._drop(one)
        found = next((one for one in reversed(self._kept) if one.door == door), None)
        if found is not None:
            self._release(found)
        return found

    def fresh(self, kept: Kept) -> bool:
        """Whether the server has answered a moment ago."""
        return self.clock.monotonic() - kept.answered <= FRESH_SECONDS and not self._slept(kept)

    async def touch(self, door: Door) -> bool:
        """Makes sure that one stands ready; False where there is none."""
        kept = self.take(door)
        if kept is None:
            return False
        if self.clock.monotonic() - kept.answered > TOUCH_SECONDS:
            try:
                await (kept.connection.reset() if kept.used else kept.connection.noop())
            except SmtpFailure:
                return False
            except CancelledError:
                kept.connection.close()
                raise
            kept.used, kept.answered, kept.when = False, self.clock.monotonic(), self.clock.now()
        self._kept.append(kept)
        self._watch(kept)
        return True

    def drop(self, unwanted: Callable[[Door], bool] = lambda _: True) -> None:
        """Closes those whose door is not wanted any more; without an argument, all."""
        for one in tuple(self._kept):
            if unwanted(one.door):
                self._drop(one)

    async def close(self) -> None:
        """Says goodbye to all of them."""
        if self.battery is not None:
            await self.battery.close()
        for one in tuple(self._kept):
            self._release(one)
            await one.connection.quit()

    def _slept(self, kept: Kept) -> bool:
        passed = self.clock.monotonic() - kept.answered
        by_the_wall = (self.clock.now() - kept.when).total_seconds()
        return by_the_wall - passed > _AGREE or passed > self.seconds

    def _look(self) -> None:
        if self.battery is not None and self.seconds > 0:
            self.battery.look()

    def _watch(self, kept: Kept) -> None:
        kept.expiry = tasks.start(self._expire(kept), f"keep {kept.door.profile.name}")

    async def _expire(self, kept: Kept) -> None:
        until = self.clock.monotonic() + self.seconds
        while (left := until - self.clock.monotonic()) > 0:
            self._look()  # the battery may be saved since
            await self.clock.sleep(left if self.battery is None else min(left, BELIEVED))
        kept.expiry = None
        self._release(kept)
        await kept.connection.quit()

    def _release(self, kept: Kept) -> None:
        with contextlib.suppress(ValueError):
            self._kept.remove(kept)
        if kept.expiry is not None:
            kept.expiry.cancel()
            kept.expiry = None

    def _drop(self, kept: Kept) -> None:
        self._release(kept)
        kept.connection.close()
