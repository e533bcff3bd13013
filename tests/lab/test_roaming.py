"""The laptop on the road: remedies carried out, memory used, a portal passed, a link that is cut
while a message is on its way, a move in the middle of a test, a night with the lid shut.

The journeys are on the road at the same time, each with a laptop of its own, since most of their
time is waiting.
"""

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from tests.lab.person import Said
from tests.lab.world.inside import ROAMING_TOOLS, Carried, RoamingLab
from tests.lab.world.internet import MOODY, PORTAL_HOST
from tests.lab.world.matrix import MATRIX
from tests.lab.world.namespace import await_true
from tests.lab.world.servers import FRIEND, TRAVELLER

pytestmark = [
    pytest.mark.lab,
    ROAMING_TOOLS,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("roaming-lab"),
]

#: Laptops that are on the road at the same time.
_LAPTOPS = 4

Journey = Callable[[Carried, RoamingLab], None]
JOURNEYS: dict[str, Journey] = {}
#: Whoever opens the café's portal opens it for everybody.
_THE_CAFE = threading.Lock()


def journey(story: Journey) -> Journey:
    """Makes a test of a story; it gets a laptop that lies unplugged."""
    JOURNEYS[story.__name__] = story
    return story


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


def profile(said: Said, name: str) -> dict[str, Any]:
    """What a test said of one profile."""
    return next(item for item in said.data["profiles"] if item["name"] == name)


def outbox_entry(laptop: Carried, memory: str) -> dict[str, Any]:
    """The first message of the outbox."""
    return laptop.ask(memory, "outbox", "show", "1").data


def await_state(laptop: Carried, memory: str, state: str) -> dict[str, Any]:
    """The first message, as soon as its first recipient stands so."""
    seen = {"recipients": [{"state": ""}]}

    def stands() -> bool:
        seen.update(outbox_entry(laptop, memory))
        return seen["recipients"][0]["state"] == state

    await_true(f"a message is {state}", stands)
    return seen


@contextmanager
def service(laptop: Carried, memory: str) -> Iterator[None]:
    """`roammail serve`, working the outbox until the end of the block."""
    start = "roammail serve --no-submission --yes >serve.log 2>&1 & echo $!"
    code, process, errors = laptop.run(memory, "sh", "-c", start)
    assert code == 0, errors
    try:
        yield
    finally:
        laptop.run(memory, "kill", process.strip())


# A second visit, and what another place taught


