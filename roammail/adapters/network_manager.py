"""What NetworkManager says of where we are (its D-Bus API, version 1.10 or later), and which
of its signals mean a change. Reads through a PropertyReader; knows no bus library."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Any

from roammail.adapters.network_source import (
    MAX_SERVERS,
    SourceFailed,
    domain_or_none,
    octets_to_text,
    visible,
    web_address,
)
from roammail.adapters.system_bus import PropertyReader, ServiceAbsent, Signal, SystemBus
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown

SERVICE = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SOURCE = "NetworkManager"

Properties = Mapping[str, Any]

#: NMDeviceType
_MEDIA = {
    1: Medium.ETHERNET,
    2: Medium.WIFI,
    5: Medium.BLUETOOTH,
    8: Medium.CELLULAR,
    10: Medium.ETHERNET,  # bond
    11: Medium.ETHERNET,  # VLAN
    13: Medium.ETHERNET,  # bridge
    15: Medium.ETHERNET,  # team
    16: Medium.VPN,  # tun
    17: Medium.VPN,  # IP tunnel
    20: Medium.ETHERNET,  # veth
    29: Medium.VPN,  # WireGuard
}
#: NMConnectivityState
_PORTALS = {
    1: PortalState.OFFLINE,
    2: PortalState.REQUIRED,
    3: PortalState.LIMITED,
    4: PortalState.NONE,
}
#: NMMetered; what NetworkManager has guessed counts as known.
_METERED = {1: True, 2: False, 3: True, 4: False}
#: DHCP option 114 (RFC 8910 section 2.1) by its older and its present name, and option 160
#: that RFC 7710 used first. NetworkManager 1.42 with its own DHCP client does not pass them on
#: (tried); then there is no API to ask, and the HTTP check stands alone.
_PORTAL_API_OPTIONS = ("captive_portal", "default_url", "v4_captive_portal")
#: Interfaces whose properties make up a Network. Wi-Fi scans and counters are left out: they
#: change every few seconds and mean nothing here.
_TELLING = (
    SERVICE,
    f"{SERVICE}.Connection.Active",
    f"{SERVICE}.Device",
    f"{SERVICE}.IP4Config",
    f"{SERVICE}.IP6Config",
    f"{SERVICE}.DHCP4Config",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The properties of the objects that stand behind the primary connection."""

    root: Properties
    active: Properties
    device: Properties
    ip: tuple[Properties, ...]  # IPv4 first
    dhcp: tuple[Properties, ...]
    access_point: Properties


class NetworkManager:
    """Asks NetworkManager; remembers nothing."""

    def __init__(self, bus: PropertyReader) -> None:
        self._bus = bus

    async def read(self) -> Network:
        """The primary connection's facts. Raises SourceFailed (NO_NETWORK_MANAGER and others)."""
        try:
            root = await self._get(ROOT, "")
        except ServiceAbsent as error:
            raise SourceFailed(WhyUnknown.NO_NETWORK_MANAGER, error.detail) from error
        active = await self._get(root.get("PrimaryConnection"), ".Connection.Active")
        devices = active.get("Devices") or [None]
        device = await self._get(devices[0], ".Device")
        access_point: Properties = {}
        if device.get("DeviceType") == 2:
            wireless = await self._get(devices[0], ".Device.Wireless")
            access_point = await self._get(wireless.get("ActiveAccessPoint"), ".AccessPoint")
        return describe(
            Facts(
                root,
                active,
                device,
                (
                    await self._get(active.get("Ip4Config"), ".IP4Config"),
                    await self._get(active.get("Ip6Config"), ".IP6Config"),
                ),
                (
                    await self._get(active.get("Dhcp4Config"), ".DHCP4Config"),
                    await self._get(active.get("Dhcp6Config"), ".DHCP6Config"),
                ),
                access_point,
            )
        )

    async def _get(self, path: object, interface: str) -> Properties:
        """An object's properties; "/" is NetworkManager's word for "none"."""
        if not isinstance(path, str) or path == "/":
            return {}
        return await self._bus.properties(SERVICE, path, SERVICE + interface)


