"""The other ports of a profile: a row each, with its encryption. Emits what changed, no more."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from roammail.core.profile import Security
from roammail.ui.models.profile_draft import USUAL, PortDraft
from roammail.ui.profile_problems import security_words
from roammail.ui.say import Say
from roammail.ui.theme import L, M, Role, S, Theme, Tone
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.texts import text
from roammail.words.display import display


class SecurityBox(QComboBox):
    """How a connection is protected."""

    def __init__(self, say: Say, name: str, *, plain: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kinds = [Security.IMPLICIT_TLS, Security.STARTTLS]
        for kind in kinds + ([Security.PLAINTEXT] if plain else []):
            self.addItem(security_words(kind, say), kind)
        self.setAccessibleName(name)
        self.setMinimumHeight(self.fontMetrics().height() + L)

    @property
    def security(self) -> Security:
        """What is chosen."""
        return Security(self.currentData())

    def choose(self, security: Security) -> None:
        """Chooses another; nothing where it is not offered."""
        index = self.findData(security)
        if index >= 0:
            self.setCurrentIndex(index)


class PortRows(QWidget):
    """`changed` with every change by the person."""

    changed = Signal()

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._say = theme, say
        self._rows: list[_PortRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(M)
        self.add = button(theme, say("Add a &port"), ButtonKind.QUIET, "mdi6.plus")
        self.add.clicked.connect(self._add_empty)
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch(1)
        self._column.addLayout(foot)
        self.setFocusProxy(self.add)

    @property
    def ports(self) -> tuple[PortDraft, ...]:
        """As they stand; a row without a port counts for nothing."""
        return tuple(row.port for row in self._rows if row.number.text().strip())

    def show_ports(self, ports: Sequence[PortDraft]) -> None:
        """These instead of what was there."""
        while self._rows:
            self._drop(self._rows[-1])
        for port in ports:
            self._made(port)

    def _made(self, port: PortDraft) -> "_PortRow":
        row = _PortRow(self._theme, self._say, port)
        row.changed.connect(self.changed)
        row.dropped.connect(lambda: self._removed(row))
        self._column.insertWidget(len(self._rows), row)
        self._rows.append(row)
        return row

    def _add_empty(self) -> None:
        self._made(PortDraft("", Security.STARTTLS)).number.setFocus()

    def _removed(self, row: "_PortRow") -> None:
        self._drop(row)
        self.add.setFocus()
        self.changed.emit()

    def _drop(self, row: "_PortRow") -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()


class _PortRow(QWidget):
    changed = Signal()
    dropped = Signal()

    def __init__(self, theme: Theme, say: Say, port: PortDraft) -> None:
        super().__init__()
        self._host = port.host
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(M)
        if port.host:
            line.addWidget(text(theme, display(port.host, 60), Role.SMALL, Tone.MUTED, wrap=False))
        self.number = QLineEdit(port.port)
        self.number.setAccessibleName(say("Port"))
        self.number.setPlaceholderText("587")
        self.number.setMaxLength(5)
        self.number.setFixedWidth(8 * self.fontMetrics().averageCharWidth() + 4 * S)
        line.addWidget(self.number)
        self.kind = SecurityBox(say, say("Encryption of this port"), plain=False)
        self.kind.choose(port.security)
        line.addWidget(self.kind, 1)
        drop = QToolButton()
        drop.setAutoRaise(True)
        drop.setIcon(theme.icon("mdi6.close", Tone.MUTED))
        drop.setAccessibleName(say("Remove this port"))
        drop.setToolTip(say("Remove this port"))
        drop.clicked.connect(self.dropped)
        line.addWidget(drop)
        self.number.textEdited.connect(self._number_typed)
        self.kind.activated.connect(self.changed)

    @property
    def port(self) -> PortDraft:
        return PortDraft(self.number.text().strip(), self.kind.security, self._host)

    def _number_typed(self, words: str) -> None:
        if words.isdigit() and int(words) in USUAL:
            self.kind.choose(USUAL[int(words)])
        self.changed.emit()
