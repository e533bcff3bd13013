"""What the window knows: where we are, the profiles, how each does here, the outbox in numbers.

Updated from the engine's events and its answers; asks, and never decides. How a row changes is
`models/rows.py`'s, which situation it is `models/headline.py`'s.
"""

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from roammail.core.errors import UserFacingError
from roammail.ui.bridge import Bridge
from roammail.ui.models.headline import Headline, headline_of

if TYPE_CHECKING:  # the first page is shown before there is any of it
    from datetime import datetime

    from roammail.core.delivery import Standing
    from roammail.core.events import ProbeFinished
    from roammail.core.network import Network
    from roammail.core.profile import Profile, ProfileList
    from roammail.engine.engine import Engine
    from roammail.engine.here import NetworkView
    from roammail.ui.models.rows import ProfileRow

#: Milliseconds: the outbox is counted again at most this often.
_COUNT_EVERY = 300


class Situation(QObject):
    """One for a window. `rows` are in order of preference."""

    network_changed = Signal()
    profiles_changed = Signal()
    probe_changed = Signal(str)
    probing_changed = Signal()
    outbox_changed = Signal()
    headline_changed = Signal()

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.network: NetworkView | None = None
        self.listing: ProfileList | None = None
        self.keyring_error: UserFacingError | None = None
        self.rows: dict[str, ProfileRow] = {}
        self.probing = False
        self.checked: datetime | None = None
        self.counts: Counter[Standing] = Counter()
        self._listing_asked = self._looks = 0
        self._said = headline_of(None, None, None)
        self._count_timer = QTimer(self, singleShot=True, interval=_COUNT_EVERY)
        self._count_timer.timeout.connect(self.count_outbox)
        bridge.happened.connect(self._take)
        bridge.looked.connect(self._looked)
        bridge.ready.connect(self._opened)
        bridge.failed.connect(self._not_opened)
        if bridge.has_begun:
            QTimer.singleShot(0, self, self._opened)

    # What is known

    @property
    def profiles(self) -> "tuple[Profile, ...]":
        """The profiles that can be read, in order of preference."""
        return self.listing.profiles if self.listing else ()

    @property
    def waiting(self) -> int:
        """Messages that wait for a way."""
        from roammail.core.delivery import Standing

        return self.counts[Standing.WAITING]

    @property
    def uncertain(self) -> int:
        """Messages that may have arrived."""
        from roammail.core.delivery import Standing

        return self.counts[Standing.UNCERTAIN]

    def headline(self) -> Headline:
        """The situation in one word, and what its sentence needs."""
        known = None if self.listing is None else tuple(self.rows.values())
        here = self.network.network if self.network else None
        return headline_of(known, here, self.keyring_error)

    # Asking anew

    def reload_profiles(self) -> None:
        """Reads the profiles again, as after a change or an unlocked keyring."""
        self._listing_asked += 1
        asked = self._listing_asked
        self._bridge.submit(
            lambda engine: engine.book.all(),
            lambda listing: self._listed(listing, asked),
            lambda error: self._unlisted(error, asked),
            owner=self,
        )

    def look_around(self) -> None:
        """Asks where we are, and whether a portal is in the way."""
        self._looks += 1
        look = self._looks
        self._bridge.submit(
            lambda engine: engine.network(), lambda view: self._at(view, look), _ignore, owner=self
        )

    def count_outbox(self) -> None:
        """Counts what is in the outbox."""
        self._bridge.submit(_counts, self._counted, _ignore, owner=self)

    # What comes in

    def _looked(self, found: "ProfileList | UserFacingError") -> None:
        if self._listing_asked:
            return  # something has changed since; a later answer is on its way
        if isinstance(found, UserFacingError):
            self._unlisted(found, 0)
        else:
            self._listed(found, 0)

    def _opened(self) -> None:
        known = self.listing is not None or self.keyring_error is not None
        if not known and not self._bridge.is_looking:
            self.reload_profiles()
        self.look_around()
        self.count_outbox()

    def _not_opened(self, error: UserFacingError) -> None:
        self.keyring_error = error
        self.profiles_changed.emit()
        self._headline()

    def _take(self, event: object) -> None:
        # Here, since no event comes before the window has long been painted.
        from roammail.core.events import (
            EndpointFinished,
            MessageQueued,
            MessageStands,
            NetworkChanged,
            ProbeFinished,
            ProbeStarted,
            ProbeStopped,
            ProfilesChanged,
            RecipientChanged,
            StepFinished,
            StepStarted,
        )

        match event:
            case StepStarted(profile_id=profile_id, endpoint=endpoint, stage=stage):
                if row := self.rows.get(profile_id):
                    self._row(row.step_begun(endpoint, stage))
            case StepFinished(profile_id=profile_id, endpoint=endpoint, step=step):
                if row := self.rows.get(profile_id):
                    self._row(row.step_ended(endpoint, step))
            case EndpointFinished(profile_id=profile_id, report=report):
                if row := self.rows.get(profile_id):
                    self._row(row.endpoint_ended(report))
                    self._headline()
            case ProbeStarted(profile_ids=profile_ids):
                self._probe_begins(profile_ids)
            case ProbeFinished():
                self._probe_ends(event)
            case ProbeStopped(profile_ids=profile_ids):
                self._probe_stopped(profile_ids)
            case NetworkChanged(network=network):
                self._moved(network)
            case ProfilesChanged():
                self.reload_profiles()
            case MessageQueued() | MessageStands() | RecipientChanged():
                if not self._count_timer.isActive():
                    self._count_timer.start()
            case _:
                pass

    def _listed(self, listing: "ProfileList", asked: int) -> None:
        if asked != self._listing_asked:
            return
        from roammail.ui.models.rows import broken_row, row_of

        self.listing, self.keyring_error = listing, None
        before = self.rows
        self.rows = {p.id: row_of(p, before.get(p.id)) for p in listing.profiles}
        self.rows |= {b.id: broken_row(b) for b in listing.broken}
        self.profiles_changed.emit()
        self._headline()

    def _unlisted(self, error: Exception, asked: int) -> None:
        if asked != self._listing_asked:
            return
        if not isinstance(error, UserFacingError):
            error = UserFacingError("internal-error", "The profiles could not be read.")
        self.keyring_error = error
        self.profiles_changed.emit()
        self._headline()

    def _at(self, view: "NetworkView", look: int) -> None:
        if look != self._looks:
            return  # asked before the network changed; a later answer is on its way
        self.network = view
        self.network_changed.emit()
        self._headline()

    def _moved(self, network: "Network") -> None:
        before = self.network
        elsewhere = before is None or _place(before.network) != _place(network)
        if elsewhere:
            from roammail.ui.models.rows import ProfileRow

            # What worked elsewhere says nothing of here.
            self.rows = {
                key: row if row.broken else ProfileRow(row.profile_id, row.name, row.endpoint)
                for key, row in self.rows.items()
            }
            self.checked = None
            self.profiles_changed.emit()
        self.look_around()

    def _probe_begins(self, profile_ids: tuple[str, ...]) -> None:
        self.probing = True
        for profile_id in profile_ids:
            if row := self.rows.get(profile_id):
                self._row(row.checking())
        self.probing_changed.emit()
        self._headline()

    def _probe_ends(self, event: "ProbeFinished") -> None:
        from datetime import UTC, datetime

        when = datetime.now(UTC)
        self.probing = False
        self.checked = when
        for report in event.report.profiles:
            if row := self.rows.get(report.profile_id):
                winner = report.profile_id == event.report.winner
                self._row(row.reported(report, winner, when))
        self.probing_changed.emit()
        self._headline()

    def _probe_stopped(self, profile_ids: tuple[str, ...]) -> None:
        self.probing = False
        for profile_id in profile_ids:
            if row := self.rows.get(profile_id):
                self._row(row.stopped())
        self.probing_changed.emit()
        self._headline()

    def _row(self, row: "ProfileRow") -> None:
        self.rows[row.profile_id] = row
        self.probe_changed.emit(row.profile_id)

    def _counted(self, counts: "Counter[Standing]") -> None:
        if counts != self.counts:
            self.counts = counts
            self.outbox_changed.emit()

    def _headline(self) -> None:
        said = self.headline()
        if said != self._said:
            self._said = said
            self.headline_changed.emit()


async def _counts(engine: "Engine") -> "Counter[Standing]":
    return Counter(dict(await engine.outbox_counts()))


def _place(network: "Network") -> tuple[object, ...]:
    return (network.gateway_mac, network.prefix, network.ssid, network.name, network.dns_suffix)


def _ignore(error: Exception) -> None:
    """The next event asks again; the bridge has logged it."""
