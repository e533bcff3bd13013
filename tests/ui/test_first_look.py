"""The profiles are there before the engine is; and what they and the first picture do without."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from roammail.core.errors import UserFacingError
from roammail.core.events import ProfilesChanged
from roammail.core.profile import Endpoint, Profile, ProfileList, Security
from roammail.core.settings import Settings
from roammail.engine.engine import Engine
from roammail.ui import first_look, window
from roammail.ui.app import app_icon
from roammail.ui.bridge import Bridge
from roammail.ui.collector import Collector
from roammail.ui.pages_table import PAGES
from roammail.ui.shell import Shell
from roammail.ui.situation import Situation
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.words import Words
from tests.ui.conftest import Notice, Opener, close

WORK = Profile("w", "Work", Endpoint("mail.work.example", 465, Security.IMPLICIT_TLS))
LISTING = ProfileList((WORK,), ())


class Gate:
    """An engine that opens when it is let; `opened` is set on its own thread."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._may: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @asynccontextmanager
    async def open(self, notice: Notice) -> AsyncIterator[Engine]:
        self._may, self._loop = asyncio.Event(), asyncio.get_running_loop()
        await self._may.wait()
        async with self._opener(notice) as engine:
            yield engine

    @property
    def is_asked(self) -> bool:
        return self._may is not None

    def let(self) -> None:
        assert self._loop is not None
        assert self._may is not None
        self._loop.call_soon_threadsafe(self._may.set)


async def see() -> ProfileList:
    return LISTING


def test_the_profiles_are_shown_before_the_engine_is_open(qtbot: QtBot, opener: Opener) -> None:
    gate = Gate(opener)
    bridge = Bridge(gate.open, look=see)
    situation = Situation(bridge)
    with qtbot.waitSignal(situation.profiles_changed):
        bridge.start()
    assert [row.name for row in situation.rows.values()] == ["Work"]
    assert not bridge.is_ready
    qtbot.waitUntil(lambda: gate.is_asked)
    with qtbot.waitSignal(situation.network_changed):
        gate.let()
    # Its keyring is empty: had it been read once more, the row would be gone.
    assert [row.name for row in situation.rows.values()] == ["Work"]
    with qtbot.waitSignal(situation.profiles_changed):
        bridge.happened.emit(ProfilesChanged())
    assert situation.rows == {}
    close(qtbot, bridge)


def test_a_keyring_that_gives_nothing_out_is_told_at_once(qtbot: QtBot, opener: Opener) -> None:
    async def locked() -> ProfileList:
        raise UserFacingError("keyring-locked", "The keyring is locked.")

    bridge = Bridge(opener, look=locked)
    situation = Situation(bridge)
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    assert situation.keyring_error is not None
    assert situation.keyring_error.code == "keyring-locked"
    close(qtbot, bridge)


def test_a_fault_is_told_without_what_it_failed_on(qtbot: QtBot, opener: Opener) -> None:
    async def fail() -> ProfileList:
        raise ValueError("something private")

    bridge = Bridge(opener, look=fail)
    situation = Situation(bridge)
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    assert situation.keyring_error is not None
    assert situation.keyring_error.code == "internal-error"
    assert "private" not in situation.keyring_error.message
    close(qtbot, bridge)


def test_nobody_waits_for_a_keyring_that_asks_for_its_password(
    qtbot: QtBot, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "_HEAD_START", 0)
    ended: list[bool] = []

    async def wait() -> ProfileList:
        try:
            return await asyncio.Event().wait() and LISTING
        finally:
            ended.append(True)

    bridge = Bridge(opener, look=wait)
    situation = Situation(bridge)
    with qtbot.waitSignal(situation.network_changed):
        bridge.start()
    assert situation.listing is None  # and the keyring was not asked a second time
    close(qtbot, bridge)
    assert ended


def test_closing_does_not_wait_for_the_keyring(
    qtbot: QtBot, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_look, "_HEAD_START", 3600)
    asked: list[bool] = []

    async def wait() -> ProfileList:
        asked.append(True)
        await asyncio.Event().wait()
        return LISTING

    bridge = Bridge(opener, look=wait)
    bridge.start()
    qtbot.waitUntil(lambda: bool(asked))
    close(qtbot, bridge)
    assert not bridge.is_ready


