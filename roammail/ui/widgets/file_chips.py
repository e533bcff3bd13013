"""The files of a letter: a chip for each, with its size and a cross that takes it off."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from roammail.core.letter import AttachedFile
from roammail.ui.models.letter_check import octets_shown
from roammail.ui.say import Say
from roammail.ui.theme import M, Role, S, Theme, Tone
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_LONGEST = 40  # characters of a name; the rest is in the tip
_ICONS = (
    ("image/", "mdi6.file-image-outline"),
    ("audio/", "mdi6.file-music-outline"),
    ("video/", "mdi6.file-video-outline"),
    ("text/", "mdi6.file-document-outline"),
    ("message/", "mdi6.email-outline"),
    ("application/pdf", "mdi6.file-pdf-box"),
)


class FileChips(QWidget):
    """`show_files` replaces what is shown. `taken_off` names the file (AttachedFile), or is
    None for the message that is passed on."""

    taken_off = Signal(object)

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._say = theme, say
        self._flow = FlowLayout(self, M)
        self.hide()

    def show_files(
        self, files: Sequence[AttachedFile], original: AttachedFile | None, *, fixed: bool
    ) -> None:
        """`fixed`: the original is the message itself and cannot be taken off."""
        self._flow.clear()
        if original is not None:
            self._flow.addWidget(self._chip(original, None, removable=not fixed))
        for file in files:
            self._flow.addWidget(self._chip(file, file, removable=True))
        self.setVisible(self._flow.count() > 0)
        self.updateGeometry()

    def _chip(self, file: AttachedFile, told: AttachedFile | None, *, removable: bool) -> QWidget:
        say, theme = self._say, self._theme
        chip = QFrame()
        chip.setProperty("field", "true")
        row = QHBoxLayout(chip)
        row.setContentsMargins(M, S, S if removable else M, S)
        row.setSpacing(M)
        picture = QLabel()
        side = chip.fontMetrics().height()
        picture.setPixmap(theme.icon(_icon(file), Tone.MUTED).pixmap(side, side))
        row.addWidget(picture)
        name = display(file.name, 255)
        short = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 12]}…{name[-11:]}"
        shown = text(theme, short, Role.BODY, wrap=False)
        shown.setToolTip(name)
        row.addWidget(shown)
        number, unit = octets_shown(file.size)
        row.addWidget(text(theme, f"{number} {unit}", Role.SMALL, Tone.MUTED, wrap=False))
        chip.setAccessibleName(say("Attached: {name}, {size}", name=name, size=f"{number} {unit}"))
        if removable:
            row.addWidget(self._cross(name, told))
        return chip

    def _cross(self, name: str, told: AttachedFile | None) -> QToolButton:
        cross = QToolButton()
        cross.setAutoRaise(True)
        cross.setIcon(self._theme.icon("mdi6.close", Tone.MUTED))
        cross.setCursor(Qt.CursorShape.PointingHandCursor)
        say = self._say
        words = say("Take off {name}", name=name)
        cross.setAccessibleName(words)
        cross.setToolTip(words)
        cross.clicked.connect(lambda: self.taken_off.emit(told))
        return cross


def _icon(file: AttachedFile) -> str:
    return next((icon for start, icon in _ICONS if file.mime_type.startswith(start)), "mdi6.file")
