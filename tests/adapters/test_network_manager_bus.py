"""NetworkManager's facts with Wi-Fi, played over a real bus; signals, resume, and a bus that
hangs, lies or dies."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("the adapter is for Linux", allow_module_level=True)

from roammail.adapters.kernel_changes import KernelChanges
from roammail.adapters.network_linux import LinuxNetworkWatcher, Patience
from roammail.adapters.network_manager import ROOT, SERVICE, NetworkManager
from roammail.adapters.network_netlink import Kernel
from roammail.adapters.network_source import SourceFailed
from roammail.adapters.system_bus import SystemBus
from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown
from tests.adapters.bus_service import BusService, Table, private_bus, service
from tests.adapters.network_watcher_contract import NetworkWatcherContract

pytestmark = pytest.mark.needs("dbus-daemon")

ACTIVE, DEVICE, POINT = f"{ROOT}/ActiveConnection/1", f"{ROOT}/Devices/2", f"{ROOT}/AccessPoint/9"
IP4, IP6, DHCP4 = f"{ROOT}/IP4Config/3", f"{ROOT}/IP6Config/3", f"{ROOT}/DHCP4Config/1"


def hotel() -> Table:
    """A hotel's Wi-Fi behind a portal, with the RFC 8908 API offered by DHCP."""
    nothing = ("o", "/")
    return {
        (ROOT, SERVICE): {
            "PrimaryConnection": ("o", ACTIVE),
            "Connectivity": ("u", 2),
            "ConnectivityCheckAvailable": ("b", True),
            "ConnectivityCheckEnabled": ("b", True),
            "Metered": ("u", 4),
        },
        (ACTIVE, f"{SERVICE}.Connection.Active"): {
            "Id": ("s", "Hotel\x1b[2J"),
            "Type": ("s", "802-11-wireless"),
            "Vpn": ("b", False),
            "Devices": ("ao", [DEVICE]),
            "Ip4Config": ("o", IP4),
            "Ip6Config": ("o", IP6),
            "Dhcp4Config": ("o", DHCP4),
            "Dhcp6Config": nothing,
        },
        (DEVICE, f"{SERVICE}.Device"): {"DeviceType": ("u", 2), "Interface": ("s", "wlan0")},
        (DEVICE, f"{SERVICE}.Device.Wireless"): {"ActiveAccessPoint": ("o", POINT)},
        (POINT, f"{SERVICE}.AccessPoint"): {"Ssid": ("ay", b"caf\xe9 \\ \xf0\x9f\x8f\xa8\n")},
        (IP4, f"{SERVICE}.IP4Config"): {
            "Gateway": ("s", "10.0.0.1"),
            "Domains": ("as", ["bad name", "Guest.Hotel.Example."]),
            "NameserverData": ("aa{sv}", [{"address": ("s", "10.0.0.2")}]),
            "Nameservers": ("au", [33554442]),
        },
        (IP6, f"{SERVICE}.IP6Config"): {
            "Gateway": ("s", "fe80::1"),
            "Nameservers": ("aay", [bytes(15) + b"\x01"]),
        },
        (DHCP4, f"{SERVICE}.DHCP4Config"): {
            "Options": ("a{sv}", {"default_url": ("s", "https://portal.example/api")})
        },
    }


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async with private_bus(tmp_path) as address:
        yield address


@pytest.fixture
async def played(address: str) -> AsyncIterator[BusService]:
    async with service(address, SERVICE, hotel()) as played:
        yield played


@pytest.fixture
async def bus(address: str) -> AsyncIterator[SystemBus]:
    bus = SystemBus(address)
    yield bus
    await bus.close()


