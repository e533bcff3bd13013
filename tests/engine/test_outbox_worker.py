"""The worker over fakes and a clock of its own: when what is tried, and when it gives up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

from roammail.core.delivery import RecipientState, Standing
from roammail.core.events import MessageStands
from roammail.core.network import Network, PortalState
from roammail.core.secret import Secret
from roammail.engine.outbox_worker import OutboxWorker
from roammail.ports import Ring
from tests.engine.world import FROM, HOME, World, message, states
from tests.fakes.smtp import FakeServer

BUSY = "451 4.3.0 Busy, try later"


@asynccontextmanager
async def working(world: World) -> AsyncIterator[OutboxWorker]:
    worker = world.engine.worker()
    assert await world.engine.workplace.take()
    run = asyncio.get_running_loop().create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        run.cancel()
        await asyncio.wait([run])
        await world.engine.workplace.leave()
        if not run.cancelled():
            run.result()


async def until(world: World, seconds: float) -> None:
    """Lets the world's time pass, in steps in which others get their turn."""
    for _ in range(40):
        await world.clock.sleep(seconds / 40)


def quiet_world() -> World:
    """Nothing changes unless the test says so."""
    world = World()
    world.watcher.changes = no_changes
    return world


async def no_changes() -> AsyncIterator[Network]:
    for network in ():
        yield network


async def one_profile(**how: object) -> tuple[World, FakeServer]:
    world = quiet_world()
    server = world.server("mx.example", **how)
    await world.profile("one", "mx.example")
    return world, server


async def test_what_waits_goes_at_once_and_later_mail_when_called() -> None:
    world, server = await one_profile()
    await world.engine.queue(message())
    async with working(world):
        await until(world, 1)
        assert len(server.messages) == 1
        await world.engine.queue(message())
        world.engine.call_worker()
        await until(world, 1)
        assert len(server.messages) == 2


async def test_mail_that_nobody_announced_is_found_within_a_minute() -> None:
    world, server = await one_profile()
    async with working(world):
        await until(world, 1)
        await world.engine.queue(message())
        await until(world, 70)
        assert len(server.messages) == 1


async def test_a_busy_server_is_asked_again_later_and_less_and_less() -> None:
    world, _ = await one_profile(answers={"mail": [BUSY, BUSY, BUSY, ""]})
    number = await world.engine.queue(message())
    times = []
    world.announce.subscribe(
        lambda event: (
            times.append(world.clock.monotonic())
            if type(event).__name__ == "AttemptStarted"
            else None
        )
    )
    async with working(world):
        await until(world, 3000)
    gaps = [round(b - a) for a, b in pairwise(times)]
    assert gaps == [60, 120, 240]
    assert states(await world.engine.entry(number)) == {"friend@elsewhere.example": "sent"}


async def test_one_of_many_tells_that_there_is_no_way() -> None:
    world, server = await one_profile(answers={"greeting": "554 5.3.2 Not today"})
    for _ in range(30):
        await world.engine.queue(message())
    async with working(world):
        await until(world, 30)
        assert server.dialled == 1
        server.answers.clear()
        await until(world, 100)
    assert len(server.messages) == 30


async def test_the_password_changed_and_everything_is_tried() -> None:
    world, server = await one_profile()
    profile = (await world.engine.book.all()).profiles[0]
    server.users = {FROM: "another"}
    await world.engine.queue(message())
    async with working(world):
        await until(world, 10)
        assert not server.messages
        await until(world, 3000)
        assert len(server.sign_ins) == 1
        server.users = {FROM: "S3cr3t-the new one"}
        await world.engine.book.edit(profile, Secret("S3cr3t-the new one"))
        world.engine.workplace.ring(Ring.PROFILES)
        await until(world, 10)
    assert len(server.messages) == 1


async def test_a_portal_holds_everything_until_it_is_passed() -> None:
    world, server = await one_profile()
    world.portal.state = PortalState.REQUIRED
    for _ in range(5):
        await world.engine.queue(message())
    async with working(world):
        await until(world, 3000)
        assert server.dialled == 0
        world.portal.state = PortalState.NONE
        await until(world, 60)
    assert len(server.messages) == 5


async def test_another_network_tries_everything() -> None:
    world, server = await one_profile(answers={"mail": BUSY})
    moved: asyncio.Event = asyncio.Event()

    async def changes():
        await moved.wait()
        yield world.watcher.network

    world.watcher.changes = changes
    await world.engine.queue(message())
    async with working(world):
        await until(world, 5)
        tried = server.dialled
        server.answers.clear()
        world.watcher.network = HOME
        moved.set()
        await until(world, 5)
        assert server.dialled == tried + 1
    assert len(server.messages) == 1


