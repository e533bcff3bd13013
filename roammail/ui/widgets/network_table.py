"""The grid: a network a row, a profile a column; each cell a colour, an icon, a word and a day."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from roammail.core.memory import Memory
from roammail.ui.context import Context
from roammail.ui.models.network_grid import Cell, CellState, GridRow, kind_of, state_of
from roammail.ui.theme import M, Role, S, Tone
from roammail.words.catalogue import N_
from roammail.words.display import display

_LOOKS: dict[CellState, tuple[str, Tone, str]] = {
    CellState.WORKS: (N_("Works"), Tone.GOOD, "mdi6.check-bold"),
    CellState.REFUSED: (N_("Refused"), Tone.BAD, "mdi6.close-thick"),
    CellState.BLOCKED: (N_("Refused"), Tone.WARN, "mdi6.power-plug-off"),
    CellState.LATER: (N_("Refused"), Tone.WARN, "mdi6.alert"),
    CellState.UNTRIED: (N_("Not tried"), Tone.QUIET, "mdi6.minus"),
}
Index = QModelIndex | QPersistentModelIndex
_NAME, _CELL = 190, 120  # pixels of a column where there is room
_MOST_ROWS = 7  # shown without scrolling
#: Left is what Qt mirrors where one reads to the left.
_WRAP = Qt.AlignmentFlag.AlignLeft.value | Qt.TextFlag.TextWordWrap.value
_ROUND = 8


def memory_look(context: Context, memory: Memory) -> tuple[str, Tone, str]:
    """Word, tone and icon of one endpoint."""
    said, tone, icon = _LOOKS[state_of(memory)]
    kind = None if memory.works else kind_of(memory)
    return context.words.kind(kind) if kind else context.say(said), tone, icon


def cell_look(context: Context, cell: Cell) -> tuple[str, Tone, str]:
    """Word, tone and icon of a cell."""
    if cell.best is not None:
        return memory_look(context, cell.best)
    said, tone, icon = _LOOKS[CellState.UNTRIED]
    return context.say(said), tone, icon


def day(context: Context, when: datetime, now: datetime) -> str:
    """The day, short; the time of day where it was today, the year where it was another. In
    local time."""
    local, today = when.astimezone(), now.astimezone()
    if local.date() == today.date():
        return f"{local:%H:%M}"
    if local.year != today.year:
        return f"{local:%Y-%m-%d}"
    locale = QLocale(context.words.language)
    month = locale.monthName(local.month, QLocale.FormatType.ShortFormat)
    return context.say("{day} {month}", day=str(local.day), month=month)


def network_name(context: Context, row: GridRow) -> str:
    """The user's name for it, its own while we are there, or that it has none."""
    return display(row.given or row.own, 80) or context.say("Unnamed network")


def narrowed(wanted: Sequence[int], room: int, least: Sequence[int]) -> list[int]:
    """`wanted` widths in `room`: the widest give way first, but none below its `least`, even
    where that is too much: then one scrolls."""
    widths = [max(pair) for pair in zip(wanted, least, strict=True)]
    for _ in range(sum(widths) - room):
        spare = [n for n, width in enumerate(widths) if width > least[n]]
        if not spare:
            break
        widths[max(spare, key=lambda n: widths[n])] -= 1
    return widths


