"""What is remembered of one profile on one network: each port, when, how it went and how long it
took; the network's name, and forgetting it.
"""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from roammail.core.memory import Memory
from roammail.ui.context import Context
from roammail.ui.models.network_grid import Cell, GridRow, kind_of
from roammail.ui.states import endpoint_words
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card, line
from roammail.ui.widgets.labelled import Labelled
from roammail.ui.widgets.network_table import memory_look, network_name
from roammail.ui.widgets.pill import Pill
from roammail.ui.widgets.texts import text
from roammail.words.display import display
from roammail.words.kinds import EXPLANATIONS, HEADLINES

_NAME = 60  # characters


class NetworkDetails(Card):
    """`named` (str) and `forget_wanted` concern the network; `test_wanted` where we are there."""

    named = Signal(str)
    forget_wanted = Signal()
    test_wanted = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._row: GridRow | None = None
        theme, say = context.theme, context.say
        self._title = text(theme, "", Role.HEADING, selectable=True)
        self.body.addWidget(self._title)
        self._place = QVBoxLayout()
        self._place.setSpacing(M)
        self.body.addLayout(self._place)
        self.body.addWidget(line())
        self.name = QLineEdit()
        self.name.setMaxLength(_NAME)
        self.name.editingFinished.connect(self._name_given)
        hint = say("Only yours: what a network calls itself is not kept.")
        self._name_field = Labelled(theme, say("&Name of this network"), self.name, hint)
        self.body.addWidget(self._name_field)
        row = QHBoxLayout()
        row.setSpacing(M)
        self._test = button(theme, say("&Test again"), ButtonKind.PLAIN, "mdi6.refresh")
        self._test.clicked.connect(self.test_wanted)
        row.addWidget(self._test)
        self._forget = button(
            theme, say("&Forget this network"), ButtonKind.DANGER, "mdi6.trash-can-outline"
        )
        self._forget.clicked.connect(self.forget_wanted)
        row.addWidget(self._forget)
        row.addStretch(1)
        self.body.addLayout(row)
        self._shown: QWidget | None = None
        self.setAccessibleName(say("What is remembered of this network"))

    def show_cell(self, row: GridRow, cell: Cell | None) -> None:
        """`cell` None: the network alone."""
        context, before = self._context, self._row
        self._row = row
        network = network_name(context, row)
        if cell is None:
            self._title.setText(network)
        else:
            name = display(cell.profile.name, 60)
            self._title.setText(context.say("{profile} · {network}", profile=name, network=network))
        if before is None or before.key != row.key or not self.name.hasFocus():
            self.name.setText(row.given)
            self.name.setPlaceholderText(display(row.own, 60))
        self._test.setVisible(row.here)
        self._forget.setVisible(row.last is not None or bool(row.given))
        self._fill(self._memories(row, cell))

    def _fill(self, shown: QWidget) -> None:
        if self._shown is not None:
            self._place.removeWidget(self._shown)
            self._shown.hide()
            self._shown.deleteLater()
        self._shown = shown
        self._place.addWidget(shown)
        shown.show()

    def _memories(self, row: GridRow, cell: Cell | None) -> QWidget:
        context, made = self._context, QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(L)
        if cell is None:
            number = sum(one.state.value == "works" for one in row.cells)
            words = context.say.many(
                "{number} profile worked on this network.",
                "{number} profiles worked on this network.",
                number,
            )
            column.addWidget(text(context.theme, words, Role.BODY, Tone.MUTED))
        elif not cell.tried:
            words = context.say("This profile was not tried on this network yet.")
            column.addWidget(text(context.theme, words, Role.BODY, Tone.MUTED))
        else:
            for memory in cell.tried:
                column.addWidget(self._memory(memory))
        return made

    def _memory(self, memory: Memory) -> QWidget:
        context, made = self._context, QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        head = QHBoxLayout()
        head.setSpacing(M)
        pill = Pill(context.theme)
        pill.show_state(*memory_look(context, memory))
        head.addWidget(pill)
        head.addWidget(text(context.theme, endpoint_words(memory.endpoint), Role.STRONG), 1)
        column.addLayout(head)
        kind = None if memory.works else kind_of(memory)
        if kind is not None:
            said = f"{context.say(HEADLINES[kind])}. {context.say(EXPLANATIONS[kind])}"
            column.addWidget(text(context.theme, said, Role.BODY))
        column.addWidget(text(context.theme, self._when(memory), Role.SMALL, Tone.MUTED))
        return made

    def _when(self, memory: Memory) -> str:
        say, when = self._context.say, f"{memory.when.astimezone():%Y-%m-%d %H:%M}"
        seconds = f"{memory.seconds:.1f}"
        if memory.works or memory.stage is None:
            return say("{when}, after {seconds} s", when=when, seconds=seconds)
        stage = self._context.words.stage(memory.stage)
        return say(
            "{when}, after {seconds} s, at the step “{step}”",
            when=when,
            seconds=seconds,
            step=stage,
        )

    def _name_given(self) -> None:
        if self._row is not None and self.name.text().strip() != self._row.given:
            self.named.emit(self.name.text().strip())
