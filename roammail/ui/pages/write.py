"""Write: a letter from the first word to the outbox. Says beforehand through what it will go;
keeps it while it is written; sends it so that it can be taken back for some seconds.

The form is `widgets/letter_form.py`'s, keeping `letter_keeper.py`'s, what the page is opened
with `letter_opener.py`'s.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from roammail.core.address import Mailbox
from roammail.core.contacts import as_typed
from roammail.core.letter import AttachedFile, Letter
from roammail.core.outlook import Outlook
from roammail.engine.desk import Opened, Sent
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.letter_keeper import LetterKeeper
from roammail.ui.letter_opener import LetterOpener
from roammail.ui.models.letter_check import Doubt, doubts
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.banner import Banner
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.drafts_menu import DraftsMenu
from roammail.ui.widgets.letter_body import local_files
from roammail.ui.widgets.letter_form import LetterForm
from roammail.ui.widgets.question import Question
from roammail.ui.widgets.send_bar import SendBar
from roammail.ui.widgets.send_row import SendRow
from roammail.ui.widgets.texts import text
from roammail.ui.writing_help import WritingHelp

#: Milliseconds for which a discarded letter can be had back.
_UNDO_DISCARD = 15_000


class WritePage(QWidget):
    """`open_with` takes a Letter, a mailto: link, or the Path of a message file."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._hold = 10.0
        self._senders: tuple[Mailbox, ...] = ()
        self._outlook: Outlook | None = None
        self._confirmed: set[Doubt] = set()
        self._keeper = self._keeper_of(Letter())
        self._going: LetterKeeper | None = None  # discarded, and can still be wanted back
        self._goes = QTimer(self, singleShot=True, interval=_UNDO_DISCARD)
        self._goes.timeout.connect(self._really_gone)
        self.setAcceptDrops(True)
        self._build()
        self._opener = LetterOpener(context, self._question, self)
        self._opener.opened.connect(self._opened)
        self._opener.told.connect(self._tell)
        self._help = WritingHelp(context, self)
        self._form.show_letter(self._keeper.letter)
        self._connect()
        self._begin()

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever looks at something else, or ends the program, has stopped typing."""
        super().hideEvent(event)
        self._keeper.save()

    # Opening

    def open_with(self, argument: object) -> None:
        """Another letter; what is being written is kept as a draft."""
        if isinstance(argument, Letter):
            self._show(argument)
        elif isinstance(argument, Opened):
            self._opener.show(argument)
        elif isinstance(argument, str | Path):
            self._opener.open(argument, self._author())

    @property
    def letter(self) -> Letter:
        """What is being written."""
        return self._keeper.letter

    def _show(self, letter: Letter) -> None:
        self._take(self._keeper_of(letter))

    def _take(self, keeper: LetterKeeper) -> None:
        """Goes on with another letter; the one before is kept."""
        before, self._keeper = self._keeper, keeper
        if before is not self._going:
            before.leave()
        self._confirmed.clear()
        self._question.clear()
        self._banner.hide()
        if not keeper.letter.from_ and self._senders:
            self._keeper.change(from_=as_typed(self._senders[0]))
        self._form.show_letter(self._keeper.letter)
        self._saved.clear()
        self._enable(True)
        self._row.show_kind(self.letter)
        self._leave_out()
        self._buttons()
        self._form.begin()
        self._help.author_is(self._form.author())

    def _opened(self, letter: Letter) -> None:
        self._show(letter)
        self._drafts.refresh()

    def _tell(self, words: str, tone: Tone) -> None:
        self._banner.tell(words, tone)

    # Building

    def _build(self) -> None:
        context, say = self._context, self._context.say
        outer = QVBoxLayout(self)
        outer.setContentsMargins(XL + S, XL, XL + S, L)
        outer.setSpacing(M)
        head = QHBoxLayout()
        head.setSpacing(M)
        head.addWidget(text(context.theme, say("Write"), Role.TITLE, wrap=False))
        self._saved = text(context.theme, "", Role.SMALL, Tone.MUTED, wrap=False)
        self._saved.setContentsMargins(0, M, 0, 0)
        head.addWidget(self._saved, 1)
        self._drafts = DraftsMenu(context)
        self._drafts.chosen.connect(self._show)
        head.addWidget(self._drafts)
        self._open_file = button(
            context.theme,
            say("&Forward a message file…"),
            ButtonKind.QUIET,
            "mdi6.email-open-outline",
        )
        self._open_file.clicked.connect(self._choose_message)
        head.addWidget(self._open_file)
        self._discard = button(
            context.theme, say("&Discard"), ButtonKind.DANGER, "mdi6.trash-can-outline"
        )
        self._discard.clicked.connect(self._throw_away)
        head.addWidget(self._discard)
        outer.addLayout(head)
        self._bars = QVBoxLayout()
        self._bars.setSpacing(M)
        outer.addLayout(self._bars)
        self._banner = Banner(context.theme, say("Close this notice"))
        self._banner.acted.connect(self._banner_acted)
        self._undo: Callable[[], None] | None = None
        outer.addWidget(self._banner)
        self._form = LetterForm(context.theme, say)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._form)
        outer.addWidget(area, 1)
        self._question = Question(context.theme)
        outer.addWidget(self._question)
        self._row = SendRow(context)
        outer.addWidget(self._row)

    def _connect(self) -> None:
        form, row = self._form, self._row
        form.changed.connect(self._changed)
        form.contact_forgotten.connect(self._help.forget)
        form.chips.taken_off.connect(self._take_off)
        form.text.files_given.connect(self._given)
        form.text.picture_given.connect(self._attach_picture)
        row.send_wanted.connect(self._send)
        row.attach_wanted.connect(self._choose_files)
        row.go_wanted.connect(lambda page: self._context.go(page, None))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self._send)
        attach = QShortcut(QKeySequence("Ctrl+Shift+A"), self)
        attach.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        attach.activated.connect(self._choose_files)
        self._help.senders_known.connect(self._senders_known)
        self._help.contacts_known.connect(form.set_contacts)
        self._help.outlook_known.connect(self._outlook_known)

    def _begin(self) -> None:
        async def begin(engine: Engine) -> float:
            await engine.desk.settle()
            return float(engine.settings.undo_seconds)

        self._context.bridge.submit(begin, self._begun, owner=self)

    def _begun(self, hold: float) -> None:
        self._hold = hold
        self._drafts.refresh(self._last_draft)
        self._help.begin()

    def _last_draft(self, letters: tuple[Letter, ...]) -> None:
        """What a crash or an end interrupted is there again."""
        if letters and self.letter.is_blank and self.letter.id is None:
            self._show(letters[0])
            self._tell(self._context.say("This is the letter that you were writing."), Tone.BUSY)
        self._buttons()

    def _keeper_of(self, letter: Letter) -> LetterKeeper:
        keeper = LetterKeeper(self._context.bridge, letter, self)
        keeper.files_changed.connect(lambda: self._files_changed(keeper))
        keeper.kept.connect(lambda: self._kept(keeper))
        keeper.failed.connect(self._failed)
        keeper.sent.connect(self._sent)
        keeper.not_sent.connect(self._not_sent)
        return keeper

    # Writing

    def _changed(self, field: str, words: str) -> None:
        self._keeper.change(**{field: words})
        if field == "from_":
            self._help.author_is(self._form.author())
        if self.letter.to.strip():
            self._help.writing()
        self._saved.clear()
        self._buttons()
        self._foresee()

    def _kept(self, keeper: LetterKeeper) -> None:
        self._leave_out()
        if keeper is self._keeper and keeper.is_saved and self._keeper.letter.id is not None:
            self._saved.setText(self._context.say("Draft kept"))
        self._drafts.refresh()

    def _failed(self, error: Exception) -> None:
        self._tell(problem_words(error, self._context.say), Tone.BAD)

    def _attach(self, files: tuple[Path, ...]) -> None:
        for path in files:
            self._keeper.attach(path)

    def _attach_picture(self, picture: QImage) -> None:
        name = self._context.say("picture")
        self._keeper.attach_image(picture, f"{name}.png")

    def _take_off(self, file: AttachedFile | None) -> None:
        say = self._context.say
        if file is None:
            self._keeper.drop_original()
            return
        keeper = self._keeper
        keeper.take_off(file)
        self._undo = lambda: keeper.put_back(file)
        self._banner.tell(say("{name} was taken off.", name=file.name), Tone.BUSY, say("Undo"))

    def _files_changed(self, keeper: LetterKeeper) -> None:
        if keeper is not self._keeper:
            return
        self._form.show_kind(self.letter)
        self._form.show_files(self.letter)
        self._row.show_kind(self.letter)
        self._buttons()
        self._foresee()

    def _choose_files(self) -> None:
        dialog = QFileDialog(self, self._context.say("Attach files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self._attach(tuple(map(Path, names))))
        dialog.open()

    def _choose_message(self) -> None:
        say = self._context.say
        dialog = QFileDialog(self, say("Forward a message file"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([say("Messages (*.eml)"), say("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._opener.open(Path(name), self._author()))
        dialog.open()

    def _throw_away(self) -> None:
        """Gone from the page at once, from the disk when its undoing is over."""
        self._really_gone()
        say, keeper = self._context.say, self._keeper
        keeper.save()
        self._going = keeper
        self._goes.start()
        self._show(Letter())
        self._undo = self._not_gone
        self._banner.tell(say("The letter was discarded."), Tone.BUSY, say("Undo"))

    def _not_gone(self) -> None:
        keeper, self._going = self._going, None
        self._goes.stop()
        if keeper is not None:
            self._take(keeper)

    def _really_gone(self) -> None:
        keeper, self._going = self._going, None
        self._goes.stop()
        if keeper is not None:
            keeper.discard()
            keeper.leave()

    def _banner_acted(self) -> None:
        undo, self._undo = self._undo, None
        self._banner.hide()
        if undo is not None:
            undo()

    # Sending

    def _send(self) -> None:
        if not self._form.isEnabled():
            return
        say = self._context.say
        fields = self._form.check()
        wrong = next((key for key, found in fields.items() if found.wrong), None)
        if wrong is not None:
            self._form.fields[wrong].line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        if not any(found.people for found in fields.values()):
            self._tell(say("Name somebody to write to."), Tone.WARN)
            self._form.fields["to"].line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        open_doubts = [doubt for doubt in doubts(self.letter) if doubt not in self._confirmed]
        if open_doubts:
            self._ask(open_doubts[0])
            return
        self._banner.hide()
        self._enable(False)
        self._keeper.send(self._hold)

    def _ask(self, doubt: Doubt) -> None:
        say, form = self._context.say, self._form

        def go_on() -> None:
            self._confirmed.add(doubt)
            self._send()

        if doubt is Doubt.NO_SUBJECT:
            focus = form.subject.setFocus
            answers = [(say("Write a subject"), focus), (say("Send without a subject"), go_on)]
            self._question.ask(say("The letter has no subject."), [*answers])
        else:
            answers = [(say("Attach files"), self._choose_files), (say("Send without"), go_on)]
            words = say("You speak of something attached, and nothing is.")
            self._question.ask(words, answers, "mdi6.paperclip")

    def _sent(self, sent: Sent) -> None:
        bar = SendBar(self._context, sent, self._hold)
        bar.taken_back.connect(self._back)
        bar.show_wanted.connect(lambda number: self._context.go("outbox", number))
        bar.closed.connect(lambda: self._close_bar(bar))
        self._bars.addWidget(bar)
        self._show(Letter())
        self._drafts.refresh()

    def _close_bar(self, bar: SendBar) -> None:
        self._bars.removeWidget(bar)
        bar.hide()
        bar.deleteLater()

    def _back(self, letter: Letter) -> None:
        self._show(letter)
        self._tell(self._context.say("Nothing was sent."), Tone.GOOD)
        self._drafts.refresh()

    def _not_sent(self, error: Exception) -> None:
        self._enable(True)
        self._tell(problem_words(error, self._context.say), Tone.BAD)

    # What is known

    def _author(self) -> str:
        words = self._form.from_.currentText()
        return words or (as_typed(self._senders[0]) if self._senders else "")

    def _senders_known(self, senders: tuple[Mailbox, ...]) -> None:
        self._senders = senders
        self._form.set_senders(senders)
        if senders and not self._form.from_.currentText():
            self._form.from_.setEditText(as_typed(senders[0]))
        self._help.author_is(self._form.author())

    def _outlook_known(self, found: Outlook) -> None:
        self._outlook = found
        self._foresee()

    def _foresee(self) -> None:
        self._row.show_outlook(self._outlook, self.letter, self._form.author())

    def _leave_out(self) -> None:
        going = [self._going.letter] if self._going else []
        self._drafts.leave_out(self.letter, *going)

    def _buttons(self) -> None:
        self._discard.setVisible(not self.letter.is_blank)

    def _enable(self, enabled: bool) -> None:
        self._form.setEnabled(enabled)
        self._row.setEnabled(enabled)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self._given(local_files(event.mimeData()))

    def _given(self, files: tuple[Path, ...]) -> None:
        """Files that were dropped or pasted; a message in an empty letter is to be passed on."""
        if len(files) == 1 and files[0].suffix.lower() == ".eml" and self.letter.is_blank:
            self._opener.open(files[0], self._author())
        else:
            self._attach(files)
