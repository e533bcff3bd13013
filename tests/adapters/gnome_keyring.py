"""A real gnome-keyring, headless, under a D-Bus session bus and folders of its own.

`gnome_keyring(folder)` yields the environment that leads a program to it. Nothing can be
started through this bus: there is no prompter, so an unlock prompt counts as dismissed.
"""

import gc
import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import secretstorage
from jeepney.io.blocking import open_dbus_connection

PASSWORD = "the-keyring's own password"
#: What a test ends with whose daemon crashed; `tests/conftest.py` runs it again.
ENDED_BY_ITSELF = "gnome-keyring ended by itself"
_Done = TypeVar("_Done")
_ENTRIES = Path("xdg_data_home", "keyrings")
_PATIENCE = 60.0  # seconds until the service must be on the bus

_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir={folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@dataclass(frozen=True)
class SessionBus:
    """A session bus; `environment` is whole, not an addition to this process's."""

    address: str
    environment: Mapping[str, str] = field(repr=False)

    def lock(self) -> None:
        """Locks the default collection, for real."""
        with closing(open_dbus_connection(self.address)) as connection:
            secretstorage.get_default_collection(connection).lock()

    def remove_keyring(self) -> None:
        """Deletes the default collection: whoever writes next is asked for a new password."""
        with closing(open_dbus_connection(self.address)) as connection:
            secretstorage.get_default_collection(connection).delete()

    def entries(self, service: str) -> list[str]:
        """The user names that a service has in the keyring."""
        with closing(open_dbus_connection(self.address)) as connection:
            found = secretstorage.search_items(connection, {"service": service})
            return sorted(item.get_attributes()["username"] for item in found)


@contextmanager
def session_bus(folder: Path) -> Iterator[SessionBus]:
    """A bus with nobody on it: no secret service, and none that could be activated."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "bus.conf"
    config.write_text(_BUS_CONFIG.format(folder=folder))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        env=_environment(folder),
        text=True,
    )
    try:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        assert address, "dbus-daemon did not start"
        environment = {**_environment(folder), "DBUS_SESSION_BUS_ADDRESS": address}
        yield SessionBus(address, environment)
    finally:
        _stop(daemon)
        _collect_connections()


def _collect_connections() -> None:
    """The `keyring` library may leave a connection open, in a cycle: it goes here, not in the
    middle of a later test, which would be blamed for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@contextmanager
def gnome_keyring(folder: Path) -> Iterator[SessionBus]:
    """A bus with an unlocked, empty keyring. The folder's path should be short (sockets)."""
    with session_bus(folder) as bus:
        daemon = _start_daemon(bus)
        try:
            _await_service(bus.address)
            yield bus
        finally:
            ended = daemon.poll()
            _stop(daemon)
        # Not the code under test: a crash of the daemon would else look like a missing keyring.
        assert ended is None, f"{ENDED_BY_ITSELF} ({ended})"


@dataclass
class KeptKeyring:
    """A keyring that is started again, with all that it keeps, when its daemon has crashed."""

    bus: SessionBus
    _daemon: "subprocess.Popen[bytes] | None" = None

    @property
    def alive(self) -> bool:
        """Whether its daemon runs."""
        return self._daemon is not None and self._daemon.poll() is None

    def stop(self) -> None:
        """Ends its daemon."""
        if self._daemon is not None:
            _stop(self._daemon)

    def keep(self) -> None:
        """Sees to it that it is there."""
        for _ in range(3):
            if self.alive:
                return
            self._daemon = _start_daemon(self.bus)
            _await_service(self.bus.address, self._daemon)
        raise AssertionError(ENDED_BY_ITSELF)


def again_after_a_crash(act: Callable[[], _Done]) -> _Done:
    """Does what needs a keyring, once more where its daemon crashed meanwhile."""
    try:
        return act()
    except AssertionError as error:
        if ENDED_BY_ITSELF not in str(error):
            raise
        return act()


@contextmanager
def kept_keyring(folder: Path, like: Path | None = None) -> Iterator[KeptKeyring]:
    """An unlocked keyring: empty, or with all that the one in the folder `like` has. Its daemon
    is left to the end of the process's own world (a namespace)."""
    if like is not None:
        shutil.copytree(like / _ENTRIES, folder / _ENTRIES)
    with session_bus(folder) as bus:
        ring = KeptKeyring(bus)
        ring.keep()
        yield ring


def _start_daemon(bus: SessionBus) -> "subprocess.Popen[bytes]":
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(bus.environment),
    )
    assert daemon.stdin is not None
    daemon.stdin.write(PASSWORD.encode())
    daemon.stdin.close()
    return daemon


def _environment(folder: Path) -> dict[str, str]:
    """A home of its own, and nothing of the desktop's."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "DBUS_", "GNOME_", "KEYRING_", "PYTHON_KEYRING", "SSH_"))
        and name not in ("DISPLAY", "WAYLAND_DISPLAY")
    }
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        path = folder / name.lower()
        path.mkdir(mode=0o700, exist_ok=True)
        environment[name] = str(path)
    return environment


def _await_service(address: str, daemon: "subprocess.Popen[bytes] | None" = None) -> None:
    """Waits until the secret service owns its name and has a default collection, or until the
    daemon has ended."""
    end = time.monotonic() + _PATIENCE
    with closing(open_dbus_connection(address, auth_timeout=_PATIENCE)) as connection:
        while time.monotonic() < end:
            if daemon is not None and daemon.poll() is not None:
                return
            if secretstorage.check_service_availability(connection):
                collection = secretstorage.get_any_collection(connection)
                if not collection.is_locked() and collection.get_label() == "Login":
                    return
            time.sleep(0.02)
    raise AssertionError("gnome-keyring did not come up")


def _stop(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
