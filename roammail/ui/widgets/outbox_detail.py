"""One message of the outbox in full: who has it and who has not, why, what was tried, and what a
person may do about it. Emits the wish; does nothing itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from roammail.core.delivery import RecipientState
from roammail.core.diagnosis import Remedy, RemedyKind
from roammail.core.envelope import AttemptEntry, OutboxEntry
from roammail.ui.context import Context
from roammail.ui.models.letter_check import octets_shown
from roammail.ui.models.outbox_acts import OutboxAct, acts_for
from roammail.ui.models.outbox_row import PILLS, RowKind, decisive, kind_of, moment_of
from roammail.ui.models.sending import Sending, Stand
from roammail.ui.remedies import doable
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.diagnosis_card import DiagnosisCard
from roammail.ui.widgets.elided_label import ElidedLabel
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.pill import Pill
from roammail.ui.widgets.texts import text
from roammail.words.catalogue import N_
from roammail.words.display import display

_BUTTONS: dict[OutboxAct, tuple[str, str]] = {
    OutboxAct.TRY_NOW: (N_("&Try now"), "mdi6.send"),
    OutboxAct.TRY_AGAIN: (N_("&Try again"), "mdi6.refresh"),
    OutboxAct.EDIT: (N_("&Edit"), "mdi6.pencil"),
    OutboxAct.CANCEL: (N_("C&ancel"), "mdi6.cancel"),
    OutboxAct.MARK_SENT: (N_("It a&rrived: mark as sent"), "mdi6.check"),
    OutboxAct.SAME_PROFILE: (N_("Send it a&gain"), "mdi6.refresh"),
    OutboxAct.EXPLAIN: (N_("E&xplain"), "mdi6.help-circle-outline"),
    OutboxAct.SOURCE: (N_("Show the &source"), "mdi6.code-tags"),
}
_STATES: dict[RecipientState, RowKind] = {
    RecipientState.QUEUED: RowKind.WAITING,
    RecipientState.DEFERRED: RowKind.WAITING,
    RecipientState.SENDING: RowKind.SENDING,
    RecipientState.SENT: RowKind.SENT,
    RecipientState.REFUSED: RowKind.REFUSED,
    RecipientState.UNCERTAIN: RowKind.UNCERTAIN,
    RecipientState.CANCELLED: RowKind.CANCELLED,
    RecipientState.GIVEN_UP: RowKind.GIVEN_UP,
}
_MOST_PEOPLE, _MOST_TRIES = 50, 10
#: What the buttons of this pane do themselves.
_OWN = frozenset({RemedyKind.RETRY_SAME_PROFILE, RemedyKind.MARK_SENT, RemedyKind.TRY_LATER})


class OutboxDetail(Card):
    """`act_chosen` (OutboxAct), `remedy_chosen` (Remedy, profile id), `stop_wanted`."""

    act_chosen = Signal(object)
    remedy_chosen = Signal(object, str)
    stop_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=0)
        self._context = context
        self.entry: OutboxEntry | None = None
        self._sending = Sending(Stand.GOING)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setAccessibleName(context.say("The chosen message"))
        inside = QWidget()
        inside.setProperty("clear", "true")
        area.setWidget(inside)
        self.body.addWidget(area)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(L, M, L, M)
        self._column.setSpacing(M)
        self._build()

    def _build(self) -> None:
        theme, say = self._context.theme, self._context.say
        head = QHBoxLayout()
        head.setSpacing(M)
        self._subject = ElidedLabel(theme, "", Role.HEADING)
        head.addWidget(self._subject, 1)
        self._pill = Pill(theme)
        head.addWidget(self._pill)
        self._column.addLayout(head)
        self._facts = text(theme, "", Role.SMALL, Tone.MUTED, selectable=True)
        self._column.addWidget(self._facts)
        self._progress = QWidget()
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        self._going = text(theme, "", Role.STRONG, Tone.ACCENT)
        row.addWidget(self._going, 1)
        stop = button(theme, say("St&op"), ButtonKind.PLAIN, "mdi6.stop")
        stop.clicked.connect(self.stop_wanted)
        row.addWidget(stop)
        self._progress.hide()
        self._column.addWidget(self._progress)
        self._acts = QWidget()
        self._act_row = FlowLayout(self._acts, M)
        self._column.addWidget(self._acts)
        self._doubt = text(theme, "", Role.BODY)
        self._column.addWidget(self._doubt)
        self._people = QWidget()
        self._people_grid = QGridLayout(self._people)
        self._people_grid.setContentsMargins(0, S, 0, S)
        self._people_grid.setHorizontalSpacing(M)
        self._people_grid.setVerticalSpacing(S)
        self._people_grid.setColumnStretch(1, 1)
        self._column.addWidget(self._people)
        self._card = DiagnosisCard(self._context)
        self._card.remedy_chosen.connect(self._remedy)
        self._column.addWidget(self._card)
        self._tries = text(theme, "", Role.SMALL, Tone.MUTED, selectable=True)
        self._column.addWidget(self._tries)
        self._column.addStretch(1)

    # What is shown

    def show_entry(self, entry: OutboxEntry) -> None:
        """Another message, or the same one after a change."""
        say, now = self._context.say, datetime.now(UTC)
        self.entry = entry
        self._subject.set_words(display(entry.subject, 300) or say("(no subject)"))
        kind = kind_of(entry, now)
        word, tone, icon = PILLS[kind]
        self._pill.show_state(say(word), Tone(tone), icon)
        self._facts.setText(self._about(entry, now))
        self._show_acts(entry, now)
        self._doubt.setText(self._told(kind, entry))
        self._doubt.setVisible(bool(self._doubt.text()))
        self._show_people(entry)
        self._show_diagnosis(entry, kind)
        self._show_tries(entry.attempts)
        if kind is not RowKind.SENDING:
            self.show_progress(None, can_stop=False)

    def show_progress(self, sending: Sending | None, *, can_stop: bool) -> None:
        """How a delivery that is under way fares; None: there is none."""
        say = self._context.say
        self._progress.setVisible(sending is not None)
        if sending is None:
            return
        words = say("Sending …")
        if sending.profile and sending.percent is not None:
            told, percent = N_("Handing over to {profile}: {percent} %"), str(sending.percent)
            words = say(told, profile=sending.profile, percent=percent)
        elif sending.profile:
            words = say("Trying {profile} …", profile=sending.profile)
        self._going.setText(words)
        for stop in self._progress.findChildren(QWidget):
            if stop is not self._going:
                stop.setVisible(can_stop)

    def _about(self, entry: OutboxEntry, now: datetime) -> str:
        say = self._context.say
        size = " ".join(octets_shown(entry.size))
        taken = moment_of(entry.created, now)
        words = say(
            "From {sender} · {size} · handed in {time}",
            sender=entry.from_address,
            size=size,
            time=taken,
        )
        if entry.purged is None:
            return words
        day = f"{entry.purged.astimezone():%Y-%m-%d}"
        return f"{words}\n" + say("The content was cleared away on {day}.", day=day)

    def _told(self, kind: RowKind, entry: OutboxEntry) -> str:
        say = self._context.say
        if kind is RowKind.HELD:
            return say("It goes out in some seconds. Until then it can be taken back.")
        if kind is RowKind.UNCERTAIN:
            return say(
                "The whole message was handed over, and then the connection broke before the "
                "server's word came. It may have been delivered. If it did not arrive, send it "
                "again: it goes through the same server, which may notice that it has it already."
            )
        if kind is RowKind.WAITING and decisive(entry) is None:
            return say("It waits for its turn.")
        return ""

    def _show_acts(self, entry: OutboxEntry, now: datetime) -> None:
        self._act_row.clear()
        acts = acts_for(entry, now)
        told = decisive(entry)
        diagnosis = told.diagnosis if told else None
        helped = diagnosis is not None and bool(doable(diagnosis.remedies))  # by the card below
        for number, act in enumerate(acts):
            words, icon = _BUTTONS[act]
            best = number == 0 and not helped and act not in (OutboxAct.EXPLAIN, OutboxAct.SOURCE)
            kind = ButtonKind.PRIMARY if best else ButtonKind.PLAIN
            made = button(self._context.theme, self._context.say(words), kind, icon)
            made.clicked.connect(lambda _=False, act=act: self.act_chosen.emit(act))
            self._act_row.addWidget(made)
        self._acts.setVisible(bool(acts))

    def _show_people(self, entry: OutboxEntry) -> None:
        grid, say, words = self._people_grid, self._context.say, self._context.words
        while grid.count():
            item = grid.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        main = decisive(entry)
        for row, one in enumerate(entry.recipients[:_MOST_PEOPLE]):
            pill = Pill(self._context.theme)
            word, tone, icon = PILLS[_STATES[one.state]]
            pill.show_state(say(word), Tone(tone), icon)
            grid.addWidget(pill, row, 0)
            shown = display(one.address, 200)
            other = one.diagnosis and main and one.diagnosis != main.diagnosis
            if other and one.diagnosis and one.state is not RecipientState.SENT:
                shown = f"{shown} · {words.headline(one.diagnosis)}"
            grid.addWidget(ElidedLabel(self._context.theme, shown), row, 1)
        more = len(entry.recipients) - _MOST_PEOPLE
        if more > 0:
            said = say.many("and {number} more", "and {number} more", more)
            rest = text(self._context.theme, said, Role.SMALL, Tone.MUTED)
            grid.addWidget(rest, _MOST_PEOPLE, 1)

    def _show_diagnosis(self, entry: OutboxEntry, kind: RowKind) -> None:
        told = decisive(entry)
        shown = told is not None and kind not in (RowKind.SENT, RowKind.UNCERTAIN)
        self._card.setVisible(shown)
        if not shown or told is None or told.diagnosis is None:
            return
        last = next((a for a in reversed(entry.attempts) if a.diagnosis), None)
        facts = {"time": f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}"}
        if last is not None:
            facts |= {"server": last.host, "port": str(last.port)}
        self._card.show_diagnosis(told.diagnosis, (), facts)

    def _show_tries(self, attempts: Sequence[AttemptEntry]) -> None:
        say, words, now = self._context.say, self._context.words, datetime.now(UTC)
        lines = []
        for one in attempts[-_MOST_TRIES:][::-1]:
            told = words.kind(one.diagnosis.kind) if one.diagnosis else say("Not finished")
            if one.outcome in ("sent", "partial"):
                told = say("Sent")
            lines.append(
                say(
                    "{time}  {profile} ({server}): {outcome}",
                    time=moment_of(one.started, now),
                    profile=one.profile_name,
                    server=f"{one.host}:{one.port}",
                    outcome=told,
                )
            )
        self._tries.setText("\n".join(lines))
        self._tries.setVisible(bool(lines))

    def _remedy(self, remedy: Remedy) -> None:
        entry = self.entry
        if entry is None:
            return
        if remedy.kind in _OWN:
            self.act_chosen.emit(OutboxAct.TRY_NOW)
            return
        told = decisive(entry)
        known = told.profile_id if told else None
        last = next((a.profile_id for a in reversed(entry.attempts) if a.diagnosis), "")
        self.remedy_chosen.emit(remedy, known or last)
