"""The probe: how far does each profile come from here? It never says DATA (rule 8).

All profiles climb at once, within the bound on connections; where a profile's first endpoint
fails in a way that another port may not, its other endpoints follow at once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from roammail.core.diagnosis import Diagnosis, Kind, Scope
from roammail.core.differential import from_here
from roammail.core.events import ProbeFinished, ProbeStarted, ProbeStopped
from roammail.core.failure import Failure, FailureKind
from roammail.core.network import Network, PortalState
from roammail.core.profile import AuthMethod, Endpoint, Profile
from roammail.core.report import (
    EndpointReport,
    ProbeReport,
    ProfileOutcome,
    ProfileReport,
    StepOutcome,
)
from roammail.core.secret import Secret
from roammail.core.seen import diagnose_failure
from roammail.core.stage import Stage
from roammail.engine import tasks
from roammail.engine.head_start import finished_or_silent
from roammail.engine.ladder import Fell, Ladder, Surroundings
from roammail.engine.tools import Tools


def own_address(profile: Profile) -> str | None:
    """An address that the profile may send as, for MAIL FROM; None if none is known."""
    exact = [rule for rule in profile.senders if not rule.startswith("@")]
    if exact:
        return exact[0]
    if "@" in profile.username:
        return profile.username
    if profile.senders and profile.username:
        return profile.username + profile.senders[0]
    return None


def recipient_for(profile: Profile, profiles: Sequence[Profile], named: str) -> str | None:
    """Whom a probe asks to relay to: `named`, or an own address at a foreign domain."""
    if named:
        return named
    mine = {rule.rpartition("@")[2].lower() for rule in (*profile.senders, profile.username)}
    for other in profiles:
        address = own_address(other)
        if address and address.rpartition("@")[2].lower() not in mine:
            return address
    return None


#: What a server may say at one of its ports and not at another.
_OF_THE_DOOR = (Kind.AUTH_REQUIRED, Kind.AUTH_MECHANISM, Kind.RELAY_DENIED, Kind.TLS_REQUIRED)


def another_port_may_help(diagnosis: Diagnosis) -> bool:
    """Whether the other endpoints are worth a try after this one fell.

    Not after a refused sign-in: that would try the same password again (rule 4); and not
    where the answer concerns the sender or the recipient, which is the same on every port.
    """
    if diagnosis.stage in (None, Stage.RESOLVE):
        return False
    if diagnosis.stage in (Stage.CONNECT, Stage.GREET, Stage.ENCRYPT):
        return True
    if diagnosis.stage is Stage.SIGN_IN:
        # A connection that ends without an answer may be a server's way to refuse a password.
        return diagnosis.scope is not Scope.CREDENTIAL and diagnosis.kind in _OF_THE_DOOR
    return diagnosis.kind in _OF_THE_DOOR or diagnosis.kind is Kind.CONNECTION_LOST


@dataclass(frozen=True, slots=True)
class _Climbed:
    ladder: Ladder
    report: EndpointReport


class Probe:
    """One probe of several profiles on one network."""

    def __init__(self, tools: Tools, network: Network, around: Surroundings) -> None:
        self._tools = tools
        self._network = network
        self._around = around

    async def run(
        self,
        profiles: Sequence[Profile],
        secrets: Mapping[str, Secret | None],
        known: Sequence[Profile],
        rcpt: str,
    ) -> ProbeReport:
        """Tries `profiles` (in order of preference) and tells how far each came.

        `known` are all the user's profiles, whose addresses serve as RCPT; `rcpt` is the
        address that the user named, or "". Cancelling it closes every connection.
        """
        clock = self._tools.clock
        began = clock.monotonic()
        ids = tuple(p.id for p in profiles)
        self._tools.announce(ProbeStarted(ids))
        try:
            if self._around.portal is PortalState.REQUIRED:
                reports = [self._behind_portal(profile) for profile in profiles]
            else:
                reports = await self._all(profiles, secrets, known, rcpt)
        except BaseException:
            self._tools.announce(ProbeStopped(ids))
            raise
        winner = next((r.profile_id for r in reports if r.outcome is ProfileOutcome.WORKS), None)
        if self._tools.keeper:
            losers = {profile.id for profile in profiles} - {winner}
            self._tools.keeper.drop(lambda door: door.profile.id in losers)
        report = ProbeReport(
            self._network, self._around.key, tuple(reports), winner, clock.monotonic() - began
        )
        self._tools.announce(ProbeFinished(report))
        return report

    async def _all(
        self,
        profiles: Sequence[Profile],
        secrets: Mapping[str, Secret | None],
        known: Sequence[Profile],
        rcpt: str,
    ) -> list[ProfileReport]:
        async with asyncio.TaskGroup() as group:
            climbs = [
                group.create_task(
                    self._profile(p, secrets.get(p.id), recipient_for(p, known, rcpt)),
                    name=f"probe {p.name}",
                )
                for p in profiles
            ]
        climbed = [task.result() for task in climbs]
        everything = [c.report for tried in climbed for c in tried]
        return [
            self._profile_report(profile, tried, everything)
            for profile, tried in zip(profiles, climbed, strict=True)
        ]

    async def _profile(
        self, profile: Profile, secret: Secret | None, rcpt: str | None
    ) -> list[_Climbed]:
        first, *others = self._endpoints(profile)
        reached = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            climbs = [group.create_task(self._endpoint(profile, first, secret, rcpt, reached))]
            if others and await self._others_are_due(climbs[0], reached):
                climbs += [
                    group.create_task(self._endpoint(profile, endpoint, secret, rcpt))
                    for endpoint in others
                ]
        return [climb.result() for climb in climbs]

    async def _others_are_due(
        self, first: "asyncio.Task[_Climbed]", reached: asyncio.Event
    ) -> bool:
        if not await finished_or_silent(self._tools.clock, first, reached):
            return True
        fell = first.result().report.diagnosis
        return fell is not None and another_port_may_help(fell)

    def _endpoints(self, profile: Profile) -> tuple[Endpoint, ...]:
        """The profile's endpoints, one that is known to work here first."""
        worked = {
            m.endpoint
            for m in self._around.memories
            if m.works and m.profile_id == profile.id and m.key == self._around.key
        }
        return tuple(sorted(profile.endpoints, key=lambda endpoint: endpoint not in worked))

    async def _endpoint(
        self,
        profile: Profile,
        endpoint: Endpoint,
        secret: Secret | None,
        rcpt: str | None,
        reached: asyncio.Event | None = None,
    ) -> _Climbed:
        ladder = Ladder(self._tools, profile, endpoint, secret, self._around, reached)
        works = False
        try:
            await self._climb(ladder, profile, rcpt)
            works = True
        except Fell as fell:
            ladder.fall(fell.diagnosis)
        finally:
            # A goodbye is not waited for; also when the probe is cancelled, nothing stays open
            # but what the next message may use.
            await tasks.finish(ladder.part(used=True) if works else ladder.leave())
        return _Climbed(ladder, await ladder.remember())

    async def _climb(self, ladder: Ladder, profile: Profile, rcpt: str | None) -> None:
        await ladder.approach()
        address = own_address(profile)
        if address is None:
            why = "no address is known that this profile may send as"
            ladder.skip(Stage.SENDER, why)
            ladder.skip(Stage.RELAY, why)
            return
        await ladder.sender(address, None, eight_bit=False, utf8=not address.isascii())
        if rcpt is None:
            ladder.skip(Stage.RELAY, "no address of yours at another provider is known")
            return
        refusal = await ladder.recipient(rcpt)
        if refusal:
            raise Fell(refusal)

    def _profile_report(
        self, profile: Profile, tried: Sequence[_Climbed], everything: Sequence[EndpointReport]
    ) -> ProfileReport:
        own = [c.report for c in tried]
        others = [report for report in everything if report not in own]
        refined = tuple(_refine(c, own, others) for c in tried)
        best = next((r for r in refined if r.works), None)
        if best is None:
            # The endpoint that came farthest tells most; of equals, the first.
            best = max(refined, key=_height)
        return ProfileReport(
            profile_id=profile.id,
            name=profile.name,
            outcome=_outcome(profile, best),
            endpoint=best.endpoint,
            diagnosis=best.diagnosis,
            steps=best.steps,
            tried=refined,
        )

    def _behind_portal(self, profile: Profile) -> ProfileReport:
        ladder = Ladder(self._tools, profile, profile.endpoint, None, self._around)
        failure = Failure(FailureKind.PORTAL, self._network.portal_url or "")
        ladder.fall(diagnose_failure(failure, Stage.CONNECT, ladder.context()))
        report = ladder.report()
        return ProfileReport(
            profile_id=profile.id,
            name=profile.name,
            outcome=ProfileOutcome.SKIPPED,
            endpoint=profile.endpoint,
            diagnosis=report.diagnosis,
            steps=report.steps,
        )


def _height(report: EndpointReport) -> int:
    return sum(1 for step in report.steps if step.outcome is StepOutcome.DONE)


def _outcome(profile: Profile, best: EndpointReport) -> ProfileOutcome:
    if not best.works:
        return ProfileOutcome.FAILS
    relay = next(s for s in best.steps if s.stage is Stage.RELAY)
    # Without a sign-in, whether it relays is the whole question; unasked, it is unknown.
    if relay.outcome is StepOutcome.SKIPPED and profile.auth is AuthMethod.NONE:
        return ProfileOutcome.SKIPPED
    return ProfileOutcome.WORKS


def _refine(
    climbed: _Climbed, own: Sequence[EndpointReport], others: Sequence[EndpointReport]
) -> EndpointReport:
    """Diagnoses silence again, now that the other endpoints and servers have spoken."""
    report = climbed.report
    fell = report.diagnosis
    if fell is None or fell.failure is None or fell.stage is None:
        return report
    context = from_here(climbed.ladder.context(), report.endpoint, own, others)
    return replace(report, diagnosis=diagnose_failure(fell.failure, fell.stage, context))
