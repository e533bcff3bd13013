"""The longest piece of work of the window's thread while much happens, by the processor's clock,
Qt's own work included; `tests/ui/test_busy.py` counts calls. `make bench` prints it.
"""

import time

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from roammail.ui.bridge import Bridge
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.words import Words
from tests.ui.busy import EVENTS, PROFILES, much, twenty
from tests.ui.conftest import Opener, close
from tests.ui.conftest import opener as opener
from tests.ui.conftest import qapp_args as qapp_args
from tests.ui.conftest import qtbot as qtbot
from tests.ui.conftest import theme as theme
from tests.ui.conftest import watcher as watcher

#: Seconds in one piece, and rounds of which the best counts: another process disturbs some.
_LONGEST, _ROUNDS = 0.05, 3


class Pulse(QObject):
    """A timer that fires whenever the thread is free; keeps the longest times between two."""

    def __init__(self) -> None:
        super().__init__()
        self.cpu = self.wall = 0.0
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._beat)
        self._last = (time.thread_time(), time.monotonic())
        self._timer.start()

    def _beat(self) -> None:
        now = (time.thread_time(), time.monotonic())
        self.cpu = max(self.cpu, now[0] - self._last[0])
        self.wall = max(self.wall, now[1] - self._last[1])
        self._last = now

    def stop(self) -> None:
        """No more."""
        self._timer.stop()


def busiest(qtbot: QtBot, window: MainWindow) -> Pulse:
    """The pulse while all that happens."""
    bridge, situation = window.context.bridge, window.context.situation
    came: list[object] = []
    bridge.happened.connect(came.append)
    situation.checked = None
    pulse = Pulse()
    window.context.prober.test()
    bridge.submit(much)
    qtbot.waitUntil(lambda: situation.checked is not None)
    qtbot.waitUntil(lambda: len(came) >= EVENTS)
    qtbot.wait(300)
    pulse.stop()
    bridge.happened.disconnect(came.append)
    return pulse


@pytest.mark.parametrize("page", ["here", "outbox"])
def test_the_longest_piece_of_work(qtbot: QtBot, opener: Opener, theme: Theme, page: str) -> None:
    bridge = Bridge(opener, works=False)
    window = MainWindow(bridge, Words("en"), theme)
    qtbot.addWidget(window)
    window.show()
    bridge.start()
    bridge.submit(twenty)
    qtbot.waitUntil(lambda: len(window.context.situation.rows) == PROFILES)
    window.go(page)
    qtbot.wait(300)  # the page has been made and painted
    pulses = [busiest(qtbot, window) for _ in range(_ROUNDS)]
    close(qtbot, bridge)
    cpu, wall = min(one.cpu for one in pulses), min(one.wall for one in pulses)
    print(f"\n{page}: {cpu * 1000:.0f} ms CPU, {wall * 1000:.0f} ms by the clock")  # noqa: T201
    assert cpu < _LONGEST
