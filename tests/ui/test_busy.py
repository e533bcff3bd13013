"""The window's own thread is never kept busy for long: twenty profiles are probed while a
thousand events come from the outbox.

A timer that fires whenever the thread is free takes the time between two of its beats, by a
clock that goes on with each call that the thread makes: so nothing depends on what else the
machine does. `tests/bench/test_busy.py` measures the same by the processor's clock, Qt's own
work included.
"""

import sys
import threading
from types import FrameType

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from roammail.ui import bridge as bridge_module
from roammail.ui.bridge import Bridge
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.words import Words
from tests.ui.busy import EVENTS, PROFILES, much, twenty
from tests.ui.conftest import Opener, close

#: Seconds of the window's thread in one piece.
LONGEST = 0.05
#: Seconds that a call is taken for, Qt's share in it included.
A_CALL = 1e-6


class CountedClock:
    """Goes on by the calls that the thread makes which made it, and by nothing else."""

    def __init__(self) -> None:
        self.calls = 0
        self._before = sys.getprofile()

    def start(self) -> None:
        """From now on."""
        assert threading.current_thread() is threading.main_thread()
        sys.setprofile(self._hear)

    def stop(self) -> None:
        """As it was before."""
        sys.setprofile(self._before)

    def monotonic(self) -> float:
        """Seconds."""
        return self.calls * A_CALL

    def _hear(self, frame: FrameType, event: str, argument: object) -> None:
        if event in ("call", "c_call"):
            self.calls += 1


class Pulse(QObject):
    """A timer that fires whenever the thread is free; keeps the longest time between two."""

    def __init__(self, clock: CountedClock) -> None:
        super().__init__()
        self.longest, self.beats = 0.0, 0
        self._clock = clock
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._beat)
        self._last = clock.monotonic()
        self._timer.start()

    def _beat(self) -> None:
        now = self._clock.monotonic()
        self.longest, self._last = max(self.longest, now - self._last), now
        self.beats += 1

    def stop(self) -> None:
        """No more."""
        self._timer.stop()


def busy(qtbot: QtBot, window: MainWindow, clock: CountedClock) -> Pulse:
    """The pulse while all that happens."""
    bridge, situation = window.context.bridge, window.context.situation
    came: list[object] = []
    bridge.happened.connect(came.append)
    pulse = Pulse(clock)
    clock.start()
    try:
        window.context.prober.test()
        bridge.submit(much)
        qtbot.waitUntil(lambda: situation.checked is not None)
        qtbot.waitUntil(lambda: len(came) >= EVENTS)
        qtbot.wait(300)  # what follows from it has been shown
    finally:
        clock.stop()
        pulse.stop()
    return pulse


@pytest.mark.parametrize("page", ["here", "outbox"])
def test_no_piece_of_work_is_long(
    qtbot: QtBot, opener: Opener, theme: Theme, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = CountedClock()
    monkeypatch.setattr(bridge_module, "time", clock)  # by which it ends its slices
    bridge = Bridge(opener, works=False)
    window = MainWindow(bridge, Words("en"), theme)
    qtbot.addWidget(window)
    window.show()
    bridge.start()
    bridge.submit(twenty)
    situation = window.context.situation
    qtbot.waitUntil(lambda: len(situation.rows) == PROFILES)
    window.go(page)
    qtbot.wait(300)  # the page has been made and painted
    pulse = busy(qtbot, window, clock)
    close(qtbot, bridge)

    assert pulse.beats > 50
    assert clock.calls > 10 * EVENTS
    assert pulse.longest < LONGEST
