"""Explain: a pasted error or a dropped bounce, put into plain words; and why relaying is refused
at all. Needs no profile and no network.
"""

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from roammail.core.diagnosis import Diagnosis
from roammail.core.mime_tree import MESSAGE_LIMIT
from roammail.core.profile import Profile
from roammail.engine.engine import Engine
from roammail.engine.explainer import Explained
from roammail.ui.bridge import Task
from roammail.ui.context import Context
from roammail.ui.models.explaining import Reason, addressed, concerned, reasons, telling, way_shown
from roammail.ui.models.rows import RowState
from roammail.ui.models.steps import Act, Step, needs_profile, steps
from roammail.ui.models.way import Place
from roammail.ui.problem_words import problem_words
from roammail.ui.remedies import RemedyDoer
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.banner import Banner
from roammail.ui.widgets.beside import Beside
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.diagnosis_card import DiagnosisCard
from roammail.ui.widgets.empty_state import EmptyState
from roammail.ui.widgets.help_card import HelpCard
from roammail.ui.widgets.help_viewer import HelpViewer
from roammail.ui.widgets.letter_body import local_files
from roammail.ui.widgets.page_scroll import PageScroll
from roammail.ui.widgets.paste_field import SHOWN, PasteField
from roammail.ui.widgets.reason_list import ReasonList
from roammail.ui.widgets.step_list import StepList
from roammail.ui.widgets.texts import text
from roammail.ui.widgets.way_drawing import WayDrawing
from roammail.words.display import display

#: Milliseconds without a key press before the text is explained.
_QUIET = 300
_EXAMPLE = (
    "SMTP error from remote mail server after RCPT TO:<ana@friend.example>:\n"
    "550 relay not permitted, authentication required"
)


