"""Why is relaying refused at all? The first words of the answer, and the pages that give it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from roammail.ui.context import Context
from roammail.ui.theme import M, Role, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text
from roammail.words.help_pages import help_pages


class HelpCard(Card):
    """`topic_chosen` carries the topic."""

    topic_chosen = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme, say = context.theme, context.say
        self.setAccessibleName(say("Why is relaying refused at all?"))
        self.body.addWidget(text(theme, say("Why is relaying refused at all?"), Role.HEADING))
        self.body.addWidget(
            text(
                theme,
                say(
                    "A mail server is a post office. Letters for its own people it takes from "
                    "anybody. Letters to other places it passes on only for customers whom it "
                    "recognises; to it, everybody else is a stranger with somebody else's post."
                ),
                Role.BODY,
                Tone.MUTED,
            )
        )
        links = QWidget()
        flow = FlowLayout(links, M)
        for page in help_pages(context.words.language):
            made = button(theme, page.title, ButtonKind.PLAIN, "mdi6.book-open-page-variant")
            made.setToolTip(page.summary)
            made.clicked.connect(lambda _=False, topic=page.topic: self.topic_chosen.emit(topic))
            flow.addWidget(made)
        self.body.addWidget(links)