def watch_network_manager(bus: SystemBus, changed: Callable[[], None]) -> None:
    """Calls `changed` when the primary connection may have changed."""
    for interface in _TELLING:
        signal = Signal(
            SERVICE,
            "org.freedesktop.DBus.Properties",
            "PropertiesChanged",
            path_namespace=ROOT,
            first_argument=interface,
        )
        bus.listen(signal, lambda _body: changed())
    bus_name = "org.freedesktop.DBus"
    started = Signal(bus_name, bus_name, "NameOwnerChanged", first_argument=SERVICE)
    bus.listen(started, lambda _body: changed())


def watch_resume(bus: SystemBus, resumed: Callable[[], None]) -> None:
    """Calls `resumed` when logind says that the machine woke."""
    logind = "org.freedesktop.login1"
    signal = Signal(logind, f"{logind}.Manager", "PrepareForSleep", "/org/freedesktop/login1")

    def heard(body: tuple[Any, ...]) -> None:
        if body and body[0] is False:  # True is said before the sleep
            resumed()

    bus.listen(signal, heard)


def describe(facts: Facts) -> Network:
    """The facts as a Network. Gateway hardware address and prefix are not NetworkManager's."""
    unknown: list[Unknown] = []
    portal = _portal(facts.root, unknown)
    metered = _METERED.get(facts.root.get("Metered", 0))
    if metered is None:
        unknown.append(Unknown("metered", WhyUnknown.NOT_TOLD))
    if not facts.active.get("Id"):
        unknown.append(Unknown("name", WhyUnknown.NOT_TOLD))
    medium = _medium(facts)
    ssid = octets_to_text(bytes(facts.access_point.get("Ssid", b""))) or None
    if medium is Medium.WIFI and ssid is None:
        unknown.append(Unknown("ssid", WhyUnknown.NOT_TOLD))
    return Network(
        name=visible(str(facts.active.get("Id", ""))) or None,
        medium=medium,
        interface=str(facts.device.get("IpInterface") or facts.device.get("Interface") or "")
        or None,
        gateway=next((str(c["Gateway"]) for c in facts.ip if c.get("Gateway")), None),
        dns_suffix=_suffix(facts.ip),
        dns_servers=_servers(facts.ip),
        ssid=ssid,
        portal=portal,
        metered=metered,
        sources=(SOURCE,),
        unknown=tuple(unknown),
        portal_api=_portal_api(facts.dhcp),
    )


def _portal(root: Properties, unknown: list[Unknown]) -> PortalState:
    """Connectivity, unless nobody checks it: without a check NetworkManager says FULL."""
    state = _PORTALS.get(root.get("Connectivity", 0), PortalState.UNKNOWN)
    checked = root.get("ConnectivityCheckAvailable") and root.get("ConnectivityCheckEnabled")
    if state is not PortalState.OFFLINE and not checked:
        state = PortalState.UNKNOWN
    if state is PortalState.UNKNOWN:
        unknown.append(Unknown("portal", WhyUnknown.NOT_CHECKED))
    return state


def _medium(facts: Facts) -> Medium:
    if facts.active.get("Vpn") or facts.active.get("Type") in ("vpn", "wireguard"):
        return Medium.VPN
    if not facts.device:
        return Medium.UNKNOWN
    return _MEDIA.get(facts.device.get("DeviceType", 0), Medium.OTHER)


def _suffix(configs: tuple[Properties, ...]) -> str | None:
    """What the network gave (Domains), else what the user set (Searches)."""
    names = [n for key in ("Domains", "Searches") for c in configs for n in c.get(key, ())]
    # "~corp" is a routing-only domain of systemd-resolved: names are not completed with it.
    found = (domain_or_none(str(name)) for name in names if not str(name).startswith("~"))
    return next((name for name in found if name), None)


def _servers(configs: tuple[Properties, ...]) -> tuple[str, ...]:
    """Name servers: NameserverData for IPv4, octets for IPv6 (which has no such property)."""
    servers = [str(d["address"][1]) for c in configs for d in c.get("NameserverData", ())]
    octets = [bytes(n) for c in configs for n in c.get("Nameservers", ()) if not isinstance(n, int)]
    servers += [str(IPv6Address(n)) for n in octets if len(n) == 16]
    return tuple(dict.fromkeys(servers))[:MAX_SERVERS]


def _portal_api(configs: tuple[Properties, ...]) -> str | None:
    for options in (c.get("Options", {}) for c in configs):
        for name in _PORTAL_API_OPTIONS:
            _signature, value = options.get(name, ("s", ""))
            if api_address := web_address(str(value), ("https",)):
                return api_address
    return None
