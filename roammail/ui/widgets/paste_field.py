"""The field for an error or a bounce: pasted, typed or dropped. A long text is handed over whole
and only its beginning shown, so that ten megabytes do not stop the window.
"""

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from roammail.ui.theme import Theme, Tone
from roammail.ui.widgets.letter_body import local_files
from roammail.words.display import display

#: Characters that are shown and can be edited; a pasted text that is longer is handed over.
SHOWN = 20_000
#: Lines: as high as its text, between these.
_FEWEST, _MOST = 4, 10
#: Pixels of the style sheet's border and padding.
_AROUND = 8


class PasteField(QPlainTextEdit):
    """`edited` with every change by the person; `long_given` (str) for a long pasted text;
    `files_given` (tuple of Path)."""

    edited = Signal()
    long_given = Signal(object)
    files_given = Signal(object)

    def __init__(self, theme: Theme, name: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._setting = theme, False
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setFont(theme.mono())
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(True)
        self.textChanged.connect(self._changed)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()
        theme.changed.connect(self._colour_again)

    def show_text(self, words: str) -> None:
        """Another text, of which no more than the beginning is shown; nothing is emitted."""
        self._setting = True
        self.setPlainText(display(words, SHOWN, lines=True))
        self.mark(())
        self._setting = False

    def mark(self, places: Sequence[tuple[int, int]]) -> None:
        """Sets off the words that gave it away: (begin, length)."""
        look = self._look()
        selections = []
        end = len(self.toPlainText())
        for begin, length in places:
            if begin + length > end:
                continue
            selection = QTextEdit.ExtraSelection()
            cursor = QTextCursor(self.document())
            cursor.setPosition(begin)
            cursor.setPosition(begin + length, QTextCursor.MoveMode.KeepAnchor)
            selection.cursor, selection.format = cursor, look
            selections.append(selection)
        self.setExtraSelections(selections)

    def _look(self) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setBackground(self._theme.soft(Tone.WARN))
        look.setForeground(self._theme.colour(Tone.WARN))
        return look

    def _colour_again(self) -> None:
        look, selections = self._look(), self.extraSelections()
        for selection in selections:
            selection.format = look
        self.setExtraSelections(selections)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(local_files(source)) or source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        if files := local_files(source):
            self.files_given.emit(files)
            return
        words = source.text()
        if len(words) + self.document().characterCount() > SHOWN:
            self.long_given.emit(words)
        else:
            self.insertPlainText(words)

    def _fit(self) -> None:
        lines = min(max(int(self.document().size().height()), _FEWEST), _MOST)
        around = 2 * int(self.document().documentMargin()) + 2 * _AROUND
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + around)

    def _changed(self) -> None:
        if not self._setting:
            self.edited.emit()
