"""The outbox as a table for Qt: pages come in as one scrolls, changes row by row.

Holds entries, newest first; what is shown of one is `outbox_row.py`'s. Asks nobody: `more_wanted`
says that the next page is due.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from roammail.core.envelope import OutboxEntry
from roammail.ui.models.outbox_row import PILLS, OutboxRow, row_of
from roammail.ui.say import Say
from roammail.words import Words

Index = QModelIndex | QPersistentModelIndex
#: The whole OutboxRow, for the delegate; the entry's number.
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
ID_ROLE = Qt.ItemDataRole.UserRole + 2


class Column(IntEnum):
    """What stands where."""

    MESSAGE = 0
    STATE = 1
    STORY = 2


class OutboxModel(QAbstractTableModel):
    """`begin` empties it; `add_page` and `put` fill and change it."""

    more_wanted = Signal()

    def __init__(
        self,
        say: Say,
        words: Words,
        names: Callable[[], dict[str, str]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._say, self._words, self._names = say, words, names
        self._entries: list[OutboxEntry] = []
        self._rows: dict[int, OutboxRow] = {}  # made when they are first seen
        self._more = False
        self._asked = False

    # For whoever fills it

    def begin(self) -> None:
        """Nothing is known; the first page is on its way."""
        self.beginResetModel()
        self._entries, self._rows = [], {}
        self._more, self._asked = False, True
        self.endResetModel()

    def add_page(self, entries: Sequence[OutboxEntry], *, more: bool) -> None:
        """What follows the last one; `more`: there may be further pages."""
        self._asked, self._more = False, more
        last = self._entries[-1].id if self._entries else None
        new = [entry for entry in entries if last is None or entry.id < last]
        if not new:
            return
        first = len(self._entries)
        self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
        self._entries += new
        self.endInsertRows()

    def put(self, entries: Sequence[OutboxEntry], gone: Sequence[int] = ()) -> None:
        """What changed or is new, and the numbers of those that are not shown any more."""
        for outbox_id in gone:
            self._remove(outbox_id)
        for entry in entries:
            self._put(entry)

    def reword(self) -> None:
        """Times or names changed: what is shown is made anew."""
        self._rows.clear()
        if self._entries:
            last = self.index(len(self._entries) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    @property
    def ids(self) -> tuple[int, ...]:
        """Every loaded number, in the table's order."""
        return tuple(entry.id for entry in self._entries)

    @property
    def last_id(self) -> int | None:
        """The number after which the next page begins."""
        return self._entries[-1].id if self._entries else None

    @property
    def is_whole(self) -> bool:
        """Whether everything there is was loaded."""
        return not self._more and not self._asked

    def row(self, outbox_id: int) -> int | None:
        """Where this message stands, None if it is not loaded."""
        place = self._place(outbox_id)
        found = place < len(self._entries) and self._entries[place].id == outbox_id
        return place if found else None

    def entry(self, row: int) -> OutboxEntry:
        """The message in this row."""
        return self._entries[row]

    # For Qt

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        say = self._say
        return (say("Message"), say("State"), say("What happened"))[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == ID_ROLE:
            return self._entries[index.row()].id
        shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)
        if role not in (*shown, Qt.ItemDataRole.ToolTipRole, ROW_ROLE):
            return None
        row = self._row(index.row())
        if role == ROW_ROLE:
            return row
        return self._text(row, index.column())

    def _text(self, row: OutboxRow, column: int) -> str:
        if column == Column.MESSAGE:
            return f"{row.people}\n{row.subject}"
        if column == Column.STATE:
            return self._say(PILLS[row.kind][0])
        return "\n".join(part for part in (row.why, row.when) if part)

    def _row(self, number: int) -> OutboxRow:
        entry = self._entries[number]
        found = self._rows.get(entry.id)
        if found is None:
            now = datetime.now(UTC)
            found = row_of(entry, self._names(), now, self._say, self._words)
            self._rows[entry.id] = found
        return found

    def _place(self, outbox_id: int) -> int:
        return bisect_left(self._entries, -outbox_id, key=lambda entry: -entry.id)

    def _put(self, entry: OutboxEntry) -> None:
        place = self._place(entry.id)
        self._rows.pop(entry.id, None)
        if place < len(self._entries) and self._entries[place].id == entry.id:
            self._entries[place] = entry
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(Column) - 1))
        elif place < len(self._entries) or not self._more:
            self.beginInsertRows(QModelIndex(), place, place)
            self._entries.insert(place, entry)
            self.endInsertRows()

    def _remove(self, outbox_id: int) -> None:
        place = self.row(outbox_id)
        if place is None:
            return
        self.beginRemoveRows(QModelIndex(), place, place)
        del self._entries[place]
        self._rows.pop(outbox_id, None)
        self.endRemoveRows()
