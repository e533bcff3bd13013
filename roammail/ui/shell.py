"""What holds the window together with the desktop: tray, closing, being handed mail, the demo,
start at login, and the dialog after a crash. Knows nothing of mail."""

import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QCloseEvent, QIcon

from roammail.ui.handed import accepted
from roammail.ui.window import MainWindow

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from roammail.core.settings import Settings
    from roammail.ui.door import Door
    from roammail.ui.tray import Tray

_log = logging.getLogger(__name__)
_STATE = "window.ini"


class Shell(QObject):
    """`ended` when the process may end: the window is gone and the engine is closed."""

    ended = Signal()

    def __init__(
        self,
        window: MainWindow,
        icon: Callable[[], QIcon],
        home: Path | None,
        settings: "Callable[[], Settings]",
        start_at_login: Callable[[bool], None],
        parent: QObject | None = None,
    ) -> None:
        """`home` None: nothing of the window is kept, as in the demo."""
        super().__init__(parent)
        self._window, self._home = window, home
        self._settings, self._start_at_login = settings, start_at_login
        self._leaving = False
        self._crash: QObject | None = None
        self._icon = icon
        self._tray: Tray | None = None
        self._door: Door | None = None
        window.closing.connect(self._closing)
        window.demo_asked.connect(self._start_demo)
        window.bridge.happened.connect(self._happened)
        self._restore()

    @property
    def tray(self) -> "Tray":
        """The icon; made when it is first wanted, after the window."""
        if self._tray is None:
            from roammail.ui.tray import Tray

            self._tray = Tray(self._window.context, self._icon(), self)
            self._tray.open_asked.connect(self.raise_window)
            self._tray.quit_asked.connect(self.leave)
        return self._tray

    def settle(self) -> None:
        """What need not be there before the profiles: the tray, and the door for other starts."""
        if self._home is None or self._leaving or self._door is not None:
            return
        if self.tray.there:
            self.tray.show()
        from roammail.ui.door import Door

        self._door = Door(self._home, self)
        self._door.asked.connect(self.asked)
        self._door.open()

    def begin(self, what: Sequence[str] = (), *, hidden: bool = False) -> None:
        """Shows the window, or with `hidden` the tray icon alone where there is a tray."""
        if hidden and self.tray.there:
            self._window.go_on()
        else:
            self._window.show()
        if what:
            self.open(accepted(what))

    def open(self, what: Sequence[str | Path]) -> None:
        """Links and files, each as a letter of its own; the last one is shown."""
        for item in what:
            self._window.go("write", item)

    def asked(self, what: object) -> None:
        """A second start handed over what it was given."""
        self.raise_window()
        if isinstance(what, tuple):
            self.open(what)

    def raise_window(self) -> None:
        """To the front, from wherever it was."""
        window = self._window
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.raise_()
        window.activateWindow()

    def leave(self) -> None:
        """Ends: the window goes at once, the process when the engine has closed."""
        if self._leaving:
            return
        self._leaving = True
        self._keep()
        if self._tray is not None:
            self._tray.hide()
        if self._door is not None:  # whoever starts now waits, and is then the window
            self._door.close()
        self._window.hide()
        self._window.bridge.stop(self.ended.emit)

    def show_crash(self, report: str) -> None:
        """One dialog at a time: a fault that repeats would bury the window."""
        if self._crash is not None or self._leaving:
            return
        from roammail.ui.dialogs.crash_dialog import CrashDialog

        context = self._window.context
        dialog = CrashDialog(context.theme, context.say, report, self._window)
        dialog.finished.connect(self._crash_closed)
        dialog.open()
        self._crash = dialog

    def _crash_closed(self) -> None:
        self._crash = None

    def _closing(self, event: QCloseEvent) -> None:
        if self._leaving:
            return
        event.ignore()
        if self._home is None or not self.tray.there:
            self.leave()
        elif self._settings().keep_running:
            self._to_tray()
        elif self._window.context.situation.waiting:
            self._ask()
        else:
            self.leave()

    def _to_tray(self) -> None:
        self._keep()
        self._window.hide()

    def _ask(self) -> None:
        """Mail still waits: closing the window would leave it waiting."""
        from PySide6.QtWidgets import QMessageBox

        say = self._window.context.say
        number = self._window.context.situation.waiting
        box = QMessageBox(self._window)
        box.setWindowTitle(say("Close RoamMail"))
        box.setText(
            say.many(
                "{number} message still waits for a way out.",
                "{number} messages still wait for a way out.",
                number,
            )
        )
        box.setInformativeText(
            say(
                "In the tray, RoamMail goes on trying. If you quit, nothing is lost: it goes on "
                "when you start RoamMail again."
            )
        )
        stay = box.addButton(say("&Keep running in the tray"), QMessageBox.ButtonRole.AcceptRole)
        quit_it = box.addButton(say("&Quit"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(box.addButton(say("Cancel"), QMessageBox.ButtonRole.RejectRole))
        stay.clicked.connect(self._to_tray)
        quit_it.clicked.connect(self.leave)
        box.open()

    def _happened(self, event: object) -> None:
        if type(event).__name__ == "SettingsChanged" and self._home is not None:
            try:
                self._start_at_login(self._settings().start_at_login)
            except OSError as error:
                _log.warning("start at login could not be changed: %s", error.strerror)

    def _start_demo(self) -> None:
        from PySide6.QtCore import QProcess

        QProcess.startDetached(sys.executable, ["-m", "roammail", "demo", "--window"])

    def _restore(self) -> None:
        if self._home is None or not (self._home / _STATE).exists():
            return
        kept = self._state(self._home).value("geometry")
        if kept:
            self._window.restoreGeometry(kept)

    def _keep(self) -> None:
        if self._home is not None:
            self._state(self._home).setValue("geometry", self._window.saveGeometry())

    def _state(self, home: Path) -> "QSettings":
        """What is kept of the window itself."""
        from PySide6.QtCore import QSettings

        return QSettings(str(home / _STATE), QSettings.Format.IniFormat)
