"""Photographs every page, light and dark, from the demo: `make screenshots`.

`python -m tests.ui.screenshots FOLDER [--page here] [--language de] [--scale 2]`. The pictures
hold the demo's own made-up servers and addresses only.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from roammail.core.memory import KnownNetwork
from roammail.core.message import Draft, compose
from roammail.core.network import NetworkKey
from roammail.demo.world import USER
from roammail.engine.engine import Engine
from roammail.ui.app import make_application, translate
from roammail.ui.bridge import Bridge
from roammail.ui.pages.here import HerePage
from roammail.ui.pages_table import PAGES
from roammail.ui.theme import Theme
from roammail.ui.widgets.profile_row import ProfileRowWidget
from roammail.ui.window import MainWindow
from roammail.wiring_window import open_demo
from roammail.words import Words

#: Milliseconds: a page settles; a probe of the demo ends.
_SETTLE, _PATIENCE = 700, 30_000
_SIZE = (1080, 760)
_FONT_POINTS = 10
REFUSAL = """SMTP error from remote mail server after RCPT TO:<ana@friend.example>:
550 relay not permitted, authentication required"""


_LETTER = (
    "mailto:ana@friend.example?subject=Arrived&body="
    "Dear%20Ana,%0A%0Athe%20hotel%20would%20not%20let%20my%20mail%20out,%20and%20it%20went%20out"
    "%20all%20the%20same.%0A%0ASee%20you%20on%20Friday!%0A"
)
#: What a page is opened with.
_SHOWN = {"explain": REFUSAL, "write": _LETTER}
#: Subject, recipient, and whether it is delivered.
_MAIL = (
    ("Boarding pass", "ana@friend.example", True),
    ("Minutes of the meeting", "team@elsewhere.example", True),
    ("Photos of the harbour", "family@elsewhere.example", False),
)
#: Where one was before: the user's name for it, which profiles worked there beside those that work
#: here, and how many days ago that was.
_NETWORKS = (("Home", ("Provider", "Club"), 2), ("Café Aurora", ("Office",), 9))


async def _fill_outbox(engine: Engine) -> int:
    """Two messages that were sent, one that waits."""
    for subject, recipient, goes in _MAIL:
        draft = Draft(f"A traveller <{USER}>", (recipient,), subject, "Greetings!\n")
        message_id = engine.new_message_id(USER)
        number = await engine.queue(compose(draft, now=engine.now(), message_id=message_id))
        if goes:
            await engine.deliver(number)
    return len(_MAIL)


async def _remember_networks(engine: Engine) -> int:
    """Two networks where one was before; what worked there differs from here."""
    here = (await engine.network_memory.networks())[0]
    names = {profile.id: profile.name for profile in (await engine.book.all()).profiles}
    now = engine.now()
    for number, (name, worked, days) in enumerate(_NETWORKS, start=1):
        key, when = NetworkKey(f"net-{number}"), now - timedelta(days=days)
        then = tuple(
            replace(m, key=key, when=when, works=m.works or names.get(m.profile_id) in worked)
            for m in here.memories
        )
        await engine.network_memory.put_back(KnownNetwork(key, name, then))
    return len(_NETWORKS)


class Photographer:
    """Opens the demo in the window and takes its pictures."""

    def __init__(self, application: QApplication, folder: Path, language: str) -> None:
        self._application, self._folder = application, folder
        self._theme = Theme(dark=False)
        self._theme.rule()
        self._bridge = Bridge(open_demo, works=False)
        self.window = MainWindow(self._bridge, Words(language), self._theme)
        self.window.resize(*_SIZE)

    def begin(self) -> None:
        """Starts the demo's servers and tests the five profiles."""
        situation = self.window.context.situation
        self.window.show()
        self._bridge.start()
        self.wait(lambda: bool(situation.rows))
        self.window.context.prober.test()
        self.wait(lambda: situation.checked is not None)
        filled: list[object] = []
        self._bridge.submit(_fill_outbox, filled.append)
        self.wait(lambda: bool(filled))
        self._bridge.submit(_remember_networks, filled.append)
        self.wait(lambda: len(filled) == 2)

    def take(self, names: Sequence[str]) -> list[Path]:
        """Each page in light and dark."""
        taken = []
        for dark in (False, True):
            self._theme.force(dark)
            for name in names:
                self.window.go(name, None if dark else _SHOWN.get(name))
                page = self.window.page(name)
                if isinstance(page, HerePage):
                    page.findChildren(ProfileRowWidget)[0].open()
                self.settle()
                file = self._folder / f"{name.replace('_', '-')}-{'dark' if dark else 'light'}.png"
                if not self.window.grab().save(str(file)):
                    raise SystemExit(f"{file} cannot be written")
                taken.append(file)
        return taken

    def end(self) -> None:
        """Stops the demo."""
        ended: list[bool] = []
        self._bridge.stop(lambda: ended.append(True))
        self.wait(lambda: bool(ended))

    def settle(self) -> None:
        """Lets the page paint itself and ask what it asks."""
        loop = QEventLoop()
        QTimer.singleShot(_SETTLE, loop.quit)
        loop.exec()

    def wait(self, until: Callable[[], bool]) -> None:
        """Handles events until it is so."""
        loop = QEventLoop()
        look = QTimer(interval=20)
        look.timeout.connect(lambda: until() and loop.quit())
        look.start()
        QTimer.singleShot(_PATIENCE, loop.quit)
        loop.exec()
        if not until():
            raise SystemExit("the demo did not get so far in time")


def main(arguments: Sequence[str]) -> int:
    """Takes the pictures; returns the exit code."""
    parser = argparse.ArgumentParser(description="Photograph the window")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--page", action="append", help="only this one (may be repeated)")
    parser.add_argument("--language", default="en")
    parser.add_argument("--scale", default="1")
    asked = parser.parse_args(arguments)
    os.environ["QT_SCALE_FACTOR"] = asked.scale
    asked.folder.mkdir(parents=True, exist_ok=True)
    application = make_application()
    translate(application, asked.language)
    if "Inter" in QFontDatabase.families():
        application.setFont(QFont("Inter", _FONT_POINTS))
    photographer = Photographer(application, asked.folder, asked.language)
    photographer.begin()
    taken = photographer.take(asked.page or [page.name for page in PAGES])
    photographer.end()
    sys.stdout.write("".join(f"{file}\n" for file in taken))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
