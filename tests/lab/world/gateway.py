"""A place's gateway: the laptop's side, the internet's side, and what it does in between."""

import os
import sys
from pathlib import Path

from tests.lab.world.internet import PORTAL_HOST, Internet, start_dnsmasq
from tests.lab.world.namespace import Namespace, await_true, namespace
from tests.lab.world.places import Place

_RULES = """
table inet place {{
  chain before {{
    type nat hook prerouting priority -100;
    {redirect}
  }}
  chain through {{
    type filter hook forward priority 0;
    ct state established,related accept
    iifname "wan" drop
    {forward}
  }}
  chain after {{
    type nat hook postrouting priority 100;
    oifname "wan" masquerade
  }}
}}
"""
#: RFC 8910: where the portal's own API is (RFC 8908).
_PORTAL_API = f"""dhcp-option=114,https://{PORTAL_HOST}/api
address=/{PORTAL_HOST}/{{gateway}}
"""
#: Until the portal is passed: every name and every connection ends at the gateway.
_PORTAL = """
table inet portal {{
  chain before {{
    type nat hook prerouting priority -110;
    iifname "lan" udp dport 53 redirect to :5353
    iifname "lan" tcp dport 53 redirect to :5353
    iifname "lan" tcp dport 80 redirect to :9080
    iifname "lan" tcp dport {{ 443, 465 }} redirect to :9000
  }}
  chain through {{
    type filter hook forward priority -10;
    iifname "lan" reject
  }}
}}
"""


def open_place(net: Internet, place: Place) -> Namespace:
    """The gateway of a place, ready for laptops on its bridge `lan`."""
    gate = namespace(f"at-{place.name}", net.folder)
    mac = f"02:00:00:00:00:{place.number:02x}"
    gate.script(
        f"ip link add lan address {mac} type bridge\nip link set lan up\n"
        f"ip address add {place.gateway}/24 dev lan\n"
        f"ip address add {inside_v6(place)}::1/64 dev lan nodad\n"
        "echo 1 >/proc/sys/net/ipv4/ip_forward\n"
        "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding"
    )
    net.plug_in(gate, f"{place.wan}/32", f"2001:db8:1::{place.number:x}:1/64")
    gate.filter(_RULES.format(redirect=_inward(place.redirect), forward=place.forward))
    if place.dhcp:
        _serve_names(gate, place)
    if place.middlebox:
        _start_middlebox(net, gate, place)
    if place.portal:
        ask_again(gate)
    return gate


def inside_v6(place: Place) -> str:
    """The place's own IPv6 prefix."""
    return f"2001:db8:{place.number + 4096:x}:1"


def ask_again(gate: Namespace) -> None:
    """The portal stands in the way (again)."""
    gate.filter(_PORTAL.format())


def _inward(redirect: str) -> str:
    return "\n".join(f'iifname "lan" {line}' for line in redirect.splitlines())


def _serve_names(gate: Namespace, place: Place) -> None:
    """DHCP and DNS as a small router does both."""
    prefix = place.gateway.rpartition(".")[0]
    first, last = f"{prefix}.100", f"{prefix}.200"
    upstream = "127.0.0.1#5300" if place.middlebox == "delay" else place.dns
    start_dnsmasq(
        gate,
        "router",
        f"interface=lan\nexcept-interface=lo\nno-resolv\nserver={upstream}\nno-ping\n"
        f"dhcp-range={first},{last},1h\ndhcp-authoritative\ndhcp-rapid-commit\n"
        f"domain={place.name}.example\ndhcp-option=option:router,{place.gateway}\n"
        + (_PORTAL_API.format(gateway=place.gateway) if place.portal else ""),
    )
    if place.portal:
        start_dnsmasq(
            gate, "portal", f"interface=lan\nno-resolv\naddress=/#/{place.gateway}\n", port=5353
        )


def _start_middlebox(net: Internet, gate: Namespace, place: Place) -> None:
    command = [sys.executable, "-m", "tests.lab.world.middlebox"]
    root = str(Path(__file__).parents[3])
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": root}
    chain = str(net.certificate(PORTAL_HOST)) if place.portal else ""
    gate.start([*command, place.middlebox, place.gateway, place.dns, chain], environment)
    await_true(f"the middlebox of {place.name}", lambda: gate.listens(9000))


TUNNEL_PORT = 1194


def answer_tunnels(home: Namespace) -> None:
    """The far end of a tunnel to home."""
    script = str(Path(__file__).with_name("tunnel.py"))
    home.start([sys.executable, script, "tunnel", "listen", str(TUNNEL_PORT)])
    await_true("home's tunnel", lambda: _has(home, "tunnel"))
    home.script("ip address add 10.99.0.1/24 dev tunnel\nip link set tunnel up mtu 1400")


def dial_home(machine: Namespace, place: Place, home: Place) -> None:
    """A tunnel from a laptop, with the default route through it."""
    script = str(Path(__file__).with_name("tunnel.py"))
    machine.start([sys.executable, script, "tunnel", "to", home.wan, str(TUNNEL_PORT)])
    await_true("the tunnel", lambda: _has(machine, "tunnel"))
    machine.script(
        "ip address add 10.99.0.7/24 dev tunnel\nip link set tunnel up mtu 1400\n"
        f"ip route replace {home.wan} via {place.gateway}\n"
        "ip route replace default via 10.99.0.1 dev tunnel metric 50"
    )


def _has(machine: Namespace, device: str) -> bool:
    return f"{device}:" in machine.run("cat", "/proc/net/dev")
