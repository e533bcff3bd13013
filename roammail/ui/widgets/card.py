"""A card: a rounded surface with a thin line, on which things lie that belong together."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from roammail.ui.theme import L, M


class Card(QFrame):
    """Add widgets to `body`, a vertical layout."""

    def __init__(self, parent: QWidget | None = None, *, margin: int = L, gap: int = M) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(margin, margin, margin, margin)
        self.body.setSpacing(gap)


def line(parent: QWidget | None = None) -> QFrame:
    """A thin line between the rows of a card."""
    made = QFrame(parent)
    made.setProperty("line", "true")
    made.setFixedHeight(1)
    return made
