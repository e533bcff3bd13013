"""Connects and signs in before there is anything to send, for whoever is writing a message. Owns
when that is worth it; never says MAIL, and never tries a way that is not known to work here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from roammail.core.network import PortalState
from roammail.core.profile import AuthMethod, Profile
from roammail.core.ranking import Remembered, remembered_winner
from roammail.core.secret import Secret
from roammail.engine import tasks
from roammail.engine.ladder import Fell, Ladder, Surroundings
from roammail.engine.tools import Tools
from roammail.engine.warm import Door

_log = logging.getLogger(__name__)

#: A success that is older says little of this hour.
RECENT = timedelta(days=1)


class WarmUp:
    """One at a time for each profile. The connection is kept as after a message; so as long as
    somebody writes, a call every few seconds keeps it and proves that the server is there."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._gates: dict[str, asyncio.Lock] = {}

    async def run(
        self,
        candidates: Sequence[Profile],
        around: Surroundings,
        secret: Callable[[str], Awaitable[Secret | None]],
    ) -> bool:
        """Whether a connection stands ready. What fails is remembered, for the message then
        asks others as well; a refused password pauses its profile as always (rule 4)."""
        keeper, found = self._tools.keeper, self._recent(candidates, around)
        if keeper is None or found is None:
            return False
        await keeper.looked()  # nobody waits for us
        if not keeper.wanted(metered=around.metered):
            return False
        async with self._gates.setdefault(found.profile.id, asyncio.Lock()):
            if await keeper.touch(Door(found.profile, found.endpoint, around.key)):
                return True
            signs_in = found.profile.auth is not AuthMethod.NONE
            return await self._climb(
                found, await secret(found.profile.id) if signs_in else None, around
            )

    def _recent(self, candidates: Sequence[Profile], around: Surroundings) -> Remembered | None:
        if around.portal is PortalState.REQUIRED:
            return None
        since = self._tools.clock.now() - RECENT
        here = [m for m in around.memories if m.key == around.key and m.when >= since]
        return remembered_winner(candidates, here)

    async def _climb(self, found: Remembered, secret: Secret | None, around: Surroundings) -> bool:
        ladder = Ladder(self._tools, found.profile, found.endpoint, secret, around)
        stands = False
        try:
            await ladder.approach()
            stands = True
        except Fell as fell:
            _log.info("no connection ahead of the message: %s", fell.diagnosis.kind)
            await ladder.remember()
        finally:
            await tasks.finish(ladder.part() if stands else ladder.leave())
        return stands
