"""Journeys on which the internet's names matter: what its DNS tells of servers and domains."""

import json

from tests.canary import secret
from tests.lab.journeys.road import journey
from tests.lab.world.inside import Carried, RoamingLab
from tests.lab.world.places import PLACES
from tests.lab.world.servers import TRAVELLER

_ASK = """
import json, sys
from dns.resolver import resolve
print(json.dumps([str(resolve(name, kind)[0]) for name, kind in json.load(sys.stdin)]))
"""
_BACKWARDS = ".".join(reversed(PLACES["plane"].wan.split(".")))
#: What a provider publishes, what a domain without mail does, and who is on the block list.
_RECORDS = {
    ("_submissions._tcp.provider.example", "SRV"): "0 0 465 smtp.provider.example.",
    ("_submission._tcp.provider.example", "SRV"): "0 0 587 smtp.provider.example.",
    ("friend.example", "MX"): "10 mx.friend.example.",
    ("nomail.example", "MX"): "0 .",
    ("10.113.0.203.in-addr.arpa", "PTR"): "smtp.provider.example.",
    ("provider.example", "TXT"): '"v=spf1 ip4:203.0.113.10 -all"',
    (f"{_BACKWARDS}.dnsbl.example", "A"): "127.0.0.2",
    ("smtp.provider.example", "AAAA"): "2001:db8:1::10",
}


@journey
def every_kind_of_record_is_told(laptop: Carried, _: RoamingLab) -> None:
    laptop.move("home")
    code, told, errors = laptop.run("names", "python3", "-c", _ASK, stdin=json.dumps([*_RECORDS]))
    assert code == 0, errors
    assert json.loads(told) == [*_RECORDS.values()]


@journey
def an_address_is_enough_for_a_profile(laptop: Carried, roaming: RoamingLab) -> None:
    """RFC 6186 and 8314: the domain's SRV records say where its server listens."""
    laptop.move("hotel")
    words = ["profiles", "add", "--address", TRAVELLER, "--name", "Found", "--password-stdin"]
    found = laptop.ask("found", *words, stdin=secret("account") + "\n")
    assert found.code == 0, found
    assert (found.data["origin"], found.data["host"]) == ("dns", "smtp.provider.example")
    assert (found.data["port"], found.data["security"]) == (465, "implicit-tls")
    assert [other["port"] for other in found.data["alternatives"]] == [587]
    assert laptop.ask("found", "profiles", "order", "Found").code == 0
    assert laptop.test("found", "Found").data["winner"] == "Found"
    sent = laptop.send("found", "Found by my address")
    assert (sent.code, sent.data["profile"]) == (0, "Found"), sent
    roaming.arrived(sent.data["message_id"])


@journey
def nobody_is_written_to_where_no_mail_is_taken(laptop: Carried, _: RoamingLab) -> None:
    """RFC 7505: the recipient's domain has a null MX; no other profile could help."""
    laptop.move("hotel")
    letter = ("send", "-f", TRAVELLER, "-t", "anybody@nomail.example", "-s", "Null", "--body", "-")
    sent = laptop.ask("null", *letter, stdin="Hello.\n")
    (recipient,) = sent.data["recipients"]
    assert recipient["state"] == "refused", sent
    assert recipient["diagnosis"]["party"] == "recipient", recipient
