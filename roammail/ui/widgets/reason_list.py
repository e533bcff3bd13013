"""The recipients of a bounce by reason: a row each, one of them chosen. Shown only where there
is more than one reason or more than one recipient.
"""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from roammail.ui.context import Context
from roammail.ui.models.explaining import Reason
from roammail.ui.theme import M, Role
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_ROWS = 5  # shown without scrolling


class ReasonList(QWidget):
    """`chosen` carries the Reason."""

    chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._reasons: tuple[Reason, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        self._count = text(context.theme, "", Role.HEADING)
        column.addWidget(self._count)
        self.list = QListWidget()
        self.list.setAccessibleName(context.say("Recipients, by reason"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setProperty("choice", "true")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.currentRowChanged.connect(self._row_chosen)
        column.addWidget(self.list)
        self.hide()

    def show_reasons(self, reasons: Sequence[Reason]) -> None:
        """Chooses the first, without a signal."""
        self._reasons = tuple(reasons)
        number = sum(reason.number for reason in reasons)
        self.setVisible(number > 1)
        say = self._context.say
        words = say.many(
            "{number} recipient did not get it", "{number} recipients did not get it", number
        )
        self._count.setText(words)
        self.list.blockSignals(True)
        self.list.clear()
        for reason in reasons:
            item = QListWidgetItem(self._words(reason))
            item.setToolTip(item.text())
            self.list.addItem(item)
        if reasons:
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        rows = min(len(reasons), _ROWS)
        height = self.list.sizeHintForRow(0) if reasons else 0
        self.list.setFixedHeight(max(1, rows) * height + 2 * self.list.frameWidth() + M)

    def _words(self, reason: Reason) -> str:
        say, kind = self._context.say, self._context.words.kind(reason.diagnosis.kind)
        address = display(reason.first, 120) or say("an unnamed recipient")
        if reason.number == 1:
            return say("{kind}: {address}", kind=kind, address=address)
        return say.many(
            "{kind}: {address} and {number} more",
            "{kind}: {address} and {number} more",
            reason.number - 1,
            kind=kind,
            address=address,
        )

    def _row_chosen(self, row: int) -> None:
        if 0 <= row < len(self._reasons):
            self.chosen.emit(self._reasons[row])
