"""macOS and Windows: what the systems' own commands print, as a Network. And the polling."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from roammail.adapters import network_macos, network_windows
from roammail.adapters.network_polling import PollingNetworkWatcher
from roammail.adapters.network_source import SourceFailed
from roammail.adapters.system_command import run_command
from roammail.core.network import Medium, Network, PortalState, WhyUnknown
from tests.adapters.network_watcher_contract import NetworkWatcherContract

ROUTE = """   route to: 198.41.0.4
destination: default
       mask: default
    gateway: 192.168.1.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
 recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire
       0         0         0         0         0         0      1500         0
"""
IFCONFIG = """en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tether aa:bb:cc:00:11:22
\tinet6 fe80::1c2b%en0 prefixlen 64 secured scopeid 0xb
\tinet 192.168.1.77 netmask 0xffffff00 broadcast 192.168.1.255
\tstatus: active
"""
PORTS = """
Hardware Port: Ethernet Adapter (en4)
Device: en4
Ethernet Address: aa:bb:cc:00:11:33

Hardware Port: Wi-Fi
Device: en0
Ethernet Address: aa:bb:cc:00:11:22

Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: aa:bb:cc:00:11:44
"""
SUMMARY = """<dictionary> {
  InterfaceType : WiFi
  SSID : Café Central
  BSSID : 00:11:22:33:44:55
  Security : WPA2_PSK
  captive_portal (url): https://portal.example/api
}
"""
DNS = """DNS configuration

resolver #1
  search domain[0] : cafe.example
  nameserver[0] : 192.168.1.1
  nameserver[1] : 2001:db8::53
  if_index : 11 (en0)
  reach    : 0x00020002 (Reachable,Directly Reachable Address)

resolver #2
  domain   : local
  nameserver[0] : 9.9.9.9
"""


def plays(answers: dict[str, str | SourceFailed]) -> Callable[..., Any]:
    """Stands for the system's commands: first word to output."""

    async def run(*command: str, **_options: object) -> str:
        answer = answers.get(command[0], SourceFailed(WhyUnknown.COMMAND_FAILED, command[0]))
        if isinstance(answer, SourceFailed):
            raise answer
        return answer

    return run


MAC = {
    "route": ROUTE,
    "ifconfig": IFCONFIG,
    "networksetup": PORTS,
    "ipconfig": SUMMARY,
    "scutil": DNS,
    "arp": "? (192.168.1.1) at 0:1b:2:aa:bb:c on en0 ifscope [ethernet]\n",
}


class TestMacos:
    async def test_all_facts(self) -> None:
        network = await network_macos.read_network(plays(dict(MAC)))
        assert network.interface == "en0"
        assert network.medium is Medium.WIFI
        assert network.name == "Wi-Fi"
        assert network.ssid == "Café Central"
        assert network.gateway == "192.168.1.1"
        assert network.gateway_mac == "00:1b:02:aa:bb:0c"
        assert network.prefix == "192.168.1.0/24"
        assert network.dns_suffix == "cafe.example"
        assert network.dns_servers == ("192.168.1.1", "2001:db8::53")
        assert network.portal_api == "https://portal.example/api"
        assert {u.field for u in network.unknown} == {"portal", "metered"}

    async def test_a_hidden_ssid_is_unknown(self) -> None:
        hidden = SUMMARY.replace("Café Central", "<redacted>")
        network = await network_macos.read_network(plays({**MAC, "ipconfig": hidden}))
        assert network.ssid is None
        assert "ssid" in {u.field for u in network.unknown}

    async def test_a_tunnel_has_no_gateway(self) -> None:
        way = ROUTE.replace("192.168.1.1", "link#18").replace("en0", "utun4")
        network = await network_macos.read_network(plays({**MAC, "route": way}))
        assert network.medium is Medium.VPN
        assert (network.gateway, network.gateway_mac) == (None, None)

    async def test_no_way_out(self) -> None:
        gone = SourceFailed(WhyUnknown.COMMAND_FAILED, "route: 1")
        network = await network_macos.read_network(plays({"route": gone}))
        assert network.portal is PortalState.OFFLINE

    @pytest.mark.parametrize("failing", sorted(set(MAC) - {"route"}))
    async def test_one_command_that_fails_costs_its_own_facts(self, failing: str) -> None:
        answers = {name: text for name, text in MAC.items() if name != failing}
        network = await network_macos.read_network(plays(answers))
        assert network.gateway == "192.168.1.1"
        assert WhyUnknown.COMMAND_FAILED in {u.reason for u in network.unknown}
        assert len({u.field for u in network.unknown}) == len(network.unknown)

    @pytest.mark.parametrize("text", ["", "\x00" * 50, "interface: ../../x\n", "gateway: 1.1.1.1"])
    def test_a_route_that_makes_no_sense(self, text: str) -> None:
        assert network_macos.parse_route(text) is None

    def test_odd_output(self) -> None:
        assert network_macos.parse_arp("? (192.168.1.1) at (incomplete) on en0") is None
        assert network_macos.parse_prefix("\tinet 1.2.3.4 netmask 0xff00ff00") is None
        assert network_macos.parse_dns("No DNS configuration available") == (None, ())
        assert network_macos.parse_hardware_ports("garbage") == {}


