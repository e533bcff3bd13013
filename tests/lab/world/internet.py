"""The internet: one bridge that every server and every place is plugged into, and its DNS.

Addresses are those of documentation (RFC 5737, RFC 3849); they exist in here alone.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import trustme

from tests.lab.world.namespace import Namespace, await_true, cable, namespace

DNS = "203.0.113.53"
#: The same DNS, but every name that does not exist leads to a search page.
WILDCARD_DNS = "203.0.113.54"
SEARCH_PAGE = "203.0.113.80"
CHECK_HOST = "check.internet.example"
#: A server that stops in the middle of a message, or is busy; by address, it has no name.
MOODY = "203.0.113.100"
#: The café's own page; its name exists there alone.
PORTAL_HOST = "portal.cafe.example"
CHECK_ADDRESS = "203.0.113.90"

#: Every server's name and the last part of both its addresses.
HOSTS = {
    "smtp.provider.example": 10,
    "smtp.campus.example": 20,
    "smtp.isp.example": 30,
    "smtp.company.example": 40,
    "smtp.relayservice.example": 50,
    "mx.friend.example": 60,
    "mailgate.conference.example": 70,
}

#: RFC 7505: nomail.example takes none. RFC 5782: who travels by plane is on the block list.
_ZONES = """
mx-host=friend.example,mx.friend.example,10
mx-host=provider.example,smtp.provider.example,10
dns-rr=nomail.example,15,000000
srv-host=_submission._tcp.provider.example,smtp.provider.example,587
srv-host=_submissions._tcp.provider.example,smtp.provider.example,465
txt-record=provider.example,"v=spf1 ip4:203.0.113.10 -all"
address=/2.0.0.127.dnsbl.example/127.0.0.2
address=/100.100.51.198.dnsbl.example/127.0.0.2
"""


def ipv4(last: int) -> str:
    """A server's IPv4 address."""
    return f"203.0.113.{last}"


def ipv6(last: int) -> str:
    """A server's IPv6 address."""
    return f"2001:db8:1::{last}"


@dataclass(slots=True)
class Internet:
    """The bridge, and the one certificate authority that laptops trust."""

    folder: Path
    middle: Namespace
    authority: trustme.CA = field(repr=False)
    ports: "count[int]" = field(default_factory=lambda: count(1))
    #: Programs that are ended by a context manager: they live as long as the internet does.
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def ca_file(self) -> Path:
        """The authority's certificate."""
        return self.folder / "ca.pem"

    def plug_in(self, machine: Namespace, *addresses: str) -> None:
        """A cable `wan` from the machine to the bridge; both ranges are on the same wire."""
        end = f"port{next(self.ports)}"  # places are opened by several threads
        cable(machine, "wan", self.middle, end)
        self.middle.run("ip", "link", "set", end, "master", "internet")
        lines = [f"ip address add {a} dev wan {'nodad' if ':' in a else ''}" for a in addresses]
        lines += [
            "ip route replace 203.0.113.0/24 dev wan",
            "ip route replace 198.51.100.0/24 dev wan",
        ]
        machine.script("\n".join(lines))

    def server(self, host: str) -> Namespace:
        """A machine for a server with its name's addresses."""
        machine = namespace(host.split(".")[-2], self.folder, DNS)
        last = HOSTS[host]
        self.plug_in(machine, f"{ipv4(last)}/32", f"{ipv6(last)}/32")
        return machine

    def machine(self, name: str, address: str) -> Namespace:
        """A machine with an address and no name."""
        machine = namespace(name, self.folder, DNS)
        self.plug_in(machine, f"{address}/32")
        return machine

    def certificate(self, host: str) -> Path:
        """Key and certificates of a host in one PEM file."""
        file = self.folder / f"{host}.pem"
        leaf = self.authority.issue_cert(host)
        file.write_bytes(b"")
        file.chmod(0o600)
        leaf.private_key_and_cert_chain_pem.write_to_path(file)
        return file


def internet(folder: Path) -> Internet:
    """The bridge with DNS and the page that connectivity checks ask for."""
    middle = namespace("internet", folder)
    middle.script("ip link add internet type bridge\nip link set internet up")
    net = Internet(folder, middle, trustme.CA())
    net.authority.cert_pem.write_to_path(net.ca_file)
    _start_dns(net)
    return net


def records() -> str:
    """Every record, in dnsmasq's words."""
    lines = [f"host-record={host},{ipv4(n)},{ipv6(n)}" for host, n in HOSTS.items()]
    lines += [f"ptr-record={n}.113.0.203.in-addr.arpa,{host}" for host, n in HOSTS.items()]
    lines.append(f"host-record={CHECK_HOST},{CHECK_ADDRESS}")
    return "\n".join(lines) + _ZONES


def start_dnsmasq(machine: Namespace, name: str, config: str, port: int = 53) -> None:
    """A dnsmasq with this configuration and nothing of the system's."""
    file = machine.folder / f"{machine.name}-{name}.conf"
    lease = machine.folder / f"{machine.name}-{name}.leases"
    file.write_text(
        f"port={port}\nbind-interfaces\nno-hosts\nuser=root\nkeep-in-foreground\npid-file=\n"
        f"dhcp-leasefile={lease}\n{config}"
    )
    machine.start(["dnsmasq", f"--conf-file={file}"])
    await_true(f"DNS of {machine.name}", lambda: machine.listens(port))


def _start_dns(net: Internet) -> None:
    machine = namespace("dns", net.folder)
    addresses = (DNS, WILDCARD_DNS, SEARCH_PAGE, CHECK_ADDRESS)
    net.plug_in(machine, *(f"{address}/32" for address in addresses))
    honest = f"listen-address={DNS}\nexcept-interface=lo\nno-resolv\naddress=/#/\n{records()}"
    start_dnsmasq(machine, "honest", honest)
    wild = (
        f"listen-address={WILDCARD_DNS}\nexcept-interface=lo\nno-resolv\n"
        f"address=/#/{SEARCH_PAGE}\n{records()}"
    )
    start_dnsmasq(machine, "wildcard", wild)
    script = str(Path(__file__).with_name("web_page.py"))
    machine.start(["python3", script, CHECK_ADDRESS, "80", "open"])
    machine.start(["python3", script, SEARCH_PAGE, "80", "Did you mean something else?"])
    await_true("web pages", lambda: machine.listens(80))
