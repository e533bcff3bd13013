"""Journeys to the café, whose portal everybody must pass."""

from tests.lab.journeys.road import (
    act_of,
    carries_out,
    journey,
    pass_the_portal,
    profile,
    service,
    the_cafe,
)
from tests.lab.world.inside import Carried, RoamingLab
from tests.lab.world.internet import PORTAL_HOST


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
@carries_out("open-portal")
def the_portals_own_api_is_asked(_: Carried, roaming: RoamingLab) -> None:
    """RFC 8910 and 8908: DHCP says where it is, where NetworkManager's client passes that on.
    Its page is opened as a browser would, and the button there pressed."""
    laptop = roaming.laptop(dhcp="dhclient")
    with the_cafe(roaming):
        laptop.move("cafe")
        before = laptop.ask("curious", "network").data
        assert (before["portal"], before["portal_url"]) == ("required", f"https://{PORTAL_HOST}/")
        said = profile(laptop.test("curious", "Provider"), "Provider")
        act_of(said["diagnosis"], "open-portal")
        pass_the_portal(laptop, "curious", before["portal_url"])
        assert laptop.ask("curious", "network").data["portal"] == "none"
        sent = laptop.send("curious", "From behind the page")
        assert sent.code == 0, sent
        roaming.arrived(sent.data["message_id"])
