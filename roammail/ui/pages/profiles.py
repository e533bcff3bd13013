"""Profiles: the outgoing servers in the order in which they are tried.

Add, edit, put in order, try, remove and put back; secrets never show.
"""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QMessageBox,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from roammail.core.diagnosis import Diagnosis, Remedy, RemedyKind
from roammail.core.profile import Profile, ProfileList
from roammail.engine.profile_removal import Removed, put_back, remove
from roammail.ui.context import Context
from roammail.ui.dialogs.profile_add import AddDialog
from roammail.ui.dialogs.profile_form import ProfileForm
from roammail.ui.keyring_words import keyring_state
from roammail.ui.models.profile_draft import ProfileDraft, draft_of
from roammail.ui.models.profile_list import Entry, ProfileListModel
from roammail.ui.profile_exchange import ProfileExchange
from roammail.ui.remedies import RemedyDoer
from roammail.ui.theme import XL, L, M, Role, S, Tone
from roammail.ui.widgets.banner import Banner
from roammail.ui.widgets.buttons import ButtonKind, button
from roammail.ui.widgets.card import Card
from roammail.ui.widgets.empty_state import EmptyState
from roammail.ui.widgets.page_scroll import PageScroll
from roammail.ui.widgets.profile_details import ProfileDetails
from roammail.ui.widgets.profile_list import ProfileListView, entry_pill
from roammail.ui.widgets.texts import text
from roammail.words.display import display

_MOST_ROWS = 8  # shown without scrolling


