"""Where we are, in one line: name and kind, the sign-in page, what servers see, been here before.
What is not known is called unknown."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from roammail.ui.say import Say
from roammail.ui.theme import XL, M, Role, S, Theme, Tone
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.elided_label import ElidedLabel
from roammail.ui.widgets.flow import FlowLayout
from roammail.words.display import display

if TYPE_CHECKING:
    from roammail.engine.here import NetworkView


class NetworkCard(Card):
    """`show_network` with what is known; None: nothing yet."""

    def __init__(self, theme: Theme, say: Say, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=M + S)
        self._say = say
        holder = QWidget()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        holder.setSizePolicy(policy)
        self._flow = FlowLayout(holder, XL, S)
        self._flow.setContentsMargins(S, 0, S, 0)
        self._name = Fact(theme, say("Network"))
        self._portal = Fact(theme, say("Sign-in page"))
        self._address = Fact(theme, say("Servers see you as"))
        self._address.setToolTip(
            say("Some mail servers say from which address you come. Nobody else is asked.")
        )
        self._visit = Fact(theme, "")
        for fact in (self._name, self._portal, self._address, self._visit):
            self._flow.addWidget(fact)
        self.body.addWidget(holder)
        self.setAccessibleName(say("The network"))
        self.show_network(None, None)

    def show_network(self, view: "NetworkView | None", seen_as: str | None) -> None:
        """`seen_as`: the address that servers said they see."""
        say = self._say
        unknown = say("unknown")
        if view is None:
            self._name.show_value(say("looking around…"))
            self._portal.show_value(unknown)
            self._visit.show_value("")
        else:
            from roammail.ui.network_words import medium_words, portal_words

            network = view.network
            medium = medium_words(network, say)
            behind = f" · {medium}" if medium else ""
            self._name.show_value(display(network.name or unknown, 60), behind)
            self._portal.show_value(portal_words(network, say))
            visited = say("Been here before") if view.visited else say("First visit here")
            self._visit.show_value("", visited if view.key else "")
        self._address.show_value(display(seen_as or unknown, 60))
        self._visit.setVisible(view is not None and view.key is not None)


class Fact(QWidget):
    """A name and its value, side by side."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        self._label = ElidedLabel(theme, name, Role.BODY, Tone.MUTED)
        self._value = ElidedLabel(theme, "", Role.STRONG)
        self._after = ElidedLabel(theme, "", Role.BODY, Tone.MUTED)
        self._label.setVisible(bool(name))
        for label in (self._label, self._value, self._after):
            row.addWidget(label)

    def show_value(self, value: str, after: str = "") -> None:
        """The value, and what is said behind it in passing."""
        self._value.set_words(value)
        self._value.setVisible(bool(value))
        self._after.set_words(after)
        self._after.setVisible(bool(after))
        self.updateGeometry()