@journey
def a_second_visit_opens_one_connection(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("hotel")
    assert laptop.test("regular").data["winner"] == "Provider"
    first = laptop.send("regular", "First visit")
    assert first.data["profile"] == "Provider"
    laptop.move("home")
    laptop.move("hotel")
    before = laptop.connections()
    second = laptop.send("regular", "Second visit")
    assert second.data["profile"] == "Provider"
    assert laptop.connections() == before + 1
    for said in (first, second):
        roaming.arrived(said.data["message_id"])


@journey
def what_home_taught_is_used_elsewhere(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("home")
    assert profile(laptop.test("taught"), "Provider")["outcome"] == "works"
    laptop.move("oldfirewall")
    stripped = profile(laptop.test("taught"), "Provider")["diagnosis"]
    assert stripped["kind"] == "starttls-stripped"
    assert (stripped["party"], stripped["confidence"]) == ("network", "certain")
    assert "offered-elsewhere" in stripped["evidence"]
    laptop.move("office")
    intercepted = profile(laptop.test("taught"), "Provider")["diagnosis"]
    assert (intercepted["kind"], intercepted["party"]) == ("intercepted", "network")
    assert intercepted["confidence"] == "certain"


# Behind a portal


def pass_the_portal(laptop: Carried, memory: str) -> None:
    """The button is pressed, and NetworkManager looks again."""
    accept = "import urllib.request as u; u.urlopen('http://10.0.60.1/accept', data=b'')"
    assert laptop.run(memory, "python3", "-c", accept)[0] == 0
    laptop.run(memory, "nmcli", "networking", "connectivity", "check")


@contextmanager
def the_cafe(roaming: RoamingLab) -> Iterator[None]:
    """The café for oneself; at the end the portal is there again."""
    with _THE_CAFE:
        try:
            yield
        finally:
            roaming.call("portal_back", place="cafe")


@journey
def a_portal_is_passed_and_the_outbox_flushed(laptop: Carried, roaming: RoamingLab) -> None:
    with the_cafe(roaming):
        laptop.move("cafe")
        waiting = laptop.send("guest", "From the café")
        assert waiting.code == 75
        assert waiting.data["recipients"][0]["diagnosis"]["kind"] == "captive-portal"
        assert laptop.ask("guest", "network").data["portal"] == "required"
        pass_the_portal(laptop, "guest")
        assert laptop.ask("guest", "outbox", "flush").code == 0
        roaming.arrived(waiting.data["message_id"])


@journey
def the_outbox_drains_by_itself_once_the_portal_is_passed(
    laptop: Carried, roaming: RoamingLab
) -> None:
    with the_cafe(roaming):
        laptop.move("cafe")
        waiting = laptop.send("patient", "Goes by itself")
        assert waiting.code == 75
        with service(laptop, "patient"):
            pass_the_portal(laptop, "patient")
            roaming.arrived(waiting.data["message_id"])


@journey
def the_portals_own_api_is_asked(_: Carried, roaming: RoamingLab) -> None:
    """RFC 8910 and 8908: DHCP says where it is, where NetworkManager's client passes that on."""
    laptop = roaming.laptop(dhcp="dhclient")
    with the_cafe(roaming):
        laptop.move("cafe")
        before = laptop.ask("curious", "network").data
        assert (before["portal"], before["portal_url"]) == ("required", f"https://{PORTAL_HOST}/")
        pass_the_portal(laptop, "curious")
        assert laptop.ask("curious", "network").data["portal"] == "none"


# On the way


@journey
def what_was_written_offline_goes_when_the_laptop_arrives(
    laptop: Carried, roaming: RoamingLab
) -> None:
    laptop.move("home")
    with service(laptop, "train"):
        laptop.unplug()
        letter = ("send", "--queue-only", "-f", TRAVELLER, "-t", FRIEND, "-s", "From the train")
        waiting = laptop.ask("train", *letter)
        assert waiting.data["recipients"][0]["state"] == "queued"
        laptop.move("hotel")
        roaming.arrived(waiting.data["message_id"])
    assert len(roaming.copies(waiting.data["message_id"])) == 1


@journey
def a_move_in_the_middle_of_a_test_teaches_nothing_wrong(
    laptop: Carried, roaming: RoamingLab
) -> None:
    """What began in the hotel and ended at home is true of neither."""
    laptop.move("hotel")
    before = laptop.connections()
    with ThreadPoolExecutor(1) as testing:
        under_way = testing.submit(laptop.test, "restless")
        await_true("the test begins", lambda: laptop.connections() > before)
        laptop.move("home")
        assert under_way.result().code in (0, 69)
    for place in ("home", "hotel"):
        laptop.move(place)
        sent = laptop.send("restless", f"From {place} after a move")
        assert (sent.data["profile"], place) == (MATRIX[place].takes.split()[0], place), sent
        roaming.arrived(sent.data["message_id"])


@contextmanager
def moody(laptop: Carried, roaming: RoamingLab, mood: str, port: int) -> Iterator[str]:
    """A server in a mood, and a profile for it alone; yields what its RoamMail is called."""
    memory = f"mood-{port}"
    words = ["--host", MOODY, "--port", str(port), "--security", "plaintext", "--auth", "none"]
    words = ["profiles", "add", "--name", memory, *words, "--sender", "moody@sink.example"]
    assert laptop.ask(memory, *words).code == 0
    roaming.call("start_moody", mood=mood, port=port)
    try:
        yield memory
    finally:
        roaming.call("end_moody", port=port)


@journey
def the_lid_is_shut_and_opened(laptop: Carried, roaming: RoamingLab) -> None:
    """What waits for its next try is tried at once when the laptop wakes."""
    laptop.move("home")
    with moody(laptop, roaming, "busy", 2701) as memory, service(laptop, memory):
        letter = ("send", "--queue-only", "-f", "moody@sink.example", "-t", FRIEND, "-s", "Night")
        assert laptop.ask(memory, *letter).code in (0, 75)
        due: str = await_state(laptop, memory, "deferred")["next_try"]
        laptop.sleep()
        roaming.call("cheer_up", port=2701)
        laptop.wake()
        sent = await_state(laptop, memory, "sent")
    went = sent["recipients"][0]["changed"]
    assert datetime.fromisoformat(went) < datetime.fromisoformat(due)


@journey
def it_sleeps_in_one_place_and_wakes_in_another(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("strict")
    with service(laptop, "commuter"):
        laptop.sleep()
        letter = ("send", "--queue-only", "-f", TRAVELLER, "-t", FRIEND, "-s", "Over night")
        laptop.unplug()
        waiting = laptop.ask("commuter", *letter)
        laptop.wake()
        laptop.move("airport")
        roaming.arrived(waiting.data["message_id"])
    shown = outbox_entry(laptop, "commuter")
    assert shown["attempts"][-1]["profile"] == MATRIX["airport"].takes.split()[0]
    assert len(roaming.copies(waiting.data["message_id"])) == 1


# A message on its way is cut off

#: In DATA there must be more than the kernel's buffers hold: else the final dot has gone.
_CUTS = (
    ("in-data", "deferred", 200_000, "by the server's end", 2601),
    ("in-data", "deferred", 200_000, "by carrying the laptop off", 2602),
    ("after-the-dot", "uncertain", 100, "by the server's end", 2603),
    ("after-the-dot", "uncertain", 100, "by carrying the laptop off", 2604),
)


def _cut(when: str, expected: str, lines: int, how: str, port: int) -> Journey:
    """Before the final dot nothing was taken; after it nobody can know, and nobody guesses."""

    def story(laptop: Carried, roaming: RoamingLab) -> None:
        laptop.move("home")
        with (
            moody(laptop, roaming, when, port) as memory,
            ThreadPoolExecutor(1) as sending,
        ):
            letter = ["send", "-f", "moody@sink.example", "-t", FRIEND, "-s", when, "--body", "-"]
            going = sending.submit(laptop.ask, memory, *letter, stdin=f"{'x' * 70}\n" * lines)
            try:
                roaming.call("await_moody", port=port)
            except AssertionError as late:
                raise AssertionError(f"{late}: {going.result()}") from late
            if "laptop" in how:
                laptop.move("offline")
            else:
                roaming.call("end_moody", port=port)
            said = going.result()
        recipient = said.data["recipients"][0]
        assert (recipient["state"], said.code) == (expected, 75), json.dumps(said.envelope)
        assert outbox_entry(laptop, memory)["recipients"][0]["state"] == expected

    story.__name__ = f"cut {when} {how}"
    return story


for cut in _CUTS:
    journey(_cut(*cut))


# Acts of ours that remedies name


def _use_endpoint(place: str, name: str, host: str, port: str) -> Journey:
    """The test says which port of the same server is open here: the profile learns it, and the
    message goes there."""

    def story(laptop: Carried, roaming: RoamingLab) -> None:
        laptop.move(place)
        memory = f"remedy-{place}"
        remedy = profile(laptop.test(memory), name)["diagnosis"]["remedies"][0]
        assert (remedy["kind"], remedy["by_app"]) == ("use-endpoint", True)
        way = remedy["params"]
        assert (way["host"], way["port"]) == (host, port)
        words = ["profiles", "edit", name, "--alt", f"{way['port']}:{way['security']}"]
        assert laptop.ask(memory, *words).code == 0
        assert profile(laptop.test(memory, name), name)["outcome"] == "works"
        sent = laptop.send(memory, f"By the remedy in {place}")
        assert sent.code == 0, sent
        assert (sent.data["profile"], str(sent.data["endpoint"]["port"])) == (name, port)
        roaming.arrived(sent.data["message_id"])

    story.__name__ = f"the remedy in {place} is carried out"
    return story


for place, row in MATRIX.items():
    for name, act in row.acts.items():
        journey(_use_endpoint(place, name, *act.split()))


@pytest.mark.parametrize("name", JOURNEYS)
def test_journey(road: dict[str, "Future[None]"], name: str) -> None:
    road[name].result()
