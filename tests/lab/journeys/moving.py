"""Journeys from place to place: what is remembered, what moves meanwhile, what sleeps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from tests.lab.journeys.road import await_state, journey, moody, outbox_entry, profile, service
from tests.lab.world.inside import Carried, RoamingLab
from tests.lab.world.matrix import MATRIX
from tests.lab.world.namespace import await_true
from tests.lab.world.servers import FRIEND, TRAVELLER

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
