"""The demo's SecretStore in memory, which here can be told to be locked, denied or missing, to
hold a half-written value, and to be killed at a chosen call."""

from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.core.errors import (
    SecretStoreError,
    StoreDenied,
    StoreLocked,
    StoreMissing,
    ValueBroken,
)
from roammail.ports import StoreInfo

LOCKED = StoreLocked("keyring-locked", "The keyring is locked. Unlock it and try again.")
DENIED = StoreDenied("keyring-denied", "Access to the keyring was refused. Allow it.")
MISSING = StoreMissing("keyring-missing", "No keyring was found. Install one.")
BROKEN = ValueBroken("keyring-half-written", "The entry was only half written. Remove it.")


class Killed(BaseException):
    """Stands for SIGKILL: no code of ours may catch it."""


class FakeSecretStore(MemorySecretStore):
    """`values` may be looked at; `trouble` is raised by every call while it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[str] = set()
        self.trouble: SecretStoreError | None = None
        self.calls: list[tuple[str, str]] = []
        self.changes_until_kill: int | None = None
        self.closed = False

    def half_write(self, service: str) -> None:
        """As if a process had been killed between two parts."""
        self.values.pop(service, None)
        self.broken.add(service)

    async def info(self) -> StoreInfo:
        self._note("info", "")
        return await super().info()

    async def read(self, service: str) -> str | None:
        self._note("read", service)
        if service in self.broken:
            raise BROKEN
        return await super().read(service)

    async def write(self, service: str, value: str) -> None:
        self._note("write", service)
        self._count_down()
        self.broken.discard(service)
        await super().write(service, value)

    async def delete(self, service: str) -> None:
        self._note("delete", service)
        self._count_down()
        self.broken.discard(service)
        await super().delete(service)

    async def close(self) -> None:
        self.closed = True

    def _note(self, what: str, service: str) -> None:
        self.calls.append((what, service))
        if self.trouble is not None:
            raise self.trouble

    def _count_down(self) -> None:
        if self.changes_until_kill is None:
            return
        if self.changes_until_kill == 0:
            raise Killed
        self.changes_until_kill -= 1
