"""The outbox's table: rows of one height, painted by the delegate, scrolled by the pixel."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from roammail.ui.context import Context
from roammail.ui.models.outbox_model import Column, OutboxModel
from roammail.ui.widgets.outbox_delegate import OutboxDelegate


class OutboxTable(QTableView):
    """Selects whole rows; Tab leaves it."""

    def __init__(self, context: Context, model: OutboxModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages = model
        self.setModel(model)
        delegate = OutboxDelegate(context.theme, context.say, self)
        self.setItemDelegate(delegate)
        self.setAccessibleName(context.say("Messages"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setProperty("grid", "true")  # the card around it keeps its round corners
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(delegate.row_height)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(Column.MESSAGE, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(Column.STATE, QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().resizeSection(Column.STATE, delegate.pill_width)
        self.horizontalHeader().setSectionResizeMode(Column.STORY, QHeaderView.ResizeMode.Stretch)
        self.setMinimumHeight(3 * delegate.row_height)
        context.theme.changed.connect(self.viewport().update)

    def seen(self) -> tuple[int, ...]:
        """The numbers of the messages that are on the screen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if first < 0 or not self.isVisible():
            return ()
        end = last + 1 if last >= 0 else self._messages.rowCount()
        return tuple(self._messages.entry(row).id for row in range(first, end))
