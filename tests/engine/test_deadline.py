"""The whole of an attempt is bounded until the end of the content is out, and not after it."""

import asyncio
from dataclasses import replace

import pytest

from roammail.engine import deadline
from roammail.engine.deadline import seconds_for
from roammail.engine.engine import Engine
from roammail.ports import Timeouts
from tests.engine.world import TO, World, message, states, tried
from tests.fakes.smtp import FakeServer, Word
from tests.loop_clock import leap

AT_ONCE = ("SIZE 10240000", "8BITMIME", "PIPELINING", "CHUNKING")
#: The content of these messages adds almost nothing.
TIMEOUTS = Timeouts()


@pytest.fixture(autouse=True)
def _nothing_for_each_recipient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "FOR_EACH", 0.0)


class Held:
    """A server that answers only when it is let; the loop's clock goes on by `passes` seconds
    as soon as it is asked."""

    def __init__(self, passes: float) -> None:
        self.reached, self.let = asyncio.Event(), asyncio.Event()
        self._passes = passes

    async def __call__(self, _: str) -> Word:
        self.reached.set()
        leap(self._passes)
        await self.let.wait()
        return None


async def world_with(stage: str, *extensions: str, two: bool) -> tuple[World, Engine, FakeServer]:
    world = World()
    how = {"extensions": extensions} if extensions else {}
    slow = world.server("one.example", **how)
    await world.profile("One", "one.example")
    if two:
        world.server("two.example")
        await world.profile("Two", "two.example")
    slow.answers[stage] = Held(1.2 * TIMEOUTS.attempt)
    parts = world.engine._parts
    return world, Engine(replace(parts, tools=replace(parts.tools, timeouts=TIMEOUTS))), slow


@pytest.mark.parametrize("extensions", [(), AT_ONCE], ids=["plain", "at once"])
@pytest.mark.parametrize("stage", ["connect", "tls", "greeting", "hello", "auth", "mail", "rcpt"])
async def test_a_server_that_never_comes_to_an_end_is_left(
    stage: str, extensions: tuple[str, ...]
) -> None:
    _, engine, slow = await world_with(stage, *extensions, two=False)
    entry = await engine.deliver(await engine.queue(message()))
    assert states(entry) == {TO: "deferred"}
    ((name, outcome, kind),) = tried(entry)
    assert (name, outcome) == ("One", "failed")
    assert kind in (("tls-failed", "timed-out") if stage == "tls" else ("timed-out",))
    assert slow.messages == []
    held = slow.answers[stage]
    assert isinstance(held, Held)
    held.let.set()
    await engine.close()


@pytest.mark.parametrize("stage", ["data", "content"])
async def test_before_the_dot_another_profile_takes_it(stage: str) -> None:
    _, engine, slow = await world_with(stage, two=True)
    entry = await engine.deliver(await engine.queue(message()))
    assert states(entry) == {TO: "sent"}
    assert tried(entry) == [("One", "failed", "timed-out"), ("Two", "sent", None)]
    assert slow.messages == []
    assert all(connection.closed for connection in slow.connections)


async def test_after_the_dot_only_the_servers_word_counts() -> None:
    _, engine, slow = await world_with("dot", two=True)
    held = slow.answers["dot"]
    assert isinstance(held, Held)
    number = await engine.queue(message())
    delivery = asyncio.get_running_loop().create_task(engine.deliver(number))
    await held.reached.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert not delivery.done()
    held.let.set()
    assert states(await delivery) == {TO: "sent"}
    assert len(slow.messages) == 1


def test_a_large_message_for_many_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "FOR_EACH", 2.0)
    bare = seconds_for(Timeouts())
    assert bare == Timeouts().attempt == 600.0
    assert seconds_for(Timeouts(), octets=20_480_000) == bare + 10_000
    assert seconds_for(Timeouts(), recipients=1000) == bare + 2000
