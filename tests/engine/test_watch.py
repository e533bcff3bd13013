"""After a closed way somebody looks until it is open: also when a look tells nothing, fails or
hangs, and whenever the doubt comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from roammail.core.network import Network, PortalState
from roammail.engine import tasks
from roammail.engine.here import NetworkView
from roammail.engine.watch import LOOK_SECONDS, PORTAL_SECONDS, SILENT_LOOKS, Watch
from tests.engine.world import OwnClock

NONE, REQUIRED, UNKNOWN = PortalState.NONE, PortalState.REQUIRED, PortalState.UNKNOWN
Look = PortalState | Exception | Callable[[], Awaitable[PortalState]]


@dataclass
class Scene:
    """Looks that end as `looks` says, the last of them for ever; when what was called."""

    looks: list[Look]
    clock: OwnClock = field(default_factory=OwnClock)
    looked: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.watch = Watch(
            _nothing_announced,
            self._look,
            self.clock,
            lambda: self.changed.append(self.clock.monotonic()),
        )

    async def _look(self) -> NetworkView:
        self.looked.append(self.clock.monotonic())
        one = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        if isinstance(one, Exception):
            raise one
        state = one if isinstance(one, PortalState) else await one()
        return NetworkView(Network(portal=state), None, visited=False)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        run = tasks.start(self.watch.run(), "watch")
        try:
            yield
        finally:
            await tasks.stop([run])


async def _nothing_announced() -> AsyncIterator[NetworkView]:
    for view in ():
        yield view


async def never() -> PortalState:
    await asyncio.Event().wait()
    return NONE


async def test_without_a_doubt_nobody_looks() -> None:
    scene = Scene([NONE])
    async with scene.watched():
        await scene.clock.sleep(3600)
    assert (scene.looked, scene.changed) == ([], [])


async def test_it_looks_until_the_portal_is_passed_and_then_no_more() -> None:
    scene = Scene([REQUIRED, PortalState.OFFLINE, NONE])
    async with scene.watched():
        scene.watch.doubt()
        await scene.clock.sleep(3600)
    assert scene.looked == [PORTAL_SECONDS * n for n in (1, 2, 3)]
    assert scene.changed == [scene.looked[-1]]


@pytest.mark.parametrize("silence", [UNKNOWN, PortalState.LIMITED, OSError("no bus"), never])
async def test_a_look_that_tells_nothing_does_not_end_the_looking(silence: Look) -> None:
    scene = Scene([REQUIRED, silence, REQUIRED, silence, NONE])
    async with scene.watched():
        scene.watch.doubt()
        await scene.clock.sleep(3600)
    assert len(scene.looked) == 5
    assert scene.changed == [scene.looked[-1]]


@pytest.mark.parametrize("silence", [UNKNOWN, OSError("no bus"), never])
async def test_where_no_look_tells_anything_the_messages_are_asked_instead(silence: Look) -> None:
    """Once for each doubt; and never oftener than the looks come."""
    scene = Scene([silence])
    async with scene.watched():
        scene.watch.doubt()
        await scene.clock.sleep(3600)
        assert len(scene.looked) == SILENT_LOOKS
        assert len(scene.changed) == 1
        scene.watch.doubt()
        await scene.clock.sleep(3600)
    assert len(scene.changed) == 2
    most = SILENT_LOOKS * (PORTAL_SECONDS + LOOK_SECONDS)
    assert SILENT_LOOKS * PORTAL_SECONDS <= scene.changed[0] <= most


async def test_a_doubt_before_the_way_opens_is_answered_with_it() -> None:
    scene = Scene([REQUIRED, NONE])
    async with scene.watched():
        scene.watch.doubt()
        await scene.clock.sleep(PORTAL_SECONDS * 1.5)
        scene.watch.doubt()
        await scene.clock.sleep(3600)
    assert len(scene.looked) == 2
    assert len(scene.changed) == 1


async def test_a_doubt_from_the_moment_the_way_opens_is_looked_after_again() -> None:
    scene = Scene([NONE])

    def changed() -> None:
        scene.changed.append(scene.clock.monotonic())
        if len(scene.changed) == 1:
            scene.watch.doubt()

    scene.watch = Watch(_nothing_announced, scene._look, scene.clock, changed)
    async with scene.watched():
        scene.watch.doubt()
        await scene.clock.sleep(3600)
    assert scene.changed == [PORTAL_SECONDS, 2 * PORTAL_SECONDS]


async def test_who_looks_is_stopped_in_the_middle_of_it() -> None:
    scene = Scene([never])
    async with scene.watched():
        scene.watch.doubt()
        await scene.clock.sleep(PORTAL_SECONDS + 1)
        assert scene.looked
    assert scene.changed == []
