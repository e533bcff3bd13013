"""Starts and cancels probes: when the person asks, and politely by itself (rule 8).

By itself it probes a network once when the window finds itself there, and again only after a
while; never behind a portal that has not been passed, never while one is under way.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from roammail.core.errors import UserFacingError
from roammail.ui.bridge import Bridge, Task
from roammail.ui.situation import Situation

if TYPE_CHECKING:
    from roammail.core.network import NetworkKey
    from roammail.core.report import ProbeReport

#: Milliseconds between a change of the network and the probe: changes come in bursts.
SETTLE = 1500
#: Seconds before a network is probed by itself again, doubled each time up to the second.
AGAIN, AGAIN_AT_MOST = 15 * 60, 4 * 60 * 60


class Prober(QObject):
    """`test` for the person; `watch` for doing it by itself."""

    failed = Signal(object)

    def __init__(
        self,
        bridge: Bridge,
        situation: Situation,
        *,
        settle: int = SETTLE,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._situation = bridge, situation
        self._task: Task[ProbeReport] | None = None
        self._probed: NetworkKey | str | None = None
        self._automatic = False
        self._pause = AGAIN
        self._settle = QTimer(self, singleShot=True, interval=settle)
        self._settle.timeout.connect(self._by_itself)
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._once_more)

    @property
    def busy(self) -> bool:
        """Whether a probe that was started here is under way."""
        return self._task is not None and not self._task.done

    def watch(self) -> None:
        """From now on also by itself."""
        if self._automatic:
            return
        self._automatic = True
        self._situation.network_changed.connect(self._network_changed)
        self._situation.profiles_changed.connect(self._profiles_changed)
        self._network_changed()

    def test(self, profile_ids: Sequence[str] = (), rcpt: str | None = None) -> None:
        """Probes these profiles, or all; a probe that is under way goes on instead."""
        if self.busy:
            return
        names = tuple(profile_ids)
        self._note_place()
        self._task = self._bridge.submit(
            lambda engine: engine.test(names, rcpt=rcpt), None, self._went_wrong, owner=self
        )

    def cancel(self) -> None:
        """Ends the probe; every connection is closed."""
        if self._task is not None:
            self._task.cancel()

    def _went_wrong(self, error: Exception) -> None:
        if isinstance(error, UserFacingError) and error.code == "no-profiles":
            return
        self.failed.emit(error)

    def _here(self) -> "NetworkKey | str | None":
        view = self._situation.network
        if view is None:
            return None
        return view.key or view.network.name or "unknown"

    def _note_place(self) -> None:
        if self._here() != self._probed:
            self._pause = AGAIN
        self._probed = self._here()
        self._again.start(self._pause * 1000)

    def _network_changed(self) -> None:
        if self._here() is not None and self._here() != self._probed:
            self._settle.start()

    def _profiles_changed(self) -> None:
        if self._probed is None:
            self._settle.start()

    def _by_itself(self) -> None:
        view = self._situation.network
        if view is None or not self._situation.profiles or self.busy or self._situation.probing:
            return
        from roammail.core.network import PortalState

        if view.network.portal in (PortalState.REQUIRED, PortalState.OFFLINE):
            return  # looked at again when the network says something new
        if self._here() != self._probed:
            self.test()

    def _once_more(self) -> None:
        self._pause = min(2 * self._pause, AGAIN_AT_MOST)
        self._probed = None
        self._by_itself()
