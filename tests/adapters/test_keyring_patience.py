"""A keyring that is slow to let anybody in is waited for; it is not called missing."""

import pytest
import secretstorage
from keyring.backend import KeyringBackend
from keyring.backends import fail

from roammail.adapters import keyring_store
from roammail.adapters.keyring_store import KeyringStore
from roammail.core.errors import StoreMissing


class Slow(KeyringBackend):
    """Lets nobody in for the first calls, as jeepney says it."""

    priority = 0.5

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals

    def get_password(self, service: str, username: str) -> str | None:
        if self.refusals:
            self.refusals -= 1
            raise TimeoutError("Did not authenticate in 1.0 seconds")
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        raise NotImplementedError


async def test_a_busy_bus_is_tried_again() -> None:
    ring = Slow(3)
    store = KeyringStore(ring)
    assert await store.read("x") is None
    assert ring.refusals == 0
    await store.close()


async def test_patience_has_an_end() -> None:
    store = KeyringStore(Slow(1_000))
    with pytest.raises(StoreMissing):
        await store.read("x")
    await store.close()


def test_slow_is_told_from_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Exception] = [TimeoutError(), TimeoutError(), ConnectionRefusedError()]

    def dbus_init() -> None:
        raise answers.pop(0)

    looks: list[list[type[KeyringBackend]]] = [[], [], []]
    monkeypatch.setattr(secretstorage, "dbus_init", dbus_init)
    monkeypatch.setattr(keyring_store.keyring, "get_keyring", fail.Keyring)
    monkeypatch.setattr(KeyringBackend, "get_viable_backends", lambda: looks.pop(0))
    assert isinstance(keyring_store._detected(), fail.Keyring)
    assert (answers, looks) == ([], [])
