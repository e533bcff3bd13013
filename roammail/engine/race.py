"""Offers one message through several profiles at once and takes the one that ranking chooses.

Losers hear RSET's stronger sister, QUIT, and never saw DATA. The winner's connection is the
one on which the message goes.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from roammail.core.diagnosis import Diagnosis
from roammail.core.profile import Endpoint, Profile
from roammail.core.ranking import Choice, Contender, Standing, choose
from roammail.core.report import Word
from roammail.core.secret import Secret
from roammail.engine import tasks
from roammail.engine.express import Express, Overtaken
from roammail.engine.handover import Misspoken
from roammail.engine.head_start import finished_or_silent
from roammail.engine.ladder import Fell, Ladder, Surroundings
from roammail.engine.offer import Job, Manners, Offered, Stale, offer
from roammail.engine.probe import another_port_may_help
from roammail.engine.tools import Tools


@dataclass(frozen=True, slots=True)
class Refusal:
    """One endpoint of one profile that did not take the message."""

    profile: Profile
    endpoint: Endpoint
    diagnosis: Diagnosis
    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """One endpoint that was let go when the choice fell on another. `ready`: it would have
    taken the message; else it had not answered yet."""

    profile: Profile
    endpoint: Endpoint
    seconds: float
    ready: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A profile with the endpoints to try, in order."""

    profile: Profile
    endpoints: tuple[Endpoint, ...]
    secret: Secret | None


@dataclass(slots=True)
class _Runner:
    route: Route
    task: "asyncio.Task[Offered | None]"
    finished_at: float = 0.0


