"""One setting: label, help, an editor of its type, what is wrong, and the way back.

Emits what the person wants; writes nothing.
"""

from typing import assert_never

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from roammail.core.setting_values import SettingState, Value
from roammail.core.settings import Setting, Unit
from roammail.ui.gently import Gently
from roammail.ui.say import Say
from roammail.ui.setting_words import may_still, wrong_with
from roammail.ui.theme import L, M, Role, S, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.texts import set_tone, text

#: For settings whose values are a few words: the word, and how it is called.
_LANGUAGES = (("en", "English"), ("de", "Deutsch"))
#: What an empty field may look like once it is filled in.
_EXAMPLES = {
    "probe_recipient": "me@example.org",
    "portal_check_url": "http://example.org/check",
}
_EDITOR_WIDTH = 220
_EDITOR_LEAST = 18  # characters of a number or a choice for which there is always room
_BOX = 28  # pixels of a tick box and the gap to its word


class SettingRow(QWidget):
    """`wanted` carries a Value, `reset` nothing."""

    wanted = Signal(object)
    reset = Signal()

    def __init__(self, theme: Theme, say: Say, state: SettingState) -> None:
        super().__init__()
        self._say, self.setting = say, state.setting
        self.label, self.help = say(state.setting.label), self._helped(state.setting)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(L)
        words = QVBoxLayout()
        words.setSpacing(S)
        words.addWidget(text(theme, self.label, Role.STRONG))
        words.addWidget(text(theme, self.help, Role.BODY, Tone.MUTED))
        self._said = text(theme, "", Role.SMALL, Tone.MUTED)
        self._said.hide()
        self._complains = False
        words.addWidget(self._said)
        row.addLayout(words, 1)
        side = QVBoxLayout()
        side.setSpacing(S)
        self.editor = self._made(state.setting)
        if isinstance(self.editor, QSpinBox | QComboBox):
            self.editor.setMinimumWidth(_EDITOR_LEAST * self.fontMetrics().averageCharWidth() + L)
        self.editor.setAccessibleName(self.label)
        self.editor.setAccessibleDescription(self.help)
        side.addWidget(self.editor, 0, Qt.AlignmentFlag.AlignRight)
        self.back = button(theme, say("Back to the default"), ButtonKind.QUIET)
        self.back.setAccessibleName(say("Back to the default: {setting}", setting=self.label))
        self.back.clicked.connect(self.reset)
        side.addWidget(self.back, 0, Qt.AlignmentFlag.AlignRight)
        side.addStretch(1)
        row.addLayout(side)
        self.show_state(state)

    def show_state(self, state: SettingState) -> None:
        """The value in force."""
        self._value = state.value
        self.back.setVisible(state.chosen)
        editor = self.editor
        editor.blockSignals(True)
        match editor:
            case QCheckBox():
                editor.setChecked(bool(state.value))
                editor.setText(self._say("On") if state.value else self._say("Off"))
            case QSpinBox():
                editor.setValue(int(state.value))
                self._count(editor, state.setting.unit)  # signals are blocked
            case QComboBox():
                editor.setCurrentIndex(max(0, editor.findData(state.value)))
            case QLineEdit():
                editor.setText(str(state.value))
            case other:
                assert_never(other)
        editor.blockSignals(False)

    def tell(self, words: str, tone: Tone = Tone.MUTED) -> None:
        """What is wrong with it, or when it counts; "" nothing."""
        self._complains = False
        self._said.setText(words)
        set_tone(self._said, tone)
        self._said.setVisible(bool(words))

    @property
    def said(self) -> str:
        """What stands beneath the help."""
        return "" if self._said.isHidden() else self._said.text()

    def _helped(self, setting: Setting) -> str:
        """The language is chosen from a list here: its code is of no use to anybody."""
        if setting.key == "language":
            return self._say("The language in which RoamMail speaks to you.")
        return self._say(setting.help)

    def _made(self, setting: Setting) -> "QCheckBox | QSpinBox | QComboBox | QLineEdit":
        if setting.key == "language":
            return self._choice()
        if setting.type is bool:
            return self._switch()
        return self._number(setting) if setting.type is int else self._line()

    def _switch(self) -> QCheckBox:
        say = self._say
        made = QCheckBox(say("Off"))
        made.toggled.connect(lambda on: made.setText(say("On") if on else say("Off")))
        made.toggled.connect(self._want)
        widest = max(map(made.fontMetrics().horizontalAdvance, (say("On"), say("Off"))))
        made.setMinimumWidth(widest + _BOX)  # the box stands still when the word changes
        return made

    def _number(self, setting: Setting) -> QSpinBox:
        made = QSpinBox()
        made.setRange(setting.low or 0, setting.high if setting.high is not None else 2**31 - 1)
        made.setMinimumHeight(made.fontMetrics().height() + L)
        made.setKeyboardTracking(False)
        if setting.zero:
            made.setSpecialValueText(self._say(setting.zero))
        if setting.unit is not Unit.NONE:
            made.valueChanged.connect(lambda _number: self._count(made, setting.unit))
        made.lineEdit().setTextMargins(M - S // 2, 0, 0, 0)  # the style sheet does not reach it
        made.valueChanged.connect(self._want)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel scrolls the page
        return made

    def _count(self, box: QSpinBox, unit: Unit) -> None:
        """The unit behind the number, in the form for this number."""
        many, number = self._say.many, box.value()
        match unit:
            case Unit.SECONDS:
                words = many("{number} second", "{number} seconds", number)
            case Unit.DAYS:
                words = many("{number} day", "{number} days", number)
            case Unit.MEGABYTES:
                words = many("{number} MB", "{number} MB", number)
            case Unit.NONE:
                return
        box.setSuffix(words.removeprefix(str(number)))

    def _choice(self) -> QComboBox:
        say, made = self._say, QComboBox()
        made.setMinimumHeight(made.fontMetrics().height() + L)
        made.addItem(say("As the system"), "")
        for code, name in _LANGUAGES:
            made.addItem(name, code)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.activated.connect(lambda _index: self._want(made.currentData()))
        return made

    def _line(self) -> QLineEdit:
        made = QLineEdit()
        made.setFixedWidth(_EDITOR_WIDTH)
        made.setMaxLength(1000)
        made.setPlaceholderText(_EXAMPLES.get(self.setting.key, ""))
        made.editingFinished.connect(lambda: self._finished(made))
        self._gently = Gently(self)
        self._gently.watch(self.setting.key, made)
        self._gently.judge.connect(lambda: self._judge(made))
        made.textEdited.connect(lambda _words: self._typed(made))
        return made

    def _typed(self, line: QLineEdit) -> None:
        self._gently.edited(self.setting.key, complained=self._complains)
        if self._complains:
            self._judge(line)

    def _finished(self, line: QLineEdit) -> None:
        self._gently.insist({self.setting.key})
        self._judge(line)
        if not self._complains:
            self._want(line.text().strip())

    def _judge(self, line: QLineEdit) -> None:
        """While it is typed; what is wrong is not wanted."""
        words = line.text().strip()
        wrong = wrong_with(self.setting, words, self._say)
        hopeful = may_still(self.setting, words)
        if wrong and self._gently.shows(self.setting.key, hopeful=hopeful):
            self.tell(wrong, Tone.BAD)
            self._complains = True
        elif self._complains:
            self.tell("")

    def _want(self, value: Value) -> None:
        if value != self._value:
            self._value = value
            self.wanted.emit(value)
