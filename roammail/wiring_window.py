"""The composition root of the window: what it needs before and behind the engine.

Imports almost nothing by itself: the adapters come with the engine, in the engine's thread, when
the window is already there.
"""

import logging
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from roammail.core.errors import UserFacingError
from roammail.home import home_folder

if TYPE_CHECKING:
    from roammail.core.profile import ProfileList
    from roammail.core.settings import Settings
    from roammail.engine.engine import Engine
    from roammail.ports import SecretStore

_log = logging.getLogger(__name__)

Notice = Callable[[UserFacingError], None]


def window_settings() -> "Settings":
    """The settings in force; those that came with RoamMail where the file cannot be read, which
    the engine will then say."""
    from roammail.adapters.settings_file import read_settings
    from roammail.core.settings import Settings

    try:
        return read_settings(home_folder())
    except UserFacingError:
        return Settings()


def window_language() -> str:
    """The language that was chosen, "" for the system's: all that the first picture needs."""
    return window_settings().language if _chosen() else ""


def _chosen() -> bool:
    """Whether there is a settings file. Most people have none, and nothing need be imported."""
    return (home_folder() / "settings.toml").exists()


class OwnEngine:
    """The person's own engine, and a look at the profiles before it is open. Both are for the
    thread of the engine."""

    def __init__(self) -> None:
        self._store: SecretStore | None = None

    async def look(self) -> "ProfileList":
        """The profiles, by way of as little as can be. Raises what the keyring raises."""
        from roammail.adapters.keyring_store import KeyringStore
        from roammail.adapters.sealed_file import SealedFile
        from roammail.engine.profile_book import ProfileBook

        allowed = _chosen() and window_settings().allow_plaintext_keyring
        self._store = KeyringStore(allow_plaintext=allowed)
        return await ProfileBook(self._store, _no_id, SealedFile()).all()

    @asynccontextmanager
    async def open(self, notice: Notice) -> "AsyncIterator[Engine]":
        """The engine; it closes the keyring that `look` has opened."""
        from roammail.wiring import Options, open_engine

        async with open_engine(Options(store=self._store, notice=notice)) as engine:
            yield engine


def _no_id() -> str:
    raise AssertionError("a look adds nothing")


@asynccontextmanager
async def open_demo(notice: Notice) -> "AsyncIterator[Engine]":
    """An engine on the demo's servers, its five profiles in a keyring that is thrown away."""
    from roammail.demo.world import DemoWorld
    from roammail.wiring_demo import throw_away_engine

    async with DemoWorld() as world, throw_away_engine(world, notice) as engine:
        for profile, secret in world.profiles:
            await engine.book.add(profile, secret)
        yield engine


class WindowLock:
    """Held by the window of a home while it lives; the system takes it away when it dies."""

    def __init__(self, home: Path) -> None:
        from roammail.adapters.file_lock import FileLock

        self._lock = FileLock(home / "window.lock")

    def take(self) -> bool:
        """Whether it is ours. Where the folder cannot be written nobody is kept out: the engine
        will say what is wrong there."""
        try:
            self._lock.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return self._lock.take()
        except OSError as error:
            _log.warning("%s cannot be locked: %s", self._lock.path, error.strerror)
            return True

    def release(self) -> None:
        """Another start may have it."""
        self._lock.release()


def start_at_login(wanted: bool) -> None:
    """Makes the system start RoamMail at login, or no longer. Raises OSError."""
    from roammail.adapters.autostart import autostart

    way = autostart(_own_command())
    if way.enabled() is not wanted:
        way.set(wanted)


def _own_command() -> tuple[str, ...]:
    """What starts RoamMail in the tray: its installed command, or this interpreter."""
    installed = shutil.which("roammail")
    beside = Path(sys.executable).with_name("roammail")
    if beside.is_file():
        installed = str(beside)
    begin = (installed,) if installed else (sys.executable, "-m", "roammail")
    return (*begin, "window", "--hidden")
