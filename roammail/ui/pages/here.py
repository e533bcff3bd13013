"""Here: can I send from here, through what, and if not, the one thing to do."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from roammail.ui.context import Context
from roammail.ui.theme import XL, Role
from roammail.ui.widgets.texts import text


class HerePage(QWidget):
    """Opens first."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        column = QVBoxLayout(self)
        column.setContentsMargins(XL, XL, XL, XL)
        self._title = text(context.theme, "", Role.TITLE)
        column.addWidget(self._title)
        column.addStretch(1)
        context.situation.headline_changed.connect(self._show_headline)
        self._show_headline()

    def _show_headline(self) -> None:
        headline = self._context.situation.headline()
        self._title.setText(headline.kind.value)
