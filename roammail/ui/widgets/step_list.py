"""What to do, numbered: a button where the window does it, a sentence where only the person can.

Shows `models.steps`; emits the step whose button was pressed.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from roammail.core.profile import Profile
from roammail.ui.context import Context
from roammail.ui.models.steps import Act, Step
from roammail.ui.remedies import button_words
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_NAME = 24  # characters of a profile's name on a button
_COPIED = 2_000  # milliseconds


class StepList(QWidget):
    """`chosen` carries the Step, `profile_named` the Profile (or None) that it is about."""

    chosen = Signal(object)
    profile_named = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        theme, say = context.theme, context.say
        self.setAccessibleName(say("What to do"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        column.addWidget(text(theme, say("What to do"), Role.HEADING))
        self._which = QWidget()
        asked = QVBoxLayout(self._which)
        asked.setContentsMargins(0, 0, 0, S)
        asked.setSpacing(S)
        question = text(theme, say("Which of your profiles was it?"), Role.BODY, Tone.MUTED)
        asked.addWidget(question)
        self.profiles = QComboBox()
        self.profiles.setAccessibleName(say("Which of your profiles was it?"))
        self.profiles.setMinimumHeight(self.profiles.fontMetrics().height() + L)
        self.profiles.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.profiles.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.profiles.setMinimumContentsLength(12)
        self.profiles.activated.connect(self._named)
        asked.addWidget(self.profiles)
        column.addWidget(self._which)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(S)
        self._grid.setVerticalSpacing(M)
        self._grid.setColumnStretch(1, 1)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._made: list[QWidget] = []
        self._steps: tuple[Step, ...] = ()
        self._asked: tuple[object, ...] = ()

    def ask_profile(self, profiles: Sequence[Profile], named: Profile | None) -> None:
        """Asks which profile it is about; without profiles it does not."""
        if (asked := (tuple(profiles), named)) == self._asked:
            return
        self._asked = asked
        self._which.setVisible(bool(profiles))
        self.profiles.clear()
        self.profiles.addItem(self._context.say("I do not know"), None)
        for profile in profiles:
            self.profiles.addItem(display(profile.name, 60), profile)
            if named is not None and profile.id == named.id:
                self.profiles.setCurrentIndex(self.profiles.count() - 1)

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Numbered from 1; the first button is the best. The same again leaves them, and with
        them the focus, where they are."""
        if (steps := tuple(steps)) == self._steps:
            return
        self._steps = steps
        for old in self._made:
            self._grid.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._made = []
        first = True
        for row, step in enumerate(steps):
            number = text(self._context.theme, f"{row + 1}.", Role.BODY, Tone.MUTED, wrap=False)
            shown = self._shown(step, first=first)
            is_button = isinstance(shown, QPushButton)
            first = first and not is_button
            top = Qt.AlignmentFlag.AlignVCenter if is_button else Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(number, row, 0, top)
            side = Qt.AlignmentFlag.AlignLeading if is_button else Qt.AlignmentFlag(0)
            self._grid.addWidget(shown, row, 1, side)
            for made in (number, shown):
                made.show()  # at once: Qt would wait for the next turn of its loop
            self._made += [number, shown]

    def _shown(self, step: Step, *, first: bool) -> QWidget:
        theme = self._context.theme
        words = self._words(step)
        if step.act is Act.ADVICE:
            return text(theme, words, Role.BODY, selectable=True)
        best = first and step.act is not Act.REPORT
        made = button(theme, words, ButtonKind.PRIMARY if best else ButtonKind.PLAIN)
        made.clicked.connect(lambda: self._press(step, made))
        return made

    def _words(self, step: Step) -> str:
        say, remedy = self._context.say, step.remedy
        name = display(step.profile.name, _NAME) if step.profile else ""
        match step.act:
            case Act.WRITE:
                return say("Send through {profile} instead", profile=name)
            case Act.TEST:
                return say("Test which profile works here")
            case Act.ADD:
                return say("Add a profile that works…")
            case Act.REPORT:
                return say("Copy a report for the help desk")
            case Act.REMEDY if remedy is not None:
                return button_words(remedy, say, name)
            case _:
                return self._context.words.remedy(remedy) if remedy is not None else ""

    def _press(self, step: Step, made: QPushButton) -> None:
        self.chosen.emit(step)
        if step.act is Act.REPORT:
            words = self._words(step)
            rename(made, self._context.say("Copied"))
            QTimer.singleShot(_COPIED, made, lambda: rename(made, words))

    def _named(self, index: int) -> None:
        self.profile_named.emit(self.profiles.itemData(index))
