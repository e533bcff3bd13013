"""The button with the letters that were begun and not sent. Hidden while there are none."""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from roammail.core.letter import Letter
from roammail.ui.context import Context
from roammail.ui.theme import Tone
from roammail.ui.widgets.buttons import ButtonKind, rename
from roammail.words.display import display

_MOST = 20  # letters in the menu


class DraftsMenu(QPushButton):
    """`chosen` (Letter). `refresh` asks the engine."""

    chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._hidden: tuple[int | None, ...] = ()
        self._letters: tuple[Letter, ...] = ()
        self.setProperty("kind", ButtonKind.QUIET.value)
        self.setIcon(context.theme.icon("mdi6.file-edit-outline", Tone.ACCENT))
        self._menu = QMenu(self)
        self.setMenu(self._menu)
        self.hide()

    def refresh(self, then: Callable[[tuple[Letter, ...]], None] | None = None) -> None:
        """Lists anew; `then` gets the letters."""

        def known(letters: tuple[Letter, ...]) -> None:
            self._show(letters)
            if then is not None:
                then(letters)

        self._context.bridge.submit(lambda engine: engine.desk.letters(), known, owner=self)

    def leave_out(self, *letters: Letter) -> None:
        """What is being written or thrown away is not offered."""
        self._hidden = tuple(letter.id for letter in letters)
        self._show(self._letters)

    def _show(self, letters: tuple[Letter, ...]) -> None:
        self._letters = letters
        shown = [one for one in letters if one.id not in self._hidden]
        say = self._context.say
        rename(self, say.many("{number} draft", "{number} drafts", len(shown)))
        self.setVisible(bool(shown))
        self._menu.clear()
        for letter in shown[:_MOST]:
            action = self._menu.addAction(self._name(letter).replace("&", "&&"))
            action.triggered.connect(lambda _=False, letter=letter: self.chosen.emit(letter))

    def _name(self, letter: Letter) -> str:
        say = self._context.say
        subject = display(letter.subject.strip(), 50) or say("(no subject)")
        to = display(letter.to.strip().rstrip(","), 40) or say("(nobody)")
        when = _when(letter.changed)
        return say("{subject} · {people} · {time}", subject=subject, people=to, time=when)


def _when(moment: datetime | None) -> str:
    if moment is None:
        return ""
    here, today = moment.astimezone(), datetime.now(UTC).astimezone()
    return f"{here:%H:%M}" if here.date() == today.date() else f"{here:%Y-%m-%d}"
