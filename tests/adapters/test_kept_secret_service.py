"""One connection serves every entry that is read, and whatever goes wrong with it is mended."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
import secretstorage
from keyring.backends import SecretService

from roammail.adapters.keyring_store import KeyringStore
from roammail.core.errors import StoreLocked, StoreMissing
from tests import canary
from tests.adapters.gnome_keyring import KeptKeyring, kept_keyring
from tests.lab.place import open_folder

pytestmark = [
    pytest.mark.needs("gnome-keyring", "dbus-daemon"),
    # The library leaves its connection open where it is refused.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]
VALUE = canary.secret("kept")


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeptKeyring]:
    """A keyring that this process takes for the desktop's."""
    with open_folder() as folder, kept_keyring(folder / "keys") as ring:
        for name, value in ring.bus.environment.items():
            if name.startswith(("DBUS_", "XDG_")) or name == "HOME":
                monkeypatch.setenv(name, value)
        yield ring
        ring.stop()
        gc.collect()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """One entry for each connection that was made."""
    made: list[Path] = []
    real = secretstorage.dbus_init

    def counted() -> object:
        made.append(Path())
        return real()

    monkeypatch.setattr(secretstorage, "dbus_init", counted)
    return made


async def test_many_values_cost_one_connection(
    desktop: KeptKeyring, connections: list[Path]
) -> None:
    store = KeyringStore(SecretService.Keyring())
    for number in range(5):
        await store.write(f"roammail/{number}", f"{VALUE} {number}")
    connections.clear()
    for number in range(5):
        assert await store.read(f"roammail/{number}") == f"{VALUE} {number}"
    assert await store.read("roammail/none") is None
    assert len(connections) == 1
    await store.close()
    await store.close()


async def test_what_is_written_in_between_is_read(desktop: KeptKeyring) -> None:
    store = KeyringStore(SecretService.Keyring())
    for text in ("short", "long " * 1000, "short again"):
        await store.write("roammail/x", text)
        assert await store.read("roammail/x") == text
    await store.delete("roammail/x")
    assert await store.read("roammail/x") is None
    await store.close()


async def test_a_keyring_that_is_locked_meanwhile_is_asked_for(desktop: KeptKeyring) -> None:
    store = KeyringStore(SecretService.Keyring())
    await store.write("roammail/x", VALUE)
    assert await store.read("roammail/x") == VALUE
    desktop.bus.lock()
    with pytest.raises(StoreLocked):  # nobody answers the prompt here
        await store.read("roammail/x")
    await store.close()


async def test_a_keyring_that_was_started_again_is_read_again(desktop: KeptKeyring) -> None:
    store = KeyringStore(SecretService.Keyring())
    await store.write("roammail/x", VALUE)
    assert await store.read("roammail/x") == VALUE
    desktop.stop()
    with pytest.raises(StoreMissing):
        await store.read("roammail/x")
    desktop.keep()
    assert await store.read("roammail/x") == VALUE
    await store.close()


async def test_a_keyring_in_a_place_of_its_own_is_read_as_the_library_does(
    desktop: KeptKeyring, connections: list[Path]
) -> None:
    ring = SecretService.Keyring()
    ring.preferred_collection = "/org/freedesktop/secrets/aliases/default"
    store = KeyringStore(ring)
    await store.write("roammail/x", VALUE)
    connections.clear()
    assert await store.read("roammail/x") == VALUE
    assert await store.read("roammail/x") == VALUE
    assert len(connections) == 2
    await store.close()
