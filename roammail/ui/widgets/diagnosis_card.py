"""A diagnosis for people: what happened, who is at fault and how sure that is, what to do, the
server's own words, the conversation, and a report for the help desk.

Put it into a Card or a row. What the server said is plain text, made safe (rule 9).
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from roammail.core.diagnosis import Diagnosis, Remedy
from roammail.core.report import TranscriptLine
from roammail.ui.context import Context
from roammail.ui.remedies import advice, button_words, doable
from roammail.ui.theme import XL, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text
from roammail.words.display import display

#: Letters in a line below which the server's words move beneath the explanation.
_NARROW = 88
_SERVER_WORDS, _LINES, _LINE = 600, 400, 500


class DiagnosisCard(QWidget):
    """`remedy_chosen` carries the Remedy whose button was pressed."""

    remedy_chosen = Signal(object)

    def __init__(
        self, context: Context, parent: QWidget | None = None, *, acts: bool = True
    ) -> None:
        """Without `acts` it only tells; what to do is shown elsewhere."""
        super().__init__(parent)
        self._context, self._acts = context, acts
        self._diagnosis: Diagnosis | None = None
        self._facts: dict[str, str] = {}
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(XL)
        self._build_left()
        self._build_right()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(M)
        whole.addLayout(self._columns)
        self.transcript = QPlainTextEdit()
        self.transcript.setReadOnly(True)
        self.transcript.setFont(context.theme.mono())
        self.transcript.setAccessibleName(context.say("The whole conversation"))
        self.transcript.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.transcript.setMinimumHeight(9 * self.transcript.fontMetrics().height())
        self.transcript.hide()
        whole.addWidget(self.transcript)

    def show_diagnosis(
        self,
        diagnosis: Diagnosis | None,
        transcript: Sequence[TranscriptLine] = (),
        facts: Mapping[str, str] | None = None,
        *,
        another_works: bool = False,
        good: str = "",
    ) -> None:
        """`facts` (network, address, server, port, time) go into the help desk's report.

        `diagnosis` None: nothing is wrong, and `good` says so. Where `another_works` no remedy is
        the page's best act.
        """
        self._diagnosis, self._facts = diagnosis, dict(facts or {})
        words = self._context.words
        self._headline.setText(f"{words.headline(diagnosis)}." if diagnosis else good)
        self._explanation.setText(words.explanation(diagnosis) if diagnosis else "")
        self._explanation.setVisible(diagnosis is not None)
        self._fault.setText(self._blame(diagnosis) if diagnosis else "")
        self._fault.setVisible(diagnosis is not None)
        self._show_advice(diagnosis, another_works)
        self._show_remedies(diagnosis, another_works)
        said = self._server_words(diagnosis)
        self._said.setText(said)
        self._said_frame.setVisible(bool(said))
        self._copy.setVisible(diagnosis is not None and self._acts)
        self.transcript.setPlainText(_conversation(transcript))
        self._whole.setVisible(bool(transcript))
        if not transcript:
            self.transcript.hide()

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        sides = (self._left.minimumSize().width(), self._right.minimumSize().width())
        return QSize(max(sides), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = not self._acts or self.width() < _NARROW * self.fontMetrics().averageCharWidth()
        direction = QBoxLayout.Direction
        self._columns.setDirection(direction.TopToBottom if narrow else direction.LeftToRight)

    def _build_left(self) -> None:
        theme = self._context.theme
        self._left = left = QVBoxLayout()
        left.setSpacing(M)
        self._headline = text(theme, "", Role.HEADING, selectable=True)
        self._explanation = text(theme, "", Role.BODY, selectable=True)
        self._fault = text(theme, "", Role.BODY, Tone.MUTED, selectable=True)
        self._advice = text(theme, "", Role.BODY, Tone.MUTED, selectable=True)
        for label in (self._headline, self._explanation, self._fault, self._advice):
            left.addWidget(label)
        self._buttons = QWidget()
        self._remedies = FlowLayout(self._buttons, M)
        left.addWidget(self._buttons)
        left.addStretch(1)
        self._columns.addLayout(left, 8)

    def _build_right(self) -> None:
        theme, say = self._context.theme, self._context.say
        self._right = right = QVBoxLayout()
        right.setSpacing(M)
        self._said_frame = QFrame()
        self._said_frame.setProperty("field", "true")
        inner = QVBoxLayout(self._said_frame)
        inner.setContentsMargins(M + S, M, M + S, M)
        self._said = text(theme, "", Role.SMALL, Tone.MUTED, selectable=True)
        self._said.setFont(theme.mono())
        self._said.setAccessibleName(say("What was said or seen"))
        inner.addWidget(self._said)
        right.addWidget(self._said_frame)
        acts = QWidget()
        row = FlowLayout(acts, M)
        self._whole = button(theme, say("Whole conversation"), ButtonKind.PLAIN)
        self._whole.clicked.connect(self._toggle)
        self._copy = button(theme, say("Copy a report for the help desk"), ButtonKind.PLAIN)
        self._copy.clicked.connect(self._copy_pressed)
        row.addWidget(self._whole)
        row.addWidget(self._copy)
        right.addWidget(acts)
        right.addStretch(1)
        self._columns.addLayout(right, 5)

    def _blame(self, diagnosis: Diagnosis) -> str:
        words, say = self._context.words, self._context.say
        lines = [
            say(
                "At fault: {party} · {sure}",
                party=words.party(diagnosis),
                sure=words.confidence(diagnosis),
            )
        ]
        lines += [
            say(
                "Less likely: {kind} · {party}", kind=words.kind(a.kind), party=words.party(a.party)
            )
            for a in diagnosis.alternatives[:2]
        ]
        return "\n".join(lines)

    def _show_advice(self, diagnosis: Diagnosis | None, another_works: bool) -> None:
        remedies = diagnosis.remedies if diagnosis and self._acts else ()
        said = [
            self._context.words.remedy(r) for r in advice(remedies, another_works=another_works)
        ]
        self._advice.setText("\n".join(f"• {line}" for line in said[:3]))
        self._advice.setVisible(bool(said))

    def _show_remedies(self, diagnosis: Diagnosis | None, another_works: bool) -> None:
        self._remedies.clear()
        found = doable(diagnosis.remedies)[:3] if diagnosis and self._acts else ()
        for index, remedy in enumerate(found):
            self._remedies.addWidget(
                self._remedy_button(remedy, best=index == 0 and not another_works)
            )
        self._buttons.setVisible(bool(found))

    def _remedy_button(self, remedy: Remedy, *, best: bool) -> QPushButton:
        words = button_words(remedy, self._context.say)
        kind = ButtonKind.PRIMARY if best else ButtonKind.PLAIN
        made = button(self._context.theme, words, kind)
        made.clicked.connect(lambda: self.remedy_chosen.emit(remedy))
        return made

    def _server_words(self, diagnosis: Diagnosis | None) -> str:
        if diagnosis is None:
            return ""
        if diagnosis.reply is not None:
            return display(str(diagnosis.reply), _SERVER_WORDS)
        if diagnosis.failure is not None:
            return display(diagnosis.failure.detail, _SERVER_WORDS)
        return ""

    def _toggle(self) -> None:
        shown = not self.transcript.isVisible()
        self.transcript.setVisible(shown)
        say = self._context.say
        rename(self._whole, say("Hide the conversation") if shown else say("Whole conversation"))

    def copy_report(self) -> None:
        """Puts the report for the help desk on the clipboard."""
        if self._diagnosis is None:
            return
        report = self._context.words.help_desk_text(self._diagnosis, self._facts)
        QGuiApplication.clipboard().setText(report)

    def _copy_pressed(self) -> None:
        self.copy_report()
        self._copy.setText(self._context.say("Copied"))
        self._copy.setIcon(self._context.theme.icon("mdi6.check", Tone.GOOD))


def _conversation(lines: Sequence[TranscriptLine]) -> str:
    shown = [
        f"{line.seconds:7.3f} {line.direction} {display(line.text, _LINE)}"
        for line in lines[:_LINES]
    ]
    return "\n".join(shown)
