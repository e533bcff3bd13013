"""Where we are by the kernel's own word: which route leads out, over which interface, through
which gateway with which hardware address. Knows nothing of names or portals. Linux only."""

import asyncio
import ipaddress
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyroute2.iproute.linux import AsyncIPRoute
from pyroute2.netlink.exceptions import NetlinkError

from roammail.adapters.interface_medium import medium_of
from roammail.adapters.network_source import SourceFailed
from roammail.adapters.resolv_conf import ResolvConf, read_resolv_conf
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown

SOURCE = "kernel"

#: Any far address will do: the kernel is asked which way it would go, nothing is sent. (These
#: are a.root-servers.net.) Asking takes policy routing and split default routes into account,
#: which looking for the default route in the main table does not.
_FAR = ("198.41.0.4", "2001:503:ba3e::2:30")
#: Seconds for which an unknown gateway is given time to tell its hardware address. Where a
#: question or its answer is lost, as on a link that has just come up, Linux asks again after one
#: second (RETRANS_TIMER of RFC 4861 section 10; the same for ARP).
_NEIGHBOUR_PATIENCE = 1.5
_NEIGHBOUR_STEP = 0.05
_UNUSABLE = 0x01 | 0x20  # NUD_INCOMPLETE, NUD_FAILED


@dataclass(frozen=True, slots=True)
class Route:
    """The way out: interface, next hop (None on a point-to-point link), own address on it."""

    index: int
    gateway: str | None
    source: str | None


class Kernel:
    """Asks the kernel; remembers nothing.

    `sysfs` and `resolv_conf` are places of the system; `sleep` waits for the gateway's answer.
    `ask_gateway` allows one empty datagram to a gateway whose hardware address is not known.
    """

    def __init__(
        self,
        sysfs: Path = Path("/sys/class/net"),
        resolv_conf: Path = Path("/etc/resolv.conf"),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ask_gateway: bool = True,
    ) -> None:
        self._sysfs = sysfs
        self._resolv_conf = resolv_conf
        self._sleep = sleep
        self._ask_gateway = ask_gateway

    async def read(self) -> Network:
        """The facts of the way out. Raises SourceFailed."""
        try:
            async with AsyncIPRoute() as kernel:
                return await self._read(kernel)
        except (NetlinkError, OSError) as error:
            raise SourceFailed(WhyUnknown.UNREADABLE, str(error)) from error

    async def _read(self, kernel: AsyncIPRoute) -> Network:
        unknown: list[Unknown] = []
        names = self._names(unknown)
        route = await _way_out(kernel)
        if route is None:
            unknown += (
                Unknown(field, WhyUnknown.NO_ROUTE)
                for field in ("interface", "medium", "gateway", "gateway_mac", "prefix")
            )
            return Network(portal=PortalState.OFFLINE, sources=(SOURCE,), unknown=tuple(unknown))
        interface = await _interface_name(kernel, route.index)
        medium = medium_of(self._sysfs / interface)
        if medium is Medium.UNKNOWN:
            unknown.append(Unknown("medium", WhyUnknown.UNREADABLE))
        prefix = await _prefix(kernel, route)
        if prefix is None:
            unknown.append(Unknown("prefix", WhyUnknown.NOT_TOLD))
        return Network(
            medium=medium,
            interface=interface,
            gateway=route.gateway,
            gateway_mac=await self._gateway_mac(kernel, route, unknown),
            prefix=prefix,
            dns_suffix=names.suffix,
            dns_servers=names.servers,
            sources=(SOURCE,),
            unknown=tuple(unknown),
        )

    def _names(self, unknown: list[Unknown]) -> ResolvConf:
        try:
            return read_resolv_conf(self._resolv_conf)
        except OSError as error:
            why = os.strerror(error.errno or 0)
            unknown += (
                Unknown(field, WhyUnknown.UNREADABLE, why)
                for field in ("dns_suffix", "dns_servers")
            )
            return ResolvConf()

    async def _gateway_mac(
        self, kernel: AsyncIPRoute, route: Route, unknown: list[Unknown]
    ) -> str | None:
        """From the neighbour table; on a fresh link, where it is empty, the gateway is asked.

        Without it the same network would have one fingerprint before the first packet and
        another one after.
        """
        if route.gateway is None:
            unknown += (
                Unknown(field, WhyUnknown.NO_GATEWAY) for field in ("gateway", "gateway_mac")
            )
            return None
        mac = await _neighbour(kernel, route)
        if mac is None and self._ask_gateway and _nudge(route):
            # By the clock, not by counting steps: on a slow machine each step takes long, and
            # all other facts would be lost to the time that a source is given.
            loop = asyncio.get_running_loop()
            end = loop.time() + _NEIGHBOUR_PATIENCE
            while mac is None and loop.time() < end:
                await self._sleep(_NEIGHBOUR_STEP)
                mac = await _neighbour(kernel, route)
        if mac is None:
            unknown.append(Unknown("gateway_mac", WhyUnknown.GATEWAY_SILENT))
        return mac


