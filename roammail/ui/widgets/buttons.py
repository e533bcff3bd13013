"""Buttons in the four kinds of the style sheet, each with its accessible name."""

from enum import StrEnum

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QWidget

from roammail.ui.theme import Theme, Tone


class ButtonKind(StrEnum):
    """PRIMARY: the one best thing, once a page. QUIET: as a link. DANGER: not to be undone."""

    PRIMARY = "primary"
    PLAIN = "plain"
    QUIET = "quiet"
    DANGER = "danger"


#: How much wider than high an icon's place is: the glyph stands in its middle, off the words.
_AIR = 6
_ICON_TONES = {
    ButtonKind.PRIMARY: Tone.ON_ACCENT,
    ButtonKind.PLAIN: Tone.TEXT,
    ButtonKind.QUIET: Tone.ACCENT,
    ButtonKind.DANGER: Tone.BAD,
}


def button(
    theme: Theme,
    words: str,
    kind: ButtonKind = ButtonKind.PLAIN,
    icon: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """A button; an "&" in `words` marks its mnemonic."""
    made = QPushButton(words, parent)
    made.setProperty("kind", kind.value)
    made.setAccessibleName(words.replace("&", ""))
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setAutoDefault(False)
    if icon:
        made.setIcon(theme.icon(icon, _ICON_TONES[kind]))
        made.setIconSize(made.iconSize() + QSize(_AIR, 0))
    return made


def rename(made: QPushButton, words: str) -> None:
    """Another text on the button, and for those who hear it."""
    made.setText(words)
    made.setAccessibleName(words.replace("&", ""))
