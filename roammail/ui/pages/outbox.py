"""Outbox: what waits, why, and when it is tried next; what was sent, refused, or may have been.

The table is filled by `outbox_feed.py`; what one message shows is `widgets/outbox_detail.py`'s.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from roammail.core.delivery import Standing
from roammail.core.diagnosis import Remedy
from roammail.core.envelope import OutboxEntry
from roammail.engine.desk import Opened
from roammail.engine.engine import Engine
from roammail.ui.bridge import Task
from roammail.ui.context import Context
from roammail.ui.dialogs.message_source import MessageSourceDialog
from roammail.ui.models.outbox_acts import OutboxAct, acts_for
from roammail.ui.models.outbox_model import OutboxModel
from roammail.ui.models.outbox_row import decisive
from roammail.ui.models.sending import Sending, Stand
from roammail.ui.outbox_feed import OutboxFeed
from roammail.ui.problem_words import problem_words
from roammail.ui.remedies import RemedyDoer
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.banner import Banner
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.empty_state import EmptyState
from roammail.ui.widgets.outbox_detail import OutboxDetail
from roammail.ui.widgets.outbox_filter import OutboxFilter
from roammail.ui.widgets.outbox_table import OutboxTable
from roammail.ui.widgets.question import Question
from roammail.ui.widgets.texts import text

A = OutboxAct


class OutboxPage(QWidget):
    """`open_with` takes a message's number."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._chosen: int | None = None
        self._wanted: int | None = None  # to be chosen as soon as it is loaded
        self._sending = Sending(Stand.GOING)
        self._work: Task[object] | None = None
        self._undo: Callable[[], None] | None = None
        self._doer = RemedyDoer(context, self)
        self.model = OutboxModel(context.say, context.words, self._names, self)
        self._feed = OutboxFeed(context.bridge, self.model, self, self._seen)
        self._reword = QTimer(self, interval=30_000)  # "Next try 14:05" grows old
        self._reword.timeout.connect(self.model.reword)
        self._build()
        self._connect()
        self._filter_changed()

    def open_with(self, argument: object) -> None:
        """Shows this message, whatever filter was chosen."""
        if isinstance(argument, int):
            self._wanted = argument
            self._filter.show_all()
            self._choose_wanted()

    # Building

    def _build(self) -> None:
        context, say = self._context, self._context.say
        outer = QVBoxLayout(self)
        outer.setContentsMargins(XL + S, XL, XL + S, L)
        outer.setSpacing(M)
        head = QHBoxLayout()
        head.setSpacing(M)
        head.addWidget(text(context.theme, say("Outbox"), Role.TITLE, wrap=False), 1)
        self._all = button(context.theme, say("Try a&ll now"), ButtonKind.PLAIN, "mdi6.send")
        self._all.clicked.connect(self._try_all)
        self._all.hide()
        head.addWidget(self._all)
        outer.addLayout(head)
        self._filter = OutboxFilter(context)
        outer.addWidget(self._filter)
        self._banner = Banner(context.theme, say("Close this notice"))
        outer.addWidget(self._banner)
        self._question = Question(context.theme)
        outer.addWidget(self._question)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_list())
        self._empty = EmptyState(
            context.theme,
            "mdi6.email-fast-outline",
            say("Nothing was sent yet. What you write goes through here."),
            say("Write"),
        )
        self._empty.chosen.connect(lambda: context.go("write", None))
        self._stack.addWidget(self._empty)
        self._nothing = EmptyState(
            context.theme, "mdi6.magnify", say("Nothing here."), say("Show everything")
        )
        self._nothing.chosen.connect(self._filter.show_all)
        self._stack.addWidget(self._nothing)
        outer.addWidget(self._stack, 1)

    def _make_list(self) -> QWidget:
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(M)
        card = Card(margin=1, gap=0)
        self.table = OutboxTable(self._context, self.model)
        card.body.addWidget(self.table)
        split.addWidget(card)
        self._detail = OutboxDetail(self._context)
        self._detail.hide()
        split.addWidget(self._detail)
        split.setStretchFactor(0, 5)
        split.setStretchFactor(1, 6)
        return split

    def _connect(self) -> None:
        context = self._context
        self._filter.changed.connect(self._filter_changed)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self._feed.filled.connect(self._filled)
        self._feed.changed.connect(self._some_changed)
        self._detail.act_chosen.connect(self._act)
        self._detail.remedy_chosen.connect(self._remedy)
        self._detail.stop_wanted.connect(self._stop)
        self._banner.acted.connect(self._banner_acted)
        context.situation.outbox_changed.connect(self._counted)
        context.situation.profiles_changed.connect(self.model.reword)
        context.bridge.happened.connect(self._take)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._filter.begin_search)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._delete)
        self._counted()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._feed.watch(True)
        self._reword.start()
        self.model.reword()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._feed.watch(False)
        self._reword.stop()

    # The list

    def _names(self) -> dict[str, str]:
        return {profile.id: profile.name for profile in self._context.situation.profiles}

    def _seen(self) -> tuple[int, ...]:
        return self.table.seen()

    def _filter_changed(self) -> None:
        self._feed.show(self._filter.standings, self._filter.text)

    def _filled(self) -> None:
        whole = not self._filter.standings and not self._filter.text
        if self.model.rowCount():
            self._stack.setCurrentIndex(0)
        else:
            self._stack.setCurrentIndex(1 if whole else 2)
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        if self._wanted is None:
            return
        row = self.model.row(self._wanted)
        if row is not None:
            self._wanted = None
            self._select(row)
        elif self.model.is_whole or self.model.rowCount():
            self._show_message(self._wanted)  # it is further down, and shown all the same
            self._wanted = None

    def _select(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index = self.model.index(row, 0)
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.table.scrollTo(index)

    def _some_changed(self, ids: tuple[int, ...]) -> None:
        if self.model.rowCount() and self._stack.currentIndex():
            self._filled()
        if self._wanted in ids:
            self._choose_wanted()
        if self._chosen in ids:
            self._show_message(self._chosen)

    def _counted(self) -> None:
        counts = self._context.situation.counts
        self._filter.show_counts(counts)
        self._all.setVisible(counts[Standing.WAITING] > 0)

    # One message

    def _row_chosen(self, current: QModelIndex, before: QModelIndex) -> None:
        if not current.isValid():
            return
        entry = self.model.entry(current.row())
        if entry.id != self._chosen:
            self._sending = Sending(Stand.GOING)
            self._show_message(entry.id)

    def _show_message(self, outbox_id: int) -> None:
        self._chosen = outbox_id

        def came(entry: OutboxEntry) -> None:
            if entry.id == self._chosen:
                self._detail.show_entry(entry)
                self._detail.show()

        self._context.bridge.submit(
            lambda engine: engine.entry(outbox_id), came, self._failed, owner=self
        )

    def _take(self, event: object) -> None:
        if self._chosen is None or getattr(event, "outbox_id", None) != self._chosen:
            return
        changed = self._sending.took(event, self._names())
        if changed != self._sending:
            self._sending = changed
            working = self._work is not None and not self._work.done
            self._detail.show_progress(changed, can_stop=working)

    # What the person does

    def _act(self, act: OutboxAct) -> None:
        entry = self._detail.entry
        if entry is None:
            return
        number = entry.id
        match act:
            case A.TRY_NOW | A.TRY_AGAIN:
                self._deliver(number, lambda engine: engine.retry(number))
            case A.SAME_PROFILE:
                self._ask_again(number)
            case A.MARK_SENT:
                self._change(number, lambda engine: engine.mark_sent(number))
            case A.CANCEL:
                self._change(number, lambda engine: engine.cancel(number), self._cancelled)
            case A.EDIT:
                self._edit(number)
            case A.EXPLAIN:
                told = decisive(entry)
                reply = told.diagnosis.reply if told and told.diagnosis else None
                self._context.go("explain", str(reply) if reply else None)
            case A.SOURCE:
                MessageSourceDialog(self._context, number, self).open()

    def _delete(self) -> None:
        """The Delete key cancels what waits; that can be undone."""
        entry = self._detail.entry
        if entry is not None and A.CANCEL in acts_for(entry, datetime.now(UTC)):
            self._act(A.CANCEL)

    def _ask_again(self, number: int) -> None:
        say = self._context.say
        self._question.ask(
            say("It may have been delivered already: then it arrives twice. Send it again?"),
            [
                (say("Do not send"), lambda: None),
                (
                    say("Send it again"),
                    lambda: self._deliver(
                        number, lambda engine: engine.retry(number, same_profile=True)
                    ),
                ),
            ],
        )

    def _deliver(self, number: int, use: Callable[[Engine], Awaitable[object]]) -> None:
        self._banner.hide()
        self._sending = Sending(Stand.GOING)
        self._detail.show_progress(self._sending, can_stop=True)
        self._work = self._context.bridge.submit(
            use, lambda _: self._done(number), self._failed, owner=self
        )

    def _try_all(self) -> None:
        self._all.setEnabled(False)
        self._context.bridge.submit(
            lambda engine: engine.flush(), self._tried_all, self._not_all, owner=self
        )

    def _tried_all(self, entries: tuple[OutboxEntry, ...]) -> None:
        self._all.setEnabled(True)

    def _not_all(self, error: Exception) -> None:
        self._all.setEnabled(True)
        self._failed(error)

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
        self._detail.show_progress(None, can_stop=False)
        say = self._context.say
        self._banner.tell(say("Stopped. What has not gone stays in the outbox."), Tone.BUSY)
        if self._chosen is not None:
            self._feed.refresh(self._chosen)

    def _change(
        self,
        number: int,
        use: Callable[[Engine], Awaitable[object]],
        then: Callable[[int], None] | None = None,
    ) -> None:
        def done(_: object) -> None:
            self._done(number)
            if then is not None:
                then(number)

        self._context.bridge.submit(use, done, self._failed, owner=self)

    def _cancelled(self, number: int) -> None:
        say = self._context.say
        self._undo = lambda: self._deliver(number, lambda engine: engine.retry(number))
        self._banner.tell(say("Cancelled: it is not sent any more."), Tone.BUSY, say("Undo"))

    def _banner_acted(self) -> None:
        undo, self._undo = self._undo, None
        self._banner.hide()
        if undo is not None:
            undo()

    def _edit(self, number: int) -> None:
        def opened(found: Opened) -> None:
            self._done(number)
            self._context.go("write", found)

        self._context.bridge.submit(
            lambda engine: engine.desk.edit(number), opened, self._failed, owner=self
        )

    def _remedy(self, remedy: Remedy, profile_id: str) -> None:
        self._doer.do(remedy, profile_id or None)

    def _done(self, number: int) -> None:
        self._detail.show_progress(None, can_stop=False)
        self._feed.refresh(number)
        self._context.situation.count_outbox()

    def _failed(self, error: Exception) -> None:
        self._detail.show_progress(None, can_stop=False)
        self._undo = None
        self._banner.tell(problem_words(error, self._context.say), Tone.BAD)
        if self._chosen is not None:
            self._feed.refresh(self._chosen)
