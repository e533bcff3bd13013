"""Seven dots, one a stage: shape, colour and tip say how it stands; beneath them name and time."""

import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QLocale, QPointF, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from roammail.core.stage import PROBE_LADDER, Stage
from roammail.ui.models.rows import Dot, DotState
from roammail.ui.say import Say
from roammail.ui.theme import Role, S, Theme, Tone
from roammail.words import Words
from roammail.words.display import display

_RADIUS = 7.0
#: Dots in a line however narrow it gets.
_FEW = 4
_TONES = {
    DotState.DONE: Tone.GOOD,
    DotState.FAILED: Tone.BAD,
    DotState.RUNNING: Tone.BUSY,
    DotState.SKIPPED: Tone.MUTED,
    DotState.WAITING: Tone.LINE,
}
#: Milliseconds between two pictures of a running dot.
_TICK = 60


class StageDots(QWidget):
    """`show_dots` with the row's dots."""

    def __init__(self, theme: Theme, words: Words, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._say = theme, say
        self._locale = QLocale(words.language)
        self._dots: tuple[Dot, ...] = tuple(Dot(stage) for stage in PROBE_LADDER)
        self._names = {stage: words.stage(stage) for stage in Stage}
        self._stage_width = 0  # pixels; 0 until it is wanted, and after a change of the font
        self.setFont(theme.font(Role.SMALL))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._said: dict[Dot, str] = {}
        self._angle = 0
        self._in_line = len(self._dots)
        self._timer = QTimer(self, interval=_TICK)
        self._timer.timeout.connect(self._turn)
        self._describe()

    def show_dots(self, dots: Sequence[Dot]) -> None:
        """How the seven stages stand."""
        if tuple(dots) == self._dots:
            return
        self._dots = tuple(dots)
        running = any(dot.state is DotState.RUNNING for dot in self._dots)
        if running and not self._timer.isActive():
            self._timer.start()
        elif not running:
            self._timer.stop()
        self._describe()
        self.update()

    def whole_width(self) -> int:
        """Pixels that all seven need in one line."""
        return self._step() * len(self._dots)

    def few_width(self) -> int:
        """Pixels that they need at least, in several lines."""
        return self._step() * _FEW

    def keep_within(self, width: int) -> None:
        """Breaks into lines where there are fewer pixels than one line needs."""
        fits = max(_FEW, width // self._step())
        lines = math.ceil(len(self._dots) / fits)
        in_line = math.ceil(len(self._dots) / lines)
        if in_line != self._in_line:
            self._in_line = in_line
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        lines = math.ceil(len(self._dots) / self._in_line)
        return QSize(self._step() * self._in_line, lines * self._line_height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centres = [self._centre(index) for index in range(len(self._dots))]
        painter.setPen(QPen(self._theme.colour(Tone.LINE), 2))
        for here, there in pairwise(centres):
            if here.y() == there.y():
                aside = (_RADIUS + 2) * (1 if there.x() > here.x() else -1)
                painter.drawLine(here + QPointF(aside, 0), there - QPointF(aside, 0))
        for dot, centre in zip(self._dots, centres, strict=True):
            self._paint_dot(painter, dot, centre)
            self._paint_words(painter, dot, centre)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            column = int(event.pos().x() // self._step())
            if self.isRightToLeft():
                column = self._in_line - 1 - column
            index = column + self._in_line * (event.pos().y() // self._line_height())
            if 0 <= index < len(self._dots):
                QToolTip.showText(event.globalPos(), self._spoken(self._dots[index]), self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._stage_width = 0
        super().changeEvent(event)

    def _step(self) -> int:
        """Width of one stage: the longest name or time, and some air."""
        if not self._stage_width:  # asked for many times in every layout and every picture
            metrics = QFontMetrics(self.font())
            shown = [self._names[stage] for stage in PROBE_LADDER]
            shown.append(self._say("{number} ms", number="888"))
            widest = max(metrics.horizontalAdvance(name) for name in shown)
            self._stage_width = widest + 2 * S + 2
        return self._stage_width

    def _line_height(self) -> int:
        return math.ceil(2 * _RADIUS + S + 2 * self.fontMetrics().height())

    def _centre(self, index: int) -> QPointF:
        step = self._step()
        x = step * (index % self._in_line) + step / 2
        y = _RADIUS + 1 + self._line_height() * (index // self._in_line)
        return QPointF(self.width() - x if self.isRightToLeft() else x, y)

    def _paint_dot(self, painter: QPainter, dot: Dot, centre: QPointF) -> None:
        colour = self._theme.colour(_TONES[dot.state])
        box = QRectF(centre.x() - _RADIUS, centre.y() - _RADIUS, 2 * _RADIUS, 2 * _RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if dot.state is DotState.DONE:
            painter.drawEllipse(box)
            self._theme.icon("mdi6.check-bold", Tone.CARD).paint(
                painter, box.adjusted(2, 2, -2, -2).toRect()
            )
        elif dot.state is DotState.FAILED:
            painter.drawRoundedRect(box, 3, 3)
            self._theme.icon("mdi6.close-thick", Tone.CARD).paint(
                painter, box.adjusted(2, 2, -2, -2).toRect()
            )
        elif dot.state is DotState.RUNNING:
            self._paint_running(painter, box)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour(Tone.LINE), 2))
            painter.drawEllipse(box.adjusted(1, 1, -1, -1))
            if dot.state is DotState.SKIPPED:
                painter.setPen(QPen(colour, 2))
                painter.drawLine(centre - QPointF(2.5, 0), centre + QPointF(2.5, 0))

    def _paint_running(self, painter: QPainter, box: QRectF) -> None:
        ring = box.adjusted(1, 1, -1, -1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.soft(Tone.BUSY), 2))
        painter.drawEllipse(ring)
        pen = QPen(self._theme.colour(Tone.BUSY), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(ring, -self._angle * 16, 110 * 16)

    def _paint_words(self, painter: QPainter, dot: Dot, centre: QPointF) -> None:
        metrics = self.fontMetrics()
        step = self._step()
        top = math.ceil(centre.y() + _RADIUS + S // 2)
        box = QRect(math.floor(centre.x() - step / 2), top, step, metrics.height())
        active = dot.state in (DotState.DONE, DotState.FAILED, DotState.RUNNING)
        painter.setPen(self._theme.colour(Tone.TEXT if active else Tone.MUTED))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._names[dot.stage])
        if dot.seconds is not None:
            painter.setPen(self._theme.colour(Tone.MUTED))
            box.translate(0, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self._time(dot.seconds))

    def _turn(self) -> None:
        self._angle = (self._angle + 30) % 360
        if self.isVisible():
            self.update()

    def _describe(self) -> None:
        self.setAccessibleName(self._say("Steps"))
        # Mostly one dot of seven has changed, and wording them all takes its time.
        self._said = {dot: self._said.get(dot) or self._spoken(dot) for dot in self._dots}
        self.setAccessibleDescription("; ".join(self._said.values()))

    def _spoken(self, dot: Dot) -> str:
        say, name = self._say, self._names[dot.stage]
        time = "" if dot.seconds is None else self._time(dot.seconds)
        match dot.state:
            case DotState.DONE:
                said = say("{step}: done in {time}", step=name, time=time)
            case DotState.FAILED:
                said = say("{step}: failed after {time}", step=name, time=time)
            case DotState.RUNNING:
                said = say("{step}: under way", step=name)
            case DotState.SKIPPED:
                said = say("{step}: not needed, or not asked", step=name)
            case DotState.WAITING:
                said = say("{step}: not reached", step=name)
        if dot.detail and dot.state in (DotState.FAILED, DotState.SKIPPED):
            return f"{said}\n{display(dot.detail, 200)}"
        return said

    def _time(self, seconds: float) -> str:
        say = self._say
        if seconds < 0.001:
            return say("<1 ms")
        if seconds < 0.9995:
            return say("{number} ms", number=f"{seconds * 1000:.0f}")
        decimals = 1 if seconds < 9.95 else 0
        return say("{number} s", number=self._locale.toString(seconds, "f", decimals))