@dataclass(slots=True)
class Race:
    """One race. `refusals` grow as routes fall; `started` is told of every endpoint tried.

    After the choice `left` tells of whoever was neither chosen nor refused.
    """

    tools: Tools
    around: Surroundings
    job: Job
    started: Callable[[Profile, Endpoint], None]
    refused: Callable[[Refusal], None]
    express: Express | None = None  # only where one route runs alone
    refusals: list[Refusal] = field(default_factory=list)
    _left: dict[Ladder, Left] = field(default_factory=dict)
    _open: "dict[Ladder, asyncio.Task[Any]]" = field(default_factory=dict)

    @property
    def left(self) -> tuple[Left, ...]:
        """In the order in which they were let go."""
        return tuple(self._left.values())

    async def run(self, routes: Sequence[Route]) -> Offered | None:
        """The chosen offer, still open; None when no route takes the message.

        Whatever else was open is closed when it returns, also when it is cancelled.
        """
        clock = self.tools.clock
        began = clock.monotonic()
        runners = [
            _Runner(route, tasks.start(self._route(route), f"offer {route.profile.name}"))
            for route in routes
        ]
        taken: Offered | None = None
        try:
            chosen = await self._decide(runners, began)
            taken = chosen.task.result() if chosen else None
        finally:
            try:
                await tasks.finish(self._dismiss(runners, taken))
            except asyncio.CancelledError:
                await tasks.finish(self._dismiss(runners, None))
                raise
        return taken

    async def _decide(self, runners: Sequence[_Runner], began: float) -> _Runner | None:
        clock = self.tools.clock
        while True:
            elapsed = clock.monotonic() - began
            for runner in runners:
                if runner.task.done() and not runner.finished_at:
                    runner.finished_at = elapsed
            choice = choose([_standing(runner) for runner in runners], elapsed)
            if choice.index is not None:
                return runners[choice.index]
            if choice.exhausted:
                return None
            await self._wait(runners, choice)

    async def _wait(self, runners: Sequence[_Runner], choice: Choice) -> None:
        running = [runner.task for runner in runners if not runner.task.done()]
        timer = None
        if choice.wait is not None:
            timer = tasks.start(self.tools.clock.sleep(choice.wait), "patience")
        try:
            await asyncio.wait(
                [*running, timer] if timer else running, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            if timer:
                await tasks.stop([timer])

    async def _dismiss(self, runners: Sequence[_Runner], taken: Offered | None) -> None:
        """Ends what still runs; closes every connection but that of `taken`.

        Whoever was stopped on the way may have left an attempt or an offer behind: what is
        open is known here, not there.
        """
        if taken is not None:
            self._note_left(self._open.items(), taken)
        await tasks.stop(runner.task for runner in runners)
        await tasks.stop(self._open.values())
        for ladder in tuple(self._open):
            if taken is None or ladder is not taken.ladder:
                del self._open[ladder]
                await ladder.leave()

    def _note_left(
        self, tried: "Iterable[tuple[Ladder, asyncio.Task[Any]]]", taken: Offered
    ) -> None:
        for ladder, attempt in tried:
            if ladder is not taken.ladder:
                seconds = ladder.report().seconds
                ready = attempt.done() and not attempt.cancelled()
                left = Left(ladder.profile, ladder.endpoint, seconds, ready)
                self._left.setdefault(ladder, left)

    async def _route(self, route: Route) -> Offered | None:
        first, *others = route.endpoints
        if not others:
            return await self._endpoint(route, first)
        reached = asyncio.Event()
        attempts = [tasks.start(self._endpoint(route, first, reached), f"offer {first}")]
        try:
            if await finished_or_silent(self.tools.clock, attempts[0], reached):
                offered = attempts[0].result()
                if offered or not another_port_may_help(self._last(route, first).diagnosis):
                    return offered
            attempts += [
                tasks.start(self._endpoint(route, endpoint), f"offer {endpoint}")
                for endpoint in others
            ]
        except asyncio.CancelledError:
            await tasks.stop(attempts)
            raise
        return await self._first(attempts)

    async def _first(self, attempts: "Sequence[asyncio.Task[Offered | None]]") -> Offered | None:
        """The first endpoint that takes the message; the others are closed."""
        winner: Offered | None = None
        try:
            for next_done in asyncio.as_completed(attempts):
                winner = await next_done
                if winner:
                    self._note_left([x for x in self._open.items() if x[1] in attempts], winner)
                    return winner
            return None
        finally:
            await tasks.stop(attempts)
            for attempt in attempts:
                if attempt.cancelled() or attempt.exception():
                    continue
                late = attempt.result()
                if late and late is not winner:
                    await tasks.finish(late.ladder.leave())

    async def _endpoint(
        self, route: Route, endpoint: Endpoint, reached: asyncio.Event | None = None
    ) -> Offered | None:
        clock = self.tools.clock
        began = clock.monotonic()
        self.started(route.profile, endpoint)
        manners, word = Manners(self.express), Word.UNKNOWN
        while True:
            ladder = self._ladder(route, endpoint, reached, warm=manners.warm)
            try:
                return await self._climb(ladder, manners, word)
            except Stale:
                manners = replace(manners, warm=False)
            except Misspoken as misspoken:
                # Nothing was taken; said otherwise it may be. Once, and once more plainly.
                word = misspoken.word
                plain = misspoken.plain
                manners = replace(manners, data_ahead=False, plain=plain, warm=False)
            except Overtaken:
                return None
            except Fell as fell:
                ladder.fall(fell.diagnosis)
                took = clock.monotonic() - began
                refusal = Refusal(route.profile, endpoint, fell.diagnosis, took)
                self.refusals.append(refusal)
                self.refused(refusal)
                await ladder.remember()
                return None

    def _ladder(
        self, route: Route, endpoint: Endpoint, reached: asyncio.Event | None, *, warm: bool
    ) -> Ladder:
        ladder = Ladder(
            self.tools, route.profile, endpoint, route.secret, self.around, reached, warm=warm
        )
        ladder.allow(len(self.job.message.content), len(self.job.recipients))
        return ladder

    async def _climb(self, ladder: Ladder, manners: Manners, word: Word) -> Offered:
        """One connection, left again unless it ends with an offer."""
        if task := asyncio.current_task():
            self._open[ladder] = task
        offered: Offered | None = None
        try:
            offered = await offer(self.tools, ladder, self.job, manners)
        finally:
            if offered is None:
                await tasks.finish(ladder.leave())
                self._open.pop(ladder, None)
        if word and manners.plain:
            await ladder.note_word(word)  # plainly it did
        await ladder.remember()
        return offered

    def _last(self, route: Route, endpoint: Endpoint) -> Refusal:
        return next(
            r
            for r in reversed(self.refusals)
            if r.profile.id == route.profile.id and r.endpoint == endpoint
        )


def _standing(runner: _Runner) -> Contender:
    if not runner.task.done():
        return Contender(Standing.RUNNING)
    works = runner.task.result() is not None
    return Contender(Standing.WORKS if works else Standing.FAILED, runner.finished_at)


def routes_for(
    profiles: Sequence[Profile], secrets: Mapping[str, Secret | None], around: Surroundings
) -> tuple[Route, ...]:
    """The profiles as routes, an endpoint that worked on this network first."""
    worked = {
        (m.profile_id, m.endpoint) for m in around.memories if m.works and m.key == around.key
    }

    def order(profile: Profile) -> tuple[Endpoint, ...]:
        return tuple(sorted(profile.endpoints, key=lambda e: (profile.id, e) not in worked))

    return tuple(Route(p, order(p), secrets.get(p.id)) for p in profiles)