async def _way_out(kernel: AsyncIPRoute) -> Route | None:
    """IPv4's way where there is one: its prefix and gateway tell a network best."""
    for far in _FAR:
        try:
            answers = await kernel.route("get", dst=far)
        except NetlinkError:  # unreachable, prohibited, blackhole, or no such family
            continue
        for answer in answers:
            index = answer.get_attr("RTA_OIF")
            if isinstance(index, int) and answer.get("type") == 1:  # RTN_UNICAST
                return Route(index, _next_hop(answer), answer.get_attr("RTA_PREFSRC"))
    return None


def _next_hop(answer: Any) -> str | None:
    gateway = answer.get_attr("RTA_GATEWAY")
    if gateway is None and (via := answer.get_attr("RTA_VIA")):  # IPv4 over an IPv6 next hop
        gateway = via.get("addr")
    return str(gateway) if gateway else None


async def _interface_name(kernel: AsyncIPRoute, index: int) -> str:
    for link in await kernel.link("get", index=index):
        return str(link.get_attr("IFLA_IFNAME"))
    raise SourceFailed(WhyUnknown.UNREADABLE, f"no interface {index}")


async def _prefix(kernel: AsyncIPRoute, route: Route) -> str | None:
    """The network of our own address on the way out, in CIDR notation."""
    async for entry in await kernel.addr("dump", index=route.index):
        # On a point-to-point link IFA_ADDRESS is the other end's.
        address = entry.get_attr("IFA_LOCAL") or entry.get_attr("IFA_ADDRESS")
        if address and (route.source is None or address == route.source):
            return str(ipaddress.ip_network(f"{address}/{entry['prefixlen']}", strict=False))
    return None


async def _neighbour(kernel: AsyncIPRoute, route: Route) -> str | None:
    family = socket.AF_INET6 if ":" in str(route.gateway) else socket.AF_INET
    async for entry in await kernel.neigh("dump", family=family, ifindex=route.index):
        if entry["ifindex"] != route.index or entry.get_attr("NDA_DST") != route.gateway:
            continue
        mac = entry.get_attr("NDA_LLADDR")
        if mac and not entry["state"] & _UNUSABLE and mac != "00:00:00:00:00:00":
            return str(mac).lower()
    return None


def _nudge(route: Route) -> bool:
    """Makes the kernel ask for the gateway's hardware address: one empty datagram to its
    discard port (RFC 863). Returns whether it went."""
    gateway = str(route.gateway)
    family = socket.AF_INET6 if ":" in gateway else socket.AF_INET
    target: tuple[Any, ...] = (gateway, 9)
    if family == socket.AF_INET6:
        target = (gateway, 9, 0, route.index)
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
        try:
            sender.sendto(b"", target)
        except OSError:
            return False
    return True
