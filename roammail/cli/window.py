"""`roammail` and `roammail window`: opens the window. Knows whether it can be opened, no more."""

import importlib.util
import os
import sys
from collections.abc import Sequence

import click

from roammail.cli.app import common
from roammail.cli.result import Result
from roammail.core.errors import BadConfiguration

#: What a Linux system names when there is a screen.
_SCREENS = ("WAYLAND_DISPLAY", "DISPLAY")


@click.command("window")
@click.option("--hidden", is_flag=True, help="Only in the tray, as at login.")
@click.argument("what", nargs=-1)
@common
def window_command(hidden: bool, what: tuple[str, ...]) -> Result:
    """Open the window; WHAT may be mailto: links and .eml files."""
    return open_window(what, hidden=hidden)


def open_window(what: Sequence[str] = (), *, demo: bool = False, hidden: bool = False) -> Result:
    """Opens it and returns when it is closed. Raises BadConfiguration (`window-missing`,
    `no-screen`)."""
    if importlib.util.find_spec("PySide6") is None:
        raise BadConfiguration(
            "window-missing",
            "The window needs PySide6, which is not installed: pip install 'roammail[window]'. "
            "The command line works without it: “roammail --help”.",
        )
    if not has_screen() and not os.environ.get("QT_QPA_PLATFORM"):  # one may be chosen without
        raise BadConfiguration(
            "no-screen",
            "There is no screen here to open a window on. The command line works without one: "
            "“roammail --help”.",
        )
    from roammail.cli.log_file import note_crash

    try:
        from roammail.ui.app import run
    except ImportError as error:
        raise BadConfiguration(
            "window-missing",
            f"PySide6 is installed and cannot be loaded ({error.name or error}). “roammail "
            "doctor” says what is missing.",
        ) from error
    return Result(data={"ended": True}, exit_code=run(what, note_crash, demo=demo, hidden=hidden))


def has_screen() -> bool:
    """Whether a window could be seen; Qt itself would end the process where not."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in _SCREENS)
