"""A label of one line that ends in "…" where there is no room, and then says all in its tip."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from roammail.ui.theme import Role, Theme, Tone

#: Characters that are shown however narrow it gets.
_AT_LEAST = 6


class ElidedLabel(QLabel):
    """Plain text; `set_words` changes it."""

    def __init__(
        self,
        theme: Theme,
        words: str = "",
        role: Role = Role.BODY,
        tone: Tone | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(theme.font(role))
        if tone is not None:
            self.setProperty("tone", tone.value)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Another text."""
        self.setText(" ".join(words.split()))
        self._tip()
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        wanted = metrics.horizontalAdvance("n" * _AT_LEAST + "…")
        return QSize(min(wanted, metrics.horizontalAdvance(self.text())), metrics.height())

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tip()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Without a QStyle: only to make its names takes PySide 6 ms before the first page is there;
        # the painter of a widget has its font and the pen of its foreground.
        painter = QPainter(self)
        painter.setLayoutDirection(self.layoutDirection())
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.drawText(self.rect(), self.alignment().value, words)

    def _tip(self) -> None:
        whole = self.fontMetrics().horizontalAdvance(self.text()) <= self.width()
        self.setToolTip("" if whole else self.text())