def test_what_is_asked_later_counts(qtbot: QtBot, opener: Opener) -> None:
    bridge = Bridge(opener, look=see)
    situation = Situation(bridge)
    situation.reload_profiles()  # by the person, before the look has come back
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    qtbot.waitUntil(lambda: situation.listing is not None)
    assert situation.rows == {}
    close(qtbot, bridge)


def test_nobody_looks_for_garbage_before_the_engine_is_open(qtbot: QtBot, opener: Opener) -> None:
    gate = Gate(opener)
    bridge = Bridge(gate.open)
    looks = bridge.findChildren(Collector)[0].findChildren(QTimer)[0]
    bridge.start()
    qtbot.waitUntil(lambda: gate.is_asked)
    assert not looks.isActive()
    assert not gc.isenabled()
    with qtbot.waitSignal(bridge.ready):
        gate.let()
    assert looks.isActive()
    assert gc.get_freeze_count() > 0
    close(qtbot, bridge)
    assert not looks.isActive()
    assert gc.isenabled()


def test_a_window_that_comes_late_knows_all_the_same(qtbot: QtBot, opener: Opener) -> None:
    bridge = Bridge(opener)
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    situation = Situation(bridge)
    qtbot.waitUntil(lambda: situation.listing is not None)
    close(qtbot, bridge)


# When all else begins: not before the window is on the screen, and whether it ever is.


