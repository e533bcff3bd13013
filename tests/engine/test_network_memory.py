"""The memory by networks: listed, named, forgotten and put back."""

from dataclasses import replace

from roammail.engine.network_memory import NetworkMemory
from tests.adapters.test_memory_contract import CAFE, HOME, a_memory
from tests.fakes.memory import FakeMemory


async def remembered() -> tuple[FakeMemory, NetworkMemory]:
    store = FakeMemory()
    for profile, key, seconds in (("a", HOME, 1), ("b", HOME, 2), ("a", CAFE, 3)):
        await store.remember(a_memory(profile, key, seconds))
    return store, NetworkMemory(store)


async def test_networks_are_listed_the_latest_first() -> None:
    _, memory = await remembered()
    found = await memory.networks()
    assert [(n.key, n.name, [m.profile_id for m in n.memories]) for n in found] == [
        (CAFE, "", ["a"]),
        (HOME, "", ["b", "a"]),
    ]


async def test_a_name_is_one_short_line() -> None:
    _, memory = await remembered()
    assert await memory.name(HOME, "  At\n home ") == "At home"
    assert (await memory.networks())[1].name == "At home"
    assert len(await memory.name(HOME, "x" * 1000)) == 60
    assert await memory.name(HOME, " ") == ""
    assert (await memory.networks())[1].name == ""


async def test_what_was_forgotten_can_be_put_back() -> None:
    _, memory = await remembered()
    await memory.name(HOME, "home")
    before = await memory.networks()
    forgotten = await memory.forget(HOME)
    assert [network.key for network in await memory.networks()] == [CAFE]
    await memory.put_back(forgotten)
    assert await memory.networks() == before


async def test_what_was_learned_since_stays() -> None:
    store, memory = await remembered()
    await memory.name(HOME, "old")
    forgotten = await memory.forget(HOME)
    newer = replace(a_memory("b", HOME, 9), works=True, kind=None)
    await store.remember(newer)
    await memory.name(HOME, "new")
    await memory.put_back(forgotten)
    home = next(n for n in await memory.networks() if n.key == HOME)
    assert home.name == "new"
    assert home.memories[0] == newer
    assert [m.profile_id for m in home.memories] == ["b", "a"]
