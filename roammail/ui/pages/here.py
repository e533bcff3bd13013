"""Here: can I send from here, through what, and if not, the one thing to do."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from roammail.ui.context import Context
from roammail.ui.models.headline import HeadlineKind
from roammail.ui.models.seen_as import seen_as
from roammail.ui.pages.here_words import Act, best_remedy, told
from roammail.ui.theme import XL, L
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.here_header import HereHeader
from roammail.ui.widgets.network_card import NetworkCard
from roammail.ui.widgets.page_scroll import PageScroll

if TYPE_CHECKING:  # what comes with the first profile is loaded with it, after the page
    from roammail.core.diagnosis import Remedy
    from roammail.ui.remedies import RemedyDoer
    from roammail.ui.widgets.empty_state import EmptyState
    from roammail.ui.widgets.profile_row import ProfileRowWidget

#: Milliseconds between two looks at how long ago the last test was.
_AGO = 5000
#: Milliseconds for which changes of rows are gathered.
_TOGETHER = 40


class HerePage(QWidget):
    """Opens first. Follows the situation; changes nothing by itself."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._rows: dict[str, ProfileRowWidget] = {}
        self._pill_width = 0
        self._used = ""
        self._acts = (Act.NOTHING, Act.NOTHING)
        self._remedy: tuple[Remedy, str] | None = None
        self._build()
        self._connect()
        self._show_profiles()
        self._show_network()
        self._show_headline()

    def open_with(self, argument: object) -> None:
        """A profile's id: its row is opened and brought into view."""
        row = self._rows.get(str(argument))
        if row is not None:
            row.open()
            self._scroll.ensureWidgetVisible(row)

    @cached_property
    def _doer(self) -> "RemedyDoer":
        from roammail.ui.remedies import RemedyDoer

        return RemedyDoer(self._context, self)

    def _build(self) -> None:
        theme, say = self._context.theme, self._context.say
        self._stack = QStackedWidget()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        inner = QWidget()
        inner.setProperty("clear", "true")
        column = QVBoxLayout(inner)
        column.setContentsMargins(XL + 4, XL, XL + 4, XL)
        column.setSpacing(L)
        self._header = HereHeader(theme, say("How far the test has come"))
        self._network = NetworkCard(theme, say)
        self._card = Card(margin=0, gap=0)
        self._card.setAccessibleName(say("Your profiles"))
        column.addWidget(self._header)
        column.addWidget(self._network)
        column.addWidget(self._card)
        column.addStretch(1)
        self._scroll = PageScroll(inner)
        self._stack.addWidget(self._scroll)
        self._empty: EmptyState | None = None

    def _connect(self) -> None:
        situation = self._context.situation
        situation.headline_changed.connect(self._show_headline)
        situation.network_changed.connect(self._show_network)
        situation.profiles_changed.connect(self._show_profiles)
        situation.probe_changed.connect(self._row_changed)
        situation.probing_changed.connect(self._probing_changed)
        self._header.best_chosen.connect(lambda: self._act(self._acts[0]))
        self._header.other_chosen.connect(lambda: self._act(self._acts[1]))
        self._changed: set[str] = set()
        self._soon = QTimer(self, singleShot=True, interval=_TOGETHER)
        self._soon.timeout.connect(self._show_changed)
        self._ago = QTimer(self, interval=_AGO)
        self._ago.timeout.connect(self._show_headline)
        self._ago.start()

    # What is shown

    def _show_headline(self) -> None:
        situation, say = self._context.situation, self._context.say
        headline = situation.headline()
        if headline.kind in (HeadlineKind.KEYRING, HeadlineKind.NO_PROFILES):
            self._show_empty()
            return
        self._stack.setCurrentWidget(self._scroll)
        rows = tuple(situation.rows.values())
        self._remedy = best_remedy(rows)
        ago = self._checked_ago()
        remedy = self._remedy[0] if self._remedy else None
        helped = situation.rows.get(self._remedy[1]) if self._remedy else None
        whose = helped.name if helped else ""
        shown = told(headline, say, ago, remedy, busy=situation.probing, whose=whose)
        self._header.tell(shown.title, shown.subtitle, shown.icon, shown.tone)
        self._header.offer(shown.best[1], shown.other[1])
        self._acts = (shown.best[0], shown.other[0])
        self._mark(headline.profile.profile_id if headline.profile else "")
        self._show_progress()

    def _checked_ago(self) -> str:
        checked = self._context.situation.checked
        if checked is None:
            return ""
        from datetime import UTC, datetime

        from roammail.ui.ago import checked_ago

        return checked_ago(self._context.say, checked, datetime.now(UTC))

    def _mark(self, used: str) -> None:
        """The row of the profile that mail goes out through says so."""
        before, self._used = self._used, used
        for profile_id in {before, used} - {""} if before != used else ():
            self._show_row(profile_id)

    def _show_progress(self) -> None:
        situation = self._context.situation
        if not situation.probing:
            self._header.show_progress(0, 0)
            return
        dots = [dot.state for row in situation.rows.values() for dot in row.dots]
        still = sum(state in ("waiting", "running") for state in dots)
        self._header.show_progress(len(dots) - still, len(dots))

    def _show_empty(self) -> None:
        from roammail.ui.widgets.empty_state import EmptyState

        context, say = self._context, self._context.say
        error = context.situation.keyring_error
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
        if error is not None:
            from roammail.ui.keyring_words import keyring_state

            told_so = keyring_state(error, say)
            made = EmptyState(
                context.theme,
                "mdi6.key-alert",
                told_so.title,
                told_so.act,
                detail=told_so.sentence,
            )
            made.setToolTip(error.message)
            act = Act.SETTINGS if told_so.settings else Act.RELOAD
            made.chosen.connect(lambda: self._act(act))
        else:
            made = EmptyState(
                context.theme,
                "mdi6.email-fast-outline",
                say("Send mail from wherever you are."),
                say("&Add a profile"),
                say("Show me on the demo network"),
                say(
                    "A profile is one outgoing mail server of yours. RoamMail tests which of them "
                    "work where you are, sends through the first that does, and explains why the "
                    "others do not."
                ),
            )
            made.chosen.connect(lambda: self._act(Act.ADD))
            made.other_chosen.connect(lambda: self._act(Act.DEMO))
        self._empty = made
        self._stack.addWidget(made)
        self._stack.setCurrentWidget(made)

    def _show_network(self) -> None:
        situation = self._context.situation
        reports = [row.report for row in situation.rows.values() if row.report]
        self._network.show_network(situation.network, seen_as(reports))

    def _show_profiles(self) -> None:
        wanted = self._context.situation.rows
        for gone in [key for key in self._rows if key not in wanted]:
            widget = self._rows.pop(gone)
            self._card.body.removeWidget(widget)
            widget.deleteLater()
        for index, profile_id in enumerate(wanted):
            widget = self._rows.get(profile_id) or self._made_row(profile_id)
            if self._card.body.indexOf(widget) != index:
                self._card.body.insertWidget(index, widget)
            widget.rule.setVisible(index > 0)
        self._card.setVisible(bool(wanted))
        self._show_rows()
        self._show_headline()

    def _made_row(self, profile_id: str) -> "ProfileRowWidget":
        from roammail.ui.widgets.profile_row import ProfileRowWidget

        made = self._rows[profile_id] = ProfileRowWidget(self._context, profile_id)
        made.remedy_chosen.connect(self._doer.do)
        return made

    def _show_rows(self) -> None:
        for profile_id in self._rows:
            self._show_row(profile_id)

    def _row_changed(self, profile_id: str) -> None:
        """Steps come in bursts; a row is shown anew once for several."""
        self._changed.add(profile_id)
        if not self._soon.isActive():
            self._soon.start()

    def _show_changed(self) -> None:
        changed, self._changed = self._changed, set()
        for profile_id in changed:
            self._show_row(profile_id)
        self._show_progress()

    def _show_row(self, profile_id: str) -> None:
        row, widget = self._context.situation.rows.get(profile_id), self._rows.get(profile_id)
        if row is None or widget is None:
            return
        from roammail.ui.models.rows import RowState

        others = [r for r in self._context.situation.rows.values() if r is not row]
        another_works = any(r.state is RowState.WORKS for r in others)
        widget.show_row(row, another_works=another_works, in_use=profile_id == self._used)
        self._line_up(widget)

    def _line_up(self, changed: "ProfileRowWidget") -> None:
        """Pills of all rows begin at the same place."""
        width = max(self._pill_width, changed.header.pill.sizeHint().width())
        if width > self._pill_width:
            self._pill_width = width
            for row in self._rows.values():
                row.header.keep_pill_width(width)
        else:
            changed.header.keep_pill_width(width)

    def _probing_changed(self) -> None:
        self._show_rows()
        self._show_network()
        self._show_headline()

    # What is done

    def _act(self, act: Act) -> None:
        context = self._context
        acts: dict[Act, Callable[[], None]] = {
            Act.TEST: context.prober.test,
            Act.CANCEL: context.prober.cancel,
            Act.WRITE: lambda: context.go("write", None),
            Act.ADD: lambda: context.go("profiles", "add"),
            Act.DEMO: lambda: context.go("demo", None),
            Act.PORTAL: self._open_portal,
            Act.LOOK: context.situation.look_around,
            Act.SETTINGS: lambda: context.go("settings", None),
            Act.RELOAD: context.situation.reload_profiles,
            Act.REMEDY: self._do_best_remedy,
        }
        if act in acts:
            acts[act]()

    def _open_portal(self) -> None:
        self._doer.open_portal()

    def _do_best_remedy(self) -> None:
        if self._remedy is not None:
            self._doer.do(*self._remedy)
