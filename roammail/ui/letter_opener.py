"""What the Write page is opened with: mailto: links and message files, which become letters."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal

from roammail.core.composing import How
from roammail.core.contacts import as_typed
from roammail.core.errors import BadMessage
from roammail.core.letter import Letter
from roammail.core.mailto import Mailto, is_mailto, read_mailto
from roammail.engine.desk import Opened
from roammail.ui.context import Context
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import Tone
from roammail.ui.widgets.question import Question
from roammail.words.display import display


class LetterOpener(QObject):
    """`opened` (Letter); `told` (words, Tone) what the person should know of it."""

    opened = Signal(object)
    told = Signal(str, object)

    def __init__(self, context: Context, question: Question, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._question = question

    def open(self, given: str | Path, author: str) -> None:
        """A mailto: link, or a message file (a path or a file: address), sent by `author`."""
        if isinstance(given, str) and is_mailto(given):
            self._link(given, author)
            return
        if isinstance(given, str):
            url = QUrl(given)
            given = Path(url.toLocalFile() if url.isLocalFile() else given)
        self._file(given, author)

    def _link(self, link: str, author: str) -> None:
        try:
            found = read_mailto(link)
        except BadMessage as error:
            self.told.emit(problem_words(error, self._context.say), Tone.BAD)
            return
        self.opened.emit(replace(_letter(found), from_=author))
        if any(name.startswith("attach") for name in found.refused):
            say = self._context.say
            words = say("The link wanted to attach a file of yours. RoamMail does not do that.")
            self.told.emit(words, Tone.WARN)

    def _file(self, path: Path, author: str) -> None:
        say = self._context.say
        words = say("What should become of {name}?", name=display(path.name, 80))
        self._question.ask(
            words,
            [
                (say("Forward it as a file"), lambda: self._pass_on(path, How.ATTACHMENT, author)),
                (say("Forward it in the text"), lambda: self._pass_on(path, How.INLINE, author)),
                (say("Send it on as it is"), lambda: self._pass_on(path, How.RESENT, author)),
                (say("Nothing"), lambda: None),
            ],
            "mdi6.email-open-outline",
            Tone.BUSY,
            escape=3,
        )

    def _pass_on(self, path: Path, how: How, author: str) -> None:
        self._context.bridge.submit(
            lambda engine: engine.desk.pass_on_file(path, how, author),
            self.show,
            self._failed,
            owner=self,
        )

    def show(self, found: Opened) -> None:
        """A message that is a letter already."""
        self.opened.emit(found.letter)
        if found.formatted:
            say = self._context.say
            self.told.emit(say("Its formatting is lost: here it is plain text."), Tone.WARN)

    def _failed(self, error: Exception) -> None:
        self.told.emit(problem_words(error, self._context.say), Tone.BAD)


def _letter(found: Mailto) -> Letter:
    return Letter(
        to=", ".join(map(as_typed, found.to)),
        cc=", ".join(map(as_typed, found.cc)),
        bcc=", ".join(map(as_typed, found.bcc)),
        subject=found.subject,
        body=found.body,
    )
