"""Paints a row of the outbox: who and what in two lines, the state as a pill, the story."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from roammail.ui.models.outbox_model import ROW_ROLE, Column
from roammail.ui.models.outbox_row import PILLS, OutboxRow
from roammail.ui.say import Say
from roammail.ui.theme import M, Role, S, Theme, Tone

Index = QModelIndex | QPersistentModelIndex


class OutboxDelegate(QStyledItemDelegate):
    """One for all columns."""

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._say = theme, say
        self._strong, self._body = theme.font(Role.STRONG), theme.font(Role.BODY)
        self._small = theme.font(Role.SMALL)
        self._pill = theme.font(Role.SMALL)
        self._pill.setWeight(QFont.Weight.DemiBold)

    @property
    def row_height(self) -> int:
        """The same for every row, so that ten thousand need no measuring."""
        lines = QFontMetrics(self._strong).height() + QFontMetrics(self._body).height()
        return lines + 2 * M + S

    @property
    def pill_width(self) -> int:
        """The widest pill, with its margins."""
        metrics = QFontMetrics(self._pill)
        widest = max(metrics.horizontalAdvance(self._say(word)) for word, _, _ in PILLS.values())
        return widest + metrics.height() + S + 2 * M + 2 * S + 2 * M

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, self.row_height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, OutboxRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_surface(painter, option)
        area = option.rect.adjusted(M, M, -M, -M)
        direction = option.direction
        if index.column() == Column.MESSAGE:
            area.adjust(M, 0, 0, 0) if direction is _LEFT else area.adjust(0, 0, -M, 0)
            self._two_lines(painter, area, direction, row.people, row.subject, self._strong)
        elif index.column() == Column.STATE:
            self._paint_pill(painter, area, direction, row)
        elif row.why:
            self._two_lines(painter, area, direction, row.why, row.when, self._body)
        else:
            self._line(painter, area, direction, row.when, self._small, Tone.MUTED)
        painter.restore()

    def _paint_surface(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        state, rect = option.state, option.rect
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, self._theme.soft(Tone.ACCENT))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, self._theme.colour(Tone.FIELD))
        line = QRect(rect.left(), rect.bottom(), rect.width(), 1)
        painter.fillRect(line, self._theme.colour(Tone.LINE))

    def _two_lines(
        self,
        painter: QPainter,
        area: QRect,
        direction: Qt.LayoutDirection,
        first: str,
        second: str,
        font: QFont,
    ) -> None:
        upper, lower = QRect(area), QRect(area)
        upper.setHeight(area.height() // 2)
        lower.setTop(upper.bottom() + 1)
        self._line(painter, upper, direction, first, font, Tone.TEXT)
        self._line(painter, lower, direction, second, self._small, Tone.MUTED)

    def _line(
        self,
        painter: QPainter,
        area: QRect,
        direction: Qt.LayoutDirection,
        words: str,
        font: QFont,
        tone: Tone,
    ) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.colour(tone))
        short = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        side = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft)
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, short)

    def _paint_pill(
        self, painter: QPainter, area: QRect, direction: Qt.LayoutDirection, row: OutboxRow
    ) -> None:
        word, tone_name, icon = PILLS[row.kind]
        words, tone = self._say(word), Tone(tone_name)
        painter.setFont(self._pill)
        metrics = painter.fontMetrics()
        side = metrics.height()
        width = metrics.horizontalAdvance(words) + side + S + 2 * M + S
        pill = QRect(area.left(), 0, min(width, area.width()), side + 2 * S)
        pill.moveTop(area.center().y() - pill.height() // 2)
        pill = QStyle.visualRect(direction, area, pill)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.soft(tone))
        painter.drawRoundedRect(QRectF(pill), pill.height() / 2, pill.height() / 2)
        inner = pill.adjusted(M, 0, -M, 0)
        box = QStyle.visualRect(direction, inner, QRect(inner.topLeft(), QSize(side, side + 2 * S)))
        self._theme.icon(icon, tone).paint(painter, box)
        rest = inner.adjusted(side + S, 0, 0, 0)
        painter.setPen(self._theme.colour(tone))
        align = QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft)
        rest = QStyle.visualRect(direction, inner, rest)
        painter.drawText(rest, align | Qt.AlignmentFlag.AlignVCenter, words)


_LEFT = Qt.LayoutDirection.LeftToRight
