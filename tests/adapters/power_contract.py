"""What every PowerSource does, real or fake. A suite subclasses it and gives a `source`."""

import asyncio

from roammail.core.power import Power, Saving
from roammail.ports import PowerSource


class PowerSourceContract:
    async def test_it_answers_and_says_from_what(self, source: PowerSource) -> None:
        power = await source.power()
        assert isinstance(power, Power)
        assert isinstance(power.saving, Saving)
        assert power.detail
        assert power.detail.isprintable()
        assert len(power.detail) < 400

    async def test_what_stays_the_same_is_the_same(self, source: PowerSource) -> None:
        assert await source.power() == await source.power()

    async def test_several_may_ask_at_once(self, source: PowerSource) -> None:
        first, *others = await asyncio.gather(*(source.power() for _ in range(5)))
        assert all(one == first for one in others)

    async def test_who_gives_up_disturbs_nobody(self, source: PowerSource) -> None:
        asking = asyncio.get_running_loop().create_task(source.power())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert isinstance(await source.power(), Power)
