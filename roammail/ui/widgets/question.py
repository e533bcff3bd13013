"""A question in the page itself: one sentence and its answers as buttons. Blocks nothing."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from roammail.ui.theme import L, M, Role, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text

Answer = tuple[str, Callable[[], None]]
_ICON = 20


class Question(QFrame):
    """Hidden until `ask`; the first answer is the best one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("card", "true")
        row = QHBoxLayout(self)
        row.setContentsMargins(L, M, L, M)
        row.setSpacing(M)
        self._picture = QLabel()
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(M)
        self.label = text(theme, "", Role.STRONG)
        column.addWidget(self.label)
        self._buttons = QWidget()
        self._flow = FlowLayout(self._buttons, M)
        column.addWidget(self._buttons)
        row.addLayout(column, 1)
        self._escape: Callable[[], None] | None = None
        self._before: QWidget | None = None
        self.hide()

    def ask(
        self,
        words: str,
        answers: Sequence[Answer],
        icon: str = "mdi6.help-circle",
        tone: Tone = Tone.WARN,
        escape: int = 0,
    ) -> None:
        """Shows the question and puts the focus on its first answer; Escape gives the answer
        of that number."""
        self.clear()
        self._before = self.window().focusWidget()
        self.label.setText(words)
        self.setAccessibleName(words)
        self._picture.setPixmap(self._theme.icon(icon, tone).pixmap(_ICON, _ICON))
        made: list[QPushButton] = []
        for number, (name, act) in enumerate(answers):
            kind = ButtonKind.PRIMARY if number == 0 else ButtonKind.PLAIN
            one = button(self._theme, name, kind)
            one.clicked.connect(lambda _=False, act=act: self._answered(act))
            self._flow.addWidget(one)
            made.append(one)
        self._escape = answers[escape][1]
        self.show()
        if made:
            made[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        """Asks no more; the focus goes back to where it was."""
        before, self._before = self._before, None
        if before is not None and isValid(before):
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._flow.clear()
        self._escape = None
        self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._escape is not None:
            self._answered(self._escape)
            return
        super().keyPressEvent(event)

    def _answered(self, act: Callable[[], None]) -> None:
        self.clear()
        act()
