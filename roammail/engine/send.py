"""Delivers one message of the outbox: which profiles, in which order, and what each said.

Owns failover by scope (rules 6 and 7). The conversation is `offer.py`'s and `handover.py`'s,
the choice `core.ranking`'s, the states `core.delivery`'s.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from roammail.core.delivery import Backoff, Move, RecipientState, wait_after
from roammail.core.diagnosis import (
    Confidence,
    Diagnosis,
    Kind,
    Party,
    Remedy,
    RemedyKind,
    Scope,
)
from roammail.core.envelope import AttemptEntry, OutboxEntry
from roammail.core.errors import UserFacingError
from roammail.core.events import AttemptFinished, AttemptStarted
from roammail.core.failure import Failure, FailureKind
from roammail.core.network import PortalState
from roammail.core.outgoing import Outgoing
from roammail.core.profile import Endpoint, Profile
from roammail.core.ranking import remembered_winner
from roammail.core.secret import Secret
from roammail.core.seen import diagnose_failure
from roammail.core.stage import Stage
from roammail.engine import tasks
from roammail.engine.express import Express
from roammail.engine.handover import hand_over
from roammail.engine.job import HandedOver, Job, Offered, Outcome
from roammail.engine.ladder import Ladder, Surroundings
from roammail.engine.race import Left, Race, Refusal, Route, routes_for
from roammail.engine.recipients import Recipients
from roammail.engine.tools import Tools
from roammail.ports import OutboxStore

_log = logging.getLogger(__name__)
_OPEN = (RecipientState.QUEUED, RecipientState.DEFERRED)


@dataclass(frozen=True, slots=True)
class Means:
    """With what a message may be delivered: candidates in order, their secrets, the place."""

    candidates: tuple[Profile, ...]
    secrets: Mapping[str, Secret | None]
    around: Surroundings
    portal_url: str | None = None


class Delivery:
    """One try to deliver one message, whose claim the caller holds."""

    def __init__(
        self, tools: Tools, store: OutboxStore, entry: OutboxEntry, means: Means, backoff: Backoff
    ) -> None:
        self._tools = tools
        self._store = store
        self._entry = entry
        self._means = means
        self._backoff = backoff
        self._recipients = Recipients(entry, store, tools.clock, tools.announce)
        self._refusals: list[Refusal] = []
        #: Let go when a choice fell, and not tried again since.
        self._left: dict[tuple[str, Endpoint], Left] = {}
        self._failed: set[str] = set()  # profiles that fell after the offer
        self._answers: dict[str, Diagnosis] = {}  # of recipients refused for the route
        self._damaged = False  # the content is not what was taken

    async def run(self) -> None:
        """Tries until every recipient is settled or no profile is left.

        Whatever happens, nobody stays SENDING: an error or a cancellation defers them.
        """
        waiting = self._recipients.in_state(*_OPEN)
        if not waiting:
            return
        if not self._means.candidates:
            await self._defer(waiting, _NOBODY_MAY_SEND)
            return
        if self._means.around.portal is PortalState.REQUIRED:
            await self._defer(waiting, self._portal())
            return
        try:
            await self._recipients.move(waiting, Move.START)
            await self._deliver()
        except UserFacingError as error:
            if error.code != "outbox-damaged":
                raise
            _log.warning("message %d: %s", self._entry.id, error.message)
            self._damaged = True
        finally:
            await tasks.finish(self._give_back())

    async def _deliver(self) -> None:
        message = await self._store.outgoing(self._entry.id)
        left = self._means.candidates
        while left and (sending := self._sending()):
            used = await self._through_one(Job(self._entry.id, message, sending), left)
            out = {refusal.profile.id for refusal in self._refusals}
            if used and len(self._sending()) == len(sending):
                out.add(used)
            elif used and used not in self._failed:
                out.discard(used)  # it took as many as fit, and may take the rest
            left = tuple(p for p in left if p.id not in out)
        await self._split(message)
        await self._note_left(self._tools.clock.now())

    async def _split(self, message: Outgoing) -> None:
        """Rule 7's last resort: no profile takes all, so each takes whom it will."""
        if len(self._sending()) < 2:
            return
        partial = {r.profile.id for r in self._refusals if r.diagnosis.stage is Stage.RELAY}
        for profile in self._means.candidates:
            if profile.id in partial and (sending := self._sending()):
                job = Job(self._entry.id, message, sending, split=True)
                await self._through_one(job, (profile,))

    async def _through_one(self, job: Job, left: Sequence[Profile]) -> str | None:
        """One hand-over through the profile that ranking chooses; its id, None without one."""
        offered = await self._best_offer(job, left)
        if offered is None:
            return None
        clock, chosen = self._tools.clock, self._tools.clock.now()
        profile = offered.ladder.profile
        result: HandedOver | None = None
        try:
            result = await self._use(job, offered)
            seconds, ended = offered.ladder.report().seconds, clock.now()
        finally:
            went = result is not None and result.outcome is Outcome.SENT
            ending = offered.ladder.part() if went else offered.ladder.leave()
            await tasks.finish(ending)
        self._left.pop((profile.id, offered.ladder.endpoint), None)
        if result.outcome is not Outcome.FAILED:  # else they are asked again
            await self._note_left(chosen)
        when = ended - timedelta(seconds=seconds)
        await self._note(profile, offered.ladder.endpoint, result, when, seconds)
        return profile.id

    async def _use(self, job: Job, offered: Offered) -> HandedOver:
        profile_id = offered.ladder.profile.id
        for address, diagnosis in offered.refused:
            if _final(diagnosis, Scope.RECIPIENT):
                await self._recipients.move((address,), Move.REFUSE, profile_id, diagnosis)
            else:
                self._answers.setdefault(address, diagnosis)
        if not offered.accepted:
            return HandedOver(Outcome.REFUSED, offered.refused[0][1])
        result = offered.handed or await hand_over(self._tools, job, offered, self._recipients)
        await self._settle(offered, result)
        return result

    async def _settle(self, offered: Offered, result: HandedOver) -> None:
        """After the hand-over: a refused message is final, a failed route leaves it SENDING."""
        profile = offered.ladder.profile
        if result.outcome is Outcome.REFUSED:
            await self._recipients.move(offered.accepted, Move.REFUSE, profile.id, result.diagnosis)
        elif result.outcome is Outcome.FAILED and result.diagnosis:
            refusal = Refusal(profile, offered.ladder.endpoint, result.diagnosis, 0.0)
            self._refusals.append(refusal)
            self._failed.add(profile.id)
            offered.ladder.fall(result.diagnosis)
            await offered.ladder.remember()
            deferred = set(self._recipients.in_state(RecipientState.DEFERRED))
            again = tuple(a for a in offered.accepted if a in deferred)
            await self._recipients.move(again, Move.START)

    def _sending(self) -> tuple[str, ...]:
        return self._recipients.in_state(RecipientState.SENDING)

    async def _best_offer(self, job: Job, left: Sequence[Profile]) -> Offered | None:
        """The remembered winner at once; else, or if it fell, a race of all that are left."""
        here = [m for m in self._means.around.memories if m.key == self._means.around.key]
        known = remembered_winner(left, here)
        routes = routes_for(left, self._means.secrets, self._means.around)
        if known:
            first = [r for r in routes if r.profile.id == known.profile.id]
            if offered := await self._race(job, first):
                return offered
            routes = tuple(r for r in routes if r.profile.id != known.profile.id)
        return await self._race(job, routes) if routes else None

    async def _race(self, job: Job, routes: Sequence[Route]) -> Offered | None:
        fallen: list[Refusal] = []
        express = Express(self._recipients) if len(routes) == 1 else None
        race = Race(self._tools, self._means.around, job, self._tell_start, fallen.append, express)
        offered: Offered | None = None
        noted = False
        try:
            try:
                offered = await race.run(routes)
            finally:
                self._refusals += fallen
                await tasks.finish(self._note_refusals(fallen))
            self._left |= {(one.profile.id, one.endpoint): one for one in race.left}
            noted = True
            return offered
        finally:
            if offered and not noted:
                await tasks.finish(offered.ladder.leave())

    def _tell_start(self, profile: Profile, endpoint: Endpoint) -> None:
        self._tools.announce(AttemptStarted(self._entry.id, profile.id, endpoint))

    async def _note_refusals(self, fallen: Sequence[Refusal]) -> None:
        for one in fallen:
            self._left.pop((one.profile.id, one.endpoint), None)
            when = self._tools.clock.now() - timedelta(seconds=one.seconds)
            result = HandedOver(Outcome.FAILED, one.diagnosis)
            await self._note(one.profile, one.endpoint, result, when, one.seconds)

    async def _note_left(self, chosen: datetime) -> None:
        """Who was let go when the choice fell; told after the hand-over, which must not wait."""
        left, self._left = self._left, {}
        for one in left.values():
            outcome = Outcome.NOT_NEEDED if one.ready else Outcome.NOT_WAITED_FOR
            when = chosen - timedelta(seconds=one.seconds)
            await self._note(one.profile, one.endpoint, HandedOver(outcome), when, one.seconds)

    async def _note(
        self,
        profile: Profile,
        endpoint: Endpoint,
        result: HandedOver,
        when: datetime,
        seconds: float,
    ) -> None:
        outcome = str(result.outcome)
        attempt = AttemptEntry(
            profile_id=profile.id,
            profile_name=profile.name,
            host=endpoint.host,
            port=endpoint.port,
            security=str(endpoint.security),
            outcome=outcome,
            diagnosis=result.diagnosis,
            started=when,
            seconds=seconds,
        )
        await self._store.note_attempt(self._entry.id, attempt)
        self._tools.announce(
            AttemptFinished(
                self._entry.id, profile.id, endpoint, outcome, result.diagnosis, result.reply
            )
        )

    async def _give_back(self) -> None:
        """Whoever is still SENDING found no route: refused if that is final, else deferred."""
        stuck = self._sending()
        if self._damaged:  # each further try would upload nearly all of it, for nothing
            await self._recipients.move(stuck, Move.REFUSE, None, _DAMAGED)
            return
        final = bool(self._refusals) and all(_final(r.diagnosis) for r in self._refusals)
        if final:
            await self._recipients.move(stuck, Move.REFUSE, None, self._reason())
            return
        for address in stuck:
            await self._defer((address,), self._answers.get(address) or self._reason())

    async def _defer(self, addresses: Sequence[str], reason: Diagnosis | None) -> None:
        await self._recipients.move(addresses, Move.DEFER, None, reason)
        tries = self._entry.tries + 1
        scopes = [*(refusal.diagnosis.scope for refusal in self._refusals)]
        if reason is not None and not scopes:
            scopes = [reason.scope]
        delay = timedelta(seconds=wait_after(scopes, tries, self._backoff))
        await self._store.schedule(self._entry.id, self._tools.clock.now() + delay, tries)

    def _reason(self) -> Diagnosis | None:
        """What the most preferred profile met; of its endpoints, the first."""
        for profile in self._means.candidates:
            for refusal in self._refusals:
                if refusal.profile.id == profile.id:
                    return refusal.diagnosis
        return None

    def _portal(self) -> Diagnosis:
        profile = self._means.candidates[0]
        ladder = Ladder(self._tools, profile, profile.endpoint, None, self._means.around)
        failure = Failure(FailureKind.PORTAL, self._means.portal_url or "")
        return diagnose_failure(failure, Stage.CONNECT, ladder.context())


def _final(diagnosis: Diagnosis, scope: Scope = Scope.MESSAGE) -> bool:
    """Whether this refusal condemns the message, or what else has this scope, for good."""
    transient = diagnosis.reply is not None and diagnosis.reply.transient
    return diagnosis.scope is scope and not transient


_NOBODY_MAY_SEND = Diagnosis(
    Kind.SENDER_NOT_ALLOWED,
    Scope.SENDER,
    Party.ACCOUNT,
    Confidence.CERTAIN,
    remedies=(Remedy(RemedyKind.CHANGE_SENDER), Remedy(RemedyKind.CHECK_SETTINGS)),
)
_DAMAGED = Diagnosis(
    Kind.OTHER,
    Scope.MESSAGE,
    Party.CONTENT,
    Confidence.CERTAIN,
    params=(("reason", "damaged"),),
)
