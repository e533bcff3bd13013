"""Fills the outbox's table: pages, what events name, and what another process changed.

Events that come together cost one question. Knows no widget.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from roammail.core.delivery import Standing
from roammail.core.envelope import OutboxEntry
from roammail.core.events import (
    AttemptFinished,
    AttemptStarted,
    MessageQueued,
    MessageStands,
    RecipientChanged,
)
from roammail.core.outbox_query import MOST, OutboxQuery
from roammail.ui.bridge import Bridge
from roammail.ui.models.outbox_model import OutboxModel

PAGE = 100
_SETTLE = 100  # milliseconds
#: Milliseconds between two looks for what no event of this process tells: another process may
#: work the outbox.
_POLL = 5000
#: The newest messages that such a look covers.
_LOOKED_AT = 60


class OutboxFeed(QObject):
    """`show` chooses what the table holds. `filled` after the first page, `changed` (ids)."""

    filled = Signal()
    changed = Signal(object)

    def __init__(
        self,
        bridge: Bridge,
        model: OutboxModel,
        parent: QObject | None = None,
        seen: Callable[[], tuple[int, ...]] = tuple,
    ) -> None:
        """`seen` tells the numbers of the messages that are on the screen."""
        super().__init__(parent)
        self._seen = seen
        self._bridge, self._model = bridge, model
        self._query = OutboxQuery(limit=PAGE)
        self._round = 0
        self._touched: set[int] = set()
        self._asking = False
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE)
        self._settle.timeout.connect(self._ask_touched)
        self._poll = QTimer(self, interval=_POLL)
        self._poll.timeout.connect(self._look)
        model.more_wanted.connect(self._next_page)
        bridge.happened.connect(self._take)

    def show(self, standings: frozenset[Standing], text: str) -> None:
        """These messages, from the newest on."""
        self._round += 1
        self._query = OutboxQuery(standings, text, limit=PAGE)
        self._model.begin()
        self._next_page()

    def watch(self, watched: bool) -> None:
        """Whether somebody looks."""
        if watched and not self._poll.isActive():
            self._look()
            self._poll.start()
        elif not watched:
            self._poll.stop()

    def refresh(self, outbox_id: int) -> None:
        """This message may have changed."""
        self._touch(outbox_id)

    def _next_page(self) -> None:
        asked, query = self._round, self._query
        wanted = OutboxQuery(query.standings, query.text, self._model.last_id, PAGE)

        def came(entries: tuple[OutboxEntry, ...]) -> None:
            if asked != self._round:
                return
            first = wanted.before is None
            self._model.add_page(entries, more=len(entries) == PAGE)
            if first:
                self.filled.emit()

        self._bridge.submit(lambda engine: engine.outbox_page(wanted), came, owner=self)

    def _take(self, event: object) -> None:
        match event:
            case (
                MessageQueued(outbox_id=number)
                | AttemptStarted(outbox_id=number)
                | AttemptFinished(outbox_id=number)
                | RecipientChanged(outbox_id=number)
                | MessageStands(outbox_id=number)
            ):
                self._touch(number)
            case _:
                pass

    def _touch(self, outbox_id: int) -> None:
        self._touched.add(outbox_id)
        if not self._settle.isActive() and not self._asking:
            self._settle.start()

    def _ask_touched(self) -> None:
        ids = tuple(sorted(self._touched, reverse=True)[:MOST])
        if not ids:
            return
        self._touched.difference_update(ids)
        asked, query = self._round, self._query
        self._asking = True
        wanted = OutboxQuery(query.standings, query.text, limit=MOST, ids=ids)

        def came(entries: tuple[OutboxEntry, ...]) -> None:
            self._answered()
            if asked == self._round:
                found = {entry.id for entry in entries}
                self._model.put(entries, [number for number in ids if number not in found])
                self.changed.emit(ids)

        self._bridge.submit(
            lambda engine: engine.outbox_page(wanted), came, self._unanswered, owner=self
        )

    def _answered(self) -> None:
        self._asking = False
        if self._touched:
            self._settle.start()

    def _unanswered(self, error: Exception) -> None:
        self._answered()

    def _look(self) -> None:
        """The newest, and those that the person has before his eyes, wherever they stand."""
        self._look_at(self._seen()[:MOST])
        asked, query = self._round, self._query
        wanted = OutboxQuery(query.standings, query.text, limit=_LOOKED_AT)

        def came(entries: tuple[OutboxEntry, ...]) -> None:
            if asked != self._round:
                return
            model = self._model
            known = {number: model.entry(row) for row, number in enumerate(model.ids)}
            new = [entry for entry in entries if known.get(entry.id) != entry]
            oldest = entries[-1].id if len(entries) == _LOOKED_AT else 0
            found = {entry.id for entry in entries}
            gone = [number for number in known if number >= oldest and number not in found]
            if new or gone:
                model.put(new, gone)
                self.changed.emit(tuple(entry.id for entry in new))

        if self._bridge.is_ready:
            self._bridge.submit(
                lambda engine: engine.outbox_page(wanted), came, _ignore, owner=self
            )

    def _look_at(self, ids: tuple[int, ...]) -> None:
        asked, query = self._round, self._query
        wanted = OutboxQuery(query.standings, query.text, limit=MOST, ids=ids)

        def came(entries: tuple[OutboxEntry, ...]) -> None:
            if asked != self._round:
                return
            found = {entry.id: entry for entry in entries}
            shown = [(number, self._model.row(number)) for number in ids]
            was = {number: self._model.entry(row) for number, row in shown if row is not None}
            new = [entry for entry in entries if was.get(entry.id, entry) != entry]
            gone = [number for number in was if number not in found]
            if new or gone:
                self._model.put(new, gone)
                self.changed.emit(tuple(entry.id for entry in new))

        if ids and self._bridge.is_ready:
            self._bridge.submit(
                lambda engine: engine.outbox_page(wanted), came, _ignore, owner=self
            )


def _ignore(error: Exception) -> None:
    """The next look comes in seconds; the bridge has logged it."""
