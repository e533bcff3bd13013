"""Where we are: an answer of the portal check that was asked for before the network changed is
not believed afterwards."""

import asyncio
from dataclasses import replace

from roammail.adapters.system_clock import SystemClock
from roammail.core.network import Network, PortalState
from roammail.engine.here import Here
from tests.fakes.memory import FakeMemory

_OPEN = Network(name="Hotel", gateway_mac="02:00:00:00:00:01", prefix="192.0.2.0/24")


class Stage:
    """The ports NetworkWatcher and PortalCheck; `go` lets a check end."""

    def __init__(self) -> None:
        self.state = PortalState.NONE
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def current(self) -> Network:
        return replace(_OPEN, portal=self.state)

    async def check(self, network: Network) -> Network:
        self.asked.set()
        await self.go.wait()
        return network


async def test_an_answer_of_before_the_change_is_not_kept() -> None:
    stage = Stage()
    here = Here(stage, stage, FakeMemory(), SystemClock())  # type: ignore[arg-type]
    early = asyncio.get_running_loop().create_task(here.view())
    await stage.asked.wait()
    stage.state = PortalState.REQUIRED
    here.forget()
    stage.go.set()
    assert (await early).network.portal is PortalState.NONE
    assert (await here.view()).network.portal is PortalState.REQUIRED
