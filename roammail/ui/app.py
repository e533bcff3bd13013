"""Puts the window together and runs it: application, theme, words, bridge, window.

The only file of the window, with `bridge.py`, that sees the composition root.
"""

import signal
import sys
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from roammail import __version__
from roammail.core.errors import ExitCode
from roammail.ui.bridge import Bridge
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.wiring_window import open_demo, open_for_window, window_settings
from roammail.words import Words

#: The name of the .desktop file and of the AppStream component.
APP_ID = "org.roammail.RoamMail"
#: Milliseconds between two looks of Python at its signals while Qt's loop runs.
_SIGNALS = 250


def run(what: Sequence[str] = (), *, demo: bool = False, hidden: bool = False) -> ExitCode:
    """Runs the window until it is closed. `what`: mailto: links and .eml files to open."""
    application = make_application()
    theme = Theme()
    theme.rule()
    words = Words(None if demo else window_settings().language or None)
    bridge = Bridge(open_demo if demo else open_for_window)
    window = MainWindow(bridge, words, theme)
    window.closing.connect(lambda _event: _end(application, bridge, window))
    window.context.prober.watch()
    window.show()
    QTimer.singleShot(0, bridge.start)
    _hear_signals(application, window)
    code = application.exec()
    return ExitCode.OK if code == 0 else ExitCode.SOFTWARE


def make_application() -> QApplication:
    """The one QApplication of the process."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("roammail")
    application.setApplicationDisplayName("RoamMail")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName(APP_ID)
    application.setQuitOnLastWindowClosed(False)
    return application


def _end(application: QApplication, bridge: Bridge, window: MainWindow) -> None:
    """The window goes at once, the process when the engine has closed."""
    window.hide()
    bridge.stop(application.quit)


def _hear_signals(application: QApplication, window: MainWindow) -> None:
    """Ctrl+C and SIGTERM close the window; Python hears them only while it runs."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    timer = QTimer(application, interval=_SIGNALS)
    timer.timeout.connect(lambda: None)
    timer.start()