class NetworkTable(QTableWidget):
    """`chosen` (row, column): a cell was chosen, by mouse or keyboard; column 0 is the network."""

    chosen = Signal(int, int)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: tuple[GridRow, ...] = ()
        self._wanted: list[int] = []
        self._least: list[int] = []
        self.setAccessibleName(context.say("Networks and profiles"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setProperty("grid", "true")
        self._cells = Cells(context, self)
        self.setItemDelegate(self._cells)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(True)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(_CELL // 2)
        header.setFont(context.theme.font(Role.STRONG))
        self.currentCellChanged.connect(self._moved)
        context.theme.changed.connect(self._look)

    def show_grid(self, rows: Sequence[GridRow], names: Sequence[str], now: datetime) -> None:
        """`names` are the profiles'. The chosen cell stays chosen while it is there."""
        at = self.currentRow(), self.currentColumn()
        self._rows = tuple(rows)
        self.blockSignals(True)
        self.setColumnCount(len(names) + 1)
        self.setRowCount(len(rows))
        self.setHorizontalHeaderLabels(
            [self._context.say("Network"), *(display(name, 60) for name in names)]
        )
        for column, name in enumerate(names, 1):
            if (heading := self.horizontalHeaderItem(column)) is not None:
                heading.setToolTip(display(name, 60))
        for number, row in enumerate(rows):
            self.setItem(number, 0, self._network(row, now))
            for column, cell in enumerate(row.cells, 1):
                self.setItem(number, column, self._cell(row, cell, now))
        self._fit()
        self.blockSignals(False)
        if 0 <= at[0] < len(rows) and 0 <= at[1] <= len(names):
            self.setCurrentCell(*at)

    def _fit(self) -> None:
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        widths = [max(header.sectionSize(i), _CELL) for i in range(self.columnCount())]
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._wanted = [max(widths[0], _NAME), *widths[1:]]
        self._least = [self._narrowest(column) for column in range(self.columnCount())]
        self._share()

    def _narrowest(self, column: int) -> int:
        """Where no word of the column must be cut in two."""
        indexes = [self.model().index(row, column) for row in range(self.rowCount())]
        widest = max((self._cells.narrowest(index) for index in indexes), default=0)
        return min(widest, _NAME if column else _CELL)

    def _share(self) -> None:
        """Gives the columns their widths. Where too little room is left, the widest give way and
        break their lines, so that the last is not cut off; where much is missing, one scrolls."""
        widths = narrowed(self._wanted, self.viewport().width(), self._least)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
        for row in range(self.rowCount()):
            indexes = (self.model().index(row, column) for column in range(self.columnCount()))
            high = (
                self._cells.height(index, width)
                for index, width in zip(indexes, widths, strict=True)
            )
            self.setRowHeight(row, max(high, default=0))
        self._be_as_high_as_the_rows(sum(widths) > self.viewport().width())

    def _be_as_high_as_the_rows(self, scrolls: bool) -> None:
        """Up to some rows; the rest is scrolled."""
        rows = sum(self.rowHeight(row) for row in range(min(self.rowCount(), _MOST_ROWS)))
        bar = self.horizontalScrollBar().sizeHint().height() if scrolls else 0
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows + bar + S)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _network(self, row: GridRow, now: datetime) -> QTableWidgetItem:
        context = self._context
        name = network_name(context, row)
        if row.here:
            second = context.say("You are here")
        elif row.last is not None:
            second = context.say("Last used {day}", day=day(context, row.last, now))
        else:
            second = ""
        item = QTableWidgetItem(f"{name}\n{second}")
        item.setToolTip(name)
        item.setData(_LOOK, (Tone.ACCENT if row.here else Tone.TEXT, None))
        icon = "mdi6.map-marker" if row.here else "mdi6.wifi"
        item.setData(_ICON, icon)
        return item

    def _cell(self, row: GridRow, cell: Cell, now: datetime) -> QTableWidgetItem:
        context = self._context
        word, tone, icon = cell_look(context, cell)
        best = cell.best
        second = f"{best.endpoint.port} · {day(context, best.when, now)}" if best else ""
        item = QTableWidgetItem(f"{word}\n{second}")
        name = display(cell.profile.name, 60)
        item.setToolTip(f"{network_name(context, row)}, {name}: {word}")
        item.setData(Qt.ItemDataRole.AccessibleTextRole, item.toolTip())
        item.setData(_LOOK, (tone, tone))
        item.setData(_ICON, icon)
        return item

    def _moved(self, row: int, column: int, _before: int, _other: int) -> None:
        if row >= 0 and column >= 0:
            self.chosen.emit(row, column)

    def _look(self) -> None:
        self.viewport().update()


_LOOK = Qt.ItemDataRole.UserRole + 1
_ICON = Qt.ItemDataRole.UserRole + 2


def _unbroken(words: str) -> str:
    """Port and day stay in one line."""
    return words.replace(" ", "\u00a0") if " · " in words else words


def _metrics(font: QFont) -> QFontMetrics:
    return QFontMetrics(font)


class Cells(QStyledItemDelegate):
    """Paints a cell as a wide pill, its words in several lines where it is narrow; the chosen
    one has a frame."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = context.theme
        self._word, self._small = context.theme.font(Role.STRONG), context.theme.font(Role.SMALL)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        first, _, second = str(index.data()).partition("\n")
        word, small = _metrics(self._word), _metrics(self._small)
        width = max(word.horizontalAdvance(first), small.horizontalAdvance(second))
        return QSize(width + self._around(), self.height(index, width + self._around()))

    def narrowest(self, index: Index) -> int:
        """Pixels that the longest of its words needs."""
        first, _, second = str(index.data()).partition("\n")
        word, small = _metrics(self._word), _metrics(self._small)
        words = [word.horizontalAdvance(part) for part in first.split()]
        words += [small.horizontalAdvance(part) for part in _unbroken(second).split(" ")]
        return max(words, default=0) + self._around()

    def height(self, index: Index, width: int) -> int:
        """Pixels that it needs in a column of this width."""
        first, _, second = str(index.data()).partition("\n")
        room = QRect(0, 0, width - self._around() + 2, 10_000)
        words = _metrics(self._word).boundingRect(room, _WRAP, first).height()
        more = _metrics(self._small).boundingRect(room, _WRAP, _unbroken(second)).height()
        return int(words + max(more, _metrics(self._small).height()) + S // 2 + 2 * M + S)

    def _around(self) -> int:
        """The icon and the air beside the words."""
        return _metrics(self._word).height() + 2 * M + 2 * S

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = self._theme
        tone, ground = index.data(_LOOK)
        first, _, second = str(index.data()).partition("\n")
        area = option.rect.adjusted(S // 2, S // 2, -S // 2, -S // 2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if ground is not None:
            painter.setBrush(QBrush(theme.soft(Tone(ground))))
            painter.drawRoundedRect(area, _ROUND, _ROUND)
        view = self.parent()
        if isinstance(view, NetworkTable) and view.currentIndex() == index:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.colour(Tone.ACCENT))
            painter.drawRoundedRect(area, _ROUND, _ROUND)
        self._text(painter, area, Tone(tone), (first, second), str(index.data(_ICON)))
        painter.restore()

    def _text(
        self, painter: QPainter, area: QRect, tone: Tone, words: tuple[str, str], icon: str
    ) -> None:
        theme, word = self._theme, _metrics(self._word)
        inner = area.adjusted(M, M, -S, -M)
        right = painter.layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = word.height()
        box = inner.adjusted(0, 0, 0, 0)
        box.setSize(QSize(side, side))
        if right:
            box.moveRight(inner.right())
            inner.setRight(inner.right() - side - S)
        else:
            inner.setLeft(inner.left() + side + S)
        theme.icon(icon, tone).paint(painter, box)
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(self._word)
        painter.setPen(theme.colour(tone))
        parts = [word.elidedText(part, elide, inner.width()) for part in words[0].split()]
        said = " ".join(parts)
        painter.drawText(inner, _WRAP, said)
        inner.setTop(inner.top() + word.boundingRect(inner, _WRAP, said).height() + S // 2)
        painter.setFont(self._small)
        painter.setPen(theme.colour(Tone.MUTED if tone is not Tone.QUIET else Tone.QUIET))
        painter.drawText(inner, _WRAP, _unbroken(words[1]))
