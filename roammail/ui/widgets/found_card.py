"""What is known of a provider: its server, which password it wants, what comes first. Shows a
Suggestion; `page_wanted` carries an address of the provider's own help."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from roammail.core.preset import Origin, Password, Service, Suggestion
from roammail.ui.say import Say
from roammail.ui.theme import M, Role, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.flow import FlowLayout
from roammail.ui.widgets.texts import text
from roammail.words import Words
from roammail.words.display import display
from roammail.words.providers import (
    SENDERS,
    need_texts,
    origin_text,
    password_text,
    warning_text,
)

_ASKS_ELSEWHERE = frozenset({Password.APP, Password.KEY, Password.MAIL, Password.BRIDGE})


class FoundCard(Card):
    """Empty until `show_found`."""

    page_wanted = Signal(str)

    def __init__(self, theme: Theme, words: Words, say: Say) -> None:
        super().__init__(gap=M)
        self._words, self._say = words, say
        self.title = text(theme, "", Role.HEADING, selectable=True)
        self._origin = text(theme, "", Role.BODY, Tone.MUTED)
        self._server = text(theme, "", Role.BODY, Tone.MUTED, selectable=True)
        self._warning = text(theme, "", Role.STRONG, Tone.WARN)
        self._password = text(theme, "", Role.BODY)
        self._needs = text(theme, "", Role.BODY)
        self._senders = text(theme, "", Role.BODY, Tone.MUTED)
        parts = (
            self.title,
            self._origin,
            self._server,
            self._warning,
            self._password,
            self._needs,
            self._senders,
        )
        for label in parts:
            self.body.addWidget(label)
        self._password_page = self._help_page = ""
        links = QWidget()
        row = FlowLayout(links, M)
        self.get_password = button(theme, "", ButtonKind.PLAIN, "mdi6.open-in-new")
        self.get_password.clicked.connect(lambda: self.page_wanted.emit(self._password_page))
        self.help = button(theme, say("The provider's &help page"), ButtonKind.QUIET)
        self.help.clicked.connect(lambda: self.page_wanted.emit(self._help_page))
        row.addWidget(self.get_password)
        row.addWidget(self.help)
        self.body.addWidget(links)

    def show_found(self, found: Suggestion) -> None:
        """What is known for this address."""
        words, say, preset = self._words, self._say, found.preset
        domain = found.address.rpartition("@")[2]
        self.title.setText(display(preset.name if preset else domain, 100))
        named = found.origin is Origin.PRESET  # the title says it all
        self._tell(self._origin, "" if named else origin_text(words, found))
        self._tell(self._server, self._place(found))
        self._tell(self._warning, warning_text(words, found))
        self._tell(self._password, password_text(words, preset) if preset else "")
        needs = "\n".join(f"• {line}" for line in need_texts(words, preset)) if preset else ""
        self._tell(self._needs, needs)
        sends = preset is not None and preset.service is not Service.NONE
        self._tell(self._senders, words.say(SENDERS[preset.senders]) if preset and sends else "")
        self._password_page = preset.password_help if preset else ""
        self._help_page = preset.help if preset else ""
        wanted = preset is not None and preset.password in _ASKS_ELSEWHERE
        name = say("Open the page for the password") if wanted else say("More about this")
        rename(self.get_password, name)
        self.get_password.setVisible(bool(self._password_page))
        self.help.setVisible(bool(self._help_page))

    def _place(self, found: Suggestion) -> str:
        if not found.endpoints:
            return ""
        say, host = self._say, display(found.endpoints[0].host, 120)
        ports = ", ".join(str(endpoint.port) for endpoint in found.endpoints)
        if len(found.endpoints) == 1:
            return say("Server {host}, port {ports}.", host=host, ports=ports)
        return say("Server {host}, ports {ports} in this order.", host=host, ports=ports)

    def _tell(self, label: QLabel, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))
