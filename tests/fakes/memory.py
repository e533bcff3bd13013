"""The memory of networks, in memory, for tests of the engine."""

from roammail.core.diagnosis import Diagnosis
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint
from roammail.ports import Memory


class FakeMemory:
    """The port MemoryStore."""

    def __init__(self) -> None:
        self._memories: dict[tuple[NetworkKey, str, Endpoint], Memory] = {}
        self._names: dict[NetworkKey, str] = {}
        self._pauses: dict[str, tuple[str, Diagnosis]] = {}

    async def remember(self, memory: Memory) -> None:
        self._memories.pop((memory.key, memory.profile_id, memory.endpoint), None)
        self._memories[memory.key, memory.profile_id, memory.endpoint] = memory

    async def recall(self, key: NetworkKey | None = None) -> tuple[Memory, ...]:
        found = [m for m in reversed(self._memories.values()) if key is None or m.key == key]
        return tuple(sorted(found, key=lambda memory: memory.when, reverse=True))

    async def forget(self, profile_id: str) -> None:
        for known in [known for known in self._memories if known[1] == profile_id]:
            del self._memories[known]
        self._pauses.pop(profile_id, None)

    async def forget_network(self, key: NetworkKey) -> None:
        self._memories = {known: m for known, m in self._memories.items() if known[0] != key}
        self._names.pop(key, None)

    async def name_network(self, key: NetworkKey, name: str) -> None:
        self._names.pop(key, None)
        if name:
            self._names[key] = name

    async def network_names(self) -> dict[NetworkKey, str]:
        return dict(self._names)

    async def salt(self) -> bytes:
        return bytes(range(32))

    async def pause(self, profile_id: str, secret_revision: str, diagnosis: Diagnosis) -> None:
        self._pauses[profile_id] = (secret_revision, diagnosis)

    async def paused(self, profile_id: str, secret_revision: str) -> Diagnosis | None:
        revision, diagnosis = self._pauses.get(profile_id, (None, None))
        return diagnosis if revision == secret_revision else None

    async def close(self) -> None:
        """Nothing is open."""
