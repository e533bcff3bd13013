"""Two things side by side, or one beneath the other where there is no room for both."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from roammail.ui.theme import L


class Beside(QWidget):
    """`left` gets `share` parts of the width, `right` one."""

    def __init__(
        self, left: QWidget, right: QWidget, share: float = 1.3, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._left, self._right, self._share = left, right, share
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(L)
        self._row.addWidget(left, round(share * 10))
        self._row.addWidget(right, 10)

    def minimumSizeHint(self) -> QSize:
        sides = (self._left.minimumSizeHint().width(), self._right.minimumSizeHint().width())
        return QSize(max(sides), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Looks again whether both have room, as after their contents have changed."""
        part = (self.width() - L) / (self._share + 1)
        fits = self._right.minimumSizeHint().width() <= part
        fits = fits and self._left.minimumSizeHint().width() <= part * self._share
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.LeftToRight if fits else direction.TopToBottom)
