"""The drawing of the way: five stations on a line, broken where it is broken.

Shape, icon and words say the same as the colours: a cross where the way is cut, dashes behind.
"""

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from roammail.ui.models.way import STATIONS, UNKNOWN_WAY, Place, PlaceState, Way
from roammail.ui.say import Say
from roammail.ui.theme import L, M, Role, S, Theme, Tone
from roammail.words.catalogue import N_

_ICONS = {
    Place.LAPTOP: "mdi6.laptop",
    Place.NETWORK: "mdi6.wifi",
    Place.SERVER: "mdi6.email-fast-outline",
    Place.OTHERS: "mdi6.server-network",
    Place.RECIPIENT: "mdi6.account",
}
_NAMES = {
    Place.LAPTOP: N_("You"),
    Place.NETWORK: N_("This network"),
    Place.SERVER: N_("Your post office"),
    Place.OTHERS: N_("Their post office"),
    Place.RECIPIENT: N_("Recipient"),
}
_TONES = {
    PlaceState.PASSED: Tone.GOOD,
    PlaceState.TROUBLE: Tone.BAD,
    PlaceState.BEYOND: Tone.LINE,
    PlaceState.UNKNOWN: Tone.LINE,
}
#: How far from the colour of lines towards that of muted text.
_STRONGER = 0.45
_RADIUS = 22
_GLYPH = 22


def _between(one: int, other: int) -> int:
    return round(one + _STRONGER * (other - one))


class WayDrawing(QWidget):
    """`show_way(way, {Place.SERVER: "mail.isp.example"})`."""

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._say = theme, say
        self._way = UNKNOWN_WAY
        self._captions: dict[Place, str] = {}
        self._name_lines = 1
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)
        self._name_font, self._small = theme.font(Role.SMALL), theme.font(Role.SMALL)
        self._name_font.setWeight(self._name_font.Weight.DemiBold)
        self._describe()

    def show_way(self, way: Way, captions: Mapping[Place, str] | None = None) -> None:
        """`captions` stand beneath the stations' names; hostile text must be made safe before."""
        self._way, self._captions = way, dict(captions or {})
        self._describe()
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        stations = zip(STATIONS, self._way.states, strict=True)
        captioned = any(self._caption(place, state) for place, state in stations)
        lines = self._name_lines + captioned
        height = 2 * _RADIUS + S + M + lines * QFontMetrics(self._name_font).height() + S
        return QSize(len(STATIONS) * 120, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(len(STATIONS) * (2 * _RADIUS + L), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() // len(STATIONS)
        widest = max(self._width(self._name(place)) for place in STATIONS)
        lines = 1 if widest <= room else 2
        if lines != self._name_lines:
            self._name_lines = lines
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centres = [self._centre(index) for index in range(len(STATIONS))]
        for index in range(len(STATIONS) - 1):
            self._paint_leg(painter, index, centres[index], centres[index + 1])
        for place, state, centre in zip(STATIONS, self._way.states, centres, strict=True):
            self._paint_station(painter, place, state, centre)

    def _centre(self, index: int) -> QPointF:
        step = self.width() / len(STATIONS)
        x = step * (index + 0.5)
        return QPointF(self.width() - x if self.isRightToLeft() else x, _RADIUS + S)

    def _paint_leg(self, painter: QPainter, index: int, here: QPointF, there: QPointF) -> None:
        way = 1 if there.x() > here.x() else -1
        start, end = here + QPointF(way * (_RADIUS + 2), 0), there - QPointF(way * (_RADIUS + 2), 0)
        states, cut = self._way.states, self._way.cut
        if cut == index:
            middle = (start + end) / 2
            tone = Tone.BAD
            painter.setPen(QPen(self._theme.colour(tone), 3))
            painter.drawLine(start, middle - QPointF(way * 12, 0))
            self._paint_dashes(painter, middle + QPointF(way * 12, 0), end)
            box = QRectF(middle.x() - 10, middle.y() - 10, 20, 20).toRect()
            self._theme.icon("mdi6.close-thick", tone).paint(painter, box)
        elif states[index] is PlaceState.PASSED and states[index + 1] in (
            PlaceState.PASSED,
            PlaceState.TROUBLE,
        ):
            painter.setPen(QPen(self._theme.colour(Tone.GOOD), 3))
            painter.drawLine(start, end)
        else:
            self._paint_dashes(painter, start, end)

    def _colour(self, tone: Tone) -> QColor:
        """The tone's; what nobody asked is drawn stronger than a card's edge, so that the way
        can be followed to its end."""
        colour = self._theme.colour(tone)
        if tone is not Tone.LINE:
            return colour
        other = self._theme.colour(Tone.MUTED)
        return QColor(
            _between(colour.red(), other.red()),
            _between(colour.green(), other.green()),
            _between(colour.blue(), other.blue()),
        )

    def _paint_dashes(self, painter: QPainter, start: QPointF, end: QPointF) -> None:
        pen = QPen(self._colour(Tone.LINE), 3)
        pen.setDashPattern([2, 2])
        painter.setPen(pen)
        painter.drawLine(start, end)

    def _paint_station(
        self, painter: QPainter, place: Place, state: PlaceState, centre: QPointF
    ) -> None:
        tone = _TONES[state]
        painter.setPen(QPen(self._colour(tone), 2.5))
        known = tone is not Tone.LINE
        painter.setBrush(self._theme.soft(tone) if known else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, _RADIUS, _RADIUS)
        box = QRectF(centre.x() - _GLYPH / 2, centre.y() - _GLYPH / 2, _GLYPH, _GLYPH).toRect()
        self._theme.icon(_ICONS[place], tone if known else Tone.MUTED).paint(painter, box)
        width = self.width() // len(STATIONS)
        height = QFontMetrics(self._name_font).height()
        top = 2 * _RADIUS + S + M
        row = QRect(int(centre.x() - width / 2) + 2, top, width - S, height * self._name_lines)
        painter.setFont(self._name_font)
        painter.setPen(self._theme.colour(Tone.TEXT if known else Tone.MUTED))
        top_middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        wrapped = top_middle | Qt.TextFlag.TextWordWrap
        painter.drawText(row, wrapped, self._name(place))
        if caption := self._caption(place, state):
            painter.setFont(self._small)
            painter.setPen(self._theme.colour(Tone.MUTED))
            row = QRect(row.left(), row.bottom() + S // 2, row.width(), height)
            self._paint_text(painter, row, caption)

    def _caption(self, place: Place, state: PlaceState) -> str:
        """What stands beneath: behind a cut, that nobody got so far."""
        asked = state is not PlaceState.BEYOND
        return self._captions.get(place, "") or ("" if asked else self._say("never asked"))

    def _paint_text(self, painter: QPainter, row: QRect, words: str) -> None:
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, row.width())
        painter.drawText(row, Qt.AlignmentFlag.AlignCenter, shown)

    def _name(self, place: Place) -> str:
        return self._say(_NAMES[place])

    def _width(self, words: str) -> int:
        return QFontMetrics(self._name_font).horizontalAdvance(words) + M

    def _describe(self) -> None:
        say = self._say
        self.setAccessibleName(say("The way that your mail takes"))
        trouble = self._way.trouble
        if trouble is None:
            said = say("Nothing is known to be in the way.")
        else:
            said = say("The way is broken at: {place}.", place=self._name(trouble))
        captions = [f"{self._name(p)}: {self._captions[p]}" for p in self._captions]
        self.setAccessibleDescription(". ".join([said, *captions]))
        self.setToolTip("\n".join(captions))
