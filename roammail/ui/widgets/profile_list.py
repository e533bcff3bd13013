"""The list of profiles in the order of preference: dragged by mouse, moved by Alt and arrows."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from roammail.ui.context import Context
from roammail.ui.models.profile_list import ENTRY, Entry, ProfileListModel
from roammail.ui.states import endpoint_words, pill_of
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.words.display import display

_Index = QModelIndex | QPersistentModelIndex
_HANDLE = 18
#: Pixels of the bar that marks the profile in use.
_BAR = 4


def entry_pill(entry: Entry, context: Context) -> tuple[str, Tone, str]:
    """Word, tone and icon of one entry."""
    if entry.paused is not None:
        return context.say("Password refused"), Tone.BAD, "mdi6.key-alert"
    if entry.row is None:
        return context.say("Cannot be read"), Tone.BAD, "mdi6.alert"
    return pill_of(entry.row, context.words, context.say)


class _Painter(QStyledItemDelegate):
    """Handle, number, name, server, pill."""

    def __init__(self, context: Context, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        name, small = self._metrics()
        return QSize(20 * name.averageCharWidth(), name.height() + small.height() + 3 * M + S)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._surface(painter, option)
        mirrored = option.direction is Qt.LayoutDirection.RightToLeft
        if entry.in_use:
            self._mark(painter, option.rect, mirrored)
        rect: QRect = option.rect.adjusted(L, 0, -L, 0)
        rect = self._handle(painter, entry, rect, mirrored)
        rect = self._pill(painter, entry, rect, mirrored)
        self._words(painter, entry, rect, mirrored)
        painter.restore()

    def _metrics(self) -> tuple[QFontMetrics, QFontMetrics]:
        theme = self._context.theme
        return QFontMetrics(theme.font(Role.STRONG)), QFontMetrics(theme.font(Role.SMALL))

    def _surface(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        theme, state = self._context.theme, option.state
        whole = QRectF(option.rect).adjusted(3, 2, -3, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        if state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.soft(Tone.ACCENT))
            painter.drawRoundedRect(whole, 8, 8)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour(Tone.FIELD))
            painter.drawRoundedRect(whole, 8, 8)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.colour(Tone.ACCENT))
            painter.drawRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)

    def _mark(self, painter: QPainter, rect: QRect, mirrored: bool) -> None:
        """The bar that the profile in use has on Here too."""
        bar = QRect(rect.left(), rect.top() + M, _BAR, rect.height() - 2 * M)
        if mirrored:
            bar.moveRight(rect.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._context.theme.colour(Tone.ACCENT))
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)

    def _handle(self, painter: QPainter, entry: Entry, rect: QRect, mirrored: bool) -> QRect:
        theme = self._context.theme
        small = theme.font(Role.STRONG)
        width = QFontMetrics(small).horizontalAdvance("88")
        box = QRect(rect.left(), rect.center().y() - _HANDLE // 2, _HANDLE, _HANDLE)
        number = QRect(rect.left() + _HANDLE + S, rect.top(), width, rect.height())
        rest = rect.adjusted(_HANDLE + S + width + M, 0, 0, 0)
        if mirrored:
            box.moveRight(rect.right())
            number.moveRight(rect.right() - _HANDLE - S)
            rest = rect.adjusted(0, 0, -(_HANDLE + S + width + M), 0)
        if entry.profile is not None:
            theme.icon("mdi6.drag-vertical", Tone.MUTED).paint(painter, box)
            painter.setFont(small)
            painter.setPen(theme.colour(Tone.MUTED))
            painter.drawText(number, Qt.AlignmentFlag.AlignCenter, str(entry.number))
        return rest

    def _pill(self, painter: QPainter, entry: Entry, rect: QRect, mirrored: bool) -> QRect:
        box = self._one_pill(painter, entry_pill(entry, self._context), rect, mirrored)
        rest = self._beside(rect, box, mirrored)
        if entry.in_use:
            used = (self._context.say("In use"), Tone.ACCENT, "mdi6.send")
            rest = self._beside(rest, self._one_pill(painter, used, rest, mirrored), mirrored)
        return rest

    def _beside(self, rect: QRect, box: QRect, mirrored: bool) -> QRect:
        """What is left of the row on the side where one begins to read."""
        width = box.width() + M
        return rect.adjusted(width, 0, 0, 0) if mirrored else rect.adjusted(0, 0, -width, 0)

    def _one_pill(
        self, painter: QPainter, shown: tuple[str, Tone, str], rect: QRect, mirrored: bool
    ) -> QRect:
        """At the end of the row's room; returns where it stands."""
        theme = self._context.theme
        words, tone, icon = shown
        font = theme.font(Role.SMALL)
        font.setWeight(font.Weight.DemiBold)
        metrics = QFontMetrics(font)
        side = metrics.height()
        room = rect.width() // 2
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room - side - 3 * M)
        width = metrics.horizontalAdvance(words) + side + S + 2 * M + S
        height = side + 2 * S
        box = QRect(rect.right() - width, rect.center().y() - height // 2, width, height)
        if mirrored:
            box.moveLeft(rect.left())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.soft(tone))
        painter.drawRoundedRect(box, height / 2, height / 2)
        inner = box.adjusted(M + S // 2, 0, -M - S // 2, 0)
        glyph = QRect(inner.left(), inner.center().y() - side // 2, side, side)
        text = inner.adjusted(side + S, 0, 0, 0)
        if mirrored:
            glyph.moveRight(inner.right())
            text = inner.adjusted(0, 0, -side - S, 0)
        theme.icon(icon, tone).paint(painter, glyph)
        painter.setFont(font)
        painter.setPen(theme.colour(tone))
        side_of = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        painter.drawText(text, side_of | Qt.AlignmentFlag.AlignVCenter, words)
        return box

    def _words(self, painter: QPainter, entry: Entry, rect: QRect, mirrored: bool) -> None:
        theme = self._context.theme
        name, small = self._metrics()
        top = rect.center().y() - (name.height() + small.height() + 2) // 2
        side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
        painter.setFont(theme.font(Role.STRONG))
        painter.setPen(theme.colour(Tone.TEXT))
        line = QRect(rect.left(), top, rect.width(), name.height())
        words = name.elidedText(display(entry.name, 100), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, words)
        painter.setFont(theme.font(Role.SMALL))
        painter.setPen(theme.colour(Tone.MUTED))
        line.moveTop(top + name.height() + 2)
        line.setHeight(small.height())
        place = endpoint_words(entry.profile.endpoint) if entry.profile else ""
        place = small.elidedText(place, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(line, side | Qt.AlignmentFlag.AlignVCenter, place)


class ProfileListView(QListView):
    """`opened` for Enter or a double click, `unwanted` for Delete, `current_changed` for what
    the person looks at; each carries a profile's id."""

    opened = Signal(str)
    unwanted = Signal(str)
    current_changed = Signal(str)

    def __init__(
        self, context: Context, model: ProfileListModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(_Painter(context, self))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(context.say("Profiles in the order in which they are tried"))
        self.activated.connect(lambda index: self.opened.emit(_id(index)))
        self.selectionModel().currentChanged.connect(
            lambda now, _before: self.current_changed.emit(_id(now))
        )

    @property
    def current(self) -> Entry | None:
        """What the person looks at."""
        found = self.currentIndex().data(ENTRY)
        return found if isinstance(found, Entry) else None

    def choose(self, profile_id: str) -> None:
        """Looks at this one."""
        row = self._model.row_of(profile_id)
        if row >= 0:
            self.setCurrentIndex(self._model.index(row))

    def move_current(self, by: int) -> None:
        """Up (negative) or down in the order."""
        row = self.currentIndex().row()
        if row >= 0 and self._model.move(row, row + by):
            self.setCurrentIndex(self._model.index(row + by))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        key = Qt.Key(event.key())
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and key in steps:
            self.move_current(steps[key])
            return
        entry = self.current
        if key == Qt.Key.Key_Delete and entry is not None:
            self.unwanted.emit(entry.id)
            return
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and entry is not None:
            self.opened.emit(entry.id)
            return
        super().keyPressEvent(event)


def _id(index: QModelIndex) -> str:
    entry = index.data(ENTRY)
    return entry.id if isinstance(entry, Entry) else ""
