"""A field for several addresses: completes from past mail, and says what is wrong with them.

Emits what is typed; knows neither where contacts come from nor what becomes of the letter.
"""

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from roammail.core.contacts import Contact, matching
from roammail.ui.address_words import address_problem
from roammail.ui.gently import Gently
from roammail.ui.models.letter_check import Field, check_field, may_become, one_line
from roammail.ui.say import Say
from roammail.ui.theme import Role, S, Theme, Tone
from roammail.ui.widgets.texts import text
from roammail.words.display import display

Index = QModelIndex | QPersistentModelIndex
_SHOWN = 8  # contacts at a time
_LINE_ENDS = frozenset("\r\n\u2028\u2029")


class _Roomy(QStyledItemDelegate):
    """Rows that are easy to hit; the completer makes its list as high as they are."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return super().sizeHint(option, index) + QSize(0, 2 * S)


class AddressField(QWidget):
    """`edited` with every change by the person; `forgotten` (an address) when a contact was
    taken off the list with Shift+Delete."""

    edited = Signal(str)
    forgotten = Signal(str)

    def __init__(
        self,
        theme: Theme,
        say: Say,
        name: str,
        forget_tip: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._say = say
        self._contacts: tuple[Contact, ...] = ()
        self._found: tuple[Contact, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.line.setMaxLength(100_000)
        self.line.setAcceptDrops(False)  # what is dropped here is meant for the letter
        self.line.textEdited.connect(self._edited)
        self._gently = Gently(self)
        self._gently.watch(_ALL, self.line)
        self._gently.judge.connect(self._judge)
        column.addWidget(self.line)
        self._wrong = text(theme, "", Role.SMALL, Tone.BAD)
        self._wrong.hide()
        column.addWidget(self._wrong)
        self.setFocusProxy(self.line)
        self._model = QStringListModel(self)
        self._popup = QListView()
        self._completer = self._make_completer(forget_tip)

    def _make_completer(self, forget_tip: str) -> QCompleter:
        completer = QCompleter(self._model, self)
        completer.setPopup(self._popup)
        self._popup.setItemDelegate(_Roomy(self._popup))
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setWidget(self.line)
        completer.setMaxVisibleItems(_SHOWN)
        completer.activated[str].connect(self._chosen)  # type: ignore[index]
        self._popup.installEventFilter(self)
        self._popup.setToolTip(forget_tip)
        self._popup.setAccessibleName(self.line.accessibleName())
        return completer

    def set_contacts(self, contacts: Sequence[Contact]) -> None:
        """Whom to offer, the likeliest first."""
        self._contacts = tuple(contacts)

    def text(self) -> str:
        """As it was typed."""
        return self.line.text()

    def set_text(self, words: str) -> None:
        """Shows another text; nothing is emitted."""
        self.line.setText(words)
        self.line.setCursorPosition(len(self.line.text()))
        self._gently.forget()
        self._show(Field())

    def check(self) -> Field:
        """Judges what is there, and says under the field what is wrong."""
        self._gently.insist({_ALL})
        found = check_field(self.line.text())
        self._show(found)
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            popup = self._popup
            deletes = event.key() == Qt.Key.Key_Delete
            if watched is popup and deletes and event.modifiers() & _SHIFT:
                self._forget(popup.currentIndex().row())
                return True
            if watched is popup and event.key() == Qt.Key.Key_Tab and popup.isVisible():
                self._tab(popup.currentIndex().row())
                return True
        return super().eventFilter(watched, event)

    def _edited(self, words: str) -> None:
        if _LINE_ENDS.intersection(words):
            words = one_line(words)
            self.line.setText(words)
        elif words.endswith(";") and ":" not in words and words.count('"') % 2 == 0:
            words = f"{words[:-1]}, "
            self.line.setText(words)
        complained = not self._wrong.isHidden()
        self._gently.edited(_ALL, complained=complained)
        if complained:
            self._judge()
        self._offer()
        self.edited.emit(words)

    def _judge(self) -> None:
        """Complains where it is time to."""
        words = self.line.text()
        found = check_field(words)
        if found.wrong:
            start, typed = self._typed()
            hopeful = start >= 0 and may_become(words[:start], typed)
            if not self._gently.shows(_ALL, hopeful=hopeful):
                found = Field()
        self._show(found)

    def _offer(self) -> None:
        start, typed = self._typed()
        self._found = matching(self._contacts, typed, _SHOWN)
        if not self._found or start < 0:
            self._popup.hide()
            return
        self._model.setStringList([display(contact.text, 200) for contact in self._found])
        self._completer.complete()
        # Whoever has typed a whole address is offered others, and keeps it with Tab and Enter.
        whole = "@" in typed and not check_field(typed).wrong
        self._popup.setCurrentIndex(QModelIndex() if whole else self._model.index(0))

    def _tab(self, row: int) -> None:
        self._popup.hide()
        if 0 <= row < len(self._found):
            self._chosen(display(self._found[row].text, 200))
        else:
            self.line.focusNextChild()

    def _typed(self) -> tuple[int, str]:
        """Where the address begins in which the cursor stands, and its text so far; -1 where
        the cursor is not at the end of one."""
        words, end = self.line.text(), self.line.cursorPosition()
        if words[end:].strip() and not words[end:].lstrip().startswith(","):
            return -1, ""
        before = words[:end]
        start = 0
        quoted = False
        for place, character in enumerate(before):
            quoted ^= character == '"'
            if character == "," and not quoted:
                start = place + 1
        return start, before[start:].strip()

    def _chosen(self, shown: str) -> None:
        contact = next((c for c in self._found if display(c.text, 200) == shown), None)
        start, _ = self._typed()
        if contact is None or start < 0:
            return
        words, end = self.line.text(), self.line.cursorPosition()
        rest = words[end:].lstrip(" ,")
        head = f"{words[:start].rstrip()} {contact.text}, ".lstrip()
        self.line.setText(head + rest)
        self.line.setCursorPosition(len(head))
        self._found = ()
        self._judge()
        self.edited.emit(self.line.text())

    def _forget(self, row: int) -> None:
        if not 0 <= row < len(self._found):
            return
        gone = self._found[row]
        self._contacts = tuple(c for c in self._contacts if c is not gone)
        self.forgotten.emit(gone.mailbox.address)
        self._offer()

    def _show(self, found: Field) -> None:
        words = address_problem(found, self._say)
        self._wrong.setText(words)
        self._wrong.setVisible(bool(words))
        self.line.setAccessibleDescription(words)


_ALL = "addresses"
_SHIFT = Qt.KeyboardModifier.ShiftModifier
