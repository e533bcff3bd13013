"""What the journeys of the roaming lab share: how one becomes a test, a service that works the
outbox, the café with its portal, a server in a mood."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from tests.lab.person import Said
from tests.lab.world.inside import Carried, RoamingLab
from tests.lab.world.internet import MOODY
from tests.lab.world.namespace import await_true

Story = TypeVar("Story", bound=Callable[..., None])
Journey = Callable[[Carried, RoamingLab], None]
JOURNEYS: dict[str, Journey] = {}
#: What a browser does with the portal's page.
_PRESS = """
import sys
from urllib.parse import urljoin
from urllib.request import urlopen
page = sys.argv[1]
_, found, rest = urlopen(page).read().decode().partition("action=")
assert found, "no button"
urlopen(urljoin(page, rest.partition(">")[0]), data=b"").read()
"""
#: Whoever opens the café's portal opens it for everybody.
_THE_CAFE = threading.Lock()


def journey(story: Journey) -> Journey:
    """Makes a test of a story; it gets a laptop that lies unplugged."""
    JOURNEYS[story.__name__] = story
    return story


#: The kinds of acts that a journey carries out.
CARRIED_OUT: set[str] = set()


def carries_out(*kinds: str) -> Callable[[Story], Story]:
    """Says of a story, or of a part of one, which acts of ours it carries out."""

    def noted(story: Story) -> Story:
        CARRIED_OUT.update(kinds)
        return story

    return noted


def act_of(diagnosis: Mapping[str, Any], kind: str) -> dict[str, str]:
    """What an act says, which the diagnosis must name as one of ours."""
    (named,) = (r for r in diagnosis["remedies"] if r["kind"] == kind and r["by_app"])
    params: dict[str, str] = named["params"]
    return params


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
    log = f"serve-{memory}.log"
    start = f"roammail serve --no-submission --yes >{log} 2>&1 & echo $!"
    code, process, errors = laptop.run(memory, "sh", "-c", start)
    assert code == 0, errors
    try:
        yield
    except AssertionError as failed:
        for what in (("roammail", "outbox", "show", "1"), ("roammail", "network"), ("cat", log)):
            failed.add_note("\n".join((" ".join(what), *laptop.run(memory, *what)[1:])))
        raise
    finally:
        laptop.run(memory, "kill", process.strip())


def pass_the_portal(laptop: Carried, memory: str, page: str = "http://10.0.60.1/") -> None:
    """The page is opened, its button pressed, and NetworkManager looks again."""
    code, _, errors = laptop.run(memory, "python3", "-c", _PRESS, page)
    assert code == 0, errors
    laptop.run(memory, "nmcli", "networking", "connectivity", "check")


@contextmanager
def the_cafe(roaming: RoamingLab) -> Iterator[None]:
    """The café for oneself; at the end the portal is there again."""
    with _THE_CAFE:
        try:
            yield
        finally:
            roaming.call("portal_back", place="cafe")


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
