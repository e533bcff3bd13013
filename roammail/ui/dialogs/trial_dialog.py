"""What adding and editing a profile have in common: settings are tried first and kept if they
work; if they do not, what was found is shown, and they can be kept nevertheless.
"""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from roammail.core.diagnosis import Remedy, RemedyKind
from roammail.core.errors import UserFacingError
from roammail.core.profile import Profile
from roammail.core.secret import Secret
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.models.profile_draft import ProfileDraft, profile_of
from roammail.ui.problem_words import problem_words
from roammail.ui.remedies import RemedyDoer
from roammail.ui.theme import XL, L, M, Role, Tone
from roammail.ui.widgets.buttons import ButtonKind, button, rename
from roammail.ui.widgets.texts import text
from roammail.ui.widgets.trial_panel import TrialPanel

_WIDTH, _HEIGHT = 720, 640
#: Milliseconds until what was shown has its size.
_SETTLE = 30


class TrialDialog(QDialog):
    """Open it with `open()`. `saved` carries the Profile as it is kept.

    A dialog of this kind fills `body`, calls `settings_changed` with every change, and answers
    `draft`, `secret` and `ready`.
    """

    saved = Signal(object)

    def __init__(
        self, context: Context, title: str, kept: Profile | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.context, self.kept = context, kept
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setProperty("surface", "true")
        self.resize(_WIDTH, _HEIGHT)
        context.theme.dress(self)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLE)
        self._settled.timeout.connect(self._scroll_to_panel)
        self._build()

    # What a dialog of this kind answers

    def draft(self) -> ProfileDraft:
        """The settings as they stand."""
        raise NotImplementedError

    def secret(self) -> Secret | None:
        """The password that was typed; None: the one that is kept, or none is wanted."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether the settings are whole; shows what is wrong if they are not."""
        raise NotImplementedError

    def take_remedy(self, remedy: Remedy) -> None:
        """The person chose to change something; what is not about settings was done already."""
        raise NotImplementedError

    # What it is given

    def settings_changed(self) -> None:
        """What a test found no longer counts."""
        if self.panel.isVisible():
            self.panel.clear()
        self._error.hide()
        self.anyway.hide()
        rename(self.save, self.context.say("&Test and save"))

    def test_and_save(self) -> None:
        """Tries the settings; if they work, keeps them."""
        if self.panel.running or not self.ready():
            return
        self._error.hide()
        self.anyway.hide()
        self.save.setEnabled(False)
        kept_as = self.kept.id if self.kept else ""
        self.panel.run(profile_of(self.draft()), self.secret(), kept_as)
        self._show_panel()

    def save_now(self) -> None:
        """Keeps the settings as they are."""
        if not self.ready():
            return
        profile = profile_of(self.draft(), self.kept.id if self.kept else "")
        secret, edits = self.secret(), self.kept is not None
        self.save.setEnabled(False)
        self.anyway.setEnabled(False)

        async def keep(engine: Engine) -> Profile:
            if edits:
                return await engine.book.edit(profile, secret)
            return await engine.book.add(profile, secret)

        self.context.bridge.submit(keep, self._kept, self._not_kept, owner=self)

    def reject(self) -> None:
        self.panel.cancel()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.panel.cancel()
        super().closeEvent(event)

    def _build(self) -> None:
        theme, say = self.context.theme, self.context.say
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        inner = QWidget()
        inner.setProperty("clear", "true")
        column = QVBoxLayout(inner)
        column.setContentsMargins(XL, XL, XL, L)
        column.setSpacing(L)
        self.body = QVBoxLayout()
        self.body.setSpacing(L)
        column.addLayout(self.body)
        self.panel = TrialPanel(self.context)
        self.panel.finished.connect(self._tried)
        self.panel.remedy_chosen.connect(self._take_remedy)
        column.addWidget(self.panel)
        self._error = text(theme, "", Role.BODY, Tone.BAD, selectable=True)
        self._error.hide()
        column.addWidget(self._error)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(inner)
        whole.addWidget(self._scroll, 1)
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(XL, M, XL, L)
        self.foot.setSpacing(M)
        self.foot.addStretch(1)
        self.cancel = button(theme, say("Cancel"))
        self.cancel.clicked.connect(self.reject)
        self.anyway = button(theme, say("Save &nevertheless"))
        self.anyway.clicked.connect(self.save_now)
        self.anyway.hide()
        self.save = button(theme, say("&Test and save"), ButtonKind.PRIMARY)
        self.save.clicked.connect(self.test_and_save)
        self.save.setDefault(True)
        for made in (self.cancel, self.anyway, self.save):
            self.foot.addWidget(made)
        whole.addLayout(self.foot)

    def _take_remedy(self, remedy: Remedy) -> None:
        if remedy.kind is RemedyKind.OPEN_PORTAL:
            RemedyDoer(self.context, self).open_portal()
        elif remedy.kind is RemedyKind.TRY_LATER:
            self.test_and_save()
        else:
            self.take_remedy(remedy)

    def _tried(self, works: bool) -> None:
        self.save.setEnabled(True)
        if works:
            self.save_now()
            return
        rename(self.save, self.context.say("&Test again"))
        self.anyway.setEnabled(True)
        self.anyway.show()
        self._show_panel()

    def _show_panel(self) -> None:
        """Its top comes into view once everything has found its place."""
        self._settled.start()

    def _scroll_to_panel(self) -> None:
        self._scroll.verticalScrollBar().setValue(self.panel.y() - M)

    def _kept(self, profile: Profile) -> None:
        self.saved.emit(profile)
        self.accept()

    def _not_kept(self, error: Exception) -> None:
        unexpected = self.context.say("The profile could not be kept.")
        self._error.setText(
            problem_words(error, self.context.say)
            if isinstance(error, UserFacingError)
            else unexpected
        )
        self._error.show()
        self.save.setEnabled(True)
        self.anyway.setEnabled(True)
