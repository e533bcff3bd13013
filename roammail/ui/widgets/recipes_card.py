"""How to set up another program: one button a program, the lines to copy. Shows `words.recipes`."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QPlainTextEdit, QVBoxLayout, QWidget

from roammail.ui.context import Context
from roammail.ui.theme import M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text
from roammail.words.recipes import RECIPES, recipe_words

_MOST_LINES = 10


class RecipesCard(Card):
    """`show_place` sets port and user name."""

    def __init__(self, context: Context) -> None:
        super().__init__(gap=M)
        theme, say = context.theme, context.say
        self._context, self._port, self._user = context, 0, ""
        self.body.addWidget(text(theme, say("Set up another program"), Role.HEADING))
        self.body.addWidget(self._programs())
        self._told = QVBoxLayout()
        self._told.setSpacing(M - S // 2)
        self.body.addLayout(self._told)
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setFont(theme.mono())
        self.lines.setAccessibleName(say("Lines to copy"))
        self.body.addWidget(self.lines)
        self._remark = text(theme, "", Role.SMALL, Tone.MUTED)
        self.body.addWidget(self._remark)
        holder = QWidget()
        row = FlowLayout(holder, M)
        self.copy = button(theme, say("Copy these &lines"), ButtonKind.PLAIN, "mdi6.content-copy")
        self.copy.clicked.connect(self._copy)
        row.addWidget(self.copy)
        self.body.addWidget(holder)
        self._acts = holder

    def show_place(self, port: int, user: str) -> None:
        """Where programs hand their mail in."""
        if (port, user) != (self._port, self._user):
            self._port, self._user = port, user
            self._show()

    def choose(self, name: str) -> None:
        """The recipe of this program."""
        for number, recipe in enumerate(RECIPES):
            if recipe.name == name:
                self._group.button(number).setChecked(True)
                self._show()

    def _programs(self) -> QWidget:
        holder = QWidget()
        holder.setAccessibleName(self._context.say("Programs"))
        row = FlowLayout(holder, M)
        self._group = QButtonGroup(self)
        for number, recipe in enumerate(RECIPES):
            made = button(self._context.theme, recipe.name)
            made.setCheckable(True)
            self._group.addButton(made, number)
            row.addWidget(made)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(lambda _number: self._show())
        return holder

    def _show(self) -> None:
        recipe = RECIPES[self._group.checkedId()]
        intro, lines, remark = recipe_words(recipe, self._context.words, self._port, self._user)
        self._tell(intro)
        self.lines.setPlainText(lines.rstrip("\n"))
        shown = min(lines.count("\n"), _MOST_LINES)
        self.lines.setFixedHeight(shown * self.lines.fontMetrics().lineSpacing() + 3 * M)
        self.lines.setVisible(bool(lines))
        self._acts.setVisible(bool(lines))
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))

    def _tell(self, intro: str) -> None:
        """Every step by itself: one finds the next again after a look at the other program."""
        while (item := self._told.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for step in intro.splitlines():
            made = text(self._context.theme, step, Role.BODY, selectable=True)
            self._told.addWidget(made)
            made.show()  # at once: Qt would wait for the next turn of its loop

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.lines.toPlainText() + "\n")
