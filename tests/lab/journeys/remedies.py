"""Journeys on which the acts of ours that a diagnosis names are carried out: then the mail goes."""

from collections.abc import Callable, Mapping

from tests.canary import secret
from tests.lab.journeys.road import Journey, act_of, carries_out, journey, profile, service
from tests.lab.world.inside import Carried, RoamingLab
from tests.lab.world.matrix import MATRIX
from tests.lab.world.servers import TRAVELLER
from tests.lab.world.traveller import ACCOUNTS

Change = Callable[[str, Mapping[str, str]], tuple[list[str], str]]
_PASSWORD = secret("account") + "\n"


def _use_endpoint(name: str, way: Mapping[str, str]) -> tuple[list[str], str]:
    """Beside the profile's own port; in its place where that is not encrypted."""
    (account,) = (one for one in ACCOUNTS if one.name == name)
    if account.security == "plaintext":
        return ["--port", way["port"], "--security", way["security"]], ""
    return ["--alt", f"{way['port']}:{way['security']}"], ""


def _use_tls(_: str, way: Mapping[str, str]) -> tuple[list[str], str]:
    return ["--port", way["port"], "--security", way["security"]], ""


def _sign_in(_: str, __: Mapping[str, str]) -> tuple[list[str], str]:
    return ["--auth", "password", "--username", TRAVELLER, "--password-stdin"], _PASSWORD


def _enter_password(_: str, __: Mapping[str, str]) -> tuple[list[str], str]:
    return ["--password-stdin"], _PASSWORD


#: What each act that changes the profile makes of it: words of `profiles edit`, and its input.
_CHANGES: dict[str, Change] = {
    "use-endpoint": _use_endpoint,
    "use-tls-endpoint": _use_tls,
    "turn-on-sign-in": _sign_in,
    "enter-password": _enter_password,
}


def follow(laptop: Carried, memory: str, name: str) -> list[str]:
    """Does what the diagnosis names first of such acts, until the profile works; returns them."""
    done: list[str] = []
    names: tuple[str, ...] = ()  # at first all of them, which are each other's witnesses
    while (seen := profile(laptop.test(memory, *names), name))["outcome"] != "works":
        named = seen["diagnosis"]["remedies"]
        acts = [r for r in named if r["by_app"] and r["kind"] in _CHANGES]
        assert acts, (done, seen["diagnosis"])
        act = acts[0]
        assert act["kind"] not in done, (done, seen["diagnosis"])
        words, typed = _CHANGES[act["kind"]](name, act["params"])
        changed = laptop.ask(memory, "profiles", "edit", name, *words, stdin=typed)
        assert changed.code == 0, changed
        done.append(act["kind"])
        names = (name,)
    return done


def goes_through(laptop: Carried, roaming: RoamingLab, memory: str, name: str) -> str:
    """A message goes, through this profile, and arrives; at which port."""
    assert laptop.ask(memory, "profiles", "order", name).code == 0
    sent = laptop.send(memory, f"Through {name}")
    assert (sent.code, sent.data["profile"]) == (0, name), sent
    roaming.arrived(sent.data["message_id"])
    return str(sent.data["endpoint"]["port"])


def _by_the_acts(place: str, name: str, act: str) -> Journey:
    """The test says which port of the same server is open here: the profile learns it, and the
    message goes there."""

    def story(laptop: Carried, roaming: RoamingLab) -> None:
        laptop.move(place)
        memory = f"remedy-{place}-{name}"
        assert follow(laptop, memory, name)[0] == "use-endpoint"
        assert goes_through(laptop, roaming, memory, name) == act.split()[1]

    story.__name__ = f"the act for {name} in {place} is carried out"
    return story


for place, row in MATRIX.items():
    for name, act in row.acts.items():
        journey(carries_out("use-endpoint")(_by_the_acts(place, name, act)))


@journey
@carries_out("use-tls-endpoint", "turn-on-sign-in")
def a_profile_in_clear_learns_to_encrypt_and_to_sign_in(
    laptop: Carried, roaming: RoamingLab
) -> None:
    laptop.move("home")
    assert follow(laptop, "clear", "Clear") == ["use-tls-endpoint", "turn-on-sign-in"]
    assert goes_through(laptop, roaming, "clear", "Clear") == "587"


@journey
@carries_out("enter-password")
def a_wrong_password_is_entered_again(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("hotel")
    words = ("profiles", "edit", "Relay", "--password-stdin")
    assert laptop.ask("typo", *words, stdin=secret("wrong") + "\n").code == 0
    assert follow(laptop, "typo", "Relay") == ["enter-password"]
    assert goes_through(laptop, roaming, "typo", "Relay") == "587"


@journey
@carries_out("use-other-profile")
def another_profile_is_used_by_itself(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("oldfirewall")
    tested = laptop.test("others")
    takes = MATRIX["oldfirewall"].takes.split()[0]
    for item in tested.data["profiles"]:
        if item["name"] == takes:
            break
        if item["diagnosis"]["kind"] != "dns-failed":
            act_of(item["diagnosis"], "use-other-profile")
    sent = laptop.send("others", "Through another")
    assert (sent.code, sent.data["profile"]) == (0, takes)
    roaming.arrived(sent.data["message_id"])


@journey
@carries_out("try-later")
def what_shall_be_tried_later_is(laptop: Carried, roaming: RoamingLab) -> None:
    laptop.move("offline")
    waiting = laptop.send("later", "Later")
    assert waiting.code == 75
    act_of(waiting.data["recipients"][0]["diagnosis"], "try-later")
    with service(laptop, "later"):
        laptop.move("hotel")
        roaming.arrived(waiting.data["message_id"])
