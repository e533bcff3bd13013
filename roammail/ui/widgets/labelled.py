"""A field of a form: its name above, beneath it what is wrong or what it is for."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from roammail.ui.theme import Role, S, Theme, Tone
from roammail.ui.widgets.texts import set_tone, text


class Labelled(QWidget):
    """`name` may hold an "&": its mnemonic moves to the editor."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        editor: QWidget,
        hint: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._hint, self._wrong = hint, False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        self._label = label = QLabel(name)
        label.setFont(theme.font(Role.STRONG))
        label.setBuddy(editor)
        label.setWordWrap(True)
        column.addWidget(label)
        column.addWidget(editor)
        self._said = text(theme, hint, Role.SMALL, Tone.MUTED)
        self._said.setVisible(bool(hint))
        column.addWidget(self._said)
        self._editor = editor
        editor.setAccessibleName(name.replace("&", ""))
        editor.setAccessibleDescription(hint)

    def rename(self, name: str) -> None:
        """Another name for the same field."""
        self._label.setText(name)
        self._editor.setAccessibleName(name.replace("&", ""))

    @property
    def said(self) -> str:
        """What stands beneath the field."""
        return self._said.text() if not self._said.isHidden() else ""

    @property
    def complains(self) -> bool:
        """Whether what is wrong stands there."""
        return self._wrong

    def complain(self, problem: str, tone: Tone = Tone.BAD) -> None:
        """Says what is wrong; "" brings the hint back."""
        self._wrong = bool(problem)
        shown = problem or self._hint
        if shown == self._said.text() and bool(shown) is not self._said.isHidden():
            return
        self._said.setText(shown)
        set_tone(self._said, tone if problem else Tone.MUTED)
        self._said.setVisible(bool(shown))
        self._editor.setAccessibleDescription(shown)
