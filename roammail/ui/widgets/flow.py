"""A layout that breaks its row where there is no room, as words in a paragraph do."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from roammail.ui.theme import M


class FlowLayout(QLayout):
    """Left to right, or right to left where that is how one reads."""

    def __init__(
        self, parent: QWidget | None = None, gap: int = M, between: int | None = None
    ) -> None:
        """`gap` between items, `between` rows (None: the same)."""
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._between = gap if between is None else between
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        hints = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(hint.width() + self._gap for hint in hints)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def clear(self) -> None:
        """Takes out and deletes every widget."""
        while self._items:
            if (widget := self._items.pop().widget()) is not None:
                widget.hide()
                widget.deleteLater()

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, height = 0, 0, 0
        line: list[tuple[QLayoutItem, int, QSize]] = []
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            size.setWidth(min(size.width(), max(rect.width(), item.minimumSize().width())))
            if x and x + size.width() > rect.width():
                self._set(line, rect, y, height, move)
                x, y, height, line = 0, y + height + self._between, 0, []
            line.append((item, x, size))
            x += size.width() + self._gap
            height = max(height, size.height())
        self._set(line, rect, y, height, move)
        return y + height

    def _set(
        self,
        line: list[tuple[QLayoutItem, int, QSize]],
        rect: QRect,
        y: int,
        height: int,
        move: bool,
    ) -> None:
        if not move:
            return
        parent = self.parentWidget()
        mirrored = parent is not None and parent.isRightToLeft()
        for item, x, size in line:
            left = rect.right() + 1 - x - size.width() if mirrored else rect.left() + x
            top = rect.top() + y + (height - size.height()) // 2
            item.setGeometry(QRect(QPoint(left, top), size))
