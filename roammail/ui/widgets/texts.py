"""Labels in the theme's roles. What a server or a file says is always plain text (rule 9)."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from roammail.ui.theme import Role, Theme, Tone


def text(
    theme: Theme,
    words: str = "",
    role: Role = Role.BODY,
    tone: Tone | None = None,
    *,
    wrap: bool = True,
    selectable: bool = False,
    parent: QWidget | None = None,
) -> QLabel:
    """A plain-text label that wraps; `selectable` by mouse and keyboard."""
    label = QLabel(words, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(theme.font(role))
    label.setWordWrap(wrap)
    if tone is not None:  # not by `set_tone`: no style has looked at it yet
        label.setProperty("tone", tone.value)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def set_tone(label: QLabel, tone: Tone) -> None:
    """Another colour for the label, by the style sheet."""
    label.setProperty("tone", tone.value)
    label.style().unpolish(label)
    label.style().polish(label)
