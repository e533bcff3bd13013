"""What is remembered of one endpoint of one profile, and what of it counts for the next climb.
Owns what is worth remembering; knows no conversation.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from roammail.core.diagnosis import Diagnosis, Kind, Scope
from roammail.core.errors import UserFacingError
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey, PortalState
from roammail.core.pipelining import Pace, pace_for, word_of
from roammail.core.profile import Endpoint, Profile
from roammail.core.report import EndpointReport, Offer, Word
from roammail.engine.tools import Tools

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a climb: the network and what was seen on it and elsewhere.

    `still_here` tells whether that network has not been left since.
    """

    key: NetworkKey | None = None
    portal: PortalState = PortalState.UNKNOWN
    memories: tuple[Memory, ...] = ()
    still_here: Callable[[], Awaitable[bool]] | None = None
    metered: bool = False


class Recollection:
    """The memory's side of one climb."""

    def __init__(
        self, tools: Tools, profile: Profile, endpoint: Endpoint, around: Surroundings
    ) -> None:
        self._tools, self._profile, self._endpoint = tools, profile, endpoint
        self._around = around
        self._word = Word.UNKNOWN

    def pace(self, offer: Offer) -> Pace:
        """How far ahead of its answers this server is spoken to."""
        return pace_for(self._endpoint, offer, self._known)

    async def outcome(self, report: EndpointReport) -> None:
        """Keeps how the climb ended, where that says anything of this network."""
        if self._around.key is not None and not _says_nothing(report.diagnosis):
            await self._keep(self._memory(self._around.key, report))

    async def word(self, word: Word, report: EndpointReport) -> None:
        """Keeps whether the server kept its word about PIPELINING and CHUNKING; on a network
        that is not recognised, for this process."""
        if word is word_of(self._endpoint, report.offer, self._known):
            return
        self._word = word
        memory = self._memory(self._around.key or NetworkKey(""), report)
        self._tools.words[self._endpoint] = memory
        if self._around.key is not None:
            await self._keep(memory)

    @property
    def _known(self) -> tuple[Memory, ...]:
        fresh = self._tools.words.get(self._endpoint)
        return (fresh, *self._around.memories) if fresh else self._around.memories

    def _memory(self, key: NetworkKey, report: EndpointReport) -> Memory:
        # What was learned of its word outlives a climb that learned nothing of it.
        word = self._word or word_of(self._endpoint, report.offer, self._known)
        return Memory(
            key=key,
            profile_id=self._profile.id,
            endpoint=self._endpoint,
            works=report.works,
            kind=str(report.diagnosis.kind) if report.diagnosis else None,
            stage=report.diagnosis.stage if report.diagnosis else None,
            offer=replace(report.offer, word=word),
            seconds=report.seconds,
            when=self._tools.clock.now(),
        )

    async def _keep(self, memory: Memory) -> None:
        """What began on one network and ended on another is true of neither."""
        if self._around.still_here and not await self._around.still_here():
            return
        try:
            await self._tools.memory.remember(memory)
        except UserFacingError as error:  # what is forgotten is asked again: no mail waits for it
            _log.warning("an outcome could not be remembered: %s", error.message)


def _says_nothing(diagnosis: Diagnosis | None) -> bool:
    """Whether the outcome says nothing of this network and must not be remembered."""
    return diagnosis is not None and (
        diagnosis.kind in (Kind.CAPTIVE_PORTAL, Kind.UNCERTAIN)
        or diagnosis.scope in (Scope.MESSAGE, Scope.RECIPIENT)
    )
