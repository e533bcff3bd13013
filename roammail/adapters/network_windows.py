"""Where we are on Windows, by PowerShell's own network commands as JSON, and `netsh` for the
SSID. Changes are seen by polling, not told by the system. The parsers are pure.

Not yet run on Windows: written from the commands' documented output."""

import ipaddress
import json
import re
from dataclasses import replace
from typing import Any

from roammail.adapters.network_polling import PollingNetworkWatcher
from roammail.adapters.network_source import (
    MAX_SERVERS,
    SourceFailed,
    domain_or_none,
    visible,
)
from roammail.adapters.system_command import Run, run_command
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown

SOURCE = "Windows"

#: One run, since starting PowerShell takes a second. Find-NetRoute gives the way that packets
#: to a far address would take (a.root-servers.net); nothing is sent. Property names are the
#: commands' own; enumerations are asked as numbers, which do not change with the language.
SCRIPT = r"""
$ErrorActionPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
$way = Find-NetRoute -RemoteIPAddress '198.41.0.4'
$address = $way | Where-Object { $_.IPAddress } | Select-Object -First 1
$route = $way | Where-Object { $_.NextHop } | Select-Object -First 1
$index = $route.InterfaceIndex
$adapter = Get-NetAdapter -InterfaceIndex $index -IncludeHidden
$connection = Get-NetConnectionProfile -InterfaceIndex $index
$neighbour = Get-NetNeighbor -InterfaceIndex $index -IPAddress $route.NextHop
$client = Get-DnsClient -InterfaceIndex $index
$global = Get-DnsClientGlobalSetting
$servers = (Get-DnsClientServerAddress -InterfaceIndex $index).ServerAddresses
[pscustomobject]@{
  Interface = $route.InterfaceAlias; NextHop = $route.NextHop
  Address = $address.IPAddress; PrefixLength = $address.PrefixLength
  Mac = $neighbour.LinkLayerAddress; Name = $connection.Name
  Connectivity = [int]$connection.IPv4Connectivity
  Medium = [int]$adapter.NdisPhysicalMedium; Type = [int]$adapter.InterfaceType
  Suffix = $client.ConnectionSpecificSuffix; Search = @($global.SuffixSearchList)
  Servers = @($servers)
} | ConvertTo-Json -Depth 3 -Compress
"""

#: NDIS_PHYSICAL_MEDIUM
_PHYSICAL = {
    1: Medium.WIFI,  # wireless LAN
    8: Medium.CELLULAR,  # wireless WAN
    9: Medium.WIFI,  # native 802.11
    10: Medium.BLUETOOTH,
    14: Medium.ETHERNET,  # 802.3
}
#: IANAifType
_TYPES = {
    6: Medium.ETHERNET,
    71: Medium.WIFI,
    23: Medium.VPN,  # PPP, as Windows makes its own VPN connections
    53: Medium.VPN,  # virtual (WireGuard, OpenVPN)
    131: Medium.VPN,  # tunnel
    243: Medium.CELLULAR,
    244: Medium.CELLULAR,
}
_INTERNET = 4  # Get-NetConnectionProfile: the check of Windows itself had its answer
_SSID = re.compile(r"^\s*SSID\s*: (.+?)\s*$", re.MULTILINE)
_MAC = re.compile(r"[0-9A-F]{2}(?:-[0-9A-F]{2}){5}", re.IGNORECASE)


def network_watcher(run: Run = run_command) -> PollingNetworkWatcher:
    """The port NetworkWatcher for Windows."""

    async def read() -> Network:
        return await read_network(run)

    return PollingNetworkWatcher(read, every=30.0)


async def read_network(run: Run) -> Network:
    """Asks PowerShell, and netsh on Wi-Fi. Raises SourceFailed if PowerShell says nothing."""
    shell = ("powershell", "-NoProfile", "-NonInteractive", "-Command", SCRIPT)
    facts = parse_facts(await run(*shell, windows=True))
    network = describe(facts)
    if network.medium is not Medium.WIFI:
        return network
    try:
        ssid = parse_ssid(await run("netsh", "wlan", "show", "interfaces", windows=True))
    except SourceFailed as failed:
        return with_ssid(network, None, Unknown("ssid", failed.why, failed.detail))
    return with_ssid(network, ssid, Unknown("ssid", WhyUnknown.NOT_TOLD))


