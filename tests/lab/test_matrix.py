"""The whole matrix: the installed command in every place, against real servers.

Every place is visited once, by a RoamMail that knows nothing but its profiles; the tests compare
what it said with the table in `world/matrix.py`.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

import pytest

from tests.lab.person import Said
from tests.lab.world.inside import ROAMING_TOOLS, Carried, RoamingLab
from tests.lab.world.matrix import MATRIX
from tests.lab.world.places import PLACES
from tests.lab.world.traveller import ACCOUNTS

pytestmark = [
    pytest.mark.lab,
    ROAMING_TOOLS,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("roaming-lab"),
]

#: Laptops that are on the road at the same time.
_LAPTOPS = 4

Visits = dict[str, "Future[tuple[Said, Said]]"]


@pytest.fixture(scope="module")
def visits(roaming: RoamingLab, request: pytest.FixtureRequest) -> Iterator[Visits]:
    """Every place that a test of this run asks about: what `test` and `send` said there."""
    wanted = {
        item.callspec.params["place"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.path == request.path
        and hasattr(item, "callspec")
    }
    idle: SimpleQueue[Carried] = SimpleQueue()
    for _ in range(_LAPTOPS):
        idle.put(roaming.laptop())

    def visit(place: str) -> tuple[Said, Said]:
        laptop = idle.get()
        try:
            laptop.move(place)
            tested = laptop.test(f"tests-in-{place}")
            return tested, laptop.send(f"sends-from-{place}", f"From {place}")
        finally:
            idle.put(laptop)

    with ThreadPoolExecutor(_LAPTOPS) as road:
        yield {place: road.submit(visit, place) for place in PLACES if place in wanted}


def said(diagnosis: dict[str, str] | None) -> str:
    """A diagnosis as the table writes it."""
    return f"{diagnosis['kind']} {diagnosis['party']}" if diagnosis else "works"


def test_the_table_is_whole() -> None:
    assert set(MATRIX) == set(PLACES)
    for row in MATRIX.values():
        assert set(row.cells) == {account.name for account in ACCOUNTS}
        assert all((*row.cells.values(), row.takes))


@pytest.mark.parametrize("place", MATRIX)
def test_each_profile_is_diagnosed(visits: Visits, place: str) -> None:
    tested, _ = visits[place].result()
    found = {item["name"]: said(item["diagnosis"]) for item in tested.data["profiles"]}
    assert found == MATRIX[place].cells


@pytest.mark.parametrize("place", MATRIX)
def test_each_act_of_ours_is_named_where_it_helps(visits: Visits, place: str) -> None:
    """`test_roaming.py` carries them out."""
    tested, _ = visits[place].result()
    named = {
        item["name"]: "{host} {port}".format(**remedy["params"])
        for item in tested.data["profiles"]
        for remedy in (item["diagnosis"] or {"remedies": ()})["remedies"]
        if remedy["kind"] == "use-endpoint"
    }
    assert named == MATRIX[place].acts


@pytest.mark.parametrize("place", MATRIX)
def test_the_message_takes_the_first_way_that_works(
    visits: Visits, place: str, roaming: RoamingLab
) -> None:
    tested, sent = visits[place].result()
    (recipient,) = sent.data["recipients"]
    takes, detail = MATRIX[place].takes.split()
    if takes == "waits":
        assert sent.code == 75
        assert recipient["state"] == "deferred"
        assert recipient["diagnosis"]["kind"] == detail
        assert tested.data["winner"] is None
        return
    assert sent.code == 0, sent
    assert (sent.data["profile"], sent.data["endpoint"]["port"]) == (takes, int(detail))
    assert tested.data["winner"] == takes
    arrived = roaming.arrived(sent.data["message_id"])
    assert f"Subject: From {place}" in arrived
