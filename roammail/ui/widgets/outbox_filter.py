"""Above the outbox: which messages are listed, each choice with its number, and a search."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QPushButton, QWidget

from roammail.core.delivery import Standing
from roammail.ui.context import Context
from roammail.ui.theme import M, S, Tone
from roammail.ui.widgets.buttons import button
from roammail.words.catalogue import N_

#: Name, what it lists, and whether its number is shown.
_CHOICES: tuple[tuple[str, frozenset[Standing], bool], ...] = (
    (N_("All"), frozenset(), False),
    (N_("Waiting"), frozenset({Standing.WAITING}), True),
    (N_("Uncertain"), frozenset({Standing.UNCERTAIN}), True),
    (N_("Refused"), frozenset({Standing.REFUSED, Standing.GIVEN_UP}), True),
    (N_("Sent"), frozenset({Standing.SENT}), False),
)
_TYPING = 250  # milliseconds


class OutboxFilter(QWidget):
    """`changed` when `standings` or `text` did."""

    changed = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        say = context.say
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        self._group = QButtonGroup(self)
        self._buttons: list[QPushButton] = []
        for number, (name, _, _) in enumerate(_CHOICES):
            made = button(context.theme, say(name))
            made.setProperty("kind", "choice")
            made.setCheckable(True)
            self._group.addButton(made, number)
            self._buttons.append(made)
            row.addWidget(made)
        self._buttons[0].setChecked(True)
        self._group.idClicked.connect(lambda _: self.changed.emit())
        row.addSpacing(M)
        row.addStretch(1)
        self._search = QLineEdit()
        self._search.setClearButtonEnabled(True)
        self._search.setPlaceholderText(say("Search subjects and people"))
        self._search.setAccessibleName(say("Search subjects and people"))
        self._search.setMaxLength(200)
        self._search.addAction(
            context.theme.icon("mdi6.magnify", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition
        )
        self._typing = QTimer(self, singleShot=True, interval=_TYPING)
        self._typing.timeout.connect(self.changed)
        self._search.textChanged.connect(lambda _: self._typing.start())
        row.addWidget(self._search, 2)

    @property
    def standings(self) -> frozenset[Standing]:
        """What is listed; empty: everything."""
        return _CHOICES[max(0, self._group.checkedId())][1]

    @property
    def text(self) -> str:
        """What is searched for."""
        return self._search.text().strip()

    def show_all(self) -> None:
        """Everything, without a search."""
        self._buttons[0].setChecked(True)
        self._search.clear()
        self._typing.stop()
        self.changed.emit()

    def begin_search(self) -> None:
        """Puts the focus into the search."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def show_counts(self, counts: Mapping[Standing, int]) -> None:
        """How many there are of each."""
        say = self._context.say
        for made, (name, standings, counted) in zip(self._buttons, _CHOICES, strict=True):
            number = sum(counts[standing] for standing in standings) if counted else 0
            words = say(name)
            made.setText(f"{words}  {number}" if number else words)
            spoken = say.many(
                "{name}, {number} message", "{name}, {number} messages", number, name=words
            )
            made.setAccessibleName(spoken if number else words)
