"""The row under a letter: through what it will go, and the buttons to attach and to send."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from roammail.core.composing import How
from roammail.core.letter import Letter
from roammail.core.outlook import Outlook
from roammail.ui.context import Context
from roammail.ui.models.outlook_words import Foreseen, foreseen
from roammail.ui.theme import M, Role, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import set_tone, text

_ICON = 20


class SendRow(QWidget):
    """`send_wanted`, `attach_wanted`, `go_wanted` (a page that helps)."""

    send_wanted = Signal()
    attach_wanted = Signal()
    go_wanted = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._shown: Foreseen | None = None
        say, theme = context.say, context.theme
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        self._picture = QLabel()
        row.addWidget(self._picture)
        self._words = text(theme, "", Role.BODY)
        row.addWidget(self._words, 1)
        self._go = button(theme, "", ButtonKind.QUIET)
        self._go.clicked.connect(self._go_there)
        row.addWidget(self._go)
        self.attach = button(theme, say("&Attach"), ButtonKind.PLAIN, "mdi6.paperclip")
        self.attach.setToolTip(say("Attach files (Ctrl+Shift+A)"))
        self.attach.clicked.connect(self.attach_wanted)
        row.addWidget(self.attach)
        self.send = button(theme, say("&Send"), ButtonKind.PRIMARY, "mdi6.send")
        self.send.setToolTip(say("Send (Ctrl+Enter)"))
        self.send.clicked.connect(self.send_wanted)
        row.addWidget(self.send)
        theme.changed.connect(self._paint)
        self.show_outlook(None, Letter(), "")

    def show_outlook(self, found: Outlook | None, letter: Letter, author: str) -> None:
        """What will become of the letter; None: it is being looked up."""
        said = foreseen(found, letter, author, self._context.say)
        if said == self._shown:
            return
        self._shown = said
        self._words.setText(said.words)
        set_tone(self._words, Tone(said.tone))
        rename(self._go, said.act_words)
        self._go.setVisible(bool(said.act))
        self._paint()

    def show_kind(self, letter: Letter) -> None:
        """Nothing is attached to what is sent on as it is."""
        self.attach.setVisible(letter.how is not How.RESENT)

    def _paint(self) -> None:
        if self._shown is not None:
            icon = self._context.theme.icon(self._shown.icon, Tone(self._shown.tone))
            self._picture.setPixmap(icon.pixmap(_ICON, _ICON))

    def _go_there(self) -> None:
        if self._shown is not None and self._shown.act:
            self.go_wanted.emit(self._shown.act)
