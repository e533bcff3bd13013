"""Says that something of ours failed, that the mail is safe, and offers the report to copy."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from roammail.ui.say import Say
from roammail.ui.theme import XL, M, Role, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import text

_SIZE = (620, 460)


class CrashDialog(QDialog):
    """Open it with `open()`."""

    def __init__(self, theme: Theme, say: Say, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._say, self._report = say, report
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(say("Something went wrong"))
        self.resize(*_SIZE)
        theme.dress(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, XL)
        column.setSpacing(M)
        column.addWidget(text(theme, say("Something went wrong in RoamMail."), Role.HEADING))
        safe = say(
            "The mail in your outbox is safe: it is kept on disk before anything else is done. "
            "You can go on; if something behaves strangely, close RoamMail and start it again."
        )
        column.addWidget(text(theme, safe))
        said = say("This report helps to mend it. It holds no password and no mail.")
        column.addWidget(text(theme, said, Role.SMALL, Tone.MUTED))
        shown = QPlainTextEdit(report)
        shown.setReadOnly(True)
        shown.setFont(theme.mono())
        shown.setAccessibleName(say("The report"))
        column.addWidget(shown, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        self._copy = button(theme, say("&Copy the report"), ButtonKind.PLAIN, "mdi6.content-copy")
        self._copy.clicked.connect(self._copied)
        row.addWidget(self._copy)
        close = button(theme, say("C&lose"), ButtonKind.PRIMARY)
        close.clicked.connect(self.accept)
        row.addWidget(close)
        column.addLayout(row)
        close.setFocus()

    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        rename(self._copy, self._say("Copied"))
