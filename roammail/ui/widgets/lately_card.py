"""What other programs handed in lately: subject, from whom to whom, when, how it stands."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from roammail.core.delivery import Standing, standing_of
from roammail.core.envelope import OutboxEntry
from roammail.ui.context import Context
from roammail.ui.theme import M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card, line
from roammail.ui.widgets.elided_label import ElidedLabel
from roammail.ui.widgets.pill import Pill
from roammail.ui.widgets.texts import text
from roammail.words.catalogue import N_
from roammail.words.display import display

_STANDINGS: dict[Standing, tuple[str, Tone, str]] = {
    Standing.WAITING: (N_("Waits"), Tone.BUSY, "mdi6.clock-outline"),
    Standing.SENT: (N_("Sent"), Tone.GOOD, "mdi6.check-bold"),
    Standing.UNCERTAIN: (N_("Perhaps sent"), Tone.WARN, "mdi6.help"),
    Standing.REFUSED: (N_("Refused"), Tone.BAD, "mdi6.close-thick"),
    Standing.GIVEN_UP: (N_("Given up"), Tone.WARN, "mdi6.timer-off"),
    Standing.CANCELLED: (N_("Cancelled"), Tone.QUIET, "mdi6.cancel"),
}


class LatelyCard(Card):
    """`chosen` carries the message's number in the outbox."""

    chosen = Signal(int)

    def __init__(self, context: Context) -> None:
        super().__init__(gap=M)
        self._context = context
        self._shown: Sequence[OutboxEntry] | None = None
        self.body.addWidget(text(context.theme, context.say("Came in lately"), Role.HEADING))
        self._empty = text(
            context.theme,
            context.say("Nothing yet. Send a message from another program to see it here."),
            Role.BODY,
            Tone.MUTED,
        )
        self.body.addWidget(self._empty)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(M)
        self.body.addLayout(self._rows)
        self._made: list[QWidget] = []

    def show_entries(self, entries: Sequence[OutboxEntry]) -> None:
        """These, newest first."""
        if entries == self._shown:
            return
        self._shown = tuple(entries)
        for made in self._made:
            self._rows.removeWidget(made)
            made.hide()
            made.deleteLater()
        self._made = []
        for number, entry in enumerate(entries):
            if number:
                self._put(line())
            self._put(self._row(entry))
        self._empty.setVisible(not entries)

    def _put(self, made: QWidget) -> None:
        self._rows.addWidget(made)
        self._made.append(made)

    def _row(self, entry: OutboxEntry) -> QWidget:
        theme, say = self._context.theme, self._context.say
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        words = QVBoxLayout()
        words.setSpacing(S // 2)
        subject = display(entry.subject, 200) or say("(no subject)")
        words.addWidget(ElidedLabel(theme, subject, Role.STRONG))
        recipients = ", ".join(display(r.address, 80) for r in entry.recipients[:3])
        way = say("{sender} to {recipients}", sender=entry.from_address, recipients=recipients)
        words.addWidget(ElidedLabel(theme, way, Role.SMALL, Tone.MUTED))
        row.addLayout(words, 1)
        row.addWidget(text(theme, when_words(entry.created), Role.SMALL, Tone.MUTED, wrap=False))
        pill = Pill(theme)
        said, tone, icon = _STANDINGS[standing_of([r.state for r in entry.recipients])]
        pill.show_state(say(said), tone, icon)
        row.addWidget(pill)
        row.addWidget(self._button(entry, subject))
        return made

    def _button(self, entry: OutboxEntry, subject: str) -> QPushButton:
        say = self._context.say
        made = button(self._context.theme, say("Show"), ButtonKind.QUIET)
        made.setAccessibleName(say("Show: {subject}", subject=subject))
        made.clicked.connect(lambda: self.chosen.emit(entry.id))
        return made


def when_words(when: datetime) -> str:
    """The moment as this system writes it: the time today, else the date too."""
    local = QDateTime.fromSecsSinceEpoch(int(when.timestamp()))
    locale, short = QLocale(), QLocale.FormatType.ShortFormat
    if local.date() == QDateTime.currentDateTime().date():
        return locale.toString(local.time(), short)
    return locale.toString(local, short)
