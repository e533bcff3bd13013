"""The form of a letter: From, To, Cc, Bcc, subject, text and files. Shows a letter, emits what
the person changes; keeps and sends nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from roammail.core.address import Mailbox, address_key, parse_mailbox
from roammail.core.composing import How
from roammail.core.contacts import Contact, as_typed
from roammail.core.errors import BadMessage
from roammail.core.letter import Letter
from roammail.ui.models.letter_check import Field
from roammail.ui.say import Say
from roammail.ui.theme import L, M, Role, S, Theme, Tone
from roammail.ui.widgets.address_field import AddressField
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card, line
from roammail.ui.widgets.file_chips import FileChips
from roammail.ui.widgets.letter_body import LetterBody
from roammail.ui.widgets.texts import text

_NAMES = ("to", "cc", "bcc")


class LetterForm(Card):
    """`changed(field, text)` with a field of `Letter` ("from_", "to", …)."""

    changed = Signal(str, str)
    contact_forgotten = Signal(str)

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=L, gap=M)
        self._theme, self._say = theme, say
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(M)
        self._grid.setVerticalSpacing(M)
        self._grid.setColumnStretch(1, 1)
        self.body.addLayout(self._grid)
        self._make_from()
        forget = say("Shift+Delete takes somebody off this list.")
        names = {"to": say("To"), "cc": say("Cc"), "bcc": say("Bcc")}
        self.fields = {key: AddressField(theme, say, names[key], forget) for key in _NAMES}
        self._more = {key: self._make_more(key) for key in ("cc", "bcc")}
        self._labels: dict[str, QLabel] = {}
        for number, key in enumerate(_NAMES, start=1):
            self._make_field(number, key, names[key])
        self._make_subject()
        self.body.addWidget(line())
        self._make_note()
        self.text = LetterBody(theme, say("Text"))
        self.text.setProperty("bare", "true")
        self.text.setMinimumHeight(self.text.fontMetrics().lineSpacing() * 5)
        self.text.textChanged.connect(lambda: self.changed.emit("body", self.text.toPlainText()))
        self.body.addWidget(self.text, 1)
        self.chips = FileChips(theme, say)
        self.body.addWidget(self.chips)
        self._rest = QWidget()  # takes the text's place where there is none to write
        self._rest.hide()
        self.body.addWidget(self._rest, 1)
        self._order()

    def _make_from(self) -> None:
        say = self._say
        self.from_ = QComboBox()
        self.from_.setEditable(True)
        self.from_.setProperty("field", "true")
        self.from_.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.from_.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.from_.setMinimumContentsLength(12)
        self.from_.setAccessibleName(say("From"))
        arrow = QAction(self._theme.icon("mdi6.chevron-down", Tone.MUTED), say("Addresses"), self)
        arrow.triggered.connect(self.from_.showPopup)
        self._from_line().addAction(arrow, QLineEdit.ActionPosition.TrailingPosition)
        self.from_.editTextChanged.connect(lambda words: self.changed.emit("from_", words))
        self._grid.addWidget(self._label(say("From"), self.from_), 0, 0)
        self._grid.addWidget(self.from_, 0, 1)

    def _from_line(self) -> QLineEdit:
        found = self.from_.lineEdit()
        assert found is not None
        return found

    def _make_more(self, key: str) -> QPushButton:
        say = self._say
        words = say("Add Cc") if key == "cc" else say("Add Bcc")
        made = button(self._theme, "Cc" if key == "cc" else "Bcc", ButtonKind.QUIET)
        made.setAccessibleName(words)
        made.setToolTip(words)
        made.clicked.connect(lambda: self._open(key, focus=True))
        return made

    def _make_field(self, number: int, key: str, name: str) -> None:
        field = self.fields[key]
        self._labels[key] = self._label(name, field.line)
        self._grid.addWidget(self._labels[key], number, 0)
        if key == "to":
            self._grid.addLayout(self._with_more(field), number, 1)
        else:
            self._grid.addWidget(field, number, 1)
        field.edited.connect(lambda words: self.changed.emit(key, words))
        field.forgotten.connect(self.contact_forgotten)

    def _with_more(self, field: AddressField) -> QHBoxLayout:
        """To, and beside it what opens Cc and Bcc."""
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(field, 1)
        for one in self._more.values():
            row.addWidget(one, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _make_subject(self) -> None:
        say = self._say
        self.subject = QLineEdit()
        self.subject.setMaxLength(2000)
        self.subject.setAcceptDrops(False)
        self.subject.setAccessibleName(say("Subject"))
        self.subject.textChanged.connect(lambda words: self.changed.emit("subject", words))
        self._grid.addWidget(self._label(say("Subject"), self.subject), 4, 0)
        self._grid.addWidget(self.subject, 4, 1)

    def _make_note(self) -> None:
        self._note = text(self._theme, "", Role.BODY, Tone.MUTED)
        self._note.hide()
        self.body.addWidget(self._note)

    def _label(self, words: str, buddy: QWidget) -> QLabel:
        made = text(self._theme, words, Role.BODY, Tone.MUTED, wrap=False)
        made.setBuddy(buddy)
        made.setAlignment(Qt.AlignmentFlag.AlignTop)
        made.setContentsMargins(0, M, 0, 0)
        return made

    def _order(self) -> None:
        chain: list[QWidget] = [self.from_, self.fields["to"].line, *self._more.values()]
        chain += [self.fields[key].line for key in ("cc", "bcc")]
        chain += [self.subject, self.text]
        for first, second in pairwise(chain):
            QWidget.setTabOrder(first, second)

    # What is shown

    def show_letter(self, letter: Letter) -> None:
        """Another letter, or one that was changed elsewhere; nothing is emitted."""
        self.blockSignals(True)
        try:
            self.from_.setEditText(letter.from_)
            for key in _NAMES:
                self.fields[key].set_text(getattr(letter, key))
                self._open(key, focus=False, shown=key == "to" or bool(getattr(letter, key)))
            self.subject.setText(letter.subject)
            if self.text.toPlainText() != letter.body:
                self.text.setPlainText(letter.body)
            self.show_kind(letter)
            self.show_files(letter)
        finally:
            self.blockSignals(False)

    def show_kind(self, letter: Letter) -> None:
        """A message that is sent on as it is cannot be changed."""
        say = self._say
        resent = letter.how is How.RESENT
        self.subject.setReadOnly(resent)
        self.text.setVisible(not resent)
        self._note.setVisible(resent)
        self._rest.setVisible(resent)
        self._note.setText(
            say("This message is sent on exactly as it is, with a note of who sent it on.")
        )

    def show_files(self, letter: Letter) -> None:
        """The files alone."""
        fixed = letter.how is How.RESENT
        self.chips.show_files(letter.files, letter.original, fixed=fixed)

    def set_senders(self, senders: Sequence[Mailbox]) -> None:
        """Whom From offers; what stands there stays."""
        before = self.from_.currentText()
        self.blockSignals(True)
        try:
            self.from_.clear()
            self.from_.addItems([as_typed(sender) for sender in senders])
            self.from_.setEditText(before)
        finally:
            self.blockSignals(False)

    def set_contacts(self, contacts: Sequence[Contact]) -> None:
        """Whom the address fields offer."""
        for field in self.fields.values():
            field.set_contacts(contacts)

    def check(self) -> dict[str, Field]:
        """Judges the address fields and shows what is wrong."""
        return {key: field.check() for key, field in self.fields.items()}

    def author(self) -> str:
        """The address in From, "" while it is none."""
        try:
            return parse_mailbox(self.from_.currentText()).address
        except BadMessage:
            return ""

    def begin(self) -> None:
        """Puts the focus where one goes on writing."""
        wanted = (self.fields["to"].line, self.subject, self.text)
        empty = (not self.fields["to"].text(), not self.subject.text(), True)
        field = next(one for one, is_empty in zip(wanted, empty, strict=True) if is_empty)
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, key: str, *, focus: bool, shown: bool = True) -> None:
        self.fields[key].setVisible(shown)
        self._labels[key].setVisible(shown)
        if key in self._more:
            self._more[key].setVisible(not shown)
        if focus:
            self.fields[key].line.setFocus(Qt.FocusReason.OtherFocusReason)


def same_author(one: str, other: str) -> bool:
    """Whether two From texts name one address."""
    try:
        return address_key(parse_mailbox(one).address) == address_key(parse_mailbox(other).address)
    except BadMessage:
        return one.strip() == other.strip()
