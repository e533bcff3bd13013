"""One profile on the Here page: name, pill and seven dots; opened, what happened and what helps.

The row is a button by itself: click, Space or Enter opens it.
"""

from datetime import UTC, datetime

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from roammail.ui.context import Context
from roammail.ui.focus import came_by_keyboard
from roammail.ui.models.rows import ProfileRow, RowState
from roammail.ui.states import endpoint_words, pill_of
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.ui.widgets.card import line
from roammail.ui.widgets.elided_label import ElidedLabel
from roammail.ui.widgets.pill import Pill
from roammail.ui.widgets.stage_dots import StageDots
from roammail.words.display import display

_CHEVRON = 18
#: Pixels of the bar that marks the profile in use.
_BAR = 4
#: Pixels of a profile's name that are seen however narrow it gets.
_NAME_LEAST = 80
_INDENT = L + _CHEVRON + M


class RowHeader(QAbstractButton):
    """What is always seen of a row."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = context.theme
        self._context = context
        self._by_keyboard = False
        self.setCheckable(True)
        # A button would insist on its full width; a row makes do with less.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self._name = ElidedLabel(theme, "", Role.STRONG)
        self._place = ElidedLabel(theme, "", Role.SMALL, Tone.MUTED)
        self.pill = Pill(theme)
        self.in_use = Pill(theme)
        self.in_use.show_state(context.say("In use"), Tone.ACCENT, "mdi6.send")
        self.in_use.setToolTip(context.say("Mail goes out through this profile."))
        self.in_use.hide()
        self._uses = False
        self.dots = StageDots(theme, context.words, context.say)
        self._build_names()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(L, M, L, M)
        self._grid.setHorizontalSpacing(L)
        self._grid.setVerticalSpacing(S)
        # A column for the sign that it opens, which stands on the side where one begins to read.
        sign = QWidget()
        sign.setFixedWidth(_CHEVRON + M - L)
        self._grid.addWidget(sign, 0, 0)
        self._grid.addLayout(self._names, 0, 1)
        self._grid.addWidget(self.pill, 0, 2, Qt.AlignmentFlag.AlignVCenter)
        self._grid.setColumnStretch(1, 1)
        self._wide: bool | None = None
        self._arrange(wide=True)
        for child in (sign, self._name, self._place, self.pill, self.in_use):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _build_names(self) -> None:
        """Where the server stands is `_arrange`'s."""
        self._names, self._called = QVBoxLayout(), QHBoxLayout()
        self._names.setSpacing(2)
        self._called.setSpacing(M)
        self._called.addWidget(self._name, 0)
        self._called.addWidget(self.in_use, 0, Qt.AlignmentFlag.AlignVCenter)
        self._called.addStretch(1)
        self._names.addStretch(1)
        self._names.addLayout(self._called)
        self._names.addStretch(1)

    def show_row(self, row: ProfileRow, *, in_use: bool = False) -> None:
        """Name, place, pill and dots; `in_use`: mail goes out through it."""
        words, tone, icon = pill_of(row, self._context.words, self._context.say)
        self._name.set_words(display(row.name, 80))
        self._place.set_words(endpoint_words(row.shown_endpoint))
        self.pill.show_state(words, tone, icon)
        self.dots.show_dots(row.dots)
        self.dots.setVisible(row.state is not RowState.BROKEN)
        self.in_use.setVisible(in_use)
        self._uses = in_use
        spoken = self._context.say("{profile}: {state}", profile=row.name, state=words)
        self.setAccessibleName(spoken)
        told = [self.in_use.toolTip()] if in_use else []
        self.setAccessibleDescription("; ".join([*told, self.dots.accessibleDescription()]))
        self.update()

    def keep_pill_width(self, width: int) -> None:
        """Pills of all rows begin at the same place."""
        self._grid.setColumnMinimumWidth(2, width)
        self._fit()

    def sizeHint(self) -> QSize:
        return self._grid.sizeHint()

    def minimumSizeHint(self) -> QSize:
        few = max(self.dots.few_width(), self.pill.sizeHint().width() + _NAME_LEAST + L)
        return QSize(_INDENT + few + L, self._grid.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        """One line where all has room; else the dots stand beneath."""
        names = 12 * self.fontMetrics().averageCharWidth()
        wanted = _INDENT + names + self._grid.columnMinimumWidth(2)
        wanted += self.dots.whole_width() + 3 * L
        self._arrange(wide=self.width() >= wanted)
        self.dots.keep_within(self.width() - _INDENT - L)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keyboard = came_by_keyboard(event)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._context.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focus = self.hasFocus() and self._by_keyboard
        if self._uses:
            self._paint_mark(painter)
        if self.underMouse() or focus:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(Tone.FIELD))
            painter.drawRoundedRect(self.rect().adjusted(3, 3, -3, -3), 8, 8)
        if focus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.colour(Tone.ACCENT))
            painter.drawRoundedRect(self.rect().adjusted(3, 3, -3, -3), 8, 8)
        mirrored = self.isRightToLeft()
        closed = "mdi6.chevron-left" if mirrored else "mdi6.chevron-right"
        icon = theme.icon("mdi6.chevron-down" if self.isChecked() else closed, Tone.MUTED)
        x = self.width() - L - _CHEVRON if mirrored else L
        top = self._name.mapTo(self, QPoint(0, 0)).y()
        lines = self._name.height() + (self._place.height() if self._wide else 0)
        y = top + (lines - _CHEVRON) // 2
        icon.paint(painter, QRect(x, y, _CHEVRON, _CHEVRON))

    def _paint_mark(self, painter: QPainter) -> None:
        """A bar at the edge where one begins to read."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._context.theme.colour(Tone.ACCENT))
        bar = QRect(0, M, _BAR, self.height() - 2 * M)
        if self.isRightToLeft():
            bar.moveRight(self.width() - 1)
        painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)

    def _arrange(self, *, wide: bool) -> None:
        if wide is self._wide:
            return
        self._wide = wide
        self._grid.removeWidget(self.dots)
        self._names.removeWidget(self._place)
        self._called.removeWidget(self._place)
        if wide:
            self._names.insertWidget(2, self._place)
            self._grid.addWidget(self.dots, 0, 3, Qt.AlignmentFlag.AlignVCenter)
        else:
            self._called.insertWidget(1, self._place, 0, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(self.dots, 1, 1, 1, 3, Qt.AlignmentFlag.AlignLeading)
        self.updateGeometry()


class ProfileRowWidget(QWidget):
    """`remedy_chosen` carries Remedy and profile id; `toggled` whether it is open."""

    remedy_chosen = Signal(object, str)
    toggled = Signal(bool)

    def __init__(self, context: Context, profile_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self.profile_id = context, profile_id
        self._row: ProfileRow | None = None
        self._now: tuple[object, ...] = ()
        self._another_works = False
        self._body: QWidget | None = None
        self._shown: tuple[object, ...] = ()
        self.header = RowHeader(context)
        self.header.toggled.connect(self._toggle)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.rule = line()
        self._column.addWidget(self.rule)
        self._column.addWidget(self.header)

    @property
    def is_open(self) -> bool:
        """Whether the details are shown."""
        return self.header.isChecked()

    def open(self) -> None:
        """Shows the details."""
        self.header.setChecked(True)

    def show_row(self, row: ProfileRow, *, another_works: bool, in_use: bool = False) -> None:
        """The row as it stands now."""
        now = row, another_works, in_use
        if now == self._now:
            return
        self._now, self._row = now, row
        self.header.show_row(row, in_use=in_use)
        if self.is_open:
            self._show_details(another_works)
        self._another_works = another_works

    def _toggle(self, opened: bool) -> None:
        if opened:
            self._show_details(self._another_works)
        if self._body is not None:
            self._body.setVisible(opened)
        self.toggled.emit(opened)

    def _show_details(self, another_works: bool) -> None:
        row = self._row
        if row is None:
            return
        state = (row.state, row.report, row.broken, another_works)
        if state == self._shown:
            return  # what the person reads or has selected stays as it is
        self._shown = state
        from roammail.ui.widgets.row_details import RowDetails

        if self._body is None:
            details = RowDetails(self._context)
            details.remedy_chosen.connect(lambda r: self.remedy_chosen.emit(r, self.profile_id))
            self._body = QWidget()
            beside = QHBoxLayout(self._body)
            beside.setContentsMargins(0, M, 0, M)
            beside.setSpacing(0)
            beside.addSpacing(_INDENT)
            beside.addWidget(details, 1)
            beside.addSpacing(L)
            self._column.addWidget(self._body)
            self._details = details
        self._details.show_row(row, datetime.now(UTC), another_works=another_works)