class NoRoute(Kernel):
    """A kernel that always says the same, whatever machine the tests run on."""

    async def read(self) -> Network:
        return Network(
            medium=Medium.WIFI, interface="wlan0", gateway="10.0.0.1", sources=("kernel",)
        )


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real kernel's changes are not this suite's."""
    monkeypatch.setattr(KernelChanges, "start", lambda _self: None)


@pytest.fixture
async def watcher(
    bus: SystemBus, played: BusService, quiet: None
) -> AsyncIterator[LinuxNetworkWatcher]:
    patience = Patience(source=4, burst=0.02, look=0.05)
    watcher = LinuxNetworkWatcher(bus=bus, kernel=NoRoute(), patience=patience)
    yield watcher
    await watcher.close()


class TestContract(NetworkWatcherContract):
    """The fixture `watcher` of this module stands for the port."""


async def test_the_hotels_facts(bus: SystemBus, played: BusService) -> None:
    assert await NetworkManager(bus).read() == Network(
        name="Hotel\\x1b[2J",
        medium=Medium.WIFI,
        interface="wlan0",
        gateway="10.0.0.1",
        dns_suffix="guest.hotel.example",
        dns_servers=("10.0.0.2", "::1"),
        ssid="caf\\xe9 \\\\ 🏨\\n",
        portal=PortalState.REQUIRED,
        metered=False,
        sources=("NetworkManager",),
        portal_api="https://portal.example/api",
    )


@pytest.mark.parametrize("gone", [ACTIVE, DEVICE, POINT, IP4, DHCP4])
async def test_an_object_that_goes_while_it_is_read(
    bus: SystemBus, played: BusService, gone: str
) -> None:
    played.table = {key: value for key, value in hotel().items() if key[0] != gone}
    network = await NetworkManager(bus).read()
    assert network.portal is PortalState.REQUIRED


async def test_nobody_there_is_told(bus: SystemBus) -> None:
    with pytest.raises(SourceFailed) as failed:
        await NetworkManager(bus).read()
    assert failed.value.why is WhyUnknown.NO_NETWORK_MANAGER


async def test_only_what_matters_is_told_and_bursts_are_one(
    watcher: LinuxNetworkWatcher, played: BusService
) -> None:
    assert (await watcher.current()).portal is PortalState.REQUIRED
    told = watcher.changes()
    reading = asyncio.get_running_loop().create_task(anext(told))
    await asyncio.sleep(0.3)
    await played.changed(POINT, f"{SERVICE}.AccessPoint")
    await asyncio.sleep(0.1)
    assert not reading.done()
    played.table[ROOT, SERVICE]["Connectivity"] = ("u", 4)
    async with asyncio.timeout(60):
        while not reading.done():
            for _ in range(50):
                await played.changed(ROOT, SERVICE)
            await asyncio.wait({reading}, timeout=1)  # it may not have listened yet
        assert (await reading).portal is PortalState.NONE
    await told.aclose()


async def test_logind_tells_of_the_resume(
    watcher: LinuxNetworkWatcher, played: BusService, address: str
) -> None:
    path, interface = "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
    before = await watcher.current()
    told = watcher.changes()
    reading = asyncio.get_running_loop().create_task(anext(told))
    async with service(address, "org.freedesktop.login1", {}) as logind:
        await asyncio.sleep(0.3)
        await logind.emit(path, interface, "PrepareForSleep", "b", (True,))
        await asyncio.sleep(0.1)
        assert not reading.done()
        async with asyncio.timeout(60):
            while not reading.done():
                await logind.emit(path, interface, "PrepareForSleep", "b", (False,))
                await asyncio.wait({reading}, timeout=1)  # it may not have listened yet
            assert await reading == before
    await told.aclose()


async def test_a_manager_that_hangs_does_not_hang_us(
    watcher: LinuxNetworkWatcher, played: BusService
) -> None:
    played.hang = True
    async with asyncio.timeout(60):
        network = await watcher.current()
    assert network.sources == ("kernel",)
    assert Unknown("name", WhyUnknown.TIMED_OUT, "NetworkManager") in network.unknown
    played.hang = False
    assert (await watcher.current()).name == "Hotel\\x1b[2J"


@pytest.mark.parametrize(
    "greeting", [None, b"", b"REJECTED KERBEROS\r\n", b"x" * 10_000, b"OK 1\r\n\x00garbage\r\n"]
)
async def test_a_bus_that_makes_no_sense(greeting: bytes | None, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        if greeting is None:
            await reader.read()  # hangs until the other side has had enough
        else:
            writer.write(greeting)
        writer.close()

    server = await asyncio.start_unix_server(serve, tmp_path / "bus")
    async with server:
        watcher = LinuxNetworkWatcher(
            bus=SystemBus(f"unix:path={tmp_path}/bus"),
            kernel=NoRoute(),
            patience=Patience(source=0.3),
        )
        async with asyncio.timeout(60):
            network = await watcher.current()
        await watcher.close()
    assert network.sources == ("kernel",)
    why = {u.reason for u in network.unknown if u.field == "name"}
    assert why <= {WhyUnknown.NO_SYSTEM_BUS, WhyUnknown.TIMED_OUT}


@pytest.mark.parametrize("bad", ["tcp:host=localhost,port=1", "nonsense", "", "unix:path"])
async def test_an_address_that_is_none(bad: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bad or "unix:path=/nowhere")
    watcher = LinuxNetworkWatcher(kernel=NoRoute())
    network = await watcher.current()
    assert {u.reason for u in network.unknown if u.field == "name"} == {WhyUnknown.NO_SYSTEM_BUS}
    await watcher.close()


async def test_a_bus_that_comes_back_is_found_again(tmp_path: Path, quiet: None) -> None:
    bus = SystemBus(f"unix:path={tmp_path}/bus")
    patience = Patience(source=20, burst=0.02, look=0.05)
    watcher = LinuxNetworkWatcher(bus=bus, kernel=NoRoute(), patience=patience)
    assert (await watcher.current()).sources == ("kernel",)
    told = watcher.changes()
    reading = asyncio.get_running_loop().create_task(anext(told))
    async with (
        asyncio.timeout(60),
        private_bus(tmp_path) as address,
        service(address, SERVICE, hotel()) as played,
    ):
        assert (await reading).portal is PortalState.REQUIRED
        played.table[ROOT, SERVICE]["Connectivity"] = ("u", 4)
        await played.changed(ROOT, SERVICE)
        assert (await anext(told)).portal is PortalState.NONE
        reading = asyncio.get_running_loop().create_task(anext(told))
    async with asyncio.timeout(60):
        assert (await watcher.current()).sources == ("kernel",)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    await told.aclose()
    await watcher.close()
