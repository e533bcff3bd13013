"""Adds a profile by address: the provider is looked up, its password asked for, the way tried.

One step before the other, and back; whoever wants to fill in everything goes on to the form.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from roammail.core.diagnosis import Remedy, RemedyKind
from roammail.core.errors import UserFacingError
from roammail.core.preset import Password, Preset, Service, Suggestion, from_preset
from roammail.core.profile import AuthMethod
from roammail.core.profile_check import MAX_NAME, MAX_SECRET, MAX_USERNAME
from roammail.core.secret import Secret
from roammail.engine.engine import Engine
from roammail.ui.address_words import address_problem
from roammail.ui.bridge import Task
from roammail.ui.context import Context
from roammail.ui.dialogs.trial_dialog import TrialDialog
from roammail.ui.gently import Gently
from roammail.ui.models.letter_check import Field as AddressCheck
from roammail.ui.models.letter_check import check_field
from roammail.ui.models.letter_check import may_become as may_become_address
from roammail.ui.models.profile_draft import Field, ProfileDraft, draft_from, may_become, problems
from roammail.ui.problem_words import problem_words as error_words
from roammail.ui.profile_problems import problem_words
from roammail.ui.theme import L, Role, Tone
from roammail.ui.web_pages import open_page
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.found_card import FoundCard
from roammail.ui.widgets.labelled import Labelled
from roammail.ui.widgets.texts import set_tone, text

_MAX_ADDRESS = 320
_ADDRESS = "address"
#: Where a password would be refused, or none can be had.
_NO_WAY = frozenset({Password.OAUTH2, Password.NONE})


class AddDialog(TrialDialog):
    """`by_hand` carries a ProfileDraft: the person wants to fill in the rest."""

    by_hand = Signal(object)

    def __init__(
        self, context: Context, taken: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(context, context.say("Add a profile"), None, parent)
        self._taken = tuple(taken)
        self._found: Suggestion | None = None
        self._draft = ProfileDraft()
        self._asked: Task[Suggestion] | None = None
        self._gently = Gently(self)
        self._gently.judge.connect(self._check)
        self._gently.judge.connect(self._check_address)
        self._build_address()
        self._build_found()
        self._build_foot()
        self._show_address()
        context.bridge.submit(_relays, self._offer_relays, lambda _error: None, owner=self)

    # What TrialDialog asks

    def draft(self) -> ProfileDraft:
        known = self._draft
        return ProfileDraft(
            name=self.name.text(),
            host=known.host,
            port=known.port,
            security=known.security,
            auth=AuthMethod.PASSWORD,
            username=self.username.text(),
            senders=known.senders,
            others=known.others,
        )

    def secret(self) -> Secret | None:
        typed = self.password.text()
        return Secret(typed) if typed else None

    def ready(self) -> bool:
        self._gently.insist(set(Field))
        found = self._check()
        for field, editor in (
            (Field.NAME, self.name),
            (Field.USERNAME, self.username),
            (Field.PASSWORD, self.password),
        ):
            if field in found:
                editor.setFocus()
                break
        return not found

    def take_remedy(self, remedy: Remedy) -> None:
        if remedy.kind in (RemedyKind.ENTER_PASSWORD, RemedyKind.GET_APP_PASSWORD):
            self.settings_changed()
            self.password.clear()
            self.password.setFocus()
            preset = self._found.preset if self._found else None
            if preset is not None and remedy.kind is RemedyKind.GET_APP_PASSWORD:
                open_page(preset.password_help)
        else:
            self._by_hand()

    # Building

    def _build_address(self) -> None:
        theme, say = self.context.theme, self.context.say
        self._first = QWidget()
        column = QVBoxLayout(self._first)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(L)
        column.addWidget(text(theme, say("Which address do you send from?"), Role.TITLE))
        intro = say(
            "RoamMail looks up the outgoing server of its provider. Your password goes to that "
            "server and into your system's keyring, and nowhere else."
        )
        column.addWidget(text(theme, intro, Role.BODY, Tone.MUTED))
        self.address = QLineEdit()
        self.address.setMaxLength(_MAX_ADDRESS)
        self.address.setPlaceholderText("me@example.org")
        self._address_field = Labelled(theme, say("Your &address"), self.address)
        self._gently.watch(_ADDRESS, self.address)
        self.address.textEdited.connect(lambda _words: self._address_edited())
        column.addWidget(self._address_field)
        self.through = QComboBox()
        self.through.addItem(say("The provider of this address"), None)
        self.through.setMinimumHeight(self.through.fontMetrics().height() + L)
        hint = say("A relay service sends for your own domain from every network.")
        column.addWidget(Labelled(theme, say("Send &through"), self.through, hint))
        self._looking = text(theme, "", Role.BODY, Tone.MUTED)
        column.addWidget(self._looking)
        self.body.addWidget(self._first)

    def _build_found(self) -> None:
        context, say = self.context, self.context.say
        self._second = QWidget()
        column = QVBoxLayout(self._second)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(L)
        self.card = FoundCard(context.theme, context.words, say)
        self.card.page_wanted.connect(open_page)
        column.addWidget(self.card)
        self.name, self.username, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setMaxLength(MAX_NAME)
        self.username.setMaxLength(MAX_USERNAME)
        self.password.setMaxLength(MAX_SECRET)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        theme = context.theme
        self._fields = {
            Field.PASSWORD: Labelled(
                theme,
                say("Pass&word"),
                self.password,
                say("It is kept in your system's keyring only."),
            ),
            Field.USERNAME: Labelled(theme, say("&User name"), self.username),
            Field.NAME: Labelled(theme, say("&Name"), self.name, say("Your own name for it.")),
        }
        for field, labelled in self._fields.items():
            column.addWidget(labelled)
            editor = {
                Field.PASSWORD: self.password,
                Field.USERNAME: self.username,
                Field.NAME: self.name,
            }[field]
            editor.textEdited.connect(lambda _words, field=field: self._edited(field))
            self._gently.watch(field, editor)
        self.body.addWidget(self._second)

    def _build_foot(self) -> None:
        theme, say = self.context.theme, self.context.say
        self.hand = button(theme, say("Enter the server by &hand…"), ButtonKind.QUIET)
        self.hand.clicked.connect(self._by_hand)
        self.back = button(theme, say("&Back"))
        self.back.clicked.connect(self._show_address)
        self.next = button(theme, say("&Continue"), ButtonKind.PRIMARY)
        self.next.clicked.connect(self._look_up)
        self.relay = button(theme, say("Choose a &relay service"), ButtonKind.PRIMARY)
        self.relay.clicked.connect(self._choose_relay)
        self.foot.insertWidget(0, self.hand)
        self.foot.insertWidget(self.foot.indexOf(self.cancel), self.back)
        self.foot.addWidget(self.next)
        self.foot.addWidget(self.relay)

    # The steps

    def _show_address(self) -> None:
        self.settings_changed()
        self._first.show()
        self._second.hide()
        self.back.hide()
        self.save.hide()
        self.relay.hide()
        self.next.show()
        self.next.setDefault(True)
        self.address.setFocus()

    def _look_up(self) -> None:
        if self._asked is not None and not self._asked.done:
            return
        self._looking_up(True)
        preset, address = self.through.currentData(), self.address.text().strip()

        async def look(engine: Engine) -> Suggestion:
            found = await engine.suggester.suggest(address)
            if isinstance(preset, Preset):
                return from_preset(preset, found.address)
            return found

        self._asked = self.context.bridge.submit(look, self._show_found, self._unfound, owner=self)

    def _unfound(self, error: Exception) -> None:
        say = self.context.say
        self._looking_up(False)
        if isinstance(error, UserFacingError) and error.code == "address-invalid":
            words = say("This is not a mail address. Write one such as me@example.org.")
        else:
            words = (
                error_words(error, say)
                if isinstance(error, UserFacingError)
                else say("That failed.")
            )
        self._address_field.complain(words)
        self.address.setFocus()

    def _show_found(self, found: Suggestion) -> None:
        self._looking_up(False)
        self._found, self._draft = found, draft_from(found)
        self._gently.forget()
        self.card.show_found(found)
        taken = {name.casefold() for name in self._taken}
        name = found.address if self._draft.name.casefold() in taken else self._draft.name
        self.name.setText(name)
        self.username.setText(self._draft.username)
        self.password.clear()
        preset = found.preset
        self._fields[Field.PASSWORD].rename(self._password_name(preset))
        closed = preset is not None and (
            preset.service is Service.NONE or preset.password in _NO_WAY
        )
        usable = bool(found.endpoints) and not closed
        for labelled in self._fields.values():
            labelled.setVisible(usable)
        self._first.hide()
        self._second.show()
        self.next.hide()
        self.back.show()
        self.save.setVisible(usable)
        self.save.setDefault(True)
        self.relay.setVisible(closed)
        self._check()
        if usable:
            (self.password if self.username.text() else self.username).setFocus()
        else:
            self.hand.setFocus()

    def _password_name(self, preset: Preset | None) -> str:
        """What the provider calls it; the everyday password is often the wrong one."""
        say, kind = self.context.say, preset.password if preset else Password.ACCOUNT
        match kind:
            case Password.APP:
                return say("App pass&word")
            case Password.KEY:
                return say("SMTP pass&word or key")
            case _:
                return say("Pass&word")

    def _choose_relay(self) -> None:
        self._show_address()
        self.through.setFocus()
        self.through.showPopup()

    def _by_hand(self) -> None:
        draft = self._draft
        if self._found is None:
            address = self.address.text().strip()
            draft = ProfileDraft(name=address.rpartition("@")[2], username=address, senders=address)
        self.by_hand.emit(draft)
        self.reject()

    def _offer_relays(self, relays: tuple[Preset, ...]) -> None:
        for preset in relays:
            self.through.addItem(preset.name, preset)

    def _looking_up(self, busy: bool) -> None:
        self.next.setEnabled(not busy)
        self._looking.setText(self.context.say("Looking up the provider…") if busy else "")
        set_tone(self._looking, Tone.ACCENT)

    def _address_edited(self) -> None:
        self._gently.edited(_ADDRESS, complained=self._address_field.complains)
        self._check_address()

    def _check_address(self) -> None:
        """While it is typed: what can be no address is said, nobody is asked."""
        words = self.address.text().strip()
        found = check_field(words)
        if found.wrong:
            hopeful = may_become_address("", words)
            if not self._gently.shows(_ADDRESS, hopeful=hopeful):
                found = AddressCheck()
        self._address_field.complain(address_problem(found, self.context.say))

    def _edited(self, field: Field) -> None:
        self._gently.edited(field, complained=self._fields[field].complains)
        self.settings_changed()
        self._check()

    def _check(self) -> dict[Field, str]:
        has_secret = self.secret() is not None
        draft = self.draft()
        found = dict(problems(draft, self._taken, has_secret=has_secret))
        for field, labelled in self._fields.items():
            shown = found.get(field, "")
            if shown:
                hopeful = may_become(draft, field, self._taken)
                shown = shown if self._gently.shows(field, hopeful=hopeful) else ""
            labelled.complain(problem_words(shown, self.context.say))
        return found


async def _relays(engine: Engine) -> tuple[Preset, ...]:
    """Relay services, and ways to a provider that no address tells of."""
    known = engine.suggester.presets.presets
    relays = [p for p in known if p.service is Service.RELAY or not (p.domains or p.mx)]
    return tuple(sorted(relays, key=lambda preset: preset.name.casefold()))
