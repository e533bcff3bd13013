"""The laptop on the road: remedies carried out, memory used, a portal passed, a link that is cut
while a message is on its way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from tests.canary import secret
from tests.lab.person import Said
from tests.lab.world.inside import ROAMING_TOOLS, Carried, RoamingLab
from tests.lab.world.internet import STALLING
from tests.lab.world.servers import FRIEND, TRAVELLER

pytestmark = [
    pytest.mark.lab,
    ROAMING_TOOLS,
    pytest.mark.timeout(200),
    pytest.mark.xdist_group("roaming-lab"),
]


@pytest.fixture
def laptop(roaming: RoamingLab) -> Iterator[Carried]:
    """The laptop, unplugged afterwards."""
    carried = roaming.laptop(1)
    yield carried
    carried.unplug()


def profile(said: Said, name: str) -> dict[str, Any]:
    """What a test said of one profile."""
    return next(item for item in said.data["profiles"] if item["name"] == name)


@pytest.mark.parametrize("place", ["airport", "oldfirewall"])
def test_the_port_that_is_proposed_works(laptop: Carried, place: str, roaming: RoamingLab) -> None:
    """Another profile at the same host has shown the port; the remedy names it."""
    laptop.move(place)
    memory = f"remedy-{place}"
    found = profile(laptop.test(memory, "Second", "Provider"), "Provider")
    remedy = found["diagnosis"]["remedies"][0]
    assert remedy["kind"] == "use-endpoint"
    way = remedy["params"]
    assert (way["host"], way["port"]) == ("smtp.provider.example", "465")

    words = ["--host", way["host"], "--port", way["port"], "--security", way["security"]]
    words += ["--sender", TRAVELLER, "--auth", "password", "--username", TRAVELLER]
    added = laptop.ask(
        memory,
        *("profiles", "add", "--name", "Remedy", *words, "--password-stdin"),
        stdin=secret("account") + "\n",
    )
    assert added.code == 0, added
    try:
        assert profile(laptop.test(memory, "Remedy"), "Remedy")["outcome"] == "works"
        sent = laptop.send(memory, f"By the remedy in {place}")
        assert sent.code == 0
        assert sent.data["profile"] == "Remedy"
        roaming.arrived(sent.data["message_id"])
    finally:
        laptop.ask(memory, "profiles", "remove", "Remedy", "--yes")


def test_a_second_visit_opens_one_connection(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("hotel")
    assert laptop.test("regular").data["winner"] == "Provider"
    first = laptop.send("regular", "First visit")
    assert first.data["profile"] == "Provider"
    laptop.move("home")
    laptop.move("hotel")
    before = roaming.call("connections", place="hotel")
    second = laptop.send("regular", "Second visit")
    assert second.data["profile"] == "Provider"
    assert roaming.call("connections", place="hotel") == before + 1
    for said in (first, second):
        roaming.arrived(said.data["message_id"])


def test_what_home_taught_is_used_elsewhere(laptop: Carried) -> None:
    laptop.move("home")
    laptop.test("taught")
    laptop.move("oldfirewall")
    stripped = profile(laptop.test("taught"), "Provider")["diagnosis"]
    assert stripped["kind"] == "starttls-stripped"
    assert "offered-elsewhere" in stripped["evidence"]
    laptop.move("office")
    intercepted = profile(laptop.test("taught"), "Provider")["diagnosis"]
    assert (intercepted["kind"], intercepted["party"]) == ("intercepted", "network")
    assert intercepted["confidence"] == "certain"


def test_a_portal_is_passed_and_the_outbox_flushed(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("cafe")
    waiting = laptop.send("guest", "From the café")
    assert waiting.code == 75
    assert waiting.data["recipients"][0]["diagnosis"]["kind"] == "captive-portal"
    assert laptop.ask("guest", "network").data["portal"] == "required"
    pass_the_portal(laptop, "guest")
    try:
        assert laptop.ask("guest", "outbox", "flush").code == 0
        roaming.arrived(waiting.data["message_id"])
    finally:
        roaming.call("portal_back", place="cafe")


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


def pass_the_portal(laptop: Carried, memory: str) -> None:
    """The button is pressed, and NetworkManager looks again."""
    accept = "import urllib.request as u; u.urlopen('http://10.0.60.1/accept', data=b'')"
    assert laptop.run(memory, "python3", "-c", accept)[0] == 0
    laptop.run(memory, "nmcli", "networking", "connectivity", "check")


def test_the_outbox_drains_by_itself_once_the_portal_is_passed(
    laptop: Carried, roaming: RoamingLab
) -> None:
    laptop.move("cafe")
    waiting = laptop.send("patient-guest", "Goes by itself")
    assert waiting.code == 75
    try:
        with service(laptop, "patient-guest"):
            pass_the_portal(laptop, "patient-guest")
            roaming.arrived(waiting.data["message_id"])
    finally:
        roaming.call("portal_back", place="cafe")


def test_what_was_written_offline_goes_when_the_laptop_arrives(
    laptop: Carried, roaming: RoamingLab
) -> None:
    laptop.move("home")
    with service(laptop, "traveller"):
        laptop.unplug()
        waiting = laptop.ask(
            "traveller",
            *("send", "--queue-only", "-f", TRAVELLER, "-t", FRIEND, "-s", "Written on a train"),
        )
        assert waiting.data["recipients"][0]["state"] == "queued"
        laptop.move("hotel")
        roaming.arrived(waiting.data["message_id"])
    assert len(roaming.copies(waiting.data["message_id"])) == 1


#: In DATA there must be more than the kernel's buffers hold: else the final dot has gone.
STOPS = pytest.mark.parametrize(
    ("when", "state", "lines"),
    [("in-data", "deferred", 200_000), ("after-the-dot", "uncertain", 100)],
)


@STOPS
@pytest.mark.parametrize("cut", ["by the server's end", "by carrying the laptop off"])
def test_the_line_is_cut_while_a_message_is_sent(
    laptop: Carried, roaming: RoamingLab, when: str, state: str, lines: int, cut: str
) -> None:
    """Before the final dot nothing was taken; after it nobody can know, and nobody guesses."""
    memory = f"cut-{when}-{cut.split()[1]}"
    laptop.move("home")
    words = ["--host", STALLING, "--port", "25", "--security", "plaintext", "--auth", "none"]
    words = ["profiles", "add", "--name", memory, *words, "--sender", "cut@sink.example"]
    assert laptop.ask(memory, *words).code == 0
    roaming.call("start_stalling", when=when)
    try:
        with ThreadPoolExecutor(1) as sending:
            letter = ["send", "-f", "cut@sink.example", "-t", FRIEND, "-s", when, "--body", "-"]
            going = sending.submit(laptop.ask, memory, *letter, stdin=f"{'x' * 70}\n" * lines)
            roaming.call("await_stalling", when=when)
            if "laptop" in cut:
                laptop.move("offline")
            else:
                roaming.call("end_stalling")
            said = going.result()
        recipient = said.data["recipients"][0]
        assert (recipient["state"], said.code) == (state, 75)
        shown = laptop.ask(memory, "outbox", "show", "1")
        assert shown.data["recipients"][0]["state"] == state
    finally:
        roaming.call("end_stalling")
        laptop.ask(memory, "profiles", "remove", memory, "--yes")
