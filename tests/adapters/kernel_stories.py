"""What the kernel's facts are in networks that these stories build. Each runs in a namespace of
its own (see `namespaces`); the tests in `test_network_kernel` call them by name."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from roammail.adapters.network_linux import LinuxNetworkWatcher, Patience
from roammail.adapters.network_netlink import Kernel
from roammail.adapters.system_bus import SystemBus
from roammail.core.network import Medium, Network, PortalState, WhyUnknown, network_key
from tests.adapters.namespaces import GATEWAY_MAC, Neighbourhood, run
from tests.loop_clock import leap


@asynccontextmanager
async def watching(
    folder: Path, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[LinuxNetworkWatcher]:
    """A source may take as long as a slow machine does: what ran out of time knows nothing."""
    resolv_conf = folder / "resolv.conf"
    resolv_conf.write_text("search campus.example\nnameserver 10.11.12.1\n")
    watcher = LinuxNetworkWatcher(
        bus=SystemBus(f"unix:path={folder}/nobody"),
        kernel=Kernel(resolv_conf=resolv_conf, sleep=sleep),
        patience=Patience(source=20, burst=0.05, look=60),
    )
    try:
        yield watcher
    finally:
        await watcher.close()


def reason(network: Network, field: str) -> str:
    return next(u.reason for u in network.unknown if u.field == field)


async def facts(folder: Path) -> None:
    place = Neighbourhood()
    place.plug_in()
    async with watching(folder) as watcher:
        network = await watcher.current()
    place.end()
    assert network.interface == "cable"
    assert network.medium is Medium.ETHERNET
    assert network.gateway == "10.11.12.1"
    assert network.gateway_mac == GATEWAY_MAC, network  # nobody had spoken to it before
    assert network.prefix == "10.11.12.0/24"
    assert network.dns_suffix == "campus.example"
    assert network.dns_servers == ("10.11.12.1",)
    assert network.sources == ("kernel",)
    assert network.portal is PortalState.UNKNOWN
    assert reason(network, "name") == WhyUnknown.NO_SYSTEM_BUS
    assert network_key(network, b"salt") is not None


async def offline(folder: Path) -> None:
    place = Neighbourhood()
    async with watching(folder) as watcher:
        network = await watcher.current()
    place.end()
    assert network.portal is PortalState.OFFLINE
    assert reason(network, "gateway") == WhyUnknown.NO_ROUTE
    assert network_key(network, b"salt") is None


async def silent_gateway(folder: Path) -> None:
    """However slow the machine is: the facts that are known are not lost to the waiting."""

    async def crawl(seconds: float) -> None:
        leap(2)
        await asyncio.sleep(0)

    place = Neighbourhood()
    place.plug_in()
    place.at_gateway("ip", "address", "flush", "dev", "far")
    async with watching(folder, sleep=crawl) as watcher:
        network = await watcher.current()
    place.end()
    assert network.gateway == "10.11.12.1"
    assert network.gateway_mac is None
    assert reason(network, "gateway_mac") == WhyUnknown.GATEWAY_SILENT


async def first_question_lost(folder: Path) -> None:
    """A link that has just come up loses the first packets; the kernel asks a second time."""
    place = Neighbourhood()
    place.plug_in()
    place.at_gateway("nft", "add table arp lossy")
    place.at_gateway("nft", "add chain arp lossy in { type filter hook input priority 0; }")
    place.at_gateway("nft", "add rule arp lossy in numgen inc mod 1000 0 counter drop")
    async with watching(folder) as watcher:
        network = await watcher.current()
    lost = place.at_gateway("nft", "list", "ruleset")
    place.end()
    assert "counter packets 1 " in lost
    assert network.gateway_mac == GATEWAY_MAC, network


async def only_ipv6(folder: Path) -> None:
    place = Neighbourhood()
    run("ip", "link", "set", "cable", "up")
    run("ip", "address", "add", "fd11::7/64", "dev", "cable", "nodad")
    run("ip", "route", "add", "default", "via", "fd11::1", "dev", "cable")
    async with watching(folder) as watcher:
        network = await watcher.current()
    place.end()
    assert network.gateway == "fd11::1", network
    assert network.gateway_mac == GATEWAY_MAC, network
    assert network.prefix == "fd11::/64"


async def tunnel(folder: Path) -> None:
    """A VPN's two half-Internet routes win over the default route, as they do for packets."""
    place = Neighbourhood()
    place.plug_in()
    run("ip", "tuntap", "add", "dev", "tunnel0", "mode", "tun")
    run("ip", "address", "add", "10.99.0.2", "peer", "10.99.0.1", "dev", "tunnel0")
    run("ip", "link", "set", "tunnel0", "up")
    run("ip", "route", "add", "128.0.0.0/1", "dev", "tunnel0")
    run("ip", "route", "add", "0.0.0.0/1", "dev", "tunnel0")
    async with watching(folder) as watcher:
        network = await watcher.current()
    place.end()
    assert network.interface == "tunnel0"
    assert network.medium is Medium.VPN
    assert network.gateway is None
    assert reason(network, "gateway_mac") == WhyUnknown.NO_GATEWAY
    assert network.prefix == "10.99.0.2/32"


async def changes(folder: Path) -> None:
    place = Neighbourhood()
    async with watching(folder) as watcher:
        assert (await watcher.current()).portal is PortalState.OFFLINE
        told = watcher.changes()
        async with asyncio.timeout(30):
            place.plug_in()  # before anybody listens: it is told all the same
            assert (await anext(told)).prefix == "10.11.12.0/24"
            reading = asyncio.get_running_loop().create_task(anext(told))
            await asyncio.sleep(0.3)
            assert not reading.done()  # nothing changes, nothing is told
            run("ip", "route", "replace", "default", "via", "10.11.12.9")
            assert (await reading).gateway == "10.11.12.9"
            run("ip", "address", "add", "10.20.0.7/16", "dev", "cable")
            run("ip", "route", "replace", "default", "via", "10.20.0.1", "src", "10.20.0.7")
            assert (await anext(told)).prefix == "10.20.0.0/16"
            run("ip", "link", "set", "cable", "down")
            assert (await anext(told)).portal is PortalState.OFFLINE
        await told.aclose()
    place.end()


async def resume_by_the_clocks(folder: Path) -> None:
    """Without logind the clocks tell; and the same network is told again."""
    place = Neighbourhood()
    place.plug_in()
    slept = 100.0
    watcher = LinuxNetworkWatcher(
        bus=SystemBus(f"unix:path={folder}/nobody"),
        patience=Patience(source=20, burst=0.01, look=0.02),
        suspended=lambda: slept,
    )
    before = await watcher.current()
    told = watcher.changes()
    async with asyncio.timeout(30):
        reading = asyncio.get_running_loop().create_task(anext(told))
        await asyncio.sleep(0.2)
        assert not reading.done()
        slept += 3600
        again = await reading
        assert again == before, (before, again)
    await told.aclose()
    await watcher.close()
    place.end()
