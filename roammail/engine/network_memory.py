"""What worked on which network, to be looked at: listed, named by the user, forgotten, put back.

Owns no judgement; what is made of the memory when mail is sent is `core.ranking`'s.
"""

from roammail.core.memory import KnownNetwork, Memory
from roammail.core.network import NetworkKey
from roammail.ports import MemoryStore

#: Characters of a name.
_NAME = 60


class NetworkMemory:
    """The memory by networks. Every call raises what the store raises (`memory-…`)."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def networks(self) -> tuple[KnownNetwork, ...]:
        """Every network on which something was tried, the latest first."""
        found: dict[NetworkKey, list[Memory]] = {}
        for memory in await self._store.recall():  # newest first
            found.setdefault(memory.key, []).append(memory)
        names = await self._store.network_names()
        return tuple(KnownNetwork(key, names.get(key, ""), tuple(m)) for key, m in found.items())

    async def name(self, key: NetworkKey, name: str) -> str:
        """Gives the network a name of the user's; "" takes it off. Returns it as it is kept."""
        kept = " ".join(name.split())[:_NAME]
        await self._store.name_network(key, kept)
        return kept

    async def forget(self, key: NetworkKey) -> KnownNetwork:
        """Forgets all of a network. What is returned can be put back."""
        name = (await self._store.network_names()).get(key, "")
        forgotten = KnownNetwork(key, name, await self._store.recall(key))
        await self._store.forget_network(key)
        return forgotten

    async def put_back(self, forgotten: KnownNetwork) -> None:
        """Remembers it again; what was learned there since stays."""
        since = {(m.profile_id, m.endpoint) for m in await self._store.recall(forgotten.key)}
        for memory in reversed(forgotten.memories):
            if (memory.profile_id, memory.endpoint) not in since:
                await self._store.remember(memory)
        if forgotten.name and forgotten.key not in await self._store.network_names():
            await self._store.name_network(forgotten.key, forgotten.name)
