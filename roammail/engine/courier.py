"""One try of one message: with which profiles, secrets and knowledge of here it sets out, and the
look in passing at better profiles. How it goes is `send.py`'s; whose turn it is, the caller's.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from roammail.core.delivery import Backoff
from roammail.core.envelope import OutboxEntry
from roammail.core.profile import AuthMethod, Profile
from roammail.core.ranking import candidates, remembered_winner, worth_another_look
from roammail.core.report import ProbeReport
from roammail.core.secret import Secret
from roammail.core.settings import Settings
from roammail.engine import tasks
from roammail.engine.announce import Announcer
from roammail.engine.here import Here
from roammail.engine.probe import Probe
from roammail.engine.profile_book import ProfileBook
from roammail.engine.recipients import by_route
from roammail.engine.send import Delivery, Means
from roammail.engine.tools import Tools
from roammail.ports import OutboxStore

#: A look at better profiles in passing keeps nobody waiting for less than this (seconds).
LOOK_AT_LEAST = 0.25


async def secrets_of(book: ProfileBook, profiles: Sequence[Profile]) -> dict[str, Secret | None]:
    """The secrets of those that sign in, by id. Raises what the keyring raises."""
    return {
        profile.id: await book.secret(profile.id)
        for profile in profiles
        if profile.auth is not AuthMethod.NONE
    }


@dataclass(frozen=True, slots=True)
class Courier:
    """Carries messages whose claim the caller holds, so that nobody else sends them.
    `settings` gives those in force."""

    tools: Tools
    outbox: OutboxStore
    book: ProfileBook
    here: Here
    backoff: Backoff
    settings: Callable[[], Settings]

    async def carry(self, entry: OutboxEntry) -> None:
        """One try of what is open of it."""
        for only, part in by_route(entry):
            await self._try(part, await self._means(part, only))

    async def _try(self, entry: OutboxEntry, means: Means) -> None:
        began = self.tools.clock.monotonic()
        look = self._look_in_passing(means)
        try:
            await Delivery(self.tools, self.outbox, entry, means, self.backoff).run()
            took = self.tools.clock.monotonic() - began
            if look and not look.done():
                await asyncio.wait([look], timeout=max(LOOK_AT_LEAST, took))
        finally:
            if look:
                await tasks.stop([look])

    async def _means(self, entry: OutboxEntry, only: str | None) -> Means:
        known = candidates((await self.book.all()).profiles, entry.from_address)
        chosen = tuple(p for p in known if only is None or p.id == only)
        view = await self.here.view()
        around = await self.here.surroundings(view)
        secrets = await secrets_of(self.book, chosen)
        return Means(chosen, secrets, around, view.network.portal_url)

    def _look_in_passing(self, means: Means) -> "asyncio.Task[ProbeReport] | None":
        """Looks again, beside the sending, at better profiles that once failed here."""
        around = means.around
        here = [m for m in around.memories if m.key == around.key]
        known = remembered_winner(means.candidates, here)
        if known is None:
            return None
        now = self.tools.clock.now()
        better = worth_another_look(means.candidates, here, known.profile, now)
        if not better:
            return None
        quiet = replace(self.tools, announce=Announcer())
        return tasks.start(self._look(quiet, better, means), "a look in passing")

    async def _look(self, tools: Tools, better: Sequence[Profile], means: Means) -> ProbeReport:
        view = await self.here.view(portal=False)
        known = (await self.book.all()).profiles
        probe = Probe(tools, view.network, means.around)
        return await probe.run(better, means.secrets, known, self.settings().probe_recipient)
