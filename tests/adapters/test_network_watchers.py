"""The contract of the port, against each of its adapters that runs everywhere."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from roammail.adapters.network_null import NullNetworkWatcher
from roammail.core.network import Medium, Network, PortalState, WhyUnknown
from tests.adapters.network_watcher_contract import NetworkWatcherContract
from tests.fakes.network import FakeNetworkWatcher


class TestNull(NetworkWatcherContract):
    @pytest.fixture
    def watcher(self) -> NullNetworkWatcher:
        return NullNetworkWatcher()

    async def test_everything_is_unknown_with_the_reason(self) -> None:
        network = await NullNetworkWatcher(detail="plan9").current()
        assert network.medium is Medium.UNKNOWN
        assert network.portal is PortalState.UNKNOWN
        assert {u.field for u in network.unknown} >= {"name", "gateway", "portal", "dns_suffix"}
        assert {(u.reason, u.detail) for u in network.unknown} == {
            (WhyUnknown.UNSUPPORTED, "plan9")
        }


class TestFake(NetworkWatcherContract):
    @pytest.fixture
    def watcher(self) -> FakeNetworkWatcher:
        return FakeNetworkWatcher()

    async def test_a_move_and_a_resume_are_told(self, watcher: FakeNetworkWatcher) -> None:
        changes = watcher.changes()
        reading = asyncio.get_running_loop().create_task(anext(changes))
        await asyncio.sleep(0)
        watcher.move_to(Network(name="hotel"))
        assert (await reading).name == "hotel"
        watcher.resume()
        assert (await anext(changes)).name == "hotel"


@pytest.mark.skipif(sys.platform != "linux", reason="the adapter is for Linux")
class TestLinux(NetworkWatcherContract):
    @pytest.fixture
    async def watcher(self, tmp_path: Path) -> AsyncIterator[object]:
        from roammail.adapters.network_linux import LinuxNetworkWatcher, Patience
        from roammail.adapters.network_netlink import Kernel
        from roammail.adapters.system_bus import SystemBus

        bus = SystemBus(f"unix:path={tmp_path}/nobody")
        watcher = LinuxNetworkWatcher(
            bus=bus, kernel=Kernel(ask_gateway=False), patience=Patience(burst=0.01)
        )
        yield watcher
        await watcher.close()


@pytest.mark.parametrize(
    ("platform", "kind"),
    [
        ("darwin", "PollingNetworkWatcher"),
        ("win32", "PollingNetworkWatcher"),
        ("plan9", "NullNetworkWatcher"),
    ],
)
async def test_each_system_has_its_own(
    platform: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from roammail.adapters.network_here import network_watcher

    monkeypatch.setattr(sys, "platform", platform)
    watcher = network_watcher()
    assert type(watcher).__name__ == kind
    await watcher.close()
