"""The whole matrix: the installed command in every place, against real servers, compared with the
table in `world/matrix.py`."""

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.lab.journeys.every import CARRIED_OUT
from tests.lab.world.inside import ROAMING_TOOLS, RoamingLab
from tests.lab.world.matrix import MATRIX
from tests.lab.world.places import PLACES
from tests.lab.world.traveller import ACCOUNTS
from tests.lab.world.visits import Visit, visits

pytestmark = [
    pytest.mark.lab,
    ROAMING_TOOLS,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("roaming-lab"),
]

Visits = dict[str, "Future[Visit]"]


@pytest.fixture(scope="module")
def made(roaming: RoamingLab, request: pytest.FixtureRequest) -> Iterator[Visits]:
    """A visit to every place that a test of this run asks about."""
    wanted = {
        str(item.callspec.params["place"])
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.path == request.path
        and hasattr(item, "callspec")
    }
    with visits(roaming, [place for place in PLACES if place in wanted]) as under_way:
        yield under_way


def test_the_table_is_whole() -> None:
    assert set(MATRIX) == set(PLACES)
    for row in MATRIX.values():
        assert set(row.cells) == {account.name for account in ACCOUNTS}
        assert all((*row.cells.values(), row.takes))


@pytest.mark.parametrize("place", MATRIX)
def test_each_profile_is_diagnosed(made: Visits, place: str) -> None:
    assert made[place].result().cells == MATRIX[place].cells


@pytest.mark.parametrize("place", MATRIX)
def test_each_act_of_ours_is_named_where_it_helps(made: Visits, place: str) -> None:
    """`journeys/remedies.py` carries them out."""
    named = {
        item["name"]: "{host} {port}".format(**remedy["params"])
        for item in made[place].result().tested.data["profiles"]
        for remedy in (item["diagnosis"] or {"remedies": ()})["remedies"]
        if remedy["kind"] == "use-endpoint"
    }
    assert named == MATRIX[place].acts


@pytest.mark.parametrize("place", MATRIX)
def test_no_act_of_ours_is_named_that_no_journey_carries_out(made: Visits, place: str) -> None:
    visit = made[place].result()
    told = [item["diagnosis"] for item in visit.tested.data["profiles"]]
    told += [recipient["diagnosis"] for recipient in visit.sent.data["recipients"]]
    named = {r["kind"] for one in told if one for r in one["remedies"] if r["by_app"]}
    assert named <= CARRIED_OUT


@pytest.mark.parametrize("place", MATRIX)
def test_the_message_takes_the_first_way_that_works(
    made: Visits, place: str, roaming: RoamingLab
) -> None:
    visit = made[place].result()
    assert visit.takes == MATRIX[place].takes
    (recipient,) = visit.sent.data["recipients"]
    takes = visit.takes.split()[0]
    if takes == "waits":
        assert (visit.sent.code, recipient["state"]) == (75, "deferred")
        assert visit.tested.data["winner"] is None
        return
    assert (visit.sent.code, recipient["state"]) == (0, "sent")
    assert visit.tested.data["winner"] == takes
    assert f"Subject: From {place}" in roaming.arrived(visit.sent.data["message_id"])
