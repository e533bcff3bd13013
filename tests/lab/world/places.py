"""The places that the laptop is carried to: for each, what its network does to mail.

A place is one row. To add one: a row here, a row in `matrix.py`.
"""

from dataclasses import dataclass

from tests.lab.world.internet import DNS, WILDCARD_DNS

_MAIL_PORTS = "{ 25, 443, 465, 587, 2525, 8025 }"


@dataclass(frozen=True, slots=True)
class Place:
    """`forward` and `redirect` are nftables statements of the gateway; `middlebox` the mode in
    which `middlebox.py` runs there, on port 9000; `number` makes addresses and MAC unique."""

    name: str
    number: int
    forward: str = ""
    redirect: str = ""
    middlebox: str = ""
    dns: str = DNS
    ipv6: bool = False
    dhcp: bool = True
    portal: bool = False
    tunnel: bool = False

    @property
    def wan(self) -> str:
        """The address from which the rest of the world sees it."""
        return f"198.51.100.{self.number}"

    @property
    def gateway(self) -> str:
        """The gateway's address inside."""
        return f"10.0.{self.number}.1"


PLACES: dict[str, Place] = {
    place.name: place
    for place in (
        Place("home", 10, ipv6=True),
        Place("campus", 20),
        Place("hotel", 30, forward="tcp dport 25 drop"),
        Place(
            "airport",
            40,
            forward="tcp dport 25 reject with tcp reset\n"
            "tcp dport 587 reject with icmpx admin-prohibited",
        ),
        Place(
            "cafe",
            60,
            redirect="ip daddr 10.0.60.1 tcp dport 443 redirect to :9000",
            portal=True,
            middlebox="portal",
        ),
        Place("conference", 70, redirect="tcp dport 25 dnat ip to 203.0.113.70:25"),
        Place(
            "oldfirewall",
            80,
            redirect="tcp dport { 25, 587 } redirect to :9000",
            middlebox="inspect",
        ),
        Place(
            "office",
            90,
            redirect=f"tcp dport {_MAIL_PORTS} redirect to :9000",
            middlebox="intercept",
        ),
        Place(
            "plane",
            100,
            redirect=f"tcp dport {_MAIL_PORTS} redirect to :9000",
            middlebox="delay",
        ),
        Place("brokenv6", 110, forward="meta nfproto ipv6 drop", ipv6=True),
        Place("wildcard-dns", 120, dns=WILDCARD_DNS),
        Place("strict", 130, forward="tcp dport != { 80, 443 } drop"),
        Place("offline", 140, dhcp=False),
        Place("vpn", 150, forward="tcp dport 25 drop", tunnel=True),
    )
}
