"""The passphrase of a file of profiles: asked for on the way in, chosen on the way out."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from roammail.core.secret import Secret
from roammail.engine.profile_book import MIN_PASSPHRASE
from roammail.ui.context import Context
from roammail.ui.theme import XL, L, M, Role, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.labelled import Labelled
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_WIDTH = 460


class _Dialog(QDialog):
    """Title, sentence, fields, two buttons."""

    def __init__(self, context: Context, title: str, act: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        theme = context.theme
        self.context = context
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        theme.dress(self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(XL, XL, XL, L)
        whole.setSpacing(L)
        self.body = QVBoxLayout()
        self.body.setSpacing(L)
        self.body.addWidget(text(theme, title, Role.HEADING))
        whole.addLayout(self.body)
        foot = QHBoxLayout()
        foot.setSpacing(M)
        foot.addStretch(1)
        cancel = button(theme, context.say("Cancel"))
        cancel.clicked.connect(self.reject)
        self.act = button(theme, act, ButtonKind.PRIMARY)
        self.act.setDefault(True)
        self.act.clicked.connect(self.go_on)
        foot.addWidget(cancel)
        foot.addWidget(self.act)
        whole.addLayout(foot)

    def go_on(self) -> None:
        """The person agrees."""
        raise NotImplementedError

    def secret_line(self) -> QLineEdit:
        """A field that shows dots."""
        line = QLineEdit()
        line.setEchoMode(QLineEdit.EchoMode.Password)
        return line


class PassphraseDialog(_Dialog):
    """`entered` carries a Secret."""

    entered = Signal(object)

    def __init__(self, context: Context, file: str, parent: QWidget | None = None) -> None:
        say = context.say
        title = say("Passphrase of “{file}”", file=display(file, 80))
        super().__init__(context, title, say("&Import"), parent)
        self.phrase = self.secret_line()
        hint = say("The one that was chosen when the file was made.")
        self._field = Labelled(context.theme, say("&Passphrase"), self.phrase, hint)
        self.body.addWidget(self._field)
        self.phrase.textEdited.connect(lambda _words: self._check())
        self._check()

    def show_wrong(self, wrong: bool) -> None:
        """Says that the last one was not right."""
        said = self.context.say("This is not the passphrase of the file.") if wrong else ""
        self._field.complain(said)

    def go_on(self) -> None:
        secret = Secret(self.phrase.text())
        self.phrase.clear()
        self.entered.emit(secret)
        self.accept()

    def _check(self) -> None:
        self.act.setEnabled(bool(self.phrase.text()))


class ExportDialog(_Dialog):
    """`chosen` carries a Secret, or None for an export without passwords."""

    chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        say, theme = context.say, context.theme
        super().__init__(context, say("Export profiles"), say("&Choose a file…"), parent)
        intro = say("All profiles go into one file that only you can read.")
        self.body.addWidget(text(theme, intro, Role.BODY, Tone.MUTED))
        self.with_secrets = QCheckBox(say("With their pass&words, under a passphrase"))
        self.with_secrets.setAccessibleName(say("With their passwords, under a passphrase"))
        self.body.addWidget(self.with_secrets)
        self.phrase, self.again = self.secret_line(), self.secret_line()
        short = say("At least {number} characters.", number=str(MIN_PASSPHRASE))
        self._first = Labelled(theme, say("&Passphrase"), self.phrase, short)
        self._second = Labelled(theme, say("Passphrase &again"), self.again)
        self.body.addWidget(self._first)
        self.body.addWidget(self._second)
        self.with_secrets.toggled.connect(lambda _on: self._check())
        self.phrase.textEdited.connect(lambda _words: self._check())
        self.again.textEdited.connect(lambda _words: self._check())
        self._check()

    def go_on(self) -> None:
        secret = Secret(self.phrase.text()) if self.with_secrets.isChecked() else None
        self.phrase.clear()
        self.again.clear()
        self.chosen.emit(secret)
        self.accept()

    def _check(self) -> None:
        wanted = self.with_secrets.isChecked()
        self._first.setVisible(wanted)
        self._second.setVisible(wanted)
        one, two = self.phrase.text(), self.again.text()
        differ = bool(two) and one != two
        words = self.context.say("The two are not the same.") if differ else ""
        self._second.complain(words)
        self.act.setEnabled(not wanted or (len(one) >= MIN_PASSPHRASE and one == two))
