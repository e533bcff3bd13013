"""Asks for the password of one profile; it goes to the keyring and is never shown again."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from roammail.core.profile import Profile
from roammail.core.secret import Secret
from roammail.ui.context import Context
from roammail.ui.theme import XL, L, M, Role, Tone
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_WIDTH = 420


class PasswordDialog(QDialog):
    """Open it with `open()`. `entered` carries user name and Secret."""

    entered = Signal(str, object)

    def __init__(self, context: Context, profile: Profile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        say, theme = context.say, context.theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Password"))
        self.setMinimumWidth(_WIDTH)
        theme.dress(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(M)
        column.addWidget(
            text(theme, say("Sign in to “{profile}”", profile=profile.name), Role.HEADING)
        )
        host = display(profile.endpoint.host, 120)
        hint = say(
            "For the server {host}. Many providers want an app password here, which you make in "
            "your account's security settings.",
            host=host,
        )
        column.addWidget(text(theme, hint, Role.BODY, Tone.MUTED))
        form = QFormLayout()
        form.setContentsMargins(0, M, 0, M)
        self._user = QLineEdit(profile.username)
        self._user.setAccessibleName(say("User name"))
        self._secret = QLineEdit()
        self._secret.setEchoMode(QLineEdit.EchoMode.Password)
        self._secret.setAccessibleName(say("Password"))
        form.addRow(say("&User name"), self._user)
        form.addRow(say("&Password"), self._secret)
        column.addLayout(form)
        column.addWidget(
            text(theme, say("It is kept in your system's keyring."), Role.SMALL, Tone.MUTED)
        )
        self._buttons = QDialogButtonBox()
        standard = QDialogButtonBox.StandardButton
        save = self._buttons.addButton(standard.Ok)
        save.setText(say("&Save and test"))
        self._buttons.addButton(standard.Cancel).setText(say("Cancel"))
        self._buttons.accepted.connect(self._accept)
        self._buttons.rejected.connect(self.reject)
        column.addWidget(self._buttons)
        self._user.textChanged.connect(self._check)
        self._secret.textChanged.connect(self._check)
        self._check()
        (self._secret if profile.username else self._user).setFocus()

    def _check(self) -> None:
        whole = bool(self._user.text().strip() and self._secret.text())
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(whole)

    def _accept(self) -> None:
        secret = Secret(self._secret.text())
        self._secret.clear()
        self.entered.emit(self._user.text().strip(), secret)
        self.accept()
