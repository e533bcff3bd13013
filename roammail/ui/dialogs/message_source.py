"""A message as it went, or will go, over the wire: its header and the beginning of its content."""

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import L, M, Role, Tone
from roammail.ui.widgets.buttons import button
from roammail.ui.widgets.texts import text
from roammail.words.display import display

#: Characters that are shown.
_MOST = 100_000


class MessageSourceDialog(QDialog):
    """Open it with `open()`; it fills itself."""

    def __init__(self, context: Context, outbox_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        say = context.say
        self.setWindowTitle(say("Message source"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 560)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, L, L, L)
        column.setSpacing(M)
        self.source = QPlainTextEdit()
        self.source.setReadOnly(True)
        self.source.setFont(context.theme.mono())
        self.source.setAccessibleName(say("Message source"))
        self.source.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        column.addWidget(self.source, 1)
        self._cut = text(context.theme, "", Role.SMALL, Tone.MUTED)
        self._cut.hide()
        column.addWidget(self._cut)
        row = QHBoxLayout()
        row.setSpacing(M)
        row.addStretch(1)
        copy = button(context.theme, say("&Copy"), icon="mdi6.content-copy")
        copy.clicked.connect(self._copy)
        row.addWidget(copy)
        close = button(context.theme, say("C&lose"))
        close.clicked.connect(self.close)
        row.addWidget(close)
        column.addLayout(row)
        context.theme.dress(self)
        context.bridge.submit(
            lambda engine: _source(engine, outbox_id), self._show, self._failed, owner=self
        )

    def _show(self, found: tuple[str, bool]) -> None:
        words, cut = found
        self.source.setPlainText(words)
        self._cut.setText(self._context.say("Only the beginning is shown."))
        self._cut.setVisible(cut)

    def _failed(self, error: Exception) -> None:
        self.source.setPlainText(problem_words(error, self._context.say))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.source.toPlainText())


async def _source(engine: Engine, outbox_id: int) -> tuple[str, bool]:
    content = (await engine.message(outbox_id)).content
    head = content[: _MOST + 1].decode("utf-8", "replace").replace("\r\n", "\n")
    safe = await asyncio.to_thread(display, head, _MOST, lines=True)
    return safe, len(content) > _MOST
