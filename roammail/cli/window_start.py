"""Opens the window, with or without the command line around it.

Most starts of RoamMail are a click on its icon. Those are understood here, without click and the
renderer, which take a quarter as long to load as the whole window. Knows whether the window can
be opened, no more; what is not plain, and what goes wrong, is the command line's to say.
"""

import gc
import importlib.util
import os
import signal
import sys
from collections.abc import Sequence

from roammail.core.errors import BadConfiguration

#: What a Linux system names when there is a screen.
_SCREENS = ("WAYLAND_DISPLAY", "DISPLAY")
#: Set where a shell asks click for completions, by a call without arguments.
_COMPLETING = "_ROAMMAIL_COMPLETE"
_HIDDEN = "--hidden"


def plainly_asked(args: Sequence[str]) -> tuple[Sequence[str], bool] | None:
    """What to open and whether hidden, if these arguments ask for the window and for nothing
    else; None where the command line has to look at them."""
    if _COMPLETING in os.environ:
        return None
    if not args:
        return ((), False) if has_screen() else None
    command, *rest = args
    if command != "window":
        return None
    what = [item for item in rest if item != _HIDDEN]
    if any(item.startswith("-") for item in what):
        return None
    return what, _HIDDEN in rest


def start(what: Sequence[str], *, hidden: bool) -> int:
    """The window as a process of its own; its exit code. Raises as `open_window`."""
    # What is loaded by now stays, and looking through it fifty times takes a tenth of the time
    # until the window is there. It looks for garbage by itself, see `ui/collector.py`.
    gc.disable()
    # Until the window hears Ctrl+C by itself (`ui/app.py`), the system ends the process: nothing
    # is open yet, and Qt's own code would pass over a KeyboardInterrupt, or abort at it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from roammail.cli import log_file

    log_file.install()
    return open_window(what, hidden=hidden)


def open_window(what: Sequence[str] = (), *, demo: bool = False, hidden: bool = False) -> int:
    """Opens it and returns its exit code when it is closed. Raises BadConfiguration
    (`window-missing`, `no-screen`)."""
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
    return run(what, note_crash, demo=demo, hidden=hidden)


def has_screen() -> bool:
    """Whether a window could be seen; Qt itself would end the process where not."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in _SCREENS)
