"""The profiles as a list that can be put in another order, by drag or by key.

Holds what is shown, and emits the order that the person wants; keeps nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from roammail.core.diagnosis import Diagnosis
from roammail.core.profile import BrokenProfile, Profile, ProfileList
from roammail.ui.models.rows import ProfileRow

_MIME = "application/x-roammail-profile-row"
_Index = QModelIndex | QPersistentModelIndex
#: Where an Entry is found.
ENTRY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True)
class Entry:
    """One profile of the list, or one that cannot be read. `number` counts from 1; 0: none.
    `in_use`: mail goes out through it."""

    id: str
    name: str
    number: int = 0
    profile: Profile | None = None
    broken: BrokenProfile | None = None
    row: ProfileRow | None = None
    paused: Diagnosis | None = None
    in_use: bool = False


class ProfileListModel(QAbstractListModel):
    """`reordered` carries the ids of all readable profiles in the order that is wanted."""

    reordered = Signal(list)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._spoken: Callable[[Entry], str] = lambda entry: entry.name

    def speak(self, spoken: Callable[[Entry], str]) -> None:
        """How an entry is told to those who hear it."""
        self._spoken = spoken

    def show_profiles(
        self,
        listing: ProfileList,
        rows: Mapping[str, ProfileRow],
        paused: Mapping[str, Diagnosis],
        used: str = "",
    ) -> None:
        """Everything anew; what stays the same is not painted again. `used`: the id of the profile
        that mail goes out through."""
        fresh = [
            Entry(p.id, p.name, number, p, None, rows.get(p.id), paused.get(p.id), p.id == used)
            for number, p in enumerate(listing.profiles, 1)
        ]
        fresh += [Entry(b.id, b.name, broken=b, row=rows.get(b.id)) for b in listing.broken]
        if [entry.id for entry in fresh] == [entry.id for entry in self._entries]:
            self._entries = fresh
            if fresh:
                self.dataChanged.emit(self.index(0), self.index(len(fresh) - 1))
            return
        self.beginResetModel()
        self._entries = fresh
        self.endResetModel()

    @property
    def entries(self) -> Sequence[Entry]:
        """What is shown, in its order."""
        return tuple(self._entries)

    def row_of(self, profile_id: str) -> int:
        """Where it is; -1 if it is not there."""
        return next((i for i, e in enumerate(self._entries) if e.id == profile_id), -1)

    def move(self, row: int, to: int) -> bool:
        """Puts one readable profile in another place."""
        readable = sum(entry.profile is not None for entry in self._entries)
        if not (0 <= row < readable and 0 <= to < readable) or row == to:
            return False
        after = to + 1 if to > row else to
        if not self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), after):
            return False
        self._entries.insert(to, self._entries.pop(row))
        self._renumber()
        self.endMoveRows()
        self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))
        self.reordered.emit([e.id for e in self._entries if e.profile is not None])
        return True

    # What Qt asks

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  (Qt's signature)
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role == ENTRY:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(entry)
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        if self._entries[index.row()].profile is not None:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        data = QMimeData()
        row = next(iter(indexes)).row()
        data.setData(_MIME, str(row).encode())
        return data

    def moveRows(
        self,
        source: _Index,
        row: int,
        count: int,
        parent: _Index,
        before: int,
    ) -> bool:
        """How the view carries out a drag within itself: one row before another."""
        if count != 1:
            return False
        readable = sum(entry.profile is not None for entry in self._entries)
        gap = min(before, readable)
        return self.move(row, gap - 1 if gap > row else gap)

    def dropMimeData(
        self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: _Index
    ) -> bool:
        if action != Qt.DropAction.MoveAction or not data.hasFormat(_MIME):
            return False
        source = int(bytes(data.data(_MIME).data()))
        readable = sum(entry.profile is not None for entry in self._entries)
        gap = parent.row() if row < 0 and parent.isValid() else row
        gap = readable if gap < 0 else min(gap, readable)
        self.move(source, gap - 1 if gap > source else gap)
        return False  # moved already: the view must not remove the source row

    def _renumber(self) -> None:
        self._entries = [
            replace(entry, number=number if entry.profile is not None else 0)
            for number, entry in enumerate(self._entries, 1)
        ]
