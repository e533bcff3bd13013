"""Where a letter's text is written: plain text; files and pictures that are pasted or dropped
become attachments.
"""

from pathlib import Path

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from roammail.ui.theme import Role, Theme


class LetterBody(QPlainTextEdit):
    """`files_given` (tuple of Path), `picture_given` (QImage)."""

    files_given = Signal(object)
    picture_given = Signal(object)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(name)
        self.setFont(theme.font(Role.BODY))
        self.setTabChangesFocus(True)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(local_files(source)) or source.hasImage() or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = local_files(source)
        if files:
            self.files_given.emit(files)
        elif source.hasText():
            self.insertPlainText(source.text())
        elif source.hasImage():
            picture = source.imageData()
            if isinstance(picture, QImage):
                self.picture_given.emit(picture)


def local_files(source: QMimeData) -> tuple[Path, ...]:
    """The files on this computer that are dropped or pasted."""
    return tuple(Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile())
