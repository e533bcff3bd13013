"""Networks: what worked where, and when. The memory made visible; forgetting can be undone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from roammail.core.memory import KnownNetwork
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.models.network_grid import GridRow, grid
from roammail.ui.problem_words import problem_words
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.banner import Banner
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.empty_state import EmptyState
from roammail.ui.widgets.network_details import NetworkDetails
from roammail.ui.widgets.network_table import NetworkTable, network_name
from roammail.ui.widgets.page_scroll import PageScroll
from roammail.ui.widgets.texts import text


class NetworksPage(QWidget):
    """Looks again whenever it is shown, a test ends, or we move."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: tuple[GridRow, ...] = ()
        self._at: tuple[int, int] | None = None
        self._forgotten: KnownNetwork | None = None
        self._asked = 0
        self._build()
        self._connect()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    # Building

    def _build(self) -> None:
        context, say = self._context, self._context.say
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack)
        inner = QWidget()
        inner.setProperty("clear", "true")
        column = QVBoxLayout(inner)
        column.setContentsMargins(XL + S, XL, XL + S, XL)
        column.setSpacing(L)
        head = QVBoxLayout()
        head.setSpacing(S)
        head.addWidget(text(context.theme, say("What worked where"), Role.TITLE))
        hint = say(
            "Back on one of these networks, RoamMail first uses what worked there last time."
        )
        head.addWidget(text(context.theme, hint, Role.BODY, Tone.MUTED))
        column.addLayout(head)
        self._banner = Banner(context.theme, say("Close this notice"))
        column.addWidget(self._banner)
        column.addWidget(self._grid_card())
        self.details = NetworkDetails(context)
        self.details.hide()
        column.addWidget(self.details)
        column.addStretch(1)
        self._scroll = PageScroll(inner)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack.addWidget(self._scroll)
        self._empty = EmptyState(
            context.theme,
            "mdi6.wifi-star",
            say("Nothing is remembered yet."),
            say("Test now"),
            "",
            say("Test your profiles, and what worked on which network is kept here."),
        )
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)

    def _grid_card(self) -> Card:
        card, say = Card(), self._context.say
        self.table = NetworkTable(self._context)
        card.body.addWidget(self.table)
        hint = say("Choose one to see every port that was tried there, and when.")
        self._hint = text(self._context.theme, hint, Role.SMALL, Tone.MUTED)
        self._hint.setContentsMargins(M + S // 2, 0, 0, 0)
        card.body.addWidget(self._hint)
        return card

    def _connect(self) -> None:
        situation = self._context.situation
        situation.network_changed.connect(self.reload)
        situation.profiles_changed.connect(self.reload)
        situation.probing_changed.connect(self._probing_changed)
        self.table.chosen.connect(self._choose)
        self._empty.chosen.connect(self._begin)
        self.details.named.connect(self._name)
        self.details.forget_wanted.connect(self._forget)
        self.details.test_wanted.connect(self._test)
        self._banner.acted.connect(self._undo)

    # What is shown

    def reload(self) -> None:
        """Asks the memory again; of several questions only the last answer counts."""
        if not self.isVisible():
            return
        self._asked += 1
        asked = self._asked
        self._context.bridge.submit(
            lambda engine: engine.network_memory.networks(),
            lambda known: self._show(known) if asked == self._asked else None,
            self._failed,
            owner=self,
        )

    def _show(self, known: tuple[KnownNetwork, ...]) -> None:
        situation = self._context.situation
        view = situation.network
        here, name = (view.key, view.network.name or "") if view else (None, "")
        chosen = self._chosen()
        self._rows = grid(known, situation.profiles, here, name)
        self._stack.setCurrentWidget(self._scroll if self._rows else self._empty)
        names = [profile.name for profile in situation.profiles]
        self.table.show_grid(self._rows, names, datetime.now(UTC))
        row = next((n for n, r in enumerate(self._rows) if chosen and r.key == chosen.key), None)
        if row is None or self._at is None:
            self._at = None
            self.details.hide()
            self._hint.show()
        else:
            self._choose(row, min(self._at[1], len(names)))

    def _choose(self, row: int, column: int) -> None:
        if not 0 <= row < len(self._rows):
            return
        self._at = row, column
        shown = self._rows[row]
        cell = shown.cells[column - 1] if 0 < column <= len(shown.cells) else None
        self.details.show_cell(shown, cell)
        self.details.show()
        self._hint.hide()

    def _chosen(self) -> GridRow | None:
        if self._at is None or self._at[0] >= len(self._rows):
            return None
        return self._rows[self._at[0]]

    def _failed(self, error: Exception) -> None:
        self._banner.tell(problem_words(error, self._context.say), Tone.BAD)

    # What a person can do

    def _begin(self) -> None:
        """There is nothing yet: where a test is watched, or a profile added."""
        if self._context.situation.profiles:
            self._context.prober.test()
            self._context.go("here", None)
        else:
            self._context.go("profiles", "add")

    def _test(self) -> None:
        self._context.prober.test()

    def _probing_changed(self) -> None:
        if not self._context.situation.probing:
            self.reload()

    def _name(self, name: str) -> None:
        row = self._chosen()
        if row is not None:
            key = row.key
            self._change(lambda engine: engine.network_memory.name(key, name), None)

    def _forget(self) -> None:
        row = self._chosen()
        if row is None:
            return
        key, called = row.key, network_name(self._context, row)
        self._change(
            lambda engine: engine.network_memory.forget(key),
            lambda forgotten: self._gone(forgotten, called),
        )

    def _gone(self, forgotten: object, called: str) -> None:
        if isinstance(forgotten, KnownNetwork):
            self._forgotten = forgotten
            say = self._context.say
            self._banner.tell(
                say("{network} was forgotten.", network=called), Tone.BUSY, say("Undo")
            )

    def _undo(self) -> None:
        forgotten, self._forgotten = self._forgotten, None
        self._banner.hide()
        if forgotten is not None:
            self._change(lambda engine: engine.network_memory.put_back(forgotten), None)

    def _change(
        self, use: Callable[[Engine], Awaitable[object]], then: Callable[[object], None] | None
    ) -> None:
        def done(result: object) -> None:
            if then is not None:
                then(result)
            self.reload()

        self._context.bridge.submit(use, done, self._failed, owner=self)
