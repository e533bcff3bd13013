"""A profile's settings, all of them, checked while they are typed. Adds one by hand, or edits.

A password is never shown: an empty field keeps the one in the keyring.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from roammail.core.diagnosis import Remedy, RemedyKind
from roammail.core.profile import AuthMethod, Profile, Security
from roammail.core.profile_check import MAX_NAME, MAX_SECRET, MAX_USERNAME
from roammail.core.secret import Secret
from roammail.ui.context import Context
from roammail.ui.dialogs.trial_dialog import TrialDialog
from roammail.ui.gently import Gently
from roammail.ui.models.profile_draft import (
    USUAL,
    Field,
    ProfileDraft,
    may_become,
    problems,
    unusual,
)
from roammail.ui.profile_problems import problem_words, security_words
from roammail.ui.theme import L, M, Role, S, Tone
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.labelled import Labelled
from roammail.ui.widgets.port_rows import PortRows, SecurityBox
from roammail.ui.widgets.texts import text

_TEXT_LIMIT = 300
_ABOUT_SIGN_IN = frozenset(
    {RemedyKind.ENTER_PASSWORD, RemedyKind.GET_APP_PASSWORD, RemedyKind.TURN_ON_SIGN_IN}
)


class ProfileForm(TrialDialog):
    """`kept` None: a new profile. `taken` are the names of the others."""

    def __init__(
        self,
        context: Context,
        draft: ProfileDraft,
        taken: Sequence[str],
        kept: Profile | None = None,
        parent: QWidget | None = None,
    ) -> None:
        say = context.say
        title = say("Edit profile") if kept else say("Add a profile by hand")
        super().__init__(context, title, kept, parent)
        self._taken = tuple(taken)
        self._oauth = draft.auth is AuthMethod.OAUTH2
        self._gently = Gently(self)
        self._gently.judge.connect(self._check)
        self._labelled: dict[Field, Labelled] = {}
        self._build_server()
        self._build_sign_in()
        self._build_more()
        self._fill(draft)
        self._connect()
        self._check()
        (self.name if not draft.name else self.host).setFocus()

    # What TrialDialog asks

    def draft(self) -> ProfileDraft:
        auth = AuthMethod.OAUTH2 if self._oauth else AuthMethod.PASSWORD
        return ProfileDraft(
            name=self.name.text(),
            host=self.host.text(),
            port=self.port.text(),
            security=self.security.security,
            auth=auth if self.signs_in.isChecked() else AuthMethod.NONE,
            username=self.username.text(),
            senders=self.senders.toPlainText(),
            others=self.others.ports,
        )

    def secret(self) -> Secret | None:
        typed = self.password.text() if self.signs_in.isChecked() else ""
        return Secret(typed) if typed else None

    def ready(self) -> bool:
        self._gently.insist(set(Field))
        found = self._check()
        if found:
            first = next(field for field in Field if field in found)
            editor = self._labelled[first]
            self._scroll.ensureWidgetVisible(editor)
            self._editors[first].setFocus()
        return not found

    def take_remedy(self, remedy: Remedy) -> None:
        params = dict(remedy.params)
        if remedy.kind is RemedyKind.USE_ENDPOINT and params.get("port", "").isdigit():
            self._use_port(params["port"], params.get("security", ""))
            self.test_and_save()
            return
        if remedy.kind is RemedyKind.TURN_ON_SIGN_IN:
            self.signs_in.setChecked(True)
        self.settings_changed()
        editor: QLineEdit = self.host
        if remedy.kind in _ABOUT_SIGN_IN and self.signs_in.isChecked():
            editor = self.password if self.username.text() else self.username
        self._scroll.ensureWidgetVisible(editor)
        editor.setFocus()

    # Building

    @property
    def _editors(self) -> dict[Field, QWidget]:
        return {
            Field.NAME: self.name,
            Field.HOST: self.host,
            Field.PORT: self.port,
            Field.SECURITY: self.security,
            Field.USERNAME: self.username,
            Field.PASSWORD: self.password,
            Field.SENDERS: self.senders,
            Field.OTHERS: self.others,
        }

    def _add(self, field: Field, name: str, editor: QWidget, hint: str = "") -> Labelled:
        made = Labelled(self.context.theme, name, editor, hint)
        self._labelled[field] = made
        return made

    def _build_server(self) -> None:
        say = self.context.say
        self.name, self.host, self.port = QLineEdit(), QLineEdit(), QLineEdit()
        self.name.setMaxLength(MAX_NAME)
        self.host.setMaxLength(_TEXT_LIMIT)
        self.host.setPlaceholderText("smtp.example.org")
        self.port.setMaxLength(5)
        self.security = SecurityBox(say, say("Encryption"), plain=True)
        card = Card(gap=L)
        card.body.addWidget(
            self._add(Field.NAME, say("&Name"), self.name, say("Your own name for it."))
        )
        row = QHBoxLayout()
        row.setSpacing(M)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self._add(Field.HOST, say("S&erver"), self.host), 4, top)
        row.addWidget(self._add(Field.PORT, say("P&ort"), self.port), 1, top)
        card.body.addLayout(row)
        card.body.addWidget(self._add(Field.SECURITY, say("En&cryption"), self.security))
        self.body.addWidget(card)

    def _build_sign_in(self) -> None:
        say = self.context.say
        self.signs_in = QCheckBox(say("The server wants me to s&ign in"))
        self.signs_in.setAccessibleName(say("The server wants me to sign in"))
        self.username, self.password = QLineEdit(), QLineEdit()
        self.username.setMaxLength(MAX_USERNAME)
        self.password.setMaxLength(MAX_SECRET)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        if self.kept is not None:
            self.password.setPlaceholderText(say("unchanged"))
        label = say("Access to&ken") if self._oauth else say("Pass&word")
        card = Card(gap=L)
        card.body.addWidget(self.signs_in)
        self._user_field = self._add(Field.USERNAME, say("&User name"), self.username)
        self._password_field = self._add(
            Field.PASSWORD, label, self.password, say("It is kept in your system's keyring only.")
        )
        card.body.addWidget(self._user_field)
        card.body.addWidget(self._password_field)
        self.body.addWidget(card)

    def _build_more(self) -> None:
        theme, say = self.context.theme, self.context.say
        self.senders = QPlainTextEdit()
        self.senders.setTabChangesFocus(True)
        self.senders.setPlaceholderText("me@example.org")
        self.senders.setFixedHeight(4 * self.senders.fontMetrics().height() + 2 * M)
        hint = say(
            "One a line: addresses, or whole domains as @example.org. Empty: the user name's own "
            "address."
        )
        card = Card(gap=L)
        card.body.addWidget(self._add(Field.SENDERS, say("May send &as"), self.senders, hint))
        self.others = PortRows(theme, say)
        hint = say("Tried by themselves where a network blocks the first.")
        card.body.addWidget(self._add(Field.OTHERS, say("Other ports"), self.others, hint))
        self.body.addWidget(card)
        note = say(
            "The connection is never used without the encryption that is chosen here, and the "
            "server's certificate is always verified."
        )
        self.body.addWidget(text(theme, note, Role.SMALL, Tone.MUTED))
        self.body.addSpacing(S)

    def _fill(self, draft: ProfileDraft) -> None:
        self.name.setText(draft.name)
        self.host.setText(draft.host)
        self.port.setText(draft.port)
        self.security.choose(draft.security)
        self.signs_in.setChecked(draft.auth is not AuthMethod.NONE)
        self.username.setText(draft.username)
        self.senders.setPlainText(draft.senders)
        self.others.show_ports(draft.others)

    def _connect(self) -> None:
        for field, editor in self._editors.items():
            self._gently.watch(field, editor)
        for field, editor in (
            (Field.NAME, self.name),
            (Field.HOST, self.host),
            (Field.USERNAME, self.username),
            (Field.PASSWORD, self.password),
        ):
            editor.textEdited.connect(lambda _words, field=field: self._edited(field))
        self.port.textEdited.connect(self._port_typed)
        self.security.activated.connect(lambda _index: self._chosen())
        self.signs_in.toggled.connect(lambda _on: self._chosen())
        self.senders.textChanged.connect(lambda: self._edited(Field.SENDERS))
        self.others.changed.connect(lambda: self._edited(Field.OTHERS))

    # Checking

    def _edited(self, field: Field) -> None:
        self._gently.edited(field, complained=self._labelled[field].complains)
        self.settings_changed()
        self._check()

    def _chosen(self) -> None:
        self._gently.chosen(Field.SECURITY)
        self.settings_changed()
        self._check()

    def _port_typed(self, words: str) -> None:
        """Whoever types 587 means STARTTLS; whoever knows better chooses it afterwards."""
        if words.isdigit() and int(words) in USUAL:
            self.security.choose(USUAL[int(words)])
        elif words == "25":
            self.security.choose(Security.STARTTLS)
        self._edited(Field.PORT)

    def _use_port(self, port: str, security: str) -> None:
        self.port.setText(port)
        if security in {item.value for item in Security}:
            self.security.choose(Security(security))
        elif int(port) in USUAL:
            self.security.choose(USUAL[int(port)])
        self._edited(Field.PORT)

    def _check(self) -> Mapping[Field, str]:
        say, draft = self.context.say, self.draft()
        signs_in = draft.auth is not AuthMethod.NONE
        self._user_field.setVisible(signs_in)
        self._password_field.setVisible(signs_in)
        kept_signs_in = self.kept is not None and self.kept.auth is not AuthMethod.NONE
        has_secret = kept_signs_in or self.secret() is not None
        found = problems(draft, self._taken, has_secret=has_secret)
        for field, labelled in self._labelled.items():
            shown = found.get(field, "")
            if shown:
                hopeful = may_become(draft, field, self._taken)
                shown = shown if self._gently.shows(field, hopeful=hopeful) else ""
            labelled.complain(problem_words(shown, say))
        usual = unusual(draft)
        if usual is not None and Field.SECURITY not in found and Field.PORT not in found:
            words = say(
                "Port {port} usually wants: {kind}.",
                port=draft.port.strip(),
                kind=security_words(usual, say),
            )
            self._labelled[Field.SECURITY].complain(words, Tone.WARN)
        return found
