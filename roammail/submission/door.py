"""Who may be in at once, and how much may be held for them. A program that does not know the
password competes with its own kind only; one that does is bounded like every other.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

#: Connections that have not signed in.
STRANGERS = 32
#: Connections that have.
GUESTS = 100
#: Octets of one message that always find room, however much the others hold.
_SMALL = 1024 * 1024


@dataclass(slots=True, eq=False)
class Visitor:
    """One connection. `drop` closes it at once."""

    drop: Callable[[], None]
    known: bool = False


class Door:
    """Counts visitors and octets."""

    def __init__(self, octets: int) -> None:
        self._visitors: set[Visitor] = set()
        self._free = octets

    def enter(self, visitor: Visitor) -> None:
        """Lets a stranger in. Where too many are in, one of them must go, no matter which: so
        one that floods the door mostly throws out itself."""
        strangers = [one for one in self._visitors if not one.known]
        if len(strangers) >= STRANGERS:
            out = random.choice(strangers)  # noqa: S311  (no secret hangs on it)
            self._visitors.discard(out)
            out.drop()
        self._visitors.add(visitor)

    def sign_in(self, visitor: Visitor) -> bool:
        """Whether there is a place among those who know the password."""
        if sum(one.known for one in self._visitors) >= GUESTS:
            return False
        visitor.known = True
        return True

    def leave(self, visitor: Visitor) -> None:
        """No error for one who is gone already."""
        self._visitors.discard(visitor)

    def close(self) -> None:
        """Drops everybody."""
        for visitor in tuple(self._visitors):
            visitor.drop()
        self._visitors.clear()

    def take(self, octets: int, held: int) -> bool:
        """Room for `octets` more of a message of which `held` are held already."""
        if octets > self._free and held + octets > _SMALL:
            return False
        self._free -= octets
        return True

    def give_back(self, octets: int) -> None:
        """The message is in the outbox, or gone."""
        self._free += octets
