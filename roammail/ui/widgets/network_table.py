"""The grid: a network a row, a profile a column; each cell a colour, an icon, a word and a day."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
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
_NAME, _CELL = 190, 120  # pixels of a column, at least
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


def day(when: datetime, now: datetime) -> str:
    """The day, or the time of day where it was today; in local time."""
    local = when.astimezone()
    return f"{local:%H:%M}" if local.date() == now.astimezone().date() else f"{local:%Y-%m-%d}"


def network_name(context: Context, row: GridRow) -> str:
    """The user's name for it, its own while we are there, or that it has none."""
    return display(row.given or row.own, 80) or context.say("Unnamed network")


def narrowed(wanted: Sequence[int], room: int, least: int) -> list[int]:
    """`wanted` widths in `room`: the widest are made equal until all fit, but none less than
    `least`; unchanged where even that is too much."""
    if sum(wanted) <= room or sum(min(width, least) for width in wanted) > room:
        return list(wanted)
    widths = list(wanted)
    for _ in range(sum(wanted) - room):
        widths[widths.index(max(widths))] -= 1
    return widths


class NetworkTable(QTableWidget):
    """`chosen` (row, column): a cell was chosen, by mouse or keyboard; column 0 is the network."""

    chosen = Signal(int, int)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: tuple[GridRow, ...] = ()
        self._wanted: list[int] = []
        self.setAccessibleName(context.say("Networks and profiles"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setProperty("grid", "true")
        self.setItemDelegate(_Cells(context, self))
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
        header.setMinimumSectionSize(_CELL)
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
        self._share()
        self.resizeRowsToContents()

    def _share(self) -> None:
        """Gives the columns their widths. Where a little is missing, the widest give way, so that
        the last is not cut off; where much is missing, one scrolls."""
        widths = narrowed(self._wanted, self.viewport().width(), _CELL)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _network(self, row: GridRow, now: datetime) -> QTableWidgetItem:
        context = self._context
        name = network_name(context, row)
        if row.here:
            second = context.say("You are here")
        elif row.last is not None:
            second = context.say("Last used {day}", day=day(row.last, now))
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
        second = f"{best.endpoint.port} · {day(best.when, now)}" if best else ""
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


def _metrics(font: QFont) -> QFontMetrics:
    return QFontMetrics(font)


class _Cells(QStyledItemDelegate):
    """Paints a cell as a wide pill; the chosen one has a frame."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = context.theme
        self._word, self._small = context.theme.font(Role.STRONG), context.theme.font(Role.SMALL)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        first, _, second = str(index.data()).partition("\n")
        word, small = _metrics(self._word), _metrics(self._small)
        width = max(word.horizontalAdvance(first), small.horizontalAdvance(second))
        height = word.height() + small.height() + S + 2 * (M + S)
        return QSize(width + word.height() + 2 * M + 2 * S, height)

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
        theme, word, small = self._theme, _metrics(self._word), _metrics(self._small)
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
        start = Qt.AlignmentFlag.AlignLeft  # which Qt mirrors where one reads to the left
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(self._word)
        painter.setPen(theme.colour(tone))
        painter.drawText(inner, start, word.elidedText(words[0], elide, inner.width()))
        inner.setTop(inner.top() + word.height() + S // 2)
        painter.setFont(self._small)
        painter.setPen(theme.colour(Tone.MUTED if tone is not Tone.QUIET else Tone.QUIET))
        painter.drawText(inner, start, small.elidedText(words[1], elide, inner.width()))
