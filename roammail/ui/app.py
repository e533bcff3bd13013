"""Puts the window together and runs it: application, theme, words, bridge, window, desktop.

The only file of the window that sees the composition root.
"""

import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from roammail import __version__
from roammail.core.errors import ExitCode
from roammail.home import home_folder
from roammail.resource_files import resource
from roammail.ui.bridge import Bridge
from roammail.ui.crash import CrashWatch
from roammail.ui.handed import absolute
from roammail.ui.instance import hand_over, is_first
from roammail.ui.shell import Shell
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.wiring_window import (
    OwnEngine,
    WindowLock,
    open_demo,
    start_at_login,
    window_language,
    window_settings,
)
from roammail.words.sentences import Sentences

#: The name of the .desktop file and of the AppStream component.
APP_ID = "org.roammail.RoamMail"
#: Milliseconds between two looks of Python at its signals while Qt's loop runs.
_SIGNALS = 250
#: Milliseconds after which the desktop gets its part although the engine is not open yet.
_SETTLE = 1500


def run(
    what: Sequence[str] = (),
    note: Callable[[BaseException], object] = lambda _error: None,
    *,
    demo: bool = False,
    hidden: bool = False,
) -> ExitCode:
    """Runs the window until it is closed, or hands `what` to the one that is there already.

    `what`: mailto: links and .eml files. `note` writes a crash into the log file. Raises
    UserFacingError (`window-busy`).
    """
    application = make_application()
    if demo:
        return _run(application, None, what, note, hidden=hidden)
    home = home_folder()
    lock = WindowLock(home)
    if not is_first(lock.take, lambda: hand_over(home, absolute(what))):
        return ExitCode.OK
    try:
        return _run(application, home, what, note, hidden=hidden)
    finally:
        lock.release()


def _run(
    application: QApplication,
    home: Path | None,
    what: Sequence[str],
    note: Callable[[BaseException], object],
    *,
    hidden: bool,
) -> ExitCode:
    """`home` None: the demo's."""
    demo = home is None
    crash = CrashWatch(note, application)
    crash.watch()
    language = "" if demo else window_language()
    translate(application, language)
    theme = Theme()
    theme.rule()
    own = OwnEngine()
    bridge = Bridge(open_demo) if demo else Bridge(own.open, look=own.look)
    window = MainWindow(bridge, Sentences(language or None), theme)
    shell = Shell(window, app_icon, home, window_settings, start_at_login)
    crash.crashed.connect(shell.show_crash)
    shell.ended.connect(application.quit)
    for later in (bridge.start, window.begin, partial(_give_icon, application)):
        window.there.connect(later)
    shell.begin(what, hidden=hidden)
    for open_or_not in (bridge.ready, bridge.failed):
        open_or_not.connect(shell.settle)
    QTimer.singleShot(_SETTLE, shell.settle)
    _hear_signals(application, shell)
    code = application.exec()
    crash.leave()
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


def _give_icon(application: QApplication) -> None:
    """For the taskbar; what reads drawings is loaded with it."""
    application.setWindowIcon(app_icon())


def app_icon() -> QIcon:
    """RoamMail's own icon."""
    return QIcon(str(resource("icons", "roammail.svg")))


def translate(application: QApplication, language: str) -> None:
    """Qt's own words, and the direction in which one reads. "" is the system's language."""
    locale = QLocale(language) if language else QLocale.system()
    application.setLayoutDirection(locale.textDirection())
    translator = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(locale, "qtbase", "_", folder):
        application.installTranslator(translator)


def _hear_signals(application: QApplication, shell: Shell) -> None:
    """Ctrl+C, SIGTERM and the end of the session; Python hears signals only while it runs."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: shell.leave())
    application.commitDataRequest.connect(lambda _manager: shell.leave())
    timer = QTimer(application, interval=_SIGNALS)
    timer.timeout.connect(lambda: None)
    timer.start()
