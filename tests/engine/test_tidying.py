"""When old contents are cleared away, under clocks that jump."""

from datetime import timedelta

import pytest

from roammail.core.errors import UserFacingError
from roammail.engine.tidying import EVERY, Tidying
from tests.engine.world import OwnClock, World
from tests.fakes.outbox import FakeOutbox

DAY = 86_400.0


class JumpingClock(OwnClock):
    """A wall clock that can be set apart from the time that passes."""

    off = timedelta(0)

    def now(self):  # type: ignore[no-untyped-def]
        return super().now() + self.off


async def sent(clock: OwnClock) -> tuple[World, int]:
    world = World(clock=clock)
    world.server("mx.example")
    await world.profile("one", "mx.example")
    return world, (await world.send()).id


async def has_content(world: World, number: int) -> bool:
    if (await world.engine.entry(number)).purged is None:
        assert (await world.outbox.message(number)).content
        return True
    with pytest.raises(UserFacingError, match="cleared away"):
        await world.outbox.message(number)
    return False


async def steady(clock: OwnClock, tidying: Tidying) -> None:
    """Time passes as it should, for long enough."""
    await tidying.look()
    clock.advance(EVERY)
    await tidying.look()


async def test_after_the_persons_days_the_content_goes_and_the_history_stays() -> None:
    world, number = await sent(clock := JumpingClock())
    tidying = Tidying(world.outbox, clock, timedelta(days=30))
    await steady(clock, tidying)
    clock.advance(29 * DAY)
    await steady(clock, tidying)
    assert await has_content(world, number)
    clock.advance(DAY)
    await steady(clock, tidying)
    assert not await has_content(world, number)
    kept = await world.engine.entry(number)
    assert kept.subject == "Hello"
    assert kept.purged is not None
    assert [str(one.state) for one in kept.recipients] == ["sent"]


async def test_zero_days_keep_for_ever() -> None:
    world, number = await sent(clock := JumpingClock())
    tidying = Tidying(world.outbox, clock, timedelta(0))
    clock.advance(4000 * DAY)
    await steady(clock, tidying)
    assert await has_content(world, number)


async def test_a_clock_that_jumps_ahead_and_back_clears_nothing_away() -> None:
    world, number = await sent(clock := JumpingClock())
    tidying = Tidying(world.outbox, clock, timedelta(days=30))
    await tidying.look()
    for _ in range(5):  # set wrong and right again, each sooner than anybody believes it
        clock.advance(EVERY / 2)
        clock.off = timedelta(days=4000)
        await tidying.look()
        clock.advance(EVERY / 2)
        clock.off = timedelta(0)
        await tidying.look()
    assert await has_content(world, number)
    clock.off = timedelta(days=-4000)  # before it was sent: nothing is old
    await steady(clock, tidying)
    assert await has_content(world, number)
    clock.off = timedelta(days=31)  # and stays there: that was no mistake
    await tidying.look()
    assert await has_content(world, number)
    await steady(clock, tidying)
    assert not await has_content(world, number)


async def test_what_waits_is_kept_however_old() -> None:
    world = World(clock=(clock := JumpingClock()))
    world.server("mx.example", answers={"mail": "451 4.3.0 Busy"})
    await world.profile("one", "mx.example")
    number = (await world.send()).id
    clock.advance(4000 * DAY)
    await steady(clock, Tidying(world.outbox, clock, timedelta(days=1)))
    assert await has_content(world, number)


async def test_an_outbox_that_cannot_be_written_stops_nobody() -> None:
    class Full(FakeOutbox):
        async def purge(self, *_: object) -> tuple[int, ...]:  # type: ignore[override]
            raise UserFacingError("outbox-full", "The disk is full.")

    clock = JumpingClock()
    await steady(clock, Tidying(Full(), clock, timedelta(days=1)))


async def test_what_was_cleared_away_cannot_be_asked_for_again() -> None:
    world = World(clock=(clock := JumpingClock()))
    world.server("mx.example", answers={"mail": "451 4.3.0 Busy"})
    await world.profile("one", "mx.example")
    number = (await world.send()).id
    await world.engine.cancel(number)
    clock.advance(2 * DAY)
    await steady(clock, Tidying(world.outbox, clock, timedelta(days=1)))
    with pytest.raises(UserFacingError) as caught:
        await world.engine.retry(number)
    assert caught.value.code == "outbox-purged"
