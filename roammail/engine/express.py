"""The right to write the content into the very flight in which it is offered.

A race asks several servers and lets one of them have the message, so none of its climbs may send
the content ahead: two servers would take it. Where one profile alone is asked (the remembered
winner, or the only one) no other may be chosen, and its climbs get this right. They may still be
two, when a port was silent for a while and another is tried beside it: only one of them at a
time is in its turn, from MAIL to the last answer, and after a hand-over, however it ended, there
is no further turn (rule 2).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from roammail.engine.recipients import Recipients


class Overtaken(Exception):
    """Another climb of the same profile has handed the message over."""


@dataclass(slots=True)
class Express:
    """One message, one profile."""

    recipients: Recipients
    spent: bool = False
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for the climb that is in its turn. Raises Overtaken."""
        async with self._turn:
            if self.spent:
                raise Overtaken
            yield
