"""The rules are loaded beside the loop: whoever meets a refusal waits, nobody else does."""

import asyncio
import threading
from dataclasses import replace

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Kind
from roammail.core.rulebook import RuleBook, RuleError
from roammail.engine.engine import Engine
from tests.engine.world import World, message, tried

DENIED = "554 5.7.1 Relay access denied"


class SlowRules:
    """Rules that take as long as the test wants."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.asked = asyncio.Event()
        self.count = 0
        self._loop = asyncio.get_running_loop()

    def __call__(self) -> RuleBook:
        self.count += 1
        self._loop.call_soon_threadsafe(self.asked.set)
        assert self.let.wait(60)
        return load_rules()


def engine_with(world: World, load: object) -> Engine:
    parts = world.engine._parts
    return Engine(replace(parts, tools=replace(parts.tools, load_rules=load, known_rules=None)))


async def test_the_loop_goes_on_while_rules_are_loaded_once() -> None:
    world, rules = World(), SlowRules()
    for name in ("one", "two"):
        world.server(f"{name}.example", answers={"rcpt": DENIED})
        await world.profile(name, f"{name}.example")
    engine = engine_with(world, rules)
    number = await engine.queue(message())
    delivery = asyncio.get_running_loop().create_task(engine.deliver(number))
    await asyncio.wait_for(rules.asked.wait(), 60)  # the loop is free to see this
    assert not delivery.done()
    rules.let.set()
    entry = await asyncio.wait_for(delivery, 60)
    assert {kind for _, _, kind in tried(entry)} == {str(Kind.RELAY_DENIED)}
    assert len(tried(entry)) == 2
    assert rules.count == 1


async def test_mail_that_nobody_refuses_needs_no_rules() -> None:
    world, rules = World(), SlowRules()
    world.server("one.example")
    await world.profile("one", "one.example")
    engine = engine_with(world, rules)
    await engine.deliver(await engine.queue(message()))
    assert rules.count == 0


async def test_the_worker_has_them_before_they_are_needed() -> None:
    world, rules = World(), SlowRules()
    rules.let.set()
    engine = engine_with(world, rules)
    worker = engine.worker()
    run = asyncio.get_running_loop().create_task(worker.run())
    await asyncio.wait_for(rules.asked.wait(), 60)
    worker.stop()
    await asyncio.wait_for(run, 60)


async def test_broken_rules_are_told_each_time() -> None:
    def broken() -> RuleBook:
        raise RuleError("nothing there")

    world = World()
    tools = replace(world.engine._parts.tools, load_rules=broken, known_rules=None)
    for _ in range(2):
        with pytest.raises(RuleError):
            await tools.learn()
