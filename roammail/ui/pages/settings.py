"""Settings: every one from its declaration, with its help; searched, changed, put back.

A change is written at once; what counts only from the next start says so.
"""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from roammail.core.errors import UserFacingError
from roammail.core.setting_values import SettingChange, SettingState, Value
from roammail.ui.context import Context
from roammail.ui.models.setting_groups import fits, grouped
from roammail.ui.problem_words import problem_words
from roammail.ui.setting_words import impossible
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.card import Card, line
from roammail.ui.widgets.page_scroll import PageScroll
from roammail.ui.widgets.setting_row import SettingRow
from roammail.ui.widgets.texts import text


class SettingsPage(QWidget):
    """`open_with`: a setting's key brings that one into view."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.rows: dict[str, SettingRow] = {}
        self._cards: list[tuple[QWidget, Card, list[tuple[SettingRow, QWidget | None]]]] = []
        self._wanted = ""
        self._build()
        self._ask()

    def open_with(self, argument: object) -> None:
        """See the class."""
        self._wanted = str(argument)
        self._show_wanted()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask()

    def _build(self) -> None:
        theme, say = self._context.theme, self._context.say
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        inner.setProperty("clear", "true")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(XL + 4, XL, XL + 4, XL)
        self._column.setSpacing(M)
        self._column.addWidget(text(theme, say("Settings"), Role.TITLE))
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("Search the settings"))
        self.search.setAccessibleName(say("Search the settings"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(
            theme.icon("mdi6.magnify", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition
        )
        self.search.textChanged.connect(lambda _words: self._filter())
        self._column.addWidget(self.search)
        self._trouble = text(theme, "", Role.BODY, Tone.BAD, selectable=True)
        self._trouble.hide()
        self._column.addWidget(self._trouble)
        self._nothing = text(theme, say("No setting fits."), Role.BODY, Tone.MUTED)
        self._nothing.hide()
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        self._scroll = PageScroll(inner)
        whole.addWidget(self._scroll)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self.search.setFocus)

    def _ask(self) -> None:
        self._context.bridge.submit(
            lambda engine: engine.preferences.all(), self._known, self._unknown, owner=self
        )

    def _unknown(self, error: Exception) -> None:
        unexpected = self._context.say("The settings could not be read.")
        self._trouble.setText(
            problem_words(error, self._context.say)
            if isinstance(error, UserFacingError)
            else unexpected
        )
        self._trouble.show()

    def _known(self, states: tuple[SettingState, ...]) -> None:
        self._trouble.hide()
        if not self.rows:
            for heading, mine in grouped(states):
                self._add_group(heading, mine)
            self._filter()
            self._show_wanted()
            return
        for state in states:
            self.rows[state.setting.key].show_state(state)

    def _add_group(self, heading: str, states: list[SettingState]) -> None:
        theme, say = self._context.theme, self._context.say
        title = text(theme, say(heading), Role.HEADING)
        card = Card(gap=M)
        rows: list[tuple[SettingRow, QWidget | None]] = []
        for state in states:
            rule = line() if rows else None
            if rule is not None:
                card.body.addWidget(rule)
            row = SettingRow(theme, say, state)
            row.wanted.connect(partial(self._set, state.setting.key))
            row.reset.connect(partial(self._reset, state.setting.key))
            card.body.addWidget(row)
            rows.append((row, rule))
            self.rows[state.setting.key] = row
        at = self._column.count() - 1
        self._column.insertSpacing(at, M + S)
        self._column.insertWidget(at + 1, title)
        self._column.insertWidget(at + 2, card)
        self._cards.append((title, card, rows))

    def _filter(self) -> None:
        words, any_fits = self.search.text(), False
        for title, card, rows in self._cards:
            shown = [fits(words, row.label, row.help, row.setting.key) for row, _ in rows]
            for index, (row, rule) in enumerate(rows):
                row.setVisible(shown[index])
                if rule is not None:
                    rule.setVisible(shown[index] and any(shown[:index]))
            title.setVisible(any(shown))
            card.setVisible(any(shown))
            any_fits = any_fits or any(shown)
        self._nothing.setVisible(bool(self._cards) and not any_fits)

    def _show_wanted(self) -> None:
        row = self.rows.get(self._wanted)
        if row is None:
            return
        self._wanted = ""
        self.search.clear()
        self._column.activate()
        self._scroll.ensureWidgetVisible(row, 0, L)
        row.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set(self, key: str, value: Value) -> None:
        self._context.bridge.submit(
            lambda engine: engine.preferences.set(key, value),
            self._changed,
            partial(self._not_changed, key),
            owner=self,
        )

    def _reset(self, key: str) -> None:
        self._context.bridge.submit(
            lambda engine: engine.preferences.reset(key),
            self._changed,
            partial(self._not_changed, key),
            owner=self,
        )

    def _changed(self, change: SettingChange) -> None:
        row = self.rows[change.setting.key]
        row.show_state(SettingState(change.setting, change.value))
        restart = self._context.say("This counts when RoamMail starts again.")
        row.tell(restart if change.restart else "", Tone.WARN)

    def _not_changed(self, key: str, error: Exception) -> None:
        say, setting = self._context.say, self.rows[key].setting
        if isinstance(error, UserFacingError) and error.code == "setting-invalid":
            words = impossible(setting, say)
        else:
            unexpected = say("The setting could not be written.")
            words = (
                problem_words(error, self._context.say)
                if isinstance(error, UserFacingError)
                else unexpected
            )
        self.rows[key].tell(words, Tone.BAD)
