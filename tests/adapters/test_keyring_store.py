"""What only a real keyring can show: kills between the parts, no bus, backends that are refused,
a call that blocks, and errors of other platforms."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from keyring import errors
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, chainer, fail, null

from roammail.adapters import keyring_errors, keyring_parts
from roammail.adapters.keyring_store import KeyringStore
from roammail.core.errors import SecretStoreError, StoreMissing, ValueBroken
from tests import canary
from tests.adapters.adding_process import book_in
from tests.adapters.gnome_keyring import SessionBus, gnome_keyring, session_bus
from tests.adapters.killed_write import NEW

SERVICE = "roammail/profile/killed"
PROJECT = Path(__file__).resolve().parents[2]


class Memory(KeyringBackend):
    """As Windows: refuses what is longer than 1,280 UTF-16 units."""

    priority = 0.1  # type: ignore[assignment]  # never chosen by itself

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        assert len(password.encode("utf-16-le")) <= 2_560
        assert password.isascii()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.entries.pop((service, username), None) is None:
            raise errors.PasswordDeleteError("No such password!")


class PlaintextMemory(Memory):
    """Known by its name, as those of keyrings.alt."""


class Failing(Memory):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error


@pytest.fixture
def keyring_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionBus]:
    with gnome_keyring(tmp_path / "k") as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        yield bus


def _killed(bus: SessionBus, what: str, length: int, changes: int) -> bool:
    """Runs the deadly program; whether it was killed before it was through."""
    arguments = [what, SERVICE, str(length), str(changes)]
    run = subprocess.run(
        [sys.executable, "-m", "tests.adapters.killed_write", *arguments],
        cwd=PROJECT,
        env=dict(bus.environment),
        check=False,
        timeout=60,
    )
    assert run.returncode in (0, -signal.SIGKILL)
    return run.returncode != 0


def _read() -> str | None:
    return keyring_parts.read_value(SecretService.Keyring(), SERVICE)


@pytest.mark.needs("gnome-keyring", "dbus")
@pytest.mark.parametrize(("old", "new"), [(2_500, 3_500), (3_500, 10), (10, 2_500)])
def test_a_kill_at_any_change_leaves_the_old_value_or_the_new(
    keyring_bus: SessionBus, old: int, new: int
) -> None:
    ring = SecretService.Keyring()
    seen = []
    changes = 0
    killed = True
    while killed:
        keyring_parts.delete_value(ring, SERVICE)
        assert keyring_bus.entries(SERVICE) == []
        keyring_parts.write_value(ring, SERVICE, "o" * old)
        killed = _killed(keyring_bus, "write", new, changes)
        seen.append(_read())
        changes += 1
    assert set(seen) == {"o" * old, NEW * new}
    assert seen == sorted(seen, reverse=True)  # old until one change, new from there on
    assert seen[0] == "o" * old
    before_head = 0 if new <= 900 else -(-(new + 2) // keyring_parts.PART_LENGTH)
    assert seen.count("o" * old) == before_head + 1


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_kill_during_the_first_write_is_told_and_mended(keyring_bus: SessionBus) -> None:
    ring = SecretService.Keyring()
    for changes in range(1, 4):  # after each of the three parts, before the head
        assert _killed(keyring_bus, "write", 2_500, changes)
        with pytest.raises(ValueBroken):
            _read()
        keyring_parts.write_value(ring, SERVICE, "short")
        assert keyring_bus.entries(SERVICE) == ["head"]
        keyring_parts.delete_value(ring, SERVICE)
    assert _killed(keyring_bus, "write", 2_500, 0)
    assert _read() is None


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_kill_during_removal_never_hides_what_is_left(keyring_bus: SessionBus) -> None:
    ring = SecretService.Keyring()
    for changes in range(1, 4):
        keyring_parts.write_value(ring, SERVICE, "o" * 2_500)
        assert _killed(keyring_bus, "delete", 0, changes)
        with pytest.raises(ValueBroken):
            _read()
        keyring_parts.delete_value(ring, SERVICE)
        assert keyring_bus.entries(SERVICE) == []


@pytest.mark.needs("gnome-keyring", "dbus")
async def test_processes_that_add_at_once_lose_no_profile(
    keyring_bus: SessionBus, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.adapters.adding_process", str(tmp_path)]
    running = [
        subprocess.Popen([*command, name, "4"], cwd=PROJECT, env=dict(keyring_bus.environment))
        for name in "abc"
    ]
    assert [await asyncio.to_thread(process.wait, 100) for process in running] == [0, 0, 0]
    store = KeyringStore(SecretService.Keyring())
    listing = await book_in(tmp_path, store).all()
    await store.close()
    assert listing.broken == ()
    names = [profile.name for profile in listing.profiles]
    assert sorted(names) == sorted(f"{name}{number}" for name in "abc" for number in range(4))


def _info(environment: Mapping[str, str]) -> str:
    """What a new process finds, since the library looks once."""
    script = (
        "import asyncio\n"
        "from roammail.adapters.keyring_store import KeyringStore\n"
        "from roammail.core.errors import SecretStoreError\n"
        "async def main():\n"
        "    try: info = await KeyringStore().info(); return info.backend\n"
        "    except SecretStoreError as error: return error.code\n"
        "print(asyncio.run(main()))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return run.stdout.strip()


@pytest.mark.needs("gnome-keyring", "dbus")
def test_a_new_process_finds_the_secret_service(keyring_bus: SessionBus) -> None:
    assert _info(keyring_bus.environment) == "keyring.backends.SecretService.Keyring"


@pytest.mark.needs("dbus")
def test_no_bus_and_a_bus_without_keyring_are_missing(tmp_path: Path) -> None:
    with session_bus(tmp_path / "b") as bus:
        assert _info(bus.environment) == "keyring-missing"
        gone = {**bus.environment, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
        assert _info(gone) == "keyring-missing"
        unset = {name: value for name, value in gone.items() if "BUS_ADDRESS" not in name}
        assert _info(unset) == "keyring-missing"
        for wrong in ("keyring.backends.Windows.WinVaultKeyring", "no.such.Keyring", "nonsense"):
            assert _info({**gone, "PYTHON_KEYRING_BACKEND": wrong}) == "keyring-missing"


@pytest.mark.parametrize("ring", [fail.Keyring(), null.Keyring()])
async def test_backends_that_keep_nothing_are_missing(ring: KeyringBackend) -> None:
    store = KeyringStore(ring)
    for call in (store.info(), store.read("x"), store.write("x", "y"), store.delete("x")):
        with pytest.raises(StoreMissing) as caught:
            await call
        assert caught.value.code == "keyring-missing"
    await store.close()


class Chain(chainer.ChainerBackend):
    backends: list[KeyringBackend] = []  # type: ignore[assignment]  # noqa: RUF012


async def test_a_chain_is_used_by_its_protected_link(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, safe = PlaintextMemory(), Memory()
    for links, expected in (([], "missing"), ([plain], "plaintext"), ([plain, safe], "")):
        monkeypatch.setattr(Chain, "backends", links)
        store = KeyringStore(Chain())
        if expected:
            with pytest.raises(StoreMissing, match=r".") as caught:
                await store.write("s", "v")
            assert caught.value.code == f"keyring-{expected}"
        else:
            await store.write("s", "v")
        await store.close()
    assert safe.entries
    assert not plain.entries


async def test_plain_text_only_for_those_who_insist() -> None:
    refused = KeyringStore(PlaintextMemory())
    with pytest.raises(StoreMissing) as caught:
        await refused.read("x")
    assert caught.value.code == "keyring-plaintext"
    insisted = KeyringStore(PlaintextMemory(), allow_plaintext=True)
    assert not (await insisted.info()).protected
    await insisted.write("x", "y" * 3_000)
    assert await insisted.read("x") == "y" * 3_000
    await insisted.close()
    await refused.close()


def _caused(outer: Exception, inner: Exception) -> Exception:
    outer.__cause__ = inner
    return outer


def _named(module: str, called: str, *args: object, **attributes: object) -> Exception:
    kind = type(called, (Exception,), {"__module__": module})
    error: Exception = kind(*args)
    for attribute, value in attributes.items():
        setattr(error, attribute, value)
    return error


_MAC = "keyring.backends.macOS.api"
_STORAGE = "secretstorage.exceptions"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.KeyringLocked("no"), "keyring-locked"),
        (errors.NoKeyringError("no"), "keyring-missing"),
        (errors.InitError("no"), "keyring-missing"),
        (errors.PasswordSetError("Cancelled by user"), "keyring-denied"),
        (_named(_STORAGE, "LockedException"), "keyring-locked"),
        (
            _caused(errors.InitError(), _named(_STORAGE, "PromptDismissedException")),
            "keyring-denied",
        ),
        (_named(_STORAGE, "SecretServiceNotAvailableException"), "keyring-missing"),
        (_caused(errors.KeyringLocked(), _named(_MAC, "KeychainDenied", -128)), "keyring-denied"),
        (_caused(errors.KeyringError(), _named(_MAC, "Error", -25308)), "keyring-locked"),
        (_named("pywintypes", "error", winerror=1312), "keyring-locked"),
        (_named("pywintypes", "error", winerror=5), "keyring-denied"),
        (
            _named("jeepney", "DBusErrorResponse", name="org.freedesktop.DBus.Error.NoReply"),
            "keyring-missing",
        ),
        (ConnectionResetError(), "keyring-missing"),
        (ZeroDivisionError(), "keyring-failed"),
    ],
)
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
async def test_every_platforms_errors_are_known(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, platform: str
) -> None:
    monkeypatch.setattr(keyring_errors.sys, "platform", platform)
    assert keyring_errors.translate(error).code == code


async def test_an_errors_own_text_stays_inside() -> None:
    hidden = canary.secret("keyring-error")
    store = KeyringStore(Failing(ValueError(hidden)))
    with pytest.raises(SecretStoreError) as caught:
        await store.read("x")
    assert hidden not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    await store.close()


_ZEROS = "0" * 64


@pytest.mark.parametrize(
    "head",
    [
        "",
        "nonsense",
        f"roammail1 1 99999 {_ZEROS}",
        f"roammail1 1 2 {_ZEROS}",
        f'roammail1 1 0 {_ZEROS}\n"changed"',
        f"roammail1 \u0661 1 {_ZEROS}",
        "\0" * 5_000,
    ],
)
async def test_a_hostile_head_is_a_broken_value(head: str) -> None:
    ring = Memory()
    ring.entries["s", "head"] = head
    store = KeyringStore(ring)
    with pytest.raises(ValueBroken):
        await store.read("s")
    await store.write("s", "mended")
    assert await store.read("s") == "mended"
    await store.close()


async def test_a_changed_or_mixed_part_is_never_given_out() -> None:
    ring = Memory()
    store = KeyringStore(ring)
    await store.write("s", "a" * 2_500)
    ring.entries["s", "part-1-1"] = "b" * 1_000
    with pytest.raises(ValueBroken):
        await store.read("s")
    await store.close()


async def test_a_reader_follows_a_writer_in_another_process() -> None:
    """The value is replaced after the head was read and before the parts are."""

    class Replaced(Memory):
        armed = False

        def get_password(self, service: str, username: str) -> str | None:
            if self.armed and username == "part-1-0":
                self.armed = False
                keyring_parts.write_value(self, service, "new" * 1_000)
            return super().get_password(service, username)

    ring = Replaced()
    keyring_parts.write_value(ring, "s", "old" * 1_000)
    ring.armed = True
    assert keyring_parts.read_value(ring, "s") == "new" * 1_000


async def test_one_thread_serves_all_and_the_loop_goes_on() -> None:
    opened = threading.Event()
    threads: set[str] = set()

    class Prompting(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            threads.add(threading.current_thread().name)
            opened.wait(20)  # a person reads the prompt
            return super().get_password(service, username)

    store = KeyringStore(Prompting())
    waiting = [asyncio.ensure_future(store.read(name)) for name in "abc"]  # noqa: TID251
    waiting[1].cancel()  # whoever gives up does not disturb the others
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting[0].done()
    opened.set()
    assert await waiting[0] is None
    assert await waiting[2] is None
    assert threads == {"roammail-keyring"}
    await store.close()
    await store.close()
    with pytest.raises(RuntimeError):
        await store.read("x")
