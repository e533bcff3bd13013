"""A pill: a state as colour, icon and word at once, never by colour alone."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from roammail.ui.theme import M, Role, S, Theme, Tone


class Pill(QWidget):
    """`show_state("Works", Tone.GOOD, "mdi6.check")`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words, self._tone, self._icon = "", Tone.QUIET, ""
        font = theme.font(Role.SMALL)
        font.setWeight(font.Weight.DemiBold)
        self.setFont(font)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, words: str, tone: Tone, icon: str) -> None:
        """The word, its colour, and a glyph that says the same."""
        self._words, self._tone, self._icon = words, tone, icon
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        height = metrics.height() + 2 * S
        icon = metrics.height() + S if self._icon else 0
        return QSize(metrics.horizontalAdvance(self._words) + icon + 2 * M + 2 * S, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.soft(self._tone))
        painter.drawRoundedRect(whole, whole.height() / 2, whole.height() / 2)
        inner = self.rect().adjusted(M + S // 2, 0, -M - S // 2, 0)
        right_to_left = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        if self._icon:
            side = self.fontMetrics().height()
            box = inner.adjusted(0, 0, 0, 0)
            box.setWidth(side)
            if right_to_left:
                box.moveRight(inner.right())
                inner.setRight(inner.right() - side - S)
            else:
                inner.setLeft(inner.left() + side + S)
            self._theme.icon(self._icon, self._tone).paint(painter, box)
        painter.setPen(self._theme.colour(self._tone))
        start = Qt.AlignmentFlag.AlignRight if right_to_left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(inner, start | Qt.AlignmentFlag.AlignVCenter, self._words)