def test_the_first_page_waits_until_the_window_is_painted(
    qtbot: QtBot, opener: Opener, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    paint = MainWindow.paintEvent

    def painting(self: MainWindow, event: QPaintEvent) -> None:
        seen.append(self.current)
        paint(self, event)

    monkeypatch.setattr(MainWindow, "paintEvent", painting)
    monkeypatch.setattr(window, "_UNSEEN", 3_600_000)
    shown = MainWindow(Bridge(opener), Words("en"), theme)
    qtbot.addWidget(shown)
    with qtbot.waitSignal(shown.there):
        shown.show()
    assert seen[0] == ""
    assert shown.current == "here"


def test_a_window_that_nobody_paints_goes_on_all_the_same(
    qtbot: QtBot, opener: Opener, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "_UNSEEN", 0)
    shown = MainWindow(Bridge(opener), Words("en"), theme)
    qtbot.addWidget(shown)
    shown.setUpdatesEnabled(False)
    with qtbot.waitSignal(shown.there):
        shown.show()


def test_a_window_whose_first_page_fails_goes_on_all_the_same(
    qtbot: QtBot, opener: Opener, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "_UNSEEN", 5)
    pages = [replace(PAGES[0], class_name="NoSuchPage")]
    shown = MainWindow(Bridge(opener), Words("en"), theme, pages)
    qtbot.addWidget(shown)
    with qtbot.captureExceptions() as failures, qtbot.waitSignal(shown.there):
        shown.show()
        qtbot.wait(50)  # and it is tried once, though it was painted and its time came
    assert len(failures) == 1
    assert "NoSuchPage" in str(failures[0][1])


def test_a_window_that_stays_in_the_tray_goes_on_too(
    qtbot: QtBot, opener: Opener, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    hidden = MainWindow(Bridge(opener), Words("en"), theme)
    qtbot.addWidget(hidden)
    shell = Shell(hidden, app_icon, tmp_path / "home", Settings, lambda _wanted: None)
    with qtbot.waitSignal(hidden.there):
        shell.begin(hidden=True)
    assert not hidden.isVisible()
    assert hidden.current == ""


def test_an_engine_that_was_told_to_end_is_not_opened_later(qtbot: QtBot, opener: Opener) -> None:
    asked: list[bool] = []

    @asynccontextmanager
    async def open_it(notice: Notice) -> AsyncIterator[Engine]:
        asked.append(True)
        async with opener(notice) as engine:
            yield engine

    bridge = Bridge(open_it)
    close(qtbot, bridge)
    bridge.start()
    close(qtbot, bridge)
    assert asked == []


# What is not loaded: a module counts by name, since its time depends on the machine.

_START = """
import os, sys
from roammail.__main__ import main
from PySide6.QtCore import QTimer
from roammail.ui import app, window
from roammail.ui.bridge import Bridge
from roammail.ui.window import MainWindow

def told(when):
    print(when, *sorted(sys.modules), flush=True)

paint, go_on, looked = MainWindow.paintEvent, MainWindow.go_on, Bridge._tell_looked

def painted():
    told("painted")

def painting(self, event):
    global painted
    if painted is not None:
        QTimer.singleShot(0, painted)
        painted = None
    paint(self, event)

def page_is_there(self):
    self.repaint()
    told("page")
    from roammail.ui import first_look
    first_look._HEAD_START = 600  # seconds: however slow the machine is
    go_on(self)

def looked_at(self, *given):
    looked(self, *given)
    told("looked")
    os._exit(0)

MainWindow.paintEvent, MainWindow.go_on = painting, page_is_there
Bridge._tell_looked = looked_at
app._SETTLE = window._UNSEEN = 600_000  # milliseconds
sys.argv = ["roammail", "window"]
main()
"""
#: Not before the engine.
_HEAVY = (
    "aiosmtplib",
    "asn1crypto",
    "cryptography.x509",
    "dns",
    "html",
    "httpx",
    "idna",
    "pyroute2",
    "qtawesome",
    "rich",
    "roammail.adapters.outbox_sqlite",
    "roammail.core.events",
    "roammail.core.message",
    "roammail.core.rulebook",
    "roammail.engine.engine",
    "roammail.submission",
    "roammail.ui.background",
    "roammail.ui.pages.write",
    "roammail.wiring",
    "scramp",
    "sqlite3",
    "tomlkit",
    "truststore",
    "PySide6.QtNetwork",
    "PySide6.QtSvg",
)
#: Not before the first page is there, which knows of no profile yet.
_WITH_PROFILES = (
    *_HEAVY,
    "asyncio",
    "click",
    "cryptography",
    "datetime",
    "email",
    "importlib.metadata",
    "json",
    "keyring",
    "locale",
    "roammail.adapters.keyring_store",
    "roammail.cli.app",
    "roammail.cli.render",
    "roammail.cli.result",
    "roammail.core.delivery",
    "roammail.core.diagnosis",
    "roammail.core.network",
    "roammail.core.profile",
    "roammail.core.report",
    "roammail.core.settings",
    "roammail.engine",
    "roammail.ports",
    "roammail.ui.door",
    "roammail.ui.models.rows",
    "roammail.ui.remedies",
    "roammail.ui.tray",
    "roammail.ui.widgets.empty_state",
    "roammail.ui.widgets.profile_row",
    "roammail.words.words",
    "ssl",
    "uuid",
)
#: Not before the window is painted.
_LATER = (*_WITH_PROFILES, "roammail.ui.pages", "roammail.ui.situation")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """What a start of the window has loaded: painted, with its page, and when it had looked."""
    home: Path = tmp_path_factory.mktemp("loaded")
    ran = subprocess.run(
        [sys.executable, "-c", _START],
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "ROAMMAIL_HOME": str(home / "home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    told = [line.split() for line in ran.stdout.splitlines()]
    by_time = {when: names for when, *names in told}
    return lambda when: by_time[when]


@pytest.mark.parametrize(
    ("when", "unwanted"), [("painted", _LATER), ("page", _WITH_PROFILES), ("looked", _HEAVY)]
)
def test_what_is_not_needed_yet_is_not_loaded(
    loaded: Callable[[str], list[str]], when: str, unwanted: tuple[str, ...]
) -> None:
    there = loaded(when)
    assert [name for name in unwanted if name in there] == []


def test_the_windows_modules_are_imported_by_python_alone() -> None:
    """PySide's hook on the import is off, and its own modules can be imported all the same."""
    code = (
        "import roammail.ui, builtins; import PySide6.QtNetwork, PySide6.QtSvg; "
        "print(builtins.__import__.__name__)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() != "__feature_import__"
