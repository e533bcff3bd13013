"""What every NetworkWatcher does, real or fake. A suite subclasses it and gives a `watcher`."""

import asyncio

from roammail.core.network import Network, PortalState
from roammail.ports import NetworkWatcher


class NetworkWatcherContract:
    async def test_current_answers_and_says_what_it_does_not_know(
        self, watcher: NetworkWatcher
    ) -> None:
        network = await watcher.current()
        assert isinstance(network, Network)
        told = [unknown.field for unknown in network.unknown]
        assert len(told) == len(set(told))
        assert set(told) <= set(Network.__dataclass_fields__)
        for unknown in network.unknown:
            value = getattr(network, unknown.field)
            assert value in (None, (), "unknown"), f"{unknown.field} is both known and unknown"
            assert unknown.reason

    async def test_what_stays_the_same_is_the_same(self, watcher: NetworkWatcher) -> None:
        assert await watcher.current() == await watcher.current()

    async def test_close_ends_changes(self, watcher: NetworkWatcher) -> None:
        async def read() -> list[Network]:
            return [network async for network in watcher.changes()]

        reading = asyncio.get_running_loop().create_task(read())
        await asyncio.sleep(0)
        await watcher.close()
        async with asyncio.timeout(60):
            assert await reading == []

    async def test_a_reader_that_goes_away_disturbs_nobody(self, watcher: NetworkWatcher) -> None:
        reading = asyncio.get_running_loop().create_task(anext(watcher.changes()))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert isinstance((await watcher.current()).portal, PortalState)

    async def test_close_twice_and_current_after_it(self, watcher: NetworkWatcher) -> None:
        await watcher.close()
        await watcher.close()
        assert isinstance(await watcher.current(), Network)
        await watcher.close()
