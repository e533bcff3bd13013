"""The way to the pages: icon, name, and a number where something waits."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from roammail.ui.focus import came_by_keyboard
from roammail.ui.theme import L, M, Role, S, Theme, Tone

_ICON = 20
_LEAST_WIDTH = 160


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its name in the table, what is read, its icon; `low` ones stand at the bottom."""

    name: str
    words: str
    icon: str
    low: bool = False


class Sidebar(QWidget):
    """`chosen` carries the page's name."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, entries: list[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("sidebar", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._buttons: dict[str, SidebarButton] = {}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(M, L, M, L)
        self.setMinimumWidth(_LEAST_WIDTH)
        column.setSpacing(S)
        for entry in [e for e in entries if not e.low]:
            column.addWidget(self._made(theme, entry, group))
        column.addStretch(1)
        for entry in [e for e in entries if e.low]:
            column.addWidget(self._made(theme, entry, group))

    def show_chosen(self, name: str) -> None:
        """Marks the page that is shown."""
        found = self._buttons.get(name)
        if found is None:
            return
        found.setChecked(True)
        # Tab comes to the page that is shown, the arrows go on from there; Qt sees to that only
        # where a person clicked.
        for made in self._buttons.values():
            strong, click = Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.ClickFocus
            made.setFocusPolicy(strong if made is found else click)

    def show_number(self, name: str, number: int, spoken: str) -> None:
        """A number beside a page's name, 0 for none; `spoken` says what it counts."""
        if found := self._buttons.get(name):
            found.show_number(number, spoken)

    def _made(self, theme: Theme, entry: Entry, group: QButtonGroup) -> "SidebarButton":
        made = SidebarButton(theme, entry)
        shortcut = len(self._buttons) + 1
        if shortcut < 10:
            made.setShortcut(QKeySequence(f"Ctrl+{shortcut}"))
            native = made.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            made.setToolTip(f"{entry.words} ({native})")
        made.clicked.connect(lambda: self.chosen.emit(entry.name))
        group.addButton(made)
        self._buttons[entry.name] = made
        return made


class SidebarButton(QAbstractButton):
    """One row; painted by itself, so that icon, name and number keep their places."""

    def __init__(self, theme: Theme, entry: Entry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._entry, self._number = theme, entry, 0
        self._by_keyboard = False
        self.setCheckable(True)
        self.setText(entry.words)
        self.setAccessibleName(entry.words)
        self.setFont(theme.font(Role.BODY))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keyboard = came_by_keyboard(event)
        super().focusInEvent(event)

    def show_number(self, number: int, spoken: str) -> None:
        """See Sidebar."""
        self._number = number
        name = f"{self._entry.words}, {spoken}" if number else self._entry.words
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        bold = self._bold()
        words = bold.horizontalAdvance(self.text())
        number = self._number_width() + M if self._number else 0
        return QSize(words + number + _ICON + 3 * M + L, bold.height() + 2 * M + S)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_surface(painter)
        tone = Tone.ACCENT if self.isChecked() else Tone.TEXT
        font = self.font()
        font.setWeight(font.Weight.DemiBold if self.isChecked() else font.Weight.Normal)
        painter.setFont(font)
        rest = self.rect().adjusted(M + S, 0, -M - S, 0)
        icon = QRect(0, 0, _ICON, _ICON)
        icon.moveCenter(rest.center())
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            icon.moveRight(rest.right())
            words, side = rest.adjusted(0, 0, -_ICON - M, 0), Qt.AlignmentFlag.AlignRight
        else:
            icon.moveLeft(rest.left())
            words, side = rest.adjusted(_ICON + M, 0, 0, 0), Qt.AlignmentFlag.AlignLeft
        self._theme.icon(self._entry.icon, tone).paint(painter, icon)
        painter.setPen(self._theme.colour(tone))
        painter.drawText(words, side | Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._number:
            self._paint_number(painter, rest)

    def _paint_surface(self, painter: QPainter) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(self._theme.soft(Tone.ACCENT))
            painter.drawRoundedRect(self.rect(), 8, 8)
        elif self.underMouse():
            painter.setBrush(self._theme.colour(Tone.LINE))
            painter.drawRoundedRect(self.rect(), 8, 8)
        if self.hasFocus() and self._by_keyboard:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.colour(Tone.ACCENT))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 7, 7)

    def _paint_number(self, painter: QPainter, rest: QRect) -> None:
        font = self._theme.font(Role.SMALL)
        painter.setFont(font)
        box = QRect(0, 0, self._number_width(), painter.fontMetrics().height() + 2)
        box.moveCenter(rest.center())
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            box.moveLeft(rest.left())
        else:
            box.moveRight(rest.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(Tone.LINE))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setPen(self._theme.colour(Tone.TEXT))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._number_words())

    def _bold(self) -> QFontMetrics:
        font = self.font()
        font.setWeight(font.Weight.DemiBold)
        return QFontMetrics(font)

    def _number_words(self) -> str:
        return str(self._number) if self._number < 1000 else "999+"

    def _number_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self._number_words()) + 2 * M
