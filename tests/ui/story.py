"""One whole story as a person lives it: add a profile, be refused, take the remedy, send, see it
sent. The same steps with two hands: Qt's own events offscreen, and xdotool in a real X window.

`python -m tests.ui.story` plays it on $DISPLAY with xdotool, and says "sent" at the end.
"""

import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from roammail.core.errors import UserFacingError
from roammail.core.profile import Security
from roammail.core.settings import Settings
from roammail.demo.network import LoopbackResolver, LoopbackWatcher
from roammail.demo.world import RELAY, USER, DemoWorld
from roammail.engine.engine import Engine
from roammail.ui.bridge import Bridge
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.wiring import Options, open_engine, throw_away_store
from roammail.words import Words
from tests.ui.seen import button, texts, visible

W = TypeVar("W", bound=QWidget)
PASSWORD = "the-account-of-the-story"
SUBJECT = "From the lobby"
_PATIENCE = 20_000


class Hand(Protocol):
    """How the story touches the window."""

    def click(self, widget: QWidget) -> None:
        """Where one would."""

    def write(self, widget: QWidget, words: str) -> None:
        """Types into it, over what is there."""


def wait(until: Callable[[], bool], what: str) -> None:
    """Handles events until it is so."""
    loop = QEventLoop()
    look = QTimer(interval=20)
    look.timeout.connect(lambda: until() and loop.quit())
    late = QTimer(singleShot=True, interval=_PATIENCE)
    late.timeout.connect(loop.quit)
    look.start()
    late.start()
    if not until():
        loop.exec()
    assert until(), f"in vain: {what}"


def spot(widget: QWidget) -> QPoint:
    """Where one clicks it: in its middle, a box with a tick on the box."""
    if isinstance(widget, QCheckBox):
        return QPoint(10, widget.height() // 2)
    return widget.rect().center()


class QtHand:
    """Qt's own events."""

    def click(self, widget: QWidget) -> None:
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=spot(widget))

    def write(self, widget: QWidget, words: str) -> None:
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(widget, words)


class XdotoolHand:
    """The X server's pointer and keyboard."""

    def click(self, widget: QWidget) -> None:
        self._focus(widget)
        at = widget.mapToGlobal(spot(widget))
        self._do("mousemove", str(at.x()), str(at.y()), "click", "1")

    def write(self, widget: QWidget, words: str) -> None:
        self.click(widget)
        self._do("key", "ctrl+a")
        self._do("type", "--delay", "12", words)

    def _focus(self, widget: QWidget) -> None:
        """Without a window manager nobody else does it."""
        self._do("windowfocus", str(int(widget.window().winId())))
        wait(widget.window().isActiveWindow, "the focus")

    def _do(self, *words: str) -> None:
        running = subprocess.Popen(["xdotool", *words])
        wait(lambda: running.poll() is not None, f"xdotool {words[0]}")
        assert running.returncode == 0


