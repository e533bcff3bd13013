"""Collects cyclic garbage on the GUI thread, and nowhere else.

Python collects on whichever thread happens to allocate. A widget that is part of a cycle would
then be destroyed on the engine's thread, which Qt does not survive.
"""

import gc

from PySide6.QtCore import QObject, QTimer

#: Milliseconds between two looks.
_LOOK = 500


class Collector(QObject):
    """Takes over between `start` and `stop`; all on the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, interval=_LOOK)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """From now on only here, and not before it has settled. A start of the window has put it
        off already."""
        gc.disable()

    def settle(self) -> None:
        """What is there now, modules above all, stays: it is never looked through, which would
        take longer than the window may be kept busy."""
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """As Python has it: there is no other thread any more."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def look(self) -> None:
        """Collects the oldest generation whose turn it is."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation]:
                gc.collect(generation)
                return
