"""A banner: one thing that the person should know, with at most one thing to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from roammail.ui.theme import L, M, Role, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import text

_ICONS = {
    Tone.BAD: "mdi6.alert-circle",
    Tone.WARN: "mdi6.alert",
    Tone.GOOD: "mdi6.check-circle",
    Tone.BUSY: "mdi6.information",
}
_ICON = 20


class Banner(QWidget):
    """Hidden until `tell`. `acted` for its button, `dismissed` for its cross."""

    acted = Signal()
    dismissed = Signal()

    def __init__(self, theme: Theme, close_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._tone = theme, Tone.BUSY
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(self)
        row.setContentsMargins(L, M, M, M)
        row.setSpacing(M)
        self._picture = QLabel()
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        self.label = text(theme, "", Role.BODY, selectable=True)
        row.addWidget(self.label, 1)
        self.button = button(theme, "", ButtonKind.PLAIN)
        self.button.clicked.connect(self.acted)
        row.addWidget(self.button)
        self.close_button = QToolButton()
        self.close_button.setAutoRaise(True)
        self.close_button.setIcon(theme.icon("mdi6.close", Tone.MUTED))
        self.close_button.setAccessibleName(close_name)
        self.close_button.setToolTip(close_name)
        self.close_button.clicked.connect(self._close)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def tell(self, words: str, tone: Tone = Tone.BUSY, act: str = "") -> None:
        """Shows it; `act` names the button, none if it is empty."""
        self._tone = tone
        self.label.setText(words)
        self.setAccessibleName(words)
        self._picture.setPixmap(self._theme.icon(_ICONS[tone], tone).pixmap(_ICON, _ICON))
        rename(self.button, act)
        self.button.setVisible(bool(act))
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.soft(self._tone))
        painter.drawRoundedRect(self.rect(), 10, 10)

    def _close(self) -> None:
        self.hide()
        self.dismissed.emit()
