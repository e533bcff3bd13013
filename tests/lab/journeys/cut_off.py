"""Journeys on which a message is cut off on its way."""

import json
from concurrent.futures import ThreadPoolExecutor

from tests.lab.journeys.road import Journey, act_of, carries_out, journey, moody, outbox_entry
from tests.lab.world.inside import Carried, RoamingLab
from tests.lab.world.servers import FRIEND

#: In DATA there must be more than the kernel's buffers hold: else the final dot has gone.
_CUTS = (
    ("in-data", "deferred", 200_000, "by the server's end", 2601),
    ("in-data", "deferred", 200_000, "by carrying the laptop off", 2602),
    ("after-the-dot", "uncertain", 100, "by the server's end", 2603),
    ("after-the-dot", "uncertain", 100, "by carrying the laptop off", 2604),
)


@carries_out("retry-same-profile", "mark-sent")
def _settle(laptop: Carried, roaming: RoamingLab, memory: str, port: int, *, again: bool) -> None:
    """The person decides: it goes once more through the same profile, or it has arrived."""
    diagnosis = outbox_entry(laptop, memory)["recipients"][0]["diagnosis"]
    act_of(diagnosis, "retry-same-profile")
    act_of(diagnosis, "mark-sent")
    if again:
        roaming.call("start_moody", mood="busy", port=port)
        roaming.call("cheer_up", port=port)
        assert laptop.ask(memory, "outbox", "retry", "1", "--same-profile").code == 0
    else:
        assert laptop.ask(memory, "outbox", "mark-sent", "1").code == 0
    assert outbox_entry(laptop, memory)["recipients"][0]["state"] == "sent"


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
        if expected == "uncertain":
            _settle(laptop, roaming, memory, port, again="laptop" not in how)

    story.__name__ = f"cut {when} {how}"
    return story


for cut in _CUTS:
    journey(_cut(*cut))
