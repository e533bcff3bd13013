"""Tries a profile before it is kept: seven dots while it runs, then what was found.

Shows; what becomes of the profile is the dialog's to decide.
"""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from roammail.core.errors import UserFacingError
from roammail.core.events import StepFinished, StepStarted
from roammail.core.profile import Profile
from roammail.core.report import ProfileOutcome, ProfileReport
from roammail.core.secret import Secret
from roammail.ui.bridge import Task
from roammail.ui.context import Context
from roammail.ui.models.rows import ProfileRow, row_of
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import L, M, Role, Tone
from roammail.ui.widgets.diagnosis_card import DiagnosisCard
from roammail.ui.widgets.stage_dots import StageDots
from roammail.ui.widgets.texts import set_tone, text


class TrialPanel(QFrame):
    """`finished` says whether the profile works; `remedy_chosen` carries a Remedy."""

    finished = Signal(bool)
    remedy_chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._task: Task[ProfileReport] | None = None
        self._row: ProfileRow | None = None
        self.setProperty("field", "true")
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        self.sentence = text(context.theme, "", Role.STRONG)
        column.addWidget(self.sentence)
        self._dots = StageDots(context.theme, context.words, context.say)
        column.addWidget(self._dots)
        self._card = DiagnosisCard(context)
        self._card.remedy_chosen.connect(self.remedy_chosen)
        column.addWidget(self._card)
        self.setAccessibleName(context.say("The test of these settings"))
        context.bridge.happened.connect(self._hear)
        self.hide()

    @property
    def running(self) -> bool:
        """Whether a trial is under way."""
        return self._task is not None and not self._task.done

    def run(self, profile: Profile, secret: Secret | None, kept_as: str = "") -> None:
        """Tries it; one that is under way is given up."""
        self.cancel()
        tried = replace(profile, id=f"trial-{uuid.uuid4().hex}")
        self._row = row_of(tried).checking()
        self._tell(self._context.say("Testing from here…"), Tone.ACCENT)
        self._card.hide()
        self._dots.show_dots(self._row.dots)
        self._dots.show()
        self.show()
        self._task = self._context.bridge.submit(
            lambda engine: engine.try_out(tried, secret, kept_as),
            self._tried,
            self._not_tried,
            owner=self,
        )

    def cancel(self) -> None:
        """Ends it; every connection is closed."""
        if self._task is not None:
            self._task.cancel()
        self._task = None

    def clear(self) -> None:
        """Shows nothing any more: the settings have changed."""
        self.cancel()
        self.hide()

    def _hear(self, event: object) -> None:
        row = self._row
        if row is None or not isinstance(event, StepStarted | StepFinished):
            return
        if event.profile_id != row.profile_id or not self.running:
            return
        if isinstance(event, StepStarted):
            self._row = row.step_begun(event.endpoint, event.stage)
        else:
            self._row = row.step_ended(event.endpoint, event.step)
        self._dots.show_dots(self._row.dots)

    def _tried(self, report: ProfileReport) -> None:
        assert self._row is not None
        say = self._context.say
        works = report.outcome is ProfileOutcome.WORKS
        self._row = self._row.reported(report, winner=False, when=datetime.now(UTC))
        self._dots.show_dots(self._row.dots)
        if works:
            port = str(report.endpoint.port)
            self._tell(say("It works from here, through port {port}.", port=port), Tone.GOOD)
            self._card.hide()
        elif report.diagnosis is None:
            self._tell(say("The server answers; whether it relays could not be asked."), Tone.WARN)
            self._card.hide()
        else:
            self._tell(say("It does not work from here."), Tone.BAD)
            tried = next((t for t in report.tried if t.endpoint == report.endpoint), None)
            self._card.show_diagnosis(report.diagnosis, tried.transcript if tried else ())
            self._card.show()
        self.finished.emit(works)

    def _not_tried(self, error: Exception) -> None:
        unexpected = self._context.say("The test could not be made.")
        words = (
            problem_words(error, self._context.say)
            if isinstance(error, UserFacingError)
            else unexpected
        )
        self._dots.hide()
        self._card.hide()
        self._tell(words, Tone.BAD)
        self.finished.emit(False)

    def _tell(self, words: str, tone: Tone) -> None:
        self.sentence.setText(words)
        set_tone(self.sentence, tone)
