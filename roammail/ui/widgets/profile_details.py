"""The facts of one profile, and what can be done with it. Emits intentions with its id."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from roammail.core.profile import AuthMethod, Profile
from roammail.ui.context import Context
from roammail.ui.models.profile_list import Entry
from roammail.ui.profile_problems import security_words
from roammail.ui.theme import L, M, Role, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_SHOWN = 6  # senders


class ProfileDetails(Card):
    """`asked` carries what (see `ACTS`) and the profile's id."""

    ACTS = ("password", "edit", "test", "why", "up", "down", "remove")
    asked = Signal(str, str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent, gap=M)
        self._context = context
        self._id = ""
        theme = context.theme
        self.title = text(theme, "", Role.HEADING, selectable=True)
        self.body.addWidget(self.title)
        self.trouble = text(theme, "", Role.BODY, Tone.BAD, selectable=True)
        self.body.addWidget(self.trouble)
        facts = QWidget()
        self._grid = QGridLayout(facts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(L)
        self._grid.setVerticalSpacing(M // 2)
        self._grid.setColumnStretch(1, 1)
        self.body.addWidget(facts)
        self._facts: list[QLabel] = []
        self._build_buttons()

    def show_entry(self, entry: Entry | None, count: int) -> None:
        """`count`: how many readable profiles there are."""
        self.setVisible(entry is not None)
        if entry is None:
            return
        say = self._context.say
        self._id = entry.id
        self.title.setText(display(entry.name, 100))
        trouble = ""
        if entry.broken is not None:
            unusable = say("It cannot be used.")
            trouble = f"{unusable} {display(entry.broken.reason, 300)}"
        elif entry.paused is not None:
            trouble = say(
                "The server refused its password, so it is not tried again until it changes: "
                "that would lock your account. Enter the password again."
            )
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self._show_facts(self._facts_of(entry.profile) if entry.profile else [])
        readable = entry.profile is not None
        for made in (self.edit, self.test):
            made.setVisible(readable)
        for made in (self.up, self.down):
            made.setVisible(readable and count > 1)
        self.up.setEnabled(entry.number > 1)
        self.down.setEnabled(entry.number < count)
        self.password.setVisible(entry.paused is not None)
        self.why.setVisible(entry.row is not None and entry.row.diagnosis is not None)

    def _build_buttons(self) -> None:
        theme, say = self._context.theme, self._context.say
        plain, quiet = ButtonKind.PLAIN, ButtonKind.QUIET
        self.password = button(theme, say("Enter &password…"), ButtonKind.PRIMARY)
        self.edit = button(theme, say("&Edit…"), plain, "mdi6.pencil")
        self.test = button(theme, say("&Test"), plain, "mdi6.play")
        self.why = button(theme, say("&Why?"), plain, "mdi6.help-circle-outline")
        self.up = button(theme, say("Move &up"), quiet, "mdi6.arrow-up")
        self.down = button(theme, say("Move &down"), quiet, "mdi6.arrow-down")
        self.remove = button(theme, say("&Remove"), ButtonKind.DANGER)
        self.up.setToolTip(say("Alt+Up"))
        self.down.setToolTip(say("Alt+Down"))
        holder = QWidget()
        row = FlowLayout(holder, M)
        first = (self.password, self.edit, self.test, self.why)
        buttons = (*first, self.up, self.down, self.remove)
        for act, made in zip(self.ACTS, buttons, strict=True):
            made.clicked.connect(lambda _=False, act=act: self.asked.emit(act, self._id))
            if made is not self.remove:
                row.addWidget(made)
        acts = QHBoxLayout()
        acts.setSpacing(L)
        acts.addWidget(holder, 1)
        acts.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignBottom)  # apart from the others
        self.body.addSpacing(M)
        self.body.addLayout(acts)

    def _facts_of(self, profile: Profile) -> list[tuple[str, str]]:
        say, first = self._context.say, profile.endpoint
        facts = [
            (
                say("Server"),
                say(
                    "{host}, port {port}: {kind}",
                    host=first.host,
                    port=str(first.port),
                    kind=security_words(first.security, say),
                ),
            )
        ]
        others = [
            say("{port}: {kind}", port=str(e.port), kind=security_words(e.security, say))
            if e.host == first.host
            else say("{host}, port {port}", host=e.host, port=str(e.port))
            for e in profile.endpoints[1:]
        ]
        if others:
            facts.append((say("If that is blocked"), "\n".join(others)))
        signs_in = profile.auth is not AuthMethod.NONE
        if signs_in:
            facts.append((say("Signs in as"), display(profile.username, 120)))
        else:
            none = say("none: it works only where the server knows your network")
            facts.append((say("Sign-in"), none))
        facts.append((say("May send as"), self._senders(profile)))
        return facts

    def _senders(self, profile: Profile) -> str:
        say = self._context.say
        if not profile.senders:
            return say("its own address") if profile.username else say("any address")
        shown = ", ".join(display(item, 80) for item in profile.senders[:_SHOWN])
        more = len(profile.senders) - _SHOWN
        if more <= 0:
            return shown
        return say.many("{shown} and {number} more", "{shown} and {number} more", more, shown=shown)

    def _show_facts(self, facts: list[tuple[str, str]]) -> None:
        theme = self._context.theme
        for label in self._facts:
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._facts = []
        for row, (name, words) in enumerate(facts):
            left = text(theme, name, Role.BODY, Tone.MUTED, wrap=False)
            right = text(theme, words, Role.BODY, selectable=True)
            top = Qt.AlignmentFlag.AlignTop
            self._grid.addWidget(left, row, 0, top)
            self._grid.addWidget(right, row, 1, top)
            self._facts += [left, right]
