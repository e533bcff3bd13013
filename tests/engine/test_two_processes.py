"""Rule 4 across processes: two that meet the same wrong password show it once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from roammail.adapters.exclusive import sign_in_door
from roammail.core.diagnosis import Kind
from roammail.engine.engine import Engine
from tests.engine.world import World, message, tried

Door = Callable[[str], AbstractAsyncContextManager[bool]]


def processes(world: World, first: Door, second: Door) -> tuple[Engine, Engine]:
    """Two engines over the same stores, each with gates of its own."""
    parts = world.engine._parts
    outbox = (world.outbox, world.outbox.peer())
    doors = (first, second)
    made = [
        Engine(
            replace(
                parts,
                outbox=outbox[n],
                tools=replace(
                    parts.tools, sign_in_door=doors[n], sign_in_gates={}, unanswered=set()
                ),
            )
        )
        for n in (0, 1)
    ]
    return made[0], made[1]


async def test_a_wrong_password_is_shown_by_one_process_only(tmp_path: Path) -> None:
    async def slow(_: str) -> str:
        for _turn in range(300):  # long enough for the other process to come to its sign-in
            await asyncio.sleep(0)
        return "535 5.7.8 Bad credentials"

    world = World()
    server = world.server("mx.example", answers={"auth": slow})
    await world.profile("one", "mx.example")
    one, two = processes(world, sign_in_door(tmp_path), sign_in_door(tmp_path))
    numbers = [await one.queue(message()) for _ in range(2)]
    entries = await asyncio.gather(one.deliver(numbers[0]), two.deliver(numbers[1]))
    assert len(server.sign_ins) == 1
    for entry in entries:
        assert [kind for _, _, kind in tried(entry)] == [str(Kind.AUTH_FAILED)]


async def test_a_process_that_does_not_end_is_no_reason_to_show_it() -> None:
    @asynccontextmanager
    async def shut(_: str) -> AsyncIterator[bool]:
        yield False

    world = World()
    server = world.server("mx.example")
    await world.profile("one", "mx.example")
    one, _ = processes(world, shut, shut)
    entry = await one.deliver(await one.queue(message()))
    assert server.sign_ins == []
    assert [kind for _, _, kind in tried(entry)] == [str(Kind.TIMED_OUT)]
    assert await world.memory.paused(entry.attempts[0].profile_id, "") is None


async def test_a_home_that_cannot_be_locked_does_not_stop_the_mail(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    world = World()
    server = world.server("mx.example")
    await world.profile("one", "mx.example")
    one, _ = processes(world, sign_in_door(tmp_path / "file"), sign_in_door(tmp_path))
    await one.deliver(await one.queue(message()))
    assert len(server.messages) == 1
