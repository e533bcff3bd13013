"""The laptop on the road: remedies carried out, memory used, a portal passed, a link that is cut
while a message is on its way, a move in the middle of a test, a night with the lid shut.

The journeys are on the road at the same time, each with a laptop of its own, since most of their
time is waiting.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.lab.journeys.every import JOURNEYS
from tests.lab.world.inside import ROAMING_TOOLS, RoamingLab

pytestmark = [
    pytest.mark.lab,
    ROAMING_TOOLS,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("roaming-lab"),
]

#: Laptops that are on the road at the same time.
_LAPTOPS = 4


@pytest.fixture(scope="module")
def road(
    roaming: RoamingLab, request: pytest.FixtureRequest
) -> Iterator[dict[str, "Future[None]"]]:
    """Every journey that a test of this run asks about, under way."""
    wanted = [
        str(item.callspec.params["name"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.path == request.path
        and hasattr(item, "callspec")
    ]
    with ThreadPoolExecutor(_LAPTOPS) as travellers:
        yield {
            name: travellers.submit(JOURNEYS[name], roaming.laptop(), roaming) for name in wanted
        }


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(road: dict[str, "Future[None]"], name: str) -> None:
    road[name].result()
