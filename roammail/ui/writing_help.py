"""What helps to write: whom one may send as, whom one writes to, through what it will go, and a
connection that stands ready when the letter is done. Asks the engine; knows no widget.
"""

import time

from PySide6.QtCore import QObject, QTimer, Signal

from roammail.core.network import PortalState
from roammail.ui.context import Context

_ASK_AFTER = 200  # milliseconds without a change of what the outlook depends on
#: Milliseconds between two calls that keep a connection ready, and seconds after the last key
#: for which it is kept.
_KEEP_WARM, _STILL_WRITING = 10_000, 60.0


class WritingHelp(QObject):
    """`senders_known` (Mailboxes), `contacts_known` (Contacts), `outlook_known` (Outlook)."""

    senders_known = Signal(object)
    contacts_known = Signal(object)
    outlook_known = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._author = ""
        self._typed = float("-inf")  # monotonic seconds
        self._later = QTimer(self, singleShot=True, interval=_ASK_AFTER)
        self._later.timeout.connect(self._ask_outlook)
        self._warm = QTimer(self, interval=_KEEP_WARM)
        self._warm.timeout.connect(self._keep_warm)

    def begin(self) -> None:
        """From now on everything is looked up, and again when it may have changed."""
        situation = self._context.situation
        situation.profiles_changed.connect(self._profiles_changed)
        situation.network_changed.connect(self._later.start)
        situation.probe_changed.connect(self._probed)
        situation.outbox_changed.connect(self._load_contacts)
        self._profiles_changed()
        self._load_contacts()

    def author_is(self, author: str) -> None:
        """Who writes; "" while that is no address."""
        self._author = author
        self._later.start()

    def writing(self) -> None:
        """Somebody types a letter that has a recipient: it will probably be sent."""
        self._typed = time.monotonic()
        if not self._warm.isActive():
            self._warm.start()
            self._keep_warm()

    def forget(self, address: str) -> None:
        """A contact that is not to be offered any more."""
        self._context.bridge.submit(lambda engine: engine.desk.forget_contact(address), owner=self)

    def _profiles_changed(self) -> None:
        self._context.bridge.submit(
            lambda engine: engine.desk.senders(), self.senders_known.emit, _ignore, owner=self
        )
        self._later.start()

    def _probed(self, profile_id: str) -> None:
        self._later.start()

    def _load_contacts(self) -> None:
        self._context.bridge.submit(
            lambda engine: engine.desk.contacts(), self.contacts_known.emit, _ignore, owner=self
        )

    def _ask_outlook(self) -> None:
        author, view = self._author, self._context.situation.network
        portal = view.network.portal if view else PortalState.UNKNOWN
        self._context.bridge.submit(
            lambda engine: engine.desk.outlook(author, portal),
            self.outlook_known.emit,
            _ignore,
            owner=self,
        )

    def _keep_warm(self) -> None:
        if time.monotonic() - self._typed > _STILL_WRITING:
            self._warm.stop()
            return
        author = self._author
        if author:
            self._context.bridge.submit(
                lambda engine: engine.warm_up(author), None, _ignore, owner=self
            )


def _ignore(error: Exception) -> None:
    """The page goes on without it; the bridge has logged it."""
