"""A value that is entered in another program: shown, and copied with one press.

A secret is never shown, only copied, and taken off the clipboard again after a minute.
"""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from roammail.core.secret import Secret
from roammail.ui.say import Say
from roammail.ui.theme import M, Role, Theme
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import text

#: Milliseconds: long enough to paste, too short to forget it there.
CLIPBOARD = 60_000
_COPIED = 2_000
_VALUE = 14  # characters of a value for which there is always room


class CopyField(QWidget):
    """`show_value` sets what the button copies; "" hides the button."""

    def __init__(self, theme: Theme, say: Say, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._say = say
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        self.label = text(theme, "", Role.BODY, selectable=True)
        # Short values take the same room, so that the buttons of a column stand in line.
        self.label.setMinimumWidth(_VALUE * self.label.fontMetrics().averageCharWidth())
        self.copy = button(theme, say("Copy"), ButtonKind.QUIET)
        self.copy.setAccessibleName(say("Copy: {name}", name=name))
        self.copy.clicked.connect(self._copy)
        row.addWidget(self.label)
        row.addWidget(self.copy)
        row.addStretch(1)
        self._back = QTimer(self, singleShot=True, interval=_COPIED)
        self._back.timeout.connect(self._name_again)

    def show_value(self, words: str) -> None:
        """Another value."""
        self.label.setText(words)
        self.copy.setVisible(bool(words))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.label.text())
        say, spoken = self._say, self.copy.accessibleName()
        rename(self.copy, say("Copied"))
        self.copy.setAccessibleName(spoken)
        self._back.start()

    def _name_again(self) -> None:
        say, spoken = self._say, self.copy.accessibleName()
        rename(self.copy, say("Copy"))
        self.copy.setAccessibleName(spoken)


class SecretClipboard(QObject):
    """Puts a secret on the clipboard for a minute."""

    def __init__(self, parent: QObject, keep: int = CLIPBOARD) -> None:
        super().__init__(parent)
        self._secret: Secret | None = None
        self._timer = QTimer(self, singleShot=True, interval=keep)
        self._timer.timeout.connect(self.clear)

    def put(self, secret: Secret) -> None:
        """Copies it; what was copied since stays when the time is over."""
        self._secret = secret
        QGuiApplication.clipboard().setText(secret.reveal())
        self._timer.start()

    def clear(self) -> None:
        """Takes it off again, if it is still there."""
        secret, self._secret = self._secret, None
        clipboard = QGuiApplication.clipboard()
        if secret is not None and clipboard.text() == secret.reveal():
            clipboard.clear()