WINDOWS = {
    "Interface": "Wi-Fi",
    "NextHop": "192.168.1.1",
    "Address": "192.168.1.77",
    "PrefixLength": 24,
    "Mac": "00-1B-02-AA-BB-0C",
    "Name": "Cafe Central 2",
    "Connectivity": 4,
    "Medium": 9,
    "Type": 71,
    "Suffix": "",
    "Search": "cafe.example",
    "Servers": ["192.168.1.1", "2001:db8::53", None],
}
NETSH = """
There is 1 interface on the system:

    Name                   : Wi-Fi
    State                  : connected
    SSID                   : Café Central
    BSSID                  : 00:11:22:33:44:55
"""


class TestWindows:
    async def test_all_facts(self) -> None:
        answers = {"powershell": "\ufeff" + json.dumps(WINDOWS), "netsh": NETSH}
        network = await network_windows.read_network(plays(dict(answers)))
        assert network.name == "Cafe Central 2"
        assert network.interface == "Wi-Fi"
        assert network.medium is Medium.WIFI
        assert network.ssid == "Café Central"
        assert network.gateway == "192.168.1.1"
        assert network.gateway_mac == "00:1b:02:aa:bb:0c"
        assert network.prefix == "192.168.1.0/24"
        assert network.dns_suffix == "cafe.example"
        assert network.dns_servers == ("192.168.1.1", "2001:db8::53")
        assert network.portal is PortalState.NONE
        assert {u.field for u in network.unknown} == {"metered"}

    async def test_wifi_without_netsh(self) -> None:
        network = await network_windows.read_network(plays({"powershell": json.dumps(WINDOWS)}))
        assert network.ssid is None
        assert ("ssid", WhyUnknown.COMMAND_FAILED) in {(u.field, u.reason) for u in network.unknown}

    async def test_no_way_out(self) -> None:
        network = await network_windows.read_network(plays({"powershell": '{"Interface":null}'}))
        assert network.portal is PortalState.OFFLINE

    @pytest.mark.parametrize("text", ["", "[]", "null", "<html>", "[" * 100_000])
    async def test_output_that_is_none(self, text: str) -> None:
        with pytest.raises(SourceFailed):
            await network_windows.read_network(plays({"powershell": text}))

    def test_every_fact_may_be_of_another_type(self) -> None:
        for odd in (None, [], {}, "x", -1, True, "\x1b"):
            facts = dict.fromkeys(WINDOWS, odd) | {"Interface": "x"}
            assert network_windows.describe(facts).gateway_mac is None

    def test_not_connected_to_the_internet_does_not_say_why(self) -> None:
        network = network_windows.describe({**WINDOWS, "Connectivity": 3, "NextHop": "0.0.0.0"})
        assert network.portal is PortalState.UNKNOWN
        assert network.gateway is None


class TestPolling(NetworkWatcherContract):
    @pytest.fixture
    def watcher(self) -> PollingNetworkWatcher:
        async def read() -> Network:
            return Network(name="home")

        return PollingNetworkWatcher(read, every=60)

    async def test_a_change_and_a_resume_are_seen(self) -> None:
        name, slept = "home", 0.0

        async def read() -> Network:
            return Network(name=name)

        watcher = PollingNetworkWatcher(read, every=0.01, slept=lambda: slept)
        assert (await watcher.current()).name == "home"
        told = watcher.changes()
        async with asyncio.timeout(60):
            name = "hotel"
            assert (await anext(told)).name == "hotel"
            reading = asyncio.get_running_loop().create_task(anext(told))
            await asyncio.sleep(0.1)
            assert not reading.done()
            slept = 3600.0
            assert (await reading).name == "hotel"
        await told.aclose()

    @pytest.mark.parametrize(
        ("fault", "why"),
        [
            (SourceFailed(WhyUnknown.COMMAND_FAILED, "arp"), WhyUnknown.COMMAND_FAILED),
            (ZeroDivisionError(), WhyUnknown.INTERNAL),
        ],
    )
    async def test_what_fails_is_said(self, fault: Exception, why: WhyUnknown) -> None:
        async def read() -> Network:
            raise fault

        network = await PollingNetworkWatcher(read).current()
        assert {u.reason for u in network.unknown} == {why}

    async def test_what_hangs_is_left(self) -> None:
        async def read() -> Network:
            await asyncio.Event().wait()
            return Network()

        network = await PollingNetworkWatcher(read, limit=0.05).current()
        assert {u.reason for u in network.unknown} == {WhyUnknown.TIMED_OUT}


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are those of a POSIX system")
class TestCommand:
    async def test_output(self) -> None:
        assert await run_command("printf", "a\\377b") == "a\ufffdb"

    @pytest.mark.parametrize(
        ("command", "why"),
        [
            (("/nowhere/command",), WhyUnknown.COMMAND_FAILED),
            (("false",), WhyUnknown.COMMAND_FAILED),
            (("yes",), WhyUnknown.COMMAND_FAILED),
            (("sleep", "60"), WhyUnknown.TIMED_OUT),
        ],
    )
    async def test_what_goes_wrong(self, command: tuple[str, ...], why: WhyUnknown) -> None:
        with pytest.raises(SourceFailed) as failed:
            await run_command(*command, seconds=0.5)
        assert failed.value.why is why
