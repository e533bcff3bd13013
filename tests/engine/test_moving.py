"""The laptop is carried off in the middle of a climb: what was seen then teaches nothing."""

import pytest

from roammail.core.events import Event, StepFinished
from roammail.core.network import Network
from roammail.core.stage import Stage
from tests.engine.world import HOME, HOTEL, World


async def _climbed(moving_to: Network | None) -> World:
    """A test in the hotel, with the network left after CONNECT."""
    world = World()
    world.server("one.example")
    await world.profile("One", "one.example")

    def carried(event: Event) -> None:
        if isinstance(event, StepFinished) and event.step.stage is Stage.CONNECT:
            world.clock.advance(3)
            world.watcher.network = moving_to or world.watcher.network

    world.announce.subscribe(carried)
    await world.engine.test()
    return world


@pytest.mark.parametrize("place", [HOME, Network()])
async def test_what_ended_elsewhere_is_not_remembered(place: Network) -> None:
    world = await _climbed(moving_to=place)
    assert await world.memory.recall() == ()


async def test_what_took_long_in_one_place_is_remembered() -> None:
    world = await _climbed(moving_to=None)
    (memory,) = await world.memory.recall()
    assert memory.works
    assert world.watcher.network == HOTEL
