"""The scrolling part of a page. Its content keeps its width whether or not there is a scroll bar,
so that nothing moves sideways from one page to the next, or when a row opens.
"""

from PySide6.QtCore import QMargins
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class PageScroll(QScrollArea):
    """Shows `inner`; the bar takes its room from the margin of `inner`'s layout beside it."""

    def __init__(self, inner: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = inner.layout()
        assert layout is not None
        self._layout, self._margins = layout, QMargins(layout.contentsMargins())
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidget(inner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Comes also when the bar does. Its size is the viewport's, which is not asked for: to
        name a widget that Qt made, PySide loads every kind of widget."""
        margins, taken = QMargins(self._margins), self.width() - event.size().width()
        if self.isRightToLeft():
            margins.setLeft(max(0, margins.left() - taken))
        else:
            margins.setRight(max(0, margins.right() - taken))
        if margins != self._layout.contentsMargins():
            self._layout.setContentsMargins(margins)
        super().resizeEvent(event)
