"""One sent letter: seconds to take it back, then how it goes out, then what became of it.

Asks the engine for that one message when an event names it; emits what the person wants.
"""

import math
import time
from datetime import UTC, datetime

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from roammail.core.envelope import OutboxEntry
from roammail.core.errors import UserFacingError
from roammail.engine.desk import Sent
from roammail.ui.context import Context
from roammail.ui.models.sending import Sending, Stand
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.elided_label import ElidedLabel
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_TONES = {
    Stand.HELD: (Tone.BUSY, "mdi6.timer-sand"),
    Stand.GOING: (Tone.BUSY, "mdi6.send"),
    Stand.SENT: (Tone.GOOD, "mdi6.check-circle"),
    Stand.WAITS: (Tone.WARN, "mdi6.clock-outline"),
    Stand.REFUSED: (Tone.BAD, "mdi6.alert-circle"),
    Stand.UNCERTAIN: (Tone.WARN, "mdi6.help-circle"),
    Stand.CANCELLED: (Tone.QUIET, "mdi6.cancel"),
}
_ICON = 20
_TICK = 200  # milliseconds
_SETTLE = 120  # milliseconds: one look into the outbox for events that come together


class SendBar(QWidget):
    """`taken_back` (Letter), `show_wanted` (outbox id), `closed`."""

    taken_back = Signal(object)
    show_wanted = Signal(int)
    closed = Signal()

    def __init__(
        self, context: Context, sent: Sent, hold: float, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context, self._sent = context, sent
        self._until, self._hold = time.monotonic() + hold, max(hold, 0.001)
        self._sending = Sending(Stand.HELD if hold > 0 else Stand.GOING)
        self._told = ""
        self._build()
        self._ticks = QTimer(self, interval=_TICK)
        self._ticks.timeout.connect(self._tick)
        self._look = QTimer(self, singleShot=True, interval=_SETTLE)
        self._look.timeout.connect(self._ask)
        context.bridge.happened.connect(self._take)
        self._show()
        if hold > 0:
            self._ticks.start()
        else:
            self._over()

    @property
    def outbox_id(self) -> int:
        """The message's number."""
        return self._sent.outbox_id

    def _build(self) -> None:
        context, say = self._context, self._context.say
        row = QHBoxLayout(self)
        row.setContentsMargins(L, M, M, M)
        row.setSpacing(M)
        self._picture = QLabel()
        row.addWidget(self._picture)
        column = QVBoxLayout()
        column.setSpacing(S // 2)
        self._title = ElidedLabel(context.theme, "", Role.STRONG)
        column.addWidget(self._title)
        self._detail = text(context.theme, "", Role.SMALL)
        column.addWidget(self._detail)
        row.addLayout(column, 1)
        self._undo = button(context.theme, say("&Undo"), ButtonKind.PLAIN, "mdi6.undo")
        self._undo.clicked.connect(self._take_back)
        row.addWidget(self._undo)
        self._now = button(context.theme, say("Send &now"), ButtonKind.QUIET)
        self._now.clicked.connect(self._send_now)
        row.addWidget(self._now)
        self._view = button(context.theme, say("Show in &outbox"), ButtonKind.PLAIN)
        self._view.clicked.connect(lambda: self.show_wanted.emit(self.outbox_id))
        row.addWidget(self._view)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        self._close.setIcon(context.theme.icon("mdi6.close", Tone.MUTED))
        self._close.setAccessibleName(say("Close this notice"))
        self._close.setToolTip(say("Close this notice"))
        self._close.clicked.connect(self.closed)
        row.addWidget(self._close)

    # What the person does

    def _take_back(self) -> None:
        self._ticks.stop()
        self._undo.setEnabled(False)
        self._now.setEnabled(False)
        sent = self._sent
        self._context.bridge.submit(
            lambda engine: engine.desk.take_back(sent),
            self._was_taken_back,
            self._stays,
            owner=self,
        )

    def _was_taken_back(self, letter: object) -> None:
        self.taken_back.emit(letter)
        self.closed.emit()

    def _stays(self, error: Exception) -> None:
        known = isinstance(error, UserFacingError) and error.code in ("outbox-gone", "outbox-busy")
        say = self._context.say
        words = say("It could not be taken back: it is on its way already.")
        self._told = words if known else problem_words(error, say)
        self._show()
        if known:
            self._over()
        else:  # it may be stopped all the same: its draft is kept, and comes back at a start
            self._ask()

    def _send_now(self) -> None:
        self._ticks.stop()
        number = self.outbox_id
        self._over()
        self._context.bridge.submit(
            lambda engine: engine.retry(number), self._stands, self._not_now, owner=self
        )

    def _not_now(self, error: Exception) -> None:
        self._ask()

    # What happens

    def _tick(self) -> None:
        if time.monotonic() >= self._until:
            self._ticks.stop()
            self._over()
            return
        self._show()
        self.update()

    def _over(self) -> None:
        """It cannot be taken back any more; its draft is not needed."""
        if self._sending.stand is Stand.HELD:
            self._sending = Sending(Stand.GOING)
        sent = self._sent
        self._context.bridge.submit(lambda engine: engine.desk.let_go(sent), owner=self)
        self._show()
        self._ask()

    def _take(self, event: object) -> None:
        if getattr(event, "outbox_id", None) != self.outbox_id:
            return
        if self._sending.stand is Stand.HELD and self._ticks.isActive():
            return
        names = {p.id: p.name for p in self._context.situation.profiles}
        changed = self._sending.took(event, names)
        if changed != self._sending:
            self._sending = changed
            self._show()
        if not self._look.isActive():
            self._look.start()

    def _ask(self) -> None:
        number = self.outbox_id
        self._context.bridge.submit(
            lambda engine: engine.entry(number), self._stands, _ignore, owner=self
        )

    def _stands(self, entry: OutboxEntry) -> None:
        self._sending = self._sending.stands(entry)
        self._show()

    # What is seen

    def _show(self) -> None:
        held = self._sending.stand is Stand.HELD
        tone, icon = _TONES[self._sending.stand]
        self._picture.setPixmap(self._context.theme.icon(icon, tone).pixmap(_ICON, _ICON))
        title, detail = self._words()
        detail = self._told or detail
        if title != self._title.text():
            self._title.set_words(title)
            self.setAccessibleName(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        for one in (self._undo, self._now):
            one.setVisible(held)
        for other in (self._view, self._close):
            other.setVisible(not held)
        self.update()

    def _words(self) -> tuple[str, str]:
        say, sending = self._context.say, self._sending
        subject = display(self._sent.letter.subject, 80) or say("(no subject)")
        profile = sending.profile
        match sending.stand:
            case Stand.HELD:
                left = max(1, math.ceil(self._until - time.monotonic()))
                words = say.many(
                    "Goes out in {number} second.", "Goes out in {number} seconds.", left
                )
                return words, subject
            case Stand.GOING if sending.percent is not None and profile:
                percent = str(sending.percent)
                words = say(
                    "Handing over to {profile}: {percent} %", profile=profile, percent=percent
                )
                return words, subject
            case Stand.GOING if profile:
                return say("Trying {profile} …", profile=profile), subject
            case Stand.GOING:
                return say("Sending …"), subject
            case Stand.SENT if profile:
                return say("Sent through {profile}.", profile=profile), subject
            case Stand.SENT:
                return say("Sent."), subject
            case Stand.WAITS:
                return say("It waits in the outbox; nothing is lost."), self._why()
            case Stand.REFUSED:
                return say("It was refused."), self._why()
            case Stand.UNCERTAIN:
                return say("It may have arrived: the connection broke at the last moment."), subject
            case Stand.CANCELLED:
                return say("It was cancelled."), subject

    def _why(self) -> str:
        say, sending = self._context.say, self._sending
        told = self._context.words.headline(sending.diagnosis) if sending.diagnosis else ""
        when = sending.entry.next_try if sending.entry else None
        if sending.stand is not Stand.WAITS or when is None or when <= datetime.now(UTC):
            return told
        due = f"{when.astimezone():%H:%M}"
        if not told:
            return say("Next try at {time}.", time=due)
        return say("{reason}. Next try at {time}.", reason=told.rstrip("."), time=due)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        tone = _TONES[self._sending.stand][0]
        painter.setBrush(self._context.theme.soft(tone))
        whole = QRectF(self.rect())
        painter.drawRoundedRect(whole, 10, 10)
        part = self._part()
        if part is None:
            return
        bar = QRectF(whole.left() + L, whole.bottom() - 3, (whole.width() - 2 * L) * part, 2)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            bar.moveRight(whole.right() - L)
        painter.setBrush(self._context.theme.colour(tone))
        painter.drawRect(bar)

    def _part(self) -> float | None:
        """How much of the line at the bottom is filled."""
        if self._sending.stand is Stand.HELD:
            return max(0.0, min(1.0, (self._until - time.monotonic()) / self._hold))
        if self._sending.stand is Stand.GOING and self._sending.percent is not None:
            return self._sending.percent / 100
        return None


def _ignore(error: Exception) -> None:
    """The next event asks again; the bridge has logged it."""
