"""One contract for every SecretStore: the fake in memory, and the keyring adapter over a real
gnome-keyring. What only a real keyring can show is in test_keyring_store.py."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Protocol

import pytest
from keyring.backends import SecretService

from roammail.adapters import keyring_parts
from roammail.adapters.keyring_store import KeyringStore
from roammail.core.errors import (
    StoreDenied,
    StoreLocked,
    StoreMissing,
    UserFacingError,
    ValueBroken,
)
from roammail.ports import SecretStore
from tests.adapters.gnome_keyring import SessionBus, gnome_keyring
from tests.fakes.secret_store import DENIED, LOCKED, MISSING, FakeSecretStore

# keyring leaves its bus connection to the garbage collector when a keyring stays locked.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

NAME = "roammail/profile/contract"


class World(Protocol):
    """A store, and what can happen to it."""

    store: SecretStore

    def lock(self) -> None: ...
    def take_away(self) -> None: ...
    def deny(self) -> None: ...
    def half_write(self, service: str) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.store = FakeSecretStore()

    def lock(self) -> None:
        self.store.trouble = LOCKED

    def take_away(self) -> None:
        self.store.trouble = MISSING

    def deny(self) -> None:
        self.store.trouble = DENIED

    def half_write(self, service: str) -> None:
        self.store.half_write(service)


class GnomeWorld:
    def __init__(self, bus: SessionBus, patch: pytest.MonkeyPatch) -> None:
        self._bus = bus
        self._patch = patch
        self._ring = SecretService.Keyring()
        self.store = KeyringStore(self._ring)

    def lock(self) -> None:
        self._bus.lock()

    def take_away(self) -> None:
        self._patch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")

    def deny(self) -> None:
        self._bus.remove_keyring()  # a new one wants a prompt, which nobody answers

    def half_write(self, service: str) -> None:
        keyring_parts.write_value(self._ring, service, "x" * 3_000)
        self._ring.delete_password(service, keyring_parts.part_name(1, 2))


@pytest.fixture(
    params=["fake", pytest.param("gnome", marks=pytest.mark.needs("gnome-keyring", "dbus"))]
)
async def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    with gnome_keyring(tmp_path / "k") as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        made = GnomeWorld(bus, monkeypatch)
        yield made
        await made.store.close()
    gc.collect()


async def test_nothing_is_none(world: World) -> None:
    assert await world.store.read(NAME) is None
    await world.store.delete(NAME)
    assert await world.store.read(NAME) is None


async def test_info_names_the_backend(world: World) -> None:
    info = await world.store.info()
    assert info.backend
    assert info.protected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a",
        "x" * 5_000,
        "y" * 50_000,
        "käse 🧀\U0010ffff" * 700,
        "\ud800 lone, \0 null, \r\n\t\x7f\ufeff",
        '\\"' * 999,
        " blanks around ",
    ],
    ids=["empty", "one", "5000", "50000", "non-bmp", "odd", "escapes", "blanks"],
)
async def test_any_text_comes_back(world: World, value: str) -> None:
    await world.store.write(NAME, value)
    assert await world.store.read(NAME) == value


async def test_long_short_long(world: World) -> None:
    for value in ("a" * 7_000, "b", "c" * 2_500, "d" * 4_000, "e" * 900, ""):
        await world.store.write(NAME, value)
        assert await world.store.read(NAME) == value
    await world.store.delete(NAME)
    assert await world.store.read(NAME) is None


async def test_values_do_not_touch_each_other(world: World) -> None:
    await world.store.write(NAME, "one" * 1_000)
    await world.store.write(NAME + "2", "two" * 1_000)
    await world.store.delete(NAME)
    assert await world.store.read(NAME + "2") == "two" * 1_000


async def test_half_written_is_said_and_can_be_replaced(world: World) -> None:
    world.half_write(NAME)
    with pytest.raises(ValueBroken) as caught:
        await world.store.read(NAME)
    assert caught.value.code == "keyring-half-written"
    await world.store.write(NAME, "whole")
    assert await world.store.read(NAME) == "whole"


async def test_half_written_can_be_removed(world: World) -> None:
    world.half_write(NAME)
    await world.store.delete(NAME)
    assert await world.store.read(NAME) is None


@pytest.mark.parametrize("what", ["read", "write", "delete"])
@pytest.mark.parametrize(
    ("trouble", "kind", "code"),
    [
        ("lock", StoreLocked, "keyring-locked"),
        ("take_away", StoreMissing, "keyring-missing"),
        ("deny", StoreDenied, "keyring-denied"),
    ],
)
async def test_each_trouble_has_its_own_answer(
    world: World, trouble: str, kind: type[UserFacingError], code: str, what: str
) -> None:
    await world.store.write(NAME, "v" * 2_000)
    getattr(world, trouble)()
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "read": lambda: world.store.read(NAME),
        "write": lambda: world.store.write(NAME, "new"),
        "delete": lambda: world.store.delete(NAME),
    }
    with pytest.raises(kind) as caught:
        await calls[what]()
    assert caught.value.code == code
    assert caught.value.message.endswith(".")
    assert caught.value.message.count(". ") >= 1  # what is wrong, and what to do
