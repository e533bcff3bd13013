"""Where we are on macOS, by the system's own commands: route, ifconfig, arp, networksetup,
ipconfig, scutil. Changes are seen by polling, not told by the system. The parsers are pure.

Not yet run on a Mac: written from the commands' documented output."""

import ipaddress
import re
from dataclasses import dataclass, replace

from roammail.adapters.network_polling import PollingNetworkWatcher
from roammail.adapters.network_source import (
    MAX_SERVERS,
    SourceFailed,
    domain_or_none,
    visible,
    web_address,
)
from roammail.adapters.system_command import Run, run_command
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown

SOURCE = "macOS"
_FAR = "198.41.0.4"  # a.root-servers.net: asked of the routing table, nothing is sent
_MAC = re.compile(r"\bat ([0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5})\b", re.IGNORECASE)
_INET = re.compile(r"^\s+inet (\S+)(?: --> \S+)? netmask (0x[0-9a-f]{8})", re.MULTILINE)
_PORT = re.compile(r"^Hardware Port: (.+)\nDevice: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class WayOut:
    """What `route -n get` says."""

    interface: str
    gateway: str | None


def network_watcher(run: Run = run_command) -> PollingNetworkWatcher:
    """The port NetworkWatcher for macOS."""

    async def read() -> Network:
        return await read_network(run)

    return PollingNetworkWatcher(read)


async def read_network(run: Run) -> Network:
    """Asks each command; one that fails leaves its facts unknown. Raises SourceFailed for
    none but a routing table that cannot be read at all."""
    unknown: list[Unknown] = []

    async def ask(fields: tuple[str, ...], *command: str) -> str:
        try:
            return await run(*command)
        except SourceFailed as failed:
            unknown.extend(Unknown(name, failed.why, failed.detail) for name in fields)
            return ""

    way = parse_route(await _route(run))
    if way is None:
        gone = ("interface", "gateway", "gateway_mac", "prefix")
        lost = tuple(Unknown(name, WhyUnknown.NO_ROUTE) for name in gone)
        return Network(portal=PortalState.OFFLINE, sources=(SOURCE,), unknown=lost)
    device = way.interface
    ports = parse_hardware_ports(await ask(("name",), "networksetup", "-listallhardwareports"))
    name = ports.get(device)
    medium = medium_of(device, name)
    hidden = ("ssid",) if medium is Medium.WIFI else ()
    summary = await ask(hidden, "ipconfig", "getsummary", device)
    arp = await ask(("gateway_mac",), "arp", "-n", way.gateway) if way.gateway else ""
    found = Network(
        name=name,
        medium=medium,
        interface=device,
        gateway=way.gateway,
        gateway_mac=parse_arp(arp),
        prefix=parse_prefix(await ask(("prefix",), "ifconfig", device)),
        ssid=parse_ssid(summary) if medium is Medium.WIFI else None,
        sources=(SOURCE,),
        portal_api=parse_portal_api(summary),
    )
    dns = await ask(("dns_suffix", "dns_servers"), "scutil", "--dns")
    return _complete(found, parse_dns(dns), unknown)


async def _route(run: Run) -> str:
    """`route` fails with "not in table" where there is no way out."""
    try:
        return await run("route", "-n", "get", _FAR)
    except SourceFailed as failed:
        if failed.detail.startswith("route: ") and failed.detail[7:].isdigit():
            return ""
        raise


def _complete(
    network: Network, dns: tuple[str | None, tuple[str, ...]], unknown: list[Unknown]
) -> Network:
    unknown.extend(
        Unknown(name, WhyUnknown.NOT_TOLD)
        for name in ("name", "medium", "gateway", "gateway_mac", "prefix", "portal", "metered")
        if getattr(network, name) in (None, Medium.UNKNOWN, PortalState.UNKNOWN)
    )
    if network.medium is Medium.WIFI and network.ssid is None:
        unknown.append(Unknown("ssid", WhyUnknown.NOT_TOLD))  # macOS hides it by default
    first = {entry.field: entry for entry in reversed(unknown)}
    return replace(
        network, dns_suffix=dns[0], dns_servers=dns[1], unknown=tuple(reversed(first.values()))
    )


def parse_route(text: str) -> WayOut | None:
    """`route -n get ADDRESS`: `key: value` lines."""
    pairs = (line.strip().partition(": ") for line in text.splitlines())
    values = {key: value.strip() for key, _, value in pairs}
    interface = values.get("interface")
    if not interface or not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", interface):
        return None
    gateway = values.get("gateway", "")
    try:
        return WayOut(interface, str(ipaddress.ip_address(gateway)))
    except ValueError:  # "link#12", or none: a point-to-point link
        return WayOut(interface, None)


def parse_arp(text: str) -> str | None:
    """`arp -n ADDRESS`: octets come without leading zeros."""
    found = _MAC.search(text)
    if found is None:
        return None
    return ":".join(octet.zfill(2) for octet in found.group(1).lower().split(":"))


def parse_prefix(text: str) -> str | None:
    """`ifconfig IF`: the first IPv4 address and its mask in hexadecimal."""
    found = _INET.search(text)
    if found is None:
        return None
    try:
        mask = ipaddress.IPv4Address(int(found.group(2), 16))
        return str(ipaddress.IPv4Network(f"{found.group(1)}/{mask}", strict=False))
    except ValueError:
        return None


def parse_hardware_ports(text: str) -> dict[str, str]:
    """`networksetup -listallhardwareports`: device to the port's name ("en0": "Wi-Fi")."""
    return {device.strip(): visible(port.strip()) for port, device in _PORT.findall(text)}


def medium_of(device: str, port: str | None) -> Medium:
    """By the port's name where there is one, else by the device's."""
    if device.startswith(("utun", "ipsec", "tun", "tap", "ppp")):
        return Medium.VPN if not device.startswith("ppp") else Medium.OTHER
    named = (port or "").lower()
    for word, medium in (
        ("wi-fi", Medium.WIFI),
        ("airport", Medium.WIFI),
        ("iphone", Medium.CELLULAR),
        ("bluetooth", Medium.BLUETOOTH),
        ("ethernet", Medium.ETHERNET),
        ("lan", Medium.ETHERNET),
        ("thunderbolt", Medium.ETHERNET),
    ):
        if word in named:
            return medium
    return Medium.OTHER if port else Medium.UNKNOWN


def parse_ssid(text: str) -> str | None:
    """`ipconfig getsummary IF`; None where macOS keeps it to itself ("<redacted>")."""
    found = re.search(r"^\s+SSID : (.+)$", text, re.MULTILINE)
    if found is None or found.group(1).strip() in ("<redacted>", ""):
        return None
    return visible(found.group(1).strip())


def parse_portal_api(text: str) -> str | None:
    """`ipconfig getsummary IF`: DHCP option 114 (RFC 8910 section 2.1), an https address."""
    found = re.search(r"captive_portal\w* \([^)]*\): (\S+)", text)
    return web_address(found.group(1), ("https",)) if found else None


def parse_dns(text: str) -> tuple[str | None, tuple[str, ...]]:
    """`scutil --dns`: suffix and servers of the first resolver, which is the default one."""
    first = text.partition("resolver #1")[2].partition("resolver #")[0]
    names = re.findall(r"(?:search domain\[\d+\]|domain)\s*: (\S+)", first)
    suffix = next((name for name in map(domain_or_none, names) if name), None)
    servers = re.findall(r"nameserver\[\d+\]\s*: (\S+)", first)
    return suffix, tuple(dict.fromkeys(filter(_is_address, servers)))[:MAX_SERVERS]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
