"""The composition root of the window: what it needs before and behind the engine.

Imports almost nothing by itself: the adapters come with the engine, in the engine's thread, when
the window is already there.
"""

import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from roammail.core.errors import UserFacingError
from roammail.core.settings import Settings
from roammail.home import home_folder

if TYPE_CHECKING:
    from roammail.engine.engine import Engine

Notice = Callable[[UserFacingError], None]


def window_settings() -> Settings:
    """The settings in force; those that came with RoamMail where the file cannot be read, which
    the engine will then say."""
    folder = home_folder()
    if not (folder / "settings.toml").exists():  # most people: nothing need be imported
        return Settings()
    from roammail.adapters.settings_file import read_settings

    try:
        return read_settings(folder)
    except UserFacingError:
        return Settings()


@asynccontextmanager
async def open_for_window(notice: Notice) -> "AsyncIterator[Engine]":
    """The person's own engine."""
    from roammail.wiring import Options, open_engine

    async with open_engine(Options(notice=notice)) as engine:
        yield engine


@asynccontextmanager
async def open_demo(notice: Notice) -> "AsyncIterator[Engine]":
    """An engine on the demo's servers, its five profiles in a keyring that is thrown away."""
    from roammail.demo.world import DemoWorld
    from roammail.wiring_demo import throw_away_engine

    async with DemoWorld() as world, throw_away_engine(world, notice) as engine:
        for profile, secret in world.profiles:
            await engine.book.add(profile, secret)
        yield engine


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
