"""Other apps: the local service that takes mail from other programs, what to enter there, and
what came in lately. The password is copied, never shown.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from roammail.core.envelope import OutboxEntry
from roammail.core.errors import UserFacingError
from roammail.core.events import MessageQueued, MessageStands
from roammail.core.secret import Secret
from roammail.core.settings import Settings
from roammail.engine.engine import Engine
from roammail.engine.submission_password import USER_NAME
from roammail.ui.context import Context
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.copy_field import CopyField, SecretClipboard
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.lately_card import LatelyCard
from roammail.ui.widgets.page_scroll import PageScroll
from roammail.ui.widgets.pill import Pill
from roammail.ui.widgets.recipes_card import RecipesCard
from roammail.ui.widgets.texts import set_tone, text

#: Milliseconds between two looks whether the door is open, and after mail came in.
_LOOK, _SOON = 400, 300
_SHOWN = 8
_HOST = "127.0.0.1"


class OtherAppsPage(QWidget):
    """Follows the service while it is seen."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._settings = Settings()
        #: What was just clicked, until the engine has kept it: older settings must not undo it.
        self._wish: bool | None = None
        self._trouble = ""
        self._clipboard = SecretClipboard(self)
        self._look = QTimer(self, interval=_LOOK)
        self._look.timeout.connect(self._show_door)
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self._ask_lately)
        self._build()
        context.bridge.happened.connect(self._hear)
        context.bridge.notice.connect(self._hear_trouble)
        self._show_door()

    # Building

    def _build(self) -> None:
        theme, say = self._context.theme, self._context.say
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        inner.setProperty("clear", "true")
        column = QVBoxLayout(inner)
        column.setContentsMargins(XL + 4, XL, XL + 4, XL)
        column.setSpacing(L)
        words = QVBoxLayout()
        words.setSpacing(S)
        words.addWidget(text(theme, say("Other apps"), Role.TITLE))
        intro = say(
            "Thunderbird, mutt, git and others hand their mail to RoamMail on this computer, and "
            "it goes out through whatever works where you are."
        )
        words.addWidget(text(theme, intro, Role.BODY, Tone.MUTED))
        column.addLayout(words)
        column.addWidget(self._door_card())
        self.recipes = RecipesCard(self._context)
        column.addWidget(self.recipes)
        self.lately = LatelyCard(self._context)
        self.lately.chosen.connect(lambda number: self._context.go("outbox", number))
        column.addWidget(self.lately)
        column.addStretch(1)
        whole.addWidget(PageScroll(inner))

    def _door_card(self) -> Card:
        theme, say = self._context.theme, self._context.say
        card = Card(gap=M)
        row = QHBoxLayout()
        row.setSpacing(M)
        self.switch = QCheckBox(say("&Take mail from other programs"))
        self.switch.setAccessibleName(say("Take mail from other programs"))
        self.switch.setFont(theme.font(Role.HEADING))
        self.switch.clicked.connect(self._switched)
        self.pill = Pill(theme)
        row.addWidget(self.switch, 1)
        row.addWidget(self.pill, 0, Qt.AlignmentFlag.AlignTop)
        card.body.addLayout(row)
        self.sentence = text(theme, "", Role.BODY, Tone.MUTED)
        card.body.addWidget(self.sentence)
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        grid.setColumnStretch(1, 1)
        self.host = self._field(grid, say("Server"), _HOST)
        self.port = self._field(grid, say("Port"), "")
        plain = say("none: on this way nothing leaves your computer")
        grid.addWidget(text(theme, say("Security"), Role.BODY, Tone.MUTED, wrap=False), 2, 0)
        grid.addWidget(text(theme, plain, Role.BODY), 2, 1)
        self._field(grid, say("User name"), USER_NAME)
        grid.addWidget(text(theme, say("Password"), Role.BODY, Tone.MUTED, wrap=False), 4, 0)
        grid.addWidget(self._password_buttons(), 4, 1)
        self._grid = grid
        card.body.addLayout(grid)
        self.copied = text(theme, "", Role.SMALL, Tone.MUTED)
        self.copied.hide()
        card.body.addWidget(self.copied)
        return card

    def _field(self, grid: QGridLayout, name: str, value: str) -> CopyField:
        theme, row = self._context.theme, grid.rowCount() if grid.count() else 0
        grid.addWidget(text(theme, name, Role.BODY, Tone.MUTED, wrap=False), row, 0)
        field = CopyField(theme, self._context.say, name)
        field.show_value(value)
        grid.addWidget(field, row, 1)
        return field

    def _password_buttons(self) -> QWidget:
        theme, say = self._context.theme, self._context.say
        holder = QWidget()
        row = FlowLayout(holder, M)
        self.copy = button(theme, say("Copy the &password"), ButtonKind.PLAIN, "mdi6.content-copy")
        self.copy.clicked.connect(self._copy_password)
        self.renew = button(theme, say("Make a &new one…"), ButtonKind.QUIET)
        self.renew.clicked.connect(self._ask_renew)
        row.addWidget(self.copy)
        row.addWidget(self.renew)
        return holder

    # Showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Only now is the style sheet in force that says how high a button is.
        for number in range(self._grid.rowCount()):
            self._grid.setRowMinimumHeight(number, self.copy.sizeHint().height())
        self._look.start()
        self._ask_settings()
        self._ask_lately()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look.stop()

    def _ask_settings(self) -> None:
        async def read(engine: Engine) -> Settings:
            return engine.settings

        self._context.bridge.submit(read, self._settings_known, lambda _error: None, owner=self)

    def _settings_known(self, settings: Settings) -> None:
        self._settings = settings
        self._show_door()

    def _show_door(self) -> None:
        say, door = self._context.say, self._context.bridge.background.door
        wanted = self._settings.submission_on if self._wish is None else self._wish
        self.switch.setChecked(wanted)
        port = door.port if door else self._settings.submission_port
        self.port.show_value(str(port))
        self.recipes.show_place(port, USER_NAME)
        if door is not None:
            self._trouble = ""
            self.pill.show_state(say("On"), Tone.GOOD, "mdi6.check-bold")
            places = ", ".join(door.places)
            self._tell(say("Listens on {places}, port {port}.", places=places, port=str(port)))
        elif wanted and self._trouble:
            self.pill.show_state(say("Cannot start"), Tone.BAD, "mdi6.alert")
            self._tell(self._trouble, Tone.BAD)
        elif wanted:
            self.pill.show_state(say("Starting…"), Tone.BUSY, "mdi6.progress-clock")
            self._tell("")
        else:
            self.pill.show_state(say("Off"), Tone.QUIET, "mdi6.power")
            self._tell(say("Switch it on, then set up the other program."))

    def _tell(self, words: str, tone: Tone = Tone.MUTED) -> None:
        if words != self.sentence.text():
            self.sentence.setText(words)
            set_tone(self.sentence, tone)
        self.sentence.setVisible(bool(words))

    def _hear(self, event: object) -> None:
        if isinstance(event, MessageQueued | MessageStands) and self.isVisible():
            self._soon.start()

    def _hear_trouble(self, notice: UserFacingError) -> None:
        if notice.code in ("port-taken", "no-keyring") or notice.code.startswith("keyring-"):
            self._trouble = problem_words(notice, self._context.say)
            self._show_door()

    def _ask_lately(self) -> None:
        self._context.bridge.submit(
            lambda engine: engine.handed_in(_SHOWN), self._came_in, lambda _error: None, owner=self
        )

    def _came_in(self, entries: tuple[OutboxEntry, ...]) -> None:
        self.lately.show_entries(entries)

    # Doing

    def _switched(self, on: bool) -> None:
        self._trouble, self._wish = "", on
        self._context.bridge.submit(
            lambda engine: engine.preferences.set("submission_on", on),
            lambda _change: self._kept(on),
            self._not_switched,
            owner=self,
        )

    def _kept(self, on: bool) -> None:
        self._settings = replace(self._settings, submission_on=on)
        if self._wish == on:
            self._wish = None
        self._show_door()
        self._ask_settings()

    def _not_switched(self, error: Exception) -> None:
        self._wish = None
        self._ask_settings()
        self._context.bridge.problem.emit(error)

    def _copy_password(self) -> None:
        self._with_password(lambda engine: engine.submission_password.get())

    def _ask_renew(self) -> None:
        say = self._context.say
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(say("New password"))
        box.setText(say("Make a new password for other programs?"))
        box.setInformativeText(say("Those that know the old one cannot send until you tell them."))
        yes = box.addButton(say("&Make and copy it"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(say("&Keep the old one"), QMessageBox.ButtonRole.RejectRole)
        yes.clicked.connect(self._renew)
        box.open()

    def _renew(self) -> None:
        self._with_password(lambda engine: engine.submission_password.renew())

    def _with_password(self, get: Callable[[Engine], Awaitable[Secret]]) -> None:
        self._context.bridge.submit(get, self._got_password, owner=self)

    def _got_password(self, secret: Secret) -> None:
        self._clipboard.put(secret)
        words = self._context.say("The password is on the clipboard for one minute.")
        self.copied.setText(words)
        self.copied.show()
