"""One start of a window, measured from inside: `python -m tests.bench.window_child bare|ours`.
`fill` puts ten profiles into the keyring before.

Prints seconds of CPU and of the clock from the interpreter's start until the window is painted,
for ours also until its first page is on it, until ten profiles are there, until the engine is open
and a while after, and the resident memory in MB at each. `ours` is the command `roammail window`,
with the keyring and the home that the environment names.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QMainWindow

    from roammail.ui.window import MainWindow

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

PROFILES = 10
#: Milliseconds after which what runs beside the window has begun; before the first probe.
_SETTLE = 1000


def started() -> float:
    """When this process began, on the monotonic clock (Linux: field 22 of /proc/self/stat)."""
    with open("/proc/self/stat", encoding="ascii") as file:
        ticks = int(file.read().rpartition(")")[2].split()[19])
    return ticks / os.sysconf("SC_CLK_TCK")


def report(name: str) -> None:
    """A line for the bench: name, CPU seconds, clock seconds, megabytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[1])
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    wall = time.clock_gettime(time.CLOCK_BOOTTIME) - started()
    sys.stdout.write(f"{name} {time.process_time():.3f} {wall:.3f} {megabytes:.1f}\n")
    sys.stdout.flush()


def bare() -> None:
    """What a window costs at least: one class, one label in its middle."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

    class Window(QMainWindow):
        def __init__(self) -> None:
            super().__init__()
            label = QLabel("RoamMail")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self.setCentralWidget(label)
            self.resize(1080, 760)

    application = QApplication([])
    window = Window()
    _tell_painted(window, application.quit)
    window.show()
    application.exec()


def _tell_painted(window: "QMainWindow", then: Callable[[], None]) -> None:
    """Reports it when the event loop has painted the window, and not when it was told to."""
    from PySide6.QtCore import QTimer

    paint, told = type(window).paintEvent, False

    def painted() -> None:
        report("painted")
        then()

    def painting(self: "QMainWindow", event: "QPaintEvent") -> None:
        nonlocal told
        if not told:
            told = True
            QTimer.singleShot(0, painted)  # its children have followed by then, and the screen
        paint(self, event)

    type(window).paintEvent = painting  # type: ignore[method-assign]


def ours() -> None:
    """RoamMail's own command; its shell tells when the window has been shown."""
    from roammail.__main__ import main

    sys.argv = ["roammail", "window"]
    sys.meta_path.insert(0, _Watch())
    main()


class _Watch:
    """Looks on as soon as the command has imported its shell: nothing is imported out of turn."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if "roammail.ui.shell" in sys.modules and hasattr(sys.modules[_SHELL], "Shell"):
            sys.meta_path.remove(self)  # type: ignore[arg-type]
            _look_on(sys.modules[_SHELL].Shell)


_SHELL = "roammail.ui.shell"


def _look_on(shell: type) -> None:
    begin = shell.begin  # type: ignore[attr-defined]

    def begun(self: object, *given: object, **named: object) -> None:
        window: MainWindow = self._window  # type: ignore[attr-defined]
        _tell_painted(window, lambda: None)
        _wait_for_profiles(window)
        begin(self, *given, **named)

    shell.begin = begun  # type: ignore[attr-defined]


def _wait_for_profiles(window: "MainWindow") -> None:
    from PySide6.QtCore import QCoreApplication, QTimer

    def watch() -> None:
        window.repaint()
        report("page")
        situation = window.context.situation

        def listed() -> None:
            if len(situation.rows) == PROFILES:
                situation.profiles_changed.disconnect(listed)
                QCoreApplication.sendPostedEvents()
                window.repaint()  # at once: it is on the screen already
                report("profiles")

        def opened() -> None:
            report("engine")
            QTimer.singleShot(_SETTLE, settled)

        situation.profiles_changed.connect(listed)
        window.bridge.ready.connect(opened)

    def settled() -> None:
        report("settled")
        os.kill(os.getpid(), signal.SIGTERM)

    # Not before the window has made what it shows by itself: what is connected last is told last.
    window.there.connect(watch)


def fill() -> None:
    """What `ours` will find in the keyring."""
    import asyncio

    from roammail.core.profile import Endpoint, Profile, Security
    from roammail.core.secret import Secret
    from roammail.wiring import Options, open_engine
    from tests import canary

    async def add() -> None:
        async with open_engine(Options()) as engine:
            for number in range(PROFILES):
                endpoint = Endpoint("127.0.0.1", 9, Security.IMPLICIT_TLS)
                user = f"me@{number}.example"
                profile = Profile("", f"Number {number}", endpoint, username=user)
                await engine.book.add(profile, Secret(canary.secret("window")))

    asyncio.run(add())


if __name__ == "__main__":
    {"bare": bare, "ours": ours, "fill": fill}[sys.argv[1]]()