class ProfilesPage(QWidget):
    """`open_with`: a profile's id opens its settings, "add" the dialog for a new one."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._paused: Mapping[str, Diagnosis] = {}
        self._removed: Removed | None = None
        self._wanted = ""
        self._doer = RemedyDoer(context, self)
        self.exchange = ProfileExchange(context, self)
        self.model = ProfileListModel(self)
        self.model.speak(self._spoken)
        self._build()
        self._connect()
        self._show()

    def open_with(self, argument: object) -> None:
        """See the class."""
        if argument == "add":
            self.add()
        elif isinstance(argument, str):
            self._look_at(argument)
            self.edit(argument)

    # What a person can do

    def add(self) -> None:
        """By address; from there also by hand."""
        dialog = AddDialog(self._context, self._names(), self)
        dialog.by_hand.connect(self.add_by_hand)
        dialog.saved.connect(self._saved)
        dialog.open()

    def add_by_hand(self, draft: ProfileDraft) -> None:
        """Every setting in a form."""
        form = ProfileForm(self._context, draft, self._names(), parent=self)
        form.saved.connect(self._saved)
        form.open()

    def edit(self, profile_id: str) -> None:
        """Every setting of one that is there."""
        profile = self._profile(profile_id)
        if profile is None:
            return
        form = ProfileForm(
            self._context, draft_of(profile), self._names(but=profile_id), profile, self
        )
        form.saved.connect(self._saved)
        form.open()

    def remove(self, profile_id: str) -> None:
        """At once, and to be undone; what cannot be read is asked about instead."""
        if self._profile(profile_id) is None:
            self._ask_remove(profile_id)
            return
        self._context.bridge.submit(
            lambda engine: remove(engine, profile_id), self._gone, owner=self
        )

    def undo(self) -> None:
        """Puts back what was removed last."""
        removed, self._removed = self._removed, None
        self._note.hide()
        if removed is not None:
            self._context.bridge.submit(
                lambda engine: put_back(engine, removed),
                lambda profile: self._look_at(profile.id),
                owner=self,
            )

    # Building

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._stack = QStackedWidget()
        whole.addWidget(self._stack)
        inner = QWidget()
        inner.setProperty("clear", "true")
        column = QVBoxLayout(inner)
        column.setContentsMargins(XL + 4, XL, XL + 4, XL)
        column.setSpacing(L)
        column.addLayout(self._header())
        self._note = Banner(self._context.theme, self._context.say("Close this notice"))
        column.addWidget(self._note)
        card = Card(margin=S, gap=0)
        self.view = ProfileListView(self._context, self.model)
        policy = QSizePolicy.Policy
        self.view.setSizePolicy(policy.Expanding, policy.Fixed)
        card.body.addWidget(self.view)
        column.addWidget(card)
        self.details = ProfileDetails(self._context)
        column.addWidget(self.details)
        column.addStretch(1)
        self._scroll = PageScroll(inner)
        self._stack.addWidget(self._scroll)
        self._empty: EmptyState | None = None

    def _header(self) -> QHBoxLayout:
        theme, say = self._context.theme, self._context.say
        words = QVBoxLayout()
        words.setSpacing(S)
        words.addWidget(text(theme, say("Profiles"), Role.TITLE))
        subtitle = say("Tried in this order, from the top. Drag them, or press Alt and an arrow.")
        words.addWidget(text(theme, subtitle, Role.BODY, Tone.MUTED))
        row = QHBoxLayout()
        row.setSpacing(M)
        row.addLayout(words, 1)
        self.more = button(theme, say("&More"))
        menu = QMenu(self.more)
        menu.addAction(say("&Import…"), self.exchange.ask_import)
        self._export = menu.addAction(say("&Export…"), self.exchange.ask_export)
        menu.addAction(say("Add by &hand…"), lambda: self.add_by_hand(ProfileDraft()))
        self.more.setMenu(menu)
        self.add_button = button(theme, say("&Add a profile"), ButtonKind.PRIMARY, "mdi6.plus")
        self.add_button.clicked.connect(self.add)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(self.more, 0, top)
        row.addWidget(self.add_button, 0, top)
        return row

    def _connect(self) -> None:
        situation = self._context.situation
        situation.profiles_changed.connect(self._show)
        situation.probe_changed.connect(self._show_rows)
        situation.headline_changed.connect(self._used_changed)
        situation.probing_changed.connect(self._ask_paused)
        self.model.reordered.connect(self._reorder)
        self.view.opened.connect(self.edit)
        self.view.unwanted.connect(self.remove)
        self.view.current_changed.connect(lambda _profile_id: self._show_details())
        self.details.asked.connect(self._asked)
        self._note.acted.connect(self.undo)
        self.exchange.said.connect(self._note.tell)
        QShortcut(QKeySequence(QKeySequence.StandardKey.New), self, self.add)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), self, self.undo)

    # Showing

    def _show(self) -> None:
        situation = self._context.situation
        if situation.keyring_error is not None:
            self._show_keyring()
            return
        listing = situation.listing
        if listing is not None and not (listing.profiles or listing.broken):
            self._show_first()
            return
        self._stack.setCurrentWidget(self._scroll)
        self._show_rows()
        self._ask_paused()

    def _show_rows(self, _profile_id: str = "") -> None:
        situation = self._context.situation
        listing = situation.listing or ProfileList()
        current = self.view.current
        used = situation.headline().profile
        self.model.show_profiles(
            listing, situation.rows, self._paused, used.profile_id if used else ""
        )
        count = len(self.model.entries)
        height = self.view.sizeHintForRow(0) if count else 0
        self.view.setFixedHeight(min(count, _MOST_ROWS) * height + 2)
        self._export.setEnabled(bool(listing.profiles))
        wanted = self._wanted or (current.id if current else "")
        if count and self.model.row_of(wanted) < 0:
            wanted = self.model.entries[0].id
        elif wanted == self._wanted:
            self._wanted = ""
        if current is None or current.id != wanted or self.view.current is None:
            self.view.choose(wanted)
        self._show_details()

    def _used_changed(self) -> None:
        """Only then: the headline is said anew all the time during a test."""
        used = self._context.situation.headline().profile
        shown = next((entry.id for entry in self.model.entries if entry.in_use), "")
        if shown != (used.profile_id if used else ""):
            self._show_rows()

    def _show_details(self) -> None:
        count = sum(entry.profile is not None for entry in self.model.entries)
        self.details.show_entry(self.view.current, count)

    def _show_keyring(self) -> None:
        context, error = self._context, self._context.situation.keyring_error
        assert error is not None
        state = keyring_state(error, context.say)
        icon = "mdi6.lock" if error.code == "keyring-locked" else "mdi6.key-alert"
        made = EmptyState(context.theme, icon, state.title, state.act, detail=state.sentence)
        if state.settings:
            made.chosen.connect(lambda: context.go("settings", "allow_plaintext_keyring"))
        else:
            made.chosen.connect(context.situation.reload_profiles)
        self._show_instead(made)

    def _show_first(self) -> None:
        context, say = self._context, self._context.say
        made = EmptyState(
            context.theme,
            "mdi6.account-plus",
            say("Add your first outgoing server."),
            say("&Add a profile"),
            say("&Import…"),
            say("Your address is enough to begin with; most providers are known."),
        )
        made.chosen.connect(self.add)
        made.other_chosen.connect(self.exchange.ask_import)
        self._show_instead(made)

    def _show_instead(self, made: EmptyState) -> None:
        if self._empty is not None:
            self._stack.removeWidget(self._empty)
            self._empty.deleteLater()
        self._empty = made
        self._stack.addWidget(made)
        self._stack.setCurrentWidget(made)

    def _ask_paused(self) -> None:
        self._context.bridge.submit(
            lambda engine: engine.paused(), self._paused_known, lambda _error: None, owner=self
        )

    def _paused_known(self, paused: dict[str, Diagnosis]) -> None:
        if paused.keys() != self._paused.keys():
            self._paused = paused
            self._show_rows()

    # Doing

    def _asked(self, act: str, profile_id: str) -> None:
        password = Remedy(RemedyKind.ENTER_PASSWORD)
        acts: dict[str, Callable[[], None]] = {
            "password": lambda: self._doer.do(password, profile_id),
            "edit": lambda: self.edit(profile_id),
            "test": lambda: self._context.prober.test([profile_id]),
            "why": lambda: self._context.go("here", profile_id),
            "up": lambda: self.view.move_current(-1),
            "down": lambda: self.view.move_current(1),
            "remove": lambda: self.remove(profile_id),
        }
        acts[act]()

    def _reorder(self, ids: list[str]) -> None:
        self._show_details()
        self._context.bridge.submit(
            lambda engine: engine.book.order(ids), None, self._not_reordered, owner=self
        )

    def _not_reordered(self, error: Exception) -> None:
        self._context.bridge.problem.emit(error)
        self._context.situation.reload_profiles()

    def _saved(self, profile: Profile) -> None:
        self._look_at(profile.id)
        self._context.prober.test([profile.id])

    def _look_at(self, profile_id: str) -> None:
        self._wanted = profile_id
        self.view.choose(profile_id)

    def _gone(self, removed: Removed) -> None:
        self._removed = removed
        say = self._context.say
        name = removed.profile.name
        words = say("“{profile}” and its password are removed.", profile=name)
        self._note.tell(words, Tone.BUSY, say("&Undo"))

    def _ask_remove(self, profile_id: str) -> None:
        row = self.model.row_of(profile_id)
        if row < 0:
            return
        say, entry = self._context.say, self.model.entries[row]
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(say("Remove profile"))
        box.setText(say("Remove what is left of “{profile}” from the keyring?", profile=entry.name))
        box.setInformativeText(say("It cannot be read, so this cannot be undone."))
        yes = box.addButton(say("&Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(say("&Keep"), QMessageBox.ButtonRole.RejectRole)
        yes.clicked.connect(
            lambda: self._context.bridge.submit(
                lambda engine: engine.remove_profile(profile_id), None, owner=self
            )
        )
        box.open()

    def _profile(self, profile_id: str) -> Profile | None:
        known = self._context.situation.profiles
        return next((profile for profile in known if profile.id == profile_id), None)

    def _names(self, but: str = "") -> tuple[str, ...]:
        return tuple(entry.name for entry in self.model.entries if entry.id != but)

    def _spoken(self, entry: Entry) -> str:
        say, (state, _, _) = self._context.say, entry_pill(entry, self._context)
        spoken = say(
            "{number}. {profile}: {state}",
            number=str(entry.number),
            profile=display(entry.name, 80),
            state=state,
        )
        return f"{spoken}; {say('In use')}" if entry.in_use else spoken