class ExplainPage(QWidget):
    """`open_with` takes a text, or the Path of a message file."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._task: Task[Explained] | Task[tuple[bytes, Explained]] | None = None
        self._profile: Profile | None = None
        self._diagnosis: Diagnosis | None = None
        self._recipient = self._host = ""
        self._cut = False  # only the beginning is in the field
        self._doer = RemedyDoer(context, self)
        self.setAcceptDrops(True)
        self._build()
        self._connect()

    def open_with(self, argument: object) -> None:
        """Explains it at once."""
        self._stack.setCurrentWidget(self._scroll)
        if isinstance(argument, Path):
            self._open_file(argument)
        elif isinstance(argument, str) and argument.strip():
            self._take(argument)

    # Building

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        whole.addWidget(self._stack)
        inner = QWidget()
        inner.setProperty("clear", "true")
        column = QVBoxLayout(inner)
        column.setContentsMargins(XL + S, XL, XL + S, XL)
        column.setSpacing(L)
        self._build_top(column)
        self._build_answer(column)
        self._help = HelpCard(self._context)
        column.addWidget(self._help)
        column.addStretch(1)
        self._scroll = PageScroll(inner)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack.addWidget(self._scroll)
        self._viewer: HelpViewer | None = None

    def _build_top(self, column: QVBoxLayout) -> None:
        theme, say = self._context.theme, self._context.say
        head = QVBoxLayout()
        head.setSpacing(S)
        head.addWidget(text(theme, say("Why was it refused?"), Role.TITLE))
        hint = say("Paste the error, or drop the message that came back here.")
        head.addWidget(text(theme, hint, Role.BODY, Tone.MUTED))
        column.addLayout(head)
        self._banner = Banner(theme, say("Close this notice"))
        column.addWidget(self._banner)
        self.field = PasteField(theme, say("The error, or the bounced message"), _EXAMPLE)
        column.addWidget(self.field)
        acts = QHBoxLayout()
        acts.setSpacing(M)
        open_ = button(
            theme, say("&Open a bounced message…"), ButtonKind.PLAIN, "mdi6.email-open-outline"
        )
        open_.clicked.connect(self._choose_file)
        acts.addWidget(open_)
        self._clear = button(theme, say("&Clear"), ButtonKind.QUIET)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        acts.addWidget(self._clear)
        self._status = text(theme, "", Role.SMALL, Tone.MUTED)
        acts.addWidget(self._status, 1)
        column.addLayout(acts)

    def _build_answer(self, column: QVBoxLayout) -> None:
        context, say = self._context, self._context.say
        self._empty = EmptyState(
            context.theme,
            "mdi6.clipboard-text-outline",
            say("Copy what your mail program said, and paste it here."),
            say("&Paste"),
            say("Show me an example"),
            say("You see where your mail was stopped, whose fault that is, and what helps."),
        )
        column.addWidget(self._empty)
        self._answer = QWidget()
        self._answer.setAccessibleName(say("The explanation"))
        inner = QVBoxLayout(self._answer)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(L)
        self._reasons_card = Card()
        self._reasons = ReasonList(context)
        self._reasons_card.body.addWidget(self._reasons)
        inner.addWidget(self._reasons_card)
        drawing = Card()
        self.way = WayDrawing(context.theme, say)
        drawing.body.addWidget(self.way)
        inner.addWidget(drawing)
        told, todo = Card(), Card()
        self.card = DiagnosisCard(context, acts=False)
        told.body.addWidget(self.card)
        self.steps = StepList(context)
        todo.body.addWidget(self.steps)
        self._both = Beside(told, todo)
        inner.addWidget(self._both)
        self._answer.hide()
        column.addWidget(self._answer)

    def _connect(self) -> None:
        self._timer = QTimer(self, singleShot=True, interval=_QUIET)
        self._timer.timeout.connect(self._explain_typed)
        self.field.edited.connect(self._edited)
        self.field.long_given.connect(self._take)
        self.field.files_given.connect(lambda files: self._open_file(files[0]))
        self._empty.chosen.connect(self._paste)
        self._empty.other_chosen.connect(lambda: self._take(_EXAMPLE))
        self._reasons.chosen.connect(self._show_reason)
        self.steps.chosen.connect(self._take_step)
        self.steps.profile_named.connect(self._profile_named)
        self._context.situation.probing_changed.connect(self._show_steps)
        self._context.situation.profiles_changed.connect(self._show_steps)
        self._help.topic_chosen.connect(self._open_help)
        opening = QShortcut(QKeySequence(QKeySequence.StandardKey.Open), self)
        opening.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        opening.activated.connect(self._choose_file)

    # What comes in

    def clear(self) -> None:
        """Begins anew."""
        self._stop()
        self.field.show_text("")
        self._show_nothing()
        self.field.setFocus()

    def _edited(self) -> None:
        self._stop()
        if self.field.toPlainText().strip():
            self._clear.show()
            self._timer.start()
        else:
            self._show_nothing()

    def _explain_typed(self) -> None:
        self._explain(self.field.toPlainText())

    def _take(self, words: str) -> None:
        """A whole text, as from the clipboard or another page."""
        self._stop()
        self.field.show_text(words[:SHOWN])
        self._explain(words, cut=len(words) > SHOWN)

    def _paste(self) -> None:
        words = QGuiApplication.clipboard().text()
        if words.strip():
            self._take(words)
        else:
            say = self._context.say
            self._banner.tell(say("There is no text on the clipboard."), Tone.WARN)
            self.field.setFocus()

    def _explain(self, words: str, *, cut: bool = False) -> None:
        async def explain(engine: Engine) -> Explained:
            raw = await asyncio.to_thread(_octets, words)
            return await engine.explained(raw)

        self._begin(cut=cut)
        self._task = self._context.bridge.submit(
            explain, lambda told: self._told(told, words[:SHOWN]), self._failed, owner=self
        )

    def _open_file(self, path: Path) -> None:
        async def read(engine: Engine) -> tuple[bytes, Explained]:
            raw = await asyncio.to_thread(_beginning, path)
            return raw[:SHOWN], await engine.explained(raw)

        self._stop()
        self._begin()
        self._task = self._context.bridge.submit(
            read, lambda found: self._read(path, *found), self._failed, owner=self
        )

    def _read(self, path: Path, beginning: bytes, told: Explained) -> None:
        words = beginning.decode("utf-8", "replace").replace("\r\n", "\n")
        self.field.show_text(words)
        self._told(told, words)
        name = display(path.name, 80)
        self._status.setText(self._context.say("From the file {name}.", name=name))

    def _begin(self, *, cut: bool = False) -> None:
        say = self._context.say
        self._banner.hide()
        self._clear.show()
        self._cut = cut
        self._status.setText(say("Reading…"))

    def _stop(self) -> None:
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _failed(self, error: Exception) -> None:
        self._show_nothing()
        if isinstance(error, OSError):
            reason = display(error.strerror or type(error).__name__, 120)
            words = self._context.say("The file cannot be read: {reason}.", reason=reason)
            self._banner.tell(words, Tone.BAD)
        else:
            self._banner.tell(problem_words(error, self._context.say), Tone.BAD)

    # What is shown

    def _show_nothing(self) -> None:
        self._answer.hide()
        self._empty.show()
        self._clear.setVisible(bool(self.field.toPlainText()))
        self._status.clear()
        self.field.mark(())

    def _told(self, told: Explained, words: str) -> None:
        say = self._context.say
        self._status.setText(
            say("Only the beginning is shown; all of it was read.") if self._cut else ""
        )
        self._profile = concerned(words, self._context.situation.profiles)
        found = reasons(told)
        self._reasons.show_reasons(found)
        self._reasons_card.setVisible(sum(reason.number for reason in found) > 1)
        shown = self.field.toPlainText()
        self.field.mark(telling(shown, found[0].diagnosis if found else told.diagnosis))
        if found:
            self._show_reason(found[0])
        else:
            self._show_diagnosis(told.diagnosis, addressed(words))
        self._empty.hide()
        self._answer.show()

    def _show_reason(self, reason: Reason) -> None:
        self._show_diagnosis(reason.diagnosis, reason.first, reason.host)

    def _show_diagnosis(self, diagnosis: Diagnosis, recipient: str = "", host: str = "") -> None:
        self._diagnosis, self._recipient, self._host = diagnosis, recipient, host
        profile = self._profile
        facts = {"server": profile.endpoint.host} if profile and not host else {"server": host}
        self.card.show_diagnosis(diagnosis, facts={k: v for k, v in facts.items() if v})
        captions = {}
        if profile is not None:
            captions[Place.SERVER] = display(profile.endpoint.host, 60)
        if recipient:
            captions[Place.RECIPIENT] = display(recipient, 60)
        self.way.show_way(way_shown(diagnosis), captions)
        self._show_steps()

    def _show_steps(self) -> None:
        """What to do, as far as it is known which profile it is about and which ones work."""
        diagnosis, situation = self._diagnosis, self._context.situation
        if diagnosis is None:
            return
        profiles = situation.profiles
        rows = situation.rows
        working = [p for p in profiles if p.id in rows and rows[p.id].state is RowState.WORKS]
        asked = profiles if needs_profile(diagnosis) and len(profiles) > 1 else ()
        self.steps.ask_profile(asked, self._profile)
        self.steps.show_steps(steps(diagnosis, self._profile, profiles, working))
        self._both.arrange()

    def _profile_named(self, profile: Profile | None) -> None:
        """The person knows which profile it was."""
        self._profile = profile
        if self._diagnosis is not None:
            self._show_diagnosis(self._diagnosis, self._recipient, self._host)

    def _take_step(self, step: Step) -> None:
        if step.act is Act.REPORT:
            self.card.copy_report()
        else:
            self._doer.take_step(step, self._recipient)

    # Help

    def _open_help(self, topic: str) -> None:
        if self._viewer is None:
            self._viewer = HelpViewer(self._context)
            self._viewer.left.connect(lambda: self._stack.setCurrentWidget(self._scroll))
            self._stack.addWidget(self._viewer)
        self._stack.setCurrentWidget(self._viewer)
        self._viewer.open(topic)

    # Files

    def _choose_file(self) -> None:
        say = self._context.say
        dialog = QFileDialog(self, say("Open a bounced message"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([say("Messages (*.eml)"), say("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self._open_file(Path(name)))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData()) or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files, mime = local_files(event.mimeData()), event.mimeData()
        event.acceptProposedAction()
        if files:
            self._open_file(files[0])
        elif mime.text().strip():
            self._take(mime.text())


def _octets(words: str) -> bytes:
    return words[:MESSAGE_LIMIT].encode("utf-8", "replace")


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MESSAGE_LIMIT)
