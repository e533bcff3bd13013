"""What an empty page shows: an icon, one sentence, and what to do first."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from roammail.ui.theme import XL, L, M, Role, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.texts import text

_ICON = 48


class EmptyState(QWidget):
    """`chosen` for its button, `other_chosen` for the second one if there is one."""

    chosen = Signal()
    other_chosen = Signal()

    def __init__(
        self,
        theme: Theme,
        icon: str,
        sentence: str,
        act: str = "",
        other: str = "",
        detail: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, XL)
        column.setSpacing(L)
        column.addStretch(2)
        picture = QLabel()
        picture.setPixmap(theme.icon(icon, Tone.MUTED).pixmap(_ICON, _ICON))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(picture)
        self.sentence = text(theme, sentence, Role.HEADING)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(self.sentence)
        self.detail = text(theme, detail, Role.BODY, Tone.MUTED)
        self.detail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.detail.setVisible(bool(detail))
        # Lines of a length that one likes to read, in the middle.
        around = QHBoxLayout()
        around.addStretch(1)
        around.addWidget(self.detail, 4)
        around.addStretch(1)
        column.addLayout(around)
        row = QHBoxLayout()
        row.setSpacing(M)
        row.addStretch(1)
        self.button: QPushButton | None = None
        if act:
            self.button = button(theme, act, ButtonKind.PRIMARY)
            self.button.clicked.connect(self.chosen)
            row.addWidget(self.button)
        if other:
            second = button(theme, other, ButtonKind.PLAIN)
            second.clicked.connect(self.other_chosen)
            row.addWidget(second)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
