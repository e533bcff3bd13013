"""A real NetworkManager in a namespace: private system bus, own folders, a gateway that plays
the Internet. Each story runs inside `namespaces.run_inside`."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from roammail.adapters.network_linux import LinuxNetworkWatcher, Patience
from roammail.adapters.network_netlink import Kernel
from roammail.core.network import Medium, Network, PortalState, WhyUnknown
from tests.adapters.namespaces import GATEWAY_MAC, ROOT, Neighbourhood, run

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/>
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy>
</busconfig>
"""
_MANAGER = """[main]
plugins=keyfile
auth-polkit=false
dns=none
systemd-resolved=false
hostname-mode=none
no-auto-default=*
[keyfile]
path={folder}/connections
[connectivity]
{connectivity}
"""
_CHECKED = "uri=http://10.11.12.1:8080/check\nresponse=open\ninterval=3600"


class World:
    """NetworkManager, its bus and the gateway's web server."""

    def __init__(self, folder: Path, connectivity: str) -> None:
        self.folder = folder
        self.place = Neighbourhood()
        for private in ("/run/NetworkManager", "/var/lib/NetworkManager"):
            Path(private).mkdir(parents=True, exist_ok=True)
            run("mount", "-t", "tmpfs", "tmpfs", private)
        (folder / "connections").mkdir()
        (folder / "empty").mkdir()
        (folder / "bus.conf").write_text(_BUS.format(folder=folder))
        (folder / "manager.conf").write_text(
            _MANAGER.format(folder=folder, connectivity=connectivity)
        )
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={folder}/bus"
        run("dbus-daemon", f"--config-file={folder}/bus.conf", "--fork")
        self.web: subprocess.Popen[bytes] | None = None
        self.manager: subprocess.Popen[bytes] | None = None

    def start_manager(self) -> None:
        folder = self.folder
        self.manager = subprocess.Popen(
            [
                "NetworkManager",
                "--no-daemon",
                f"--config={folder}/manager.conf",
                f"--config-dir={folder}/empty",
                f"--system-config-dir={folder}/empty",
                f"--intern-config={folder}/intern.conf",
                f"--state-file={folder}/state",
                f"--pid-file={folder}/manager.pid",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def until_manager_answers(self) -> None:
        async with asyncio.timeout(30):
            while subprocess.run(["nmcli", "general"], capture_output=True).returncode != 0:
                await asyncio.sleep(0.1)
            run("nmcli", "device", "set", "cable", "managed", "yes")
            while "cable:disconnected" not in run("nmcli", "-t", "-f", "DEVICE,STATE", "device"):
                await asyncio.sleep(0.1)

    def connect(self, name: str) -> None:
        settings = "type ethernet ifname cable ipv4.method manual ipv4.addresses 10.11.12.7/24"
        run(
            *("nmcli", "connection", "add", "con-name", name, *settings.split()),
            *("ipv4.gateway", "10.11.12.1", "ipv4.dns", "10.11.12.1"),
            *("ipv4.dns-search", "hotel.example", "ipv6.method", "disabled"),
            *("connection.metered", "yes", "connection.autoconnect", "no"),
        )
        run("nmcli", "connection", "up", name)

    def serve(self, answer: str) -> None:
        """The gateway answers every HTTP request so, from now on."""
        (self.folder / "answer").write_text(answer)
        if self.web is None:
            server = str(ROOT / "tests/adapters/one_answer_server.py")
            self.web = self.place.start_at_gateway(
                "python3", server, "10.11.12.1", "8080", str(self.folder / "answer")
            )

    def end(self) -> None:
        for process in (self.manager, self.web):
            if process is not None:
                process.kill()
                process.wait()
        self.place.end()


@asynccontextmanager
async def world(
    folder: Path, connectivity: str = _CHECKED
) -> AsyncIterator[tuple[World, LinuxNetworkWatcher]]:
    there = World(folder, connectivity)
    (folder / "resolv.conf").write_text("")
    watcher = LinuxNetworkWatcher(
        kernel=Kernel(resolv_conf=folder / "resolv.conf"),
        patience=Patience(source=20, burst=0.1, look=1),
    )
    try:
        yield there, watcher
    finally:
        await watcher.close()
        there.end()


async def until(told: AsyncIterator[Network], portal: PortalState) -> Network:
    """The first change that says so."""
    async with asyncio.timeout(30):
        async for network in told:
            if network.portal is portal:
                return network
    raise AssertionError("no more changes")


async def facts(folder: Path) -> None:
    async with world(folder) as (there, watcher):
        there.serve("HTTP/1.1 200 OK\r\n\r\nopen")
        there.start_manager()
        await there.until_manager_answers()
        there.connect("Hotel “Zur Post”")
        run("nmcli", "networking", "connectivity", "check")
        network = await watcher.current()
    assert network.name == "Hotel “Zur Post”"
    assert network.medium is Medium.ETHERNET
    assert network.interface == "cable"
    assert network.gateway == "10.11.12.1"
    assert network.gateway_mac == GATEWAY_MAC
    assert network.prefix == "10.11.12.0/24"
    assert network.dns_suffix == "hotel.example"
    assert network.dns_servers == ("10.11.12.1",)
    assert network.metered is True
    assert network.portal is PortalState.NONE
    assert network.sources == ("NetworkManager", "kernel")
    assert network.unknown == ()


async def not_checked(folder: Path) -> None:
    """Without a connectivity check NetworkManager says FULL, which is a guess."""
    async with world(folder, "enabled=false") as (there, watcher):
        there.start_manager()
        await there.until_manager_answers()
        there.connect("hotel")
        network = await watcher.current()
    assert network.name == "hotel"
    assert network.portal is PortalState.UNKNOWN
    assert [(u.field, u.reason) for u in network.unknown] == [("portal", WhyUnknown.NOT_CHECKED)]


async def changes(folder: Path) -> None:
    """Started late, portal, passed, gone, stopped: each is told."""
    async with world(folder) as (there, watcher):
        there.serve("HTTP/1.1 302 Found\r\nLocation: http://10.11.12.1:8080/in\r\n\r\n")
        before = await watcher.current()
        assert before.unknown[0].reason == WhyUnknown.NO_NETWORK_MANAGER
        told = watcher.changes()
        there.start_manager()
        await there.until_manager_answers()
        there.connect("hotel")
        assert (await until(told, PortalState.REQUIRED)).name == "hotel"
        there.serve("HTTP/1.1 200 OK\r\n\r\nopen")
        run("nmcli", "networking", "connectivity", "check")
        assert (await until(told, PortalState.NONE)).name == "hotel"
        run("nmcli", "connection", "down", "hotel")
        gone = await until(told, PortalState.OFFLINE)
        assert gone.name is None
        assert there.manager is not None
        there.manager.terminate()
        async with asyncio.timeout(30):
            async for network in told:
                if network.sources == ("kernel",):
                    break
        await told.aclose()