class Story:
    """`play` it once, on a world whose account has PASSWORD."""

    def __init__(self, window: MainWindow, world: DemoWorld, hand: Hand) -> None:
        self._window, self._world, self._hand = window, world, hand

    def play(self) -> None:
        """Every step waits for what a person would wait to see."""
        self._see("Send mail from wherever you are.")
        self._press(self._window, "Add a profile")
        self._add_by_hand()
        self._be_refused()
        self._take_the_remedy()
        self._send()
        self._see_it_sent()

    def _add_by_hand(self) -> None:
        self._press(self._dialog("Add a profile"), "Enter the server by hand…")
        form = self._dialog("Add a profile by hand")
        port = self._port()
        self._write(form, "Name", "Relay")
        self._write(form, "Server", RELAY)
        self._write(form, "Port", str(port))
        box = self._named(form, "Encryption", QComboBox)
        wanted = [i for i in range(box.count()) if box.itemData(i) == Security.IMPLICIT_TLS]
        box.setCurrentIndex(wanted[0])
        self._press(form, "The server wants me to sign in")
        self._write(form, "May send as", USER)
        self._press(form, "Test and save")
        wait(lambda: "Save nevertheless" in texts(form), "the trial's end")
        self._press(form, "Save nevertheless")

    def _be_refused(self) -> None:
        wait(lambda: bool(self._window.context.situation.rows), "the profile")
        self._press(self._window, "Here")
        refused, untested = "Your profile cannot send from here.", "Not tested on this network yet."
        wait(lambda: any(said in texts(self._here()) for said in (refused, untested)), "a word")
        if untested in texts(self._here()):
            self._press(self._here(), "Test now")
        self._see(refused)
        self._see("Sign-in needed", of=lambda: self._spoken())

    def _take_the_remedy(self) -> None:
        self._press(self._here(), "Sign in with a password…")
        dialog = self._dialog("Password")
        self._write(dialog, "User name", USER)
        self._write(dialog, "Password", PASSWORD)
        self._press(dialog, "Save and test")
        self._see("Mail goes out through Relay.")

    def _send(self) -> None:
        self._press(self._here(), "Write")
        page = self._page("write")
        sender = self._named(page, "From", QComboBox)
        wait(lambda: sender.currentText() == USER, "the sender")
        self._write(page, "To", "friend@elsewhere.example")
        self._write(page, "Subject", SUBJECT)
        body = visible(page, QPlainTextEdit)[0]
        self._hand.write(body, "The remedy helped.")
        self._press(page, "Send")
        wait(lambda: "Send now" in texts(page), "the ten seconds")
        self._press(page, "Send now")

    def _see_it_sent(self) -> None:
        wait(lambda: bool(self._world.inbox), "the message at the server")
        self._press(self._window, "Outbox")
        wait(lambda: self._window.current == "outbox", "the outbox")
        assert SUBJECT.encode() in self._world.inbox[0].content
        assert len(self._world.inbox) == 1

    # Finding things

    def _port(self) -> int:
        profile, _ = self._world.profiles[-1]
        return profile.endpoint.port

    def _here(self) -> QWidget:
        return self._page("here")

    def _page(self, name: str) -> QWidget:
        wait(lambda: self._window.current == name, f"the page {name}")
        page = self._window.page(name)
        assert page is not None
        return page

    def _spoken(self) -> str:
        return "\n".join(w.accessibleName() for w in visible(self._here(), QWidget))

    def _see(self, words: str, of: Callable[[], str] | None = None) -> None:
        shown = of or (lambda: texts(self._window))
        try:
            wait(lambda: words in shown(), words)
        except AssertionError as error:
            raise AssertionError(f"{error}; there was: {shown()}") from None

    def _dialog(self, title: str) -> QWidget:
        def found() -> list[QWidget]:
            tops = QApplication.topLevelWidgets()
            return [w for w in tops if w.isVisible() and w.windowTitle() == title]

        wait(lambda: bool(found()), f"the dialog {title}")
        return found()[0]

    def _press(self, where: QWidget, words: str) -> None:
        def pressable() -> bool:
            try:
                return button(where, words).isEnabled()
            except AssertionError:
                return False

        wait(pressable, f"the button {words}")
        self._hand.click(button(where, words))

    def _write(self, where: QWidget, name: str, words: str) -> None:
        self._hand.write(self._named(where, name, QWidget), words)

    def _named(self, where: QWidget, name: str, kind: type[W]) -> W:
        def found() -> list[W]:
            fields = [w for w in visible(where, kind) if w.accessibleName() == name]
            return sorted(fields, key=lambda w: not isinstance(w, QLineEdit))

        wait(lambda: bool(found()), f"the field {name}")
        return found()[0]


@asynccontextmanager
async def bare_world(
    world: DemoWorld, home: Path, notice: Callable[[UserFacingError], None]
) -> AsyncIterator[Engine]:
    """The demo's servers, and an engine that has no profile yet."""
    async with world:
        options = Options(
            home=home,
            store=throw_away_store(),
            watcher=LoopbackWatcher(),
            resolver=LoopbackResolver(),
            settings=Settings(connect_seconds=3, probe_recipient=world.recipient),
            trusted=lambda: ssl.create_default_context(cafile=str(world.ca_file)),
            notice=notice,
        )
        async with open_engine(options) as engine:
            yield engine


def main() -> int:
    """Plays it in a real window."""
    application = QApplication([])
    world = DemoWorld(PASSWORD)
    with tempfile.TemporaryDirectory() as folder:
        bridge = Bridge(lambda notice: bare_world(world, Path(folder), notice))
        theme = Theme(dark=False)
        theme.rule()
        window = MainWindow(bridge, Words("en"), theme)
        window.move(0, 0)
        window.show()
        bridge.start()
        Story(window, world, XdotoolHand()).play()
        ended: list[bool] = []
        bridge.stop(lambda: ended.append(True))
        wait(lambda: bool(ended), "the engine's end")
    application.quit()
    sys.stdout.write("sent\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