async def test_gives_up_after_the_users_patience_and_takes_it_up_again() -> None:
    world, server = await one_profile(answers={"mail": BUSY})
    number = await world.engine.queue(message())
    async with working(world):
        await until(world, timedelta(days=5, hours=2).total_seconds())
        entry = await world.engine.entry(number)
        assert states(entry) == {"friend@elsewhere.example": "given-up"}
        dialled = server.dialled
        await until(world, timedelta(days=2).total_seconds())
        assert server.dialled == dialled
    told = [e.standing for e in world.events if isinstance(e, MessageStands)]
    assert told == [Standing.WAITING, Standing.GIVEN_UP]  # not one word more in seven days
    server.answers.clear()
    entry = await world.engine.retry(number)
    assert states(entry) == {"friend@elsewhere.example": "sent"}
    assert entry.retried is not None


async def test_who_slept_for_a_week_is_not_given_up_at_the_first_failure() -> None:
    world, server = await one_profile(answers={"mail": [BUSY] * 6 + [""]})
    number = await world.engine.queue(message())
    async with working(world) as worker:
        await until(world, 1000)
        world.clock.advance(timedelta(days=7).total_seconds())
        worker.everything()  # as after a resume
        await until(world, 60)
        assert server.dialled >= 5
        assert states(await world.engine.entry(number)) == {"friend@elsewhere.example": "deferred"}
        worker.everything()
        await until(world, 4000)
    assert states(await world.engine.entry(number)) == {"friend@elsewhere.example": "sent"}


async def test_a_clock_that_jumped_neither_gives_up_nor_waits_for_years() -> None:
    world, _ = await one_profile(answers={"mail": [BUSY, BUSY, ""]})
    number = await world.engine.queue(message())
    async with working(world):
        await until(world, 5)
        world.clock._start -= timedelta(days=4000)
        await until(world, 400)
        world.clock._start += timedelta(days=9000)
        await until(world, 400)
    assert states(await world.engine.entry(number)) == {"friend@elsewhere.example": "sent"}


async def test_a_dead_server_of_one_author_does_not_stop_the_others() -> None:
    world = quiet_world()
    stuck = asyncio.Event()

    async def hang(_: str) -> str | None:
        await stuck.wait()
        return None

    world.server("dead.example", answers={"dot": hang})
    alive = world.server("alive.example")
    await world.profile("dead", "dead.example", senders=("bob@dead.example",))
    await world.profile("alive", "alive.example", senders=(FROM,))
    for _ in range(20):
        await world.engine.queue(message(sender="bob@dead.example"))
    for _ in range(20):
        await world.engine.queue(message())
    async with working(world):
        await until(world, 50)
        assert len(alive.messages) == 20
        stuck.set()


async def test_one_refused_message_says_nothing_about_the_next() -> None:
    async def by_size(argument: str) -> str | None:
        return BUSY if "slow@" in argument else None

    world, _ = await one_profile(answers={"rcpt": by_size})
    first = await world.engine.queue(message("slow@elsewhere.example"))
    second = await world.engine.queue(message("quick@elsewhere.example"))
    async with working(world):
        await until(world, 5)
    assert states(await world.engine.entry(first)) == {"slow@elsewhere.example": "deferred"}
    assert states(await world.engine.entry(second)) == {"quick@elsewhere.example": "sent"}


async def test_what_another_process_delivers_is_left_alone() -> None:
    world, server = await one_profile()
    number = await world.engine.queue(message())
    other = world.outbox.peer()
    assert await other.claim(number)
    async with working(world):
        await until(world, 5)
        assert not server.messages
        await other.release(number)
        await until(world, 70)
    assert len(server.messages) == 1


async def test_what_a_dead_process_left_is_taken_up() -> None:
    world, server = await one_profile()
    number = await world.engine.queue(message())
    async with working(world):
        await until(world, 5)
    number = await world.engine.queue(message())
    entry = await world.engine.entry(number)
    entries = world.outbox._shared.entries
    sending = replace(entry.recipients[0], state=RecipientState.SENDING)
    entries[number] = replace(entry, recipients=(sending,))
    async with working(world):
        await until(world, 5)
    assert len(server.messages) == 2


async def test_once_ends_when_nothing_is_due() -> None:
    world, server = await one_profile(answers={"mail": ["", BUSY]})
    for _ in range(2):
        await world.engine.queue(message())
    assert await world.engine.workplace.take()
    await world.engine.worker().run(once=True)
    assert len(server.messages) == 1


async def test_who_was_under_way_when_something_changed_is_tried_again_at_once() -> None:
    """What it met may have been the end of the network that was left; once, not for ever."""
    reached, let = asyncio.Event(), asyncio.Event()

    async def hang(_: str) -> str | None:
        reached.set()
        await let.wait()
        return BUSY

    world, server = await one_profile(answers={"mail": [hang, BUSY, ""]})
    await world.engine.queue(message())
    async with working(world) as worker:
        await reached.wait()
        worker.everything()
        await until(world, 2)
        assert server.dialled == 1
        let.set()
        await until(world, 5)
        assert server.dialled == 2
        await until(world, 50)
        assert server.dialled == 2
        await until(world, 200)
    assert len(server.messages) == 1
