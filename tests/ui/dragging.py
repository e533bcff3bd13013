"""Three profiles, and the last is dragged to the first place by a real pointer.

`python -m tests.ui.dragging` does it on $DISPLAY with xdotool and says the order at the end: Qt
drags nothing offscreen. Each movement of the pointer waits for what the one before brought about.
"""

import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QDragMoveEvent
from PySide6.QtWidgets import QApplication, QListView

from roammail.core.errors import UserFacingError
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.demo.network import LoopbackWatcher
from roammail.engine.engine import Engine
from roammail.ui.bridge import Bridge
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.wiring import Options, open_engine, throw_away_store
from roammail.words import Words
from tests.ui.story import wait

NAMES = ("One", "Two", "Three")
_PATIENCE = 20.0  # seconds


class Watched(QObject):
    """What the list notices of the pointer. Asked from another thread."""

    def __init__(self, view: QListView) -> None:
        super().__init__(view)
        self.pressed, self.dragging = threading.Event(), threading.Event()
        self.at = QPoint(-1, -1)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self.pressed.set()
            case QEvent.Type.DragMove if isinstance(event, QDragMoveEvent):
                self.at = event.position().toPoint()
                self.dragging.set()
            case _:
                pass
        return super().eventFilter(watched, event)


def drag(watched: Watched, start: QPoint, end: QPoint) -> None:
    """From one place of the screen to another. Runs in a thread of its own: the window's is busy
    with the drag."""
    _do("mousemove", str(start.x()), str(start.y()))
    _do("mousedown", "1")
    assert watched.pressed.wait(_PATIENCE)
    step = 0
    while not watched.dragging.wait(0.2) and step < 100:
        step += 1
        _do("mousemove", str(start.x() + 5 * (step % 12)), str(start.y() - 2 * (step % 12)))
    before = -1
    for _ in range(100):  # the drop counts where the list last saw the pointer
        watched.dragging.clear()
        before = 1 - before if before in (0, 1) else 0
        _do("mousemove", str(end.x() + before), str(end.y()))
        if watched.dragging.wait(0.2) and abs(watched.at.y() - _TOP) <= 1:
            break
    _do("mouseup", "1")


#: Pixels from the top of the list at which the profile is dropped: before the first.
_TOP = 2


def _do(*words: str) -> None:
    subprocess.run(["xdotool", *words], check=True, timeout=_PATIENCE)


@asynccontextmanager
async def three(home: Path, notice: Callable[[UserFacingError], None]) -> AsyncIterator[Engine]:
    """An engine with three profiles, none of which anybody answers."""
    options = Options(home=home, store=throw_away_store(), watcher=LoopbackWatcher(), notice=notice)
    async with open_engine(options) as engine:
        for name in NAMES:
            endpoint = Endpoint("127.0.0.1", 9, Security.STARTTLS)
            await engine.book.add(Profile("", name, endpoint, auth=AuthMethod.NONE), None)
        yield engine


def _play(window: MainWindow) -> list[str]:
    situation = window.context.situation
    wait(lambda: len(situation.profiles) == len(NAMES), "the profiles")
    window.go("profiles", None)
    page = window.page("profiles")
    assert page is not None
    view = page.findChildren(QListView)[0]
    wait(lambda: view.isVisible() and view.model().rowCount() == len(NAMES), "the list")
    last = view.visualRect(view.model().index(len(NAMES) - 1, 0)).center()
    first = QPoint(last.x(), _TOP)
    surface = view.viewport()
    watched = Watched(view)
    hand = threading.Thread(
        target=drag,
        args=(watched, surface.mapToGlobal(last), surface.mapToGlobal(first)),
        daemon=True,
    )
    hand.start()
    wait(lambda: not hand.is_alive(), "the drag")
    kept = lambda: [profile.name for profile in situation.profiles]  # noqa: E731
    wait(lambda: kept() != list(NAMES), "another order in the keyring")
    shown = [str(view.model().index(row, 0).data()) for row in range(view.model().rowCount())]
    assert shown == kept()
    return shown


def main() -> int:
    """Drags in a real window."""
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        bridge = Bridge(lambda notice: three(Path(folder), notice), works=False)
        theme = Theme(dark=False)
        theme.rule()
        window = MainWindow(bridge, Words("en"), theme)
        window.move(0, 0)
        window.show()
        bridge.start()
        order = _play(window)
        ended: list[bool] = []
        bridge.stop(lambda: ended.append(True))
        wait(lambda: bool(ended), "the engine's end")
    application.quit()
    sys.stdout.write(f"{' '.join(order)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
