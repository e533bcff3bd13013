"""One start of a window, measured from inside: `python -m tests.bench.window_child bare|ours`.

Prints seconds of CPU and of the clock from the interpreter's start until the window is painted,
for ours also until ten profiles are there, and the resident memory in MB at the end.
"""

import os
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


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
    window.show()
    window.repaint()
    application.sendPostedEvents()
    report("painted")


def ours() -> None:
    """RoamMail's, over an engine that has ten profiles in a keyring in memory."""
    from roammail.ui.app import make_application
    from roammail.ui.bridge import Bridge
    from roammail.ui.theme import Theme
    from roammail.ui.window import MainWindow
    from roammail.words import Words

    application = make_application()
    theme = Theme()
    theme.rule()
    bridge = Bridge(_ten_profiles)
    window = MainWindow(bridge, Words("en"), theme)
    window.show()
    window.repaint()
    report("painted")
    situation = window.context.situation

    def look() -> None:
        if len(situation.rows) == 10:
            window.repaint()
            report("profiles")
            bridge.stop(application.quit)

    situation.profiles_changed.connect(look)
    bridge.start()
    application.exec()


def _ten_profiles(notice: Callable[[Exception], None]) -> object:
    import tempfile
    from contextlib import asynccontextmanager
    from pathlib import Path

    from roammail.core.profile import Endpoint, Profile, Security
    from roammail.core.secret import Secret
    from roammail.wiring import Options, open_engine, throw_away_store
    from tests import canary

    @asynccontextmanager
    async def opened():
        with tempfile.TemporaryDirectory() as folder:
            async with open_engine(Options(home=Path(folder), store=throw_away_store())) as engine:
                for number in range(10):
                    endpoint = Endpoint("127.0.0.1", 9, Security.IMPLICIT_TLS)
                    user = f"me@{number}.example"
                    profile = Profile("", f"Number {number}", endpoint, username=user)
                    await engine.book.add(profile, Secret(canary.secret("window")))
                yield engine

    return opened()


if __name__ == "__main__":
    {"bare": bare, "ours": ours}[sys.argv[1]]()
