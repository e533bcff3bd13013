"""A SecretStore in this process's memory, for the demo: nothing is kept, nothing is shared."""

from roammail.ports import StoreInfo


class MemorySecretStore:
    """The SecretStore port; `values` by service name die with it."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def info(self) -> StoreInfo:
        """Never missing; protected as far as this process is."""
        return StoreInfo("throw-away store in memory", protected=True)

    async def read(self, service: str) -> str | None:
        """The value, None if there is none."""
        return self.values.get(service)

    async def write(self, service: str, value: str) -> None:
        """Stores the value."""
        self.values[service] = value

    async def delete(self, service: str) -> None:
        """Removes the value, if there is one."""
        self.values.pop(service, None)

    async def close(self) -> None:
        """Forgets everything."""
        self.values.clear()

    def __repr__(self) -> str:
        return f"MemorySecretStore({len(self.values)} values)"