def parse_facts(text: str) -> dict[str, Any]:
    """The script's JSON object. Raises SourceFailed where it is none."""
    try:
        facts = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise SourceFailed(WhyUnknown.UNREADABLE, "powershell") from error
    if not isinstance(facts, dict):
        raise SourceFailed(WhyUnknown.UNREADABLE, "powershell")
    return facts


def describe(facts: dict[str, Any]) -> Network:
    """The facts as a Network, still without SSID."""
    interface = _text(facts, "Interface")
    if interface is None:
        gone = ("interface", "gateway", "gateway_mac", "prefix")
        lost = tuple(Unknown(name, WhyUnknown.NO_ROUTE) for name in gone)
        return Network(portal=PortalState.OFFLINE, sources=(SOURCE,), unknown=lost)
    found: dict[str, Any] = {
        "name": _text(facts, "Name"),
        "medium": _medium(facts),
        "gateway": _gateway(facts),
        "gateway_mac": _mac(facts),
        "prefix": _prefix(facts),
        "portal": _portal(facts),
        "metered": None,
    }
    missing = (None, Medium.UNKNOWN, PortalState.UNKNOWN)
    unknown = tuple(
        Unknown(n, WhyUnknown.NOT_TOLD) for n, value in found.items() if value in missing
    )
    return Network(
        interface=interface,
        dns_suffix=_suffix(facts),
        dns_servers=_servers(facts),
        sources=(SOURCE,),
        unknown=unknown,
        **found,
    )


def with_ssid(network: Network, ssid: str | None, otherwise: Unknown) -> Network:
    """The network with its SSID, or with word of why it is not known."""
    if ssid is None:
        return replace(network, unknown=(*network.unknown, otherwise))
    return replace(network, ssid=ssid)


def parse_ssid(text: str) -> str | None:
    """`netsh wlan show interfaces`; "SSID" is not translated, and BSSID is another line."""
    found = _SSID.search(text)
    return visible(found.group(1)) if found else None


def _text(facts: dict[str, Any], key: str) -> str | None:
    value = facts.get(key)
    return visible(value) if isinstance(value, str) and value else None


def _texts(facts: dict[str, Any], key: str) -> list[str]:
    """PowerShell makes of a list with one member the member itself, of an empty one null."""
    value = facts.get(key)
    return [v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)]


def _medium(facts: dict[str, Any]) -> Medium:
    physical, kind = facts.get("Medium"), facts.get("Type")
    if isinstance(physical, int) and physical in _PHYSICAL:
        return _PHYSICAL[physical]
    if not isinstance(kind, int) or kind == 0:
        return Medium.UNKNOWN
    return _TYPES.get(kind, Medium.OTHER)


def _gateway(facts: dict[str, Any]) -> str | None:
    """None where the next hop is "on link" (0.0.0.0)."""
    try:
        address = ipaddress.ip_address(facts.get("NextHop") or "")
    except ValueError:
        return None
    return None if address.is_unspecified else str(address)


def _mac(facts: dict[str, Any]) -> str | None:
    mac = facts.get("Mac")
    if not isinstance(mac, str) or not _MAC.fullmatch(mac) or mac == "00-00-00-00-00-00":
        return None
    return mac.replace("-", ":").lower()


def _prefix(facts: dict[str, Any]) -> str | None:
    text = f"{facts.get('Address')}/{facts.get('PrefixLength')}"
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return None


def _portal(facts: dict[str, Any]) -> PortalState:
    """Only "Internet" is said by a check; anything less does not tell a portal from a fault."""
    return PortalState.NONE if facts.get("Connectivity") == _INTERNET else PortalState.UNKNOWN


def _suffix(facts: dict[str, Any]) -> str | None:
    names = [*_texts(facts, "Suffix"), *_texts(facts, "Search")]
    return next((name for name in map(domain_or_none, names) if name), None)


def _servers(facts: dict[str, Any]) -> tuple[str, ...]:
    servers = []
    for text in _texts(facts, "Servers"):
        try:
            servers.append(str(ipaddress.ip_address(text)))
        except ValueError:
            continue
    return tuple(dict.fromkeys(servers))[:MAX_SERVERS]
