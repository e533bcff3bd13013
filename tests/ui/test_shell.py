"""The window among other things of the desktop: one instance, tray, closing, crashes."""

import json
import logging
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QPlainTextEdit, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from roammail.core.delivery import Standing
from roammail.core.errors import UserFacingError
from roammail.core.events import MessageStands, SettingsChanged
from roammail.core.settings import Settings
from roammail.ui import instance
from roammail.ui.app import app_icon
from roammail.ui.bridge import Bridge
from roammail.ui.crash import CrashWatch
from roammail.ui.dialogs.crash_dialog import CrashDialog
from roammail.ui.door import Door
from roammail.ui.handed import accepted
from roammail.ui.instance import LIMIT, door_name, hand_over, is_first
from roammail.ui.shell import Shell
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.wiring_window import WindowLock
from roammail.words import Words
from tests.ui.conftest import Opener, close
from tests.ui.seen import button, named, texts


class Desk:
    """A shell over a real engine; `settings` can be changed, `at_login` is what was asked."""

    def __init__(self, window: MainWindow, home: Path) -> None:
        self.window = window
        self.settings = Settings()
        self.at_login: list[bool] = []
        self.shell = Shell(window, app_icon, home, lambda: self.settings, self.at_login.append)


@pytest.fixture
def desk(
    qtbot: QtBot,
    opener: Opener,
    theme: Theme,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """With a tray, which the offscreen platform has not."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    bridge = Bridge(opener)
    window = MainWindow(bridge, Words("en"), theme)
    qtbot.addWidget(window)
    made = Desk(window, tmp_path / "home")
    with qtbot.waitSignal(bridge.ready, timeout=20_000):
        bridge.start()
    yield made
    close(qtbot, bridge)


def test_closing_ends_it_unless_it_shall_keep_running(qtbot: QtBot, desk: Desk) -> None:
    desk.shell.begin()
    desk.settings = Settings(keep_running=True)
    desk.window.close()
    assert not desk.window.isVisible()
    assert desk.window.context.bridge.is_ready
    desk.shell.raise_window()
    assert desk.window.isVisible()
    desk.settings = Settings()
    with qtbot.waitSignal(desk.shell.ended, timeout=20_000):
        desk.window.closeEvent(QCloseEvent())


def test_closing_asks_where_mail_still_waits(qtbot: QtBot, desk: Desk) -> None:
    desk.shell.begin()
    desk.window.context.situation.counts[Standing.WAITING] = 2
    desk.window.closeEvent(QCloseEvent())
    assert "2 messages still wait for a way out." in texts(desk.window)
    button(desk.window, "Keep running in the tray").click()
    assert not desk.window.isVisible()
    desk.shell.raise_window()
    desk.window.closeEvent(QCloseEvent())
    with qtbot.waitSignal(desk.shell.ended, timeout=20_000):
        button(desk.window, "Quit").click()


def test_hidden_shows_only_the_tray(desk: Desk) -> None:
    desk.shell.begin(hidden=True)
    assert not desk.window.isVisible()


def test_start_at_login_follows_the_setting(desk: Desk, qtbot: QtBot) -> None:
    desk.settings = Settings(start_at_login=True)
    desk.window.context.bridge.happened.emit(SettingsChanged())
    assert desk.at_login == [True]


def test_one_notice_a_change_of_a_message(desk: Desk) -> None:
    notices: list[str] = []
    desk.shell.tray.noticed.connect(lambda title, _words: notices.append(title))
    happened = desk.window.context.bridge.happened
    for standing in (Standing.WAITING, Standing.SENT, Standing.SENT):
        happened.emit(MessageStands(1, standing))
    happened.emit(MessageStands(2, Standing.UNCERTAIN))
    assert notices == ["Your message was sent.", "Your message may have been sent."]


def test_the_tray_says_the_state(desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: "There is no profile yet." in desk.shell.tray.words)


def test_a_second_start_hands_over_and_the_first_comes_to_the_front(
    qtbot: QtBot, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"Subject: x\r\n\r\nx\r\n")
    door = Door(home)
    assert door.open()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    given = ["mailto:a@b.example", str(letter)]
    asked: list[object] = []
    door.asked.connect(asked.append)
    call(qtbot, home, json.dumps({"open": given}).encode() + b"\n")
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == [("mailto:a@b.example", letter)]
    door.close()


def call(qtbot: QtBot, home: Path, line: bytes) -> bytes:
    """Says a line at the door and waits for the answer, if there is one."""
    socket = QLocalSocket()
    socket.connectToServer(door_name(home))
    assert socket.waitForConnected(1000)
    socket.write(line)
    socket.flush()
    with qtbot.waitSignal(socket.disconnected, timeout=30_000):
        pass
    return bytes(socket.readAll().data())


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"[]\n",
        b'{"open": 3}\n',
        b"\xff\xfe\n",
        b"GET / HTTP/1.1\r\n",
        b"x" * (LIMIT + 5000),
        b"[" * 60000 + b"\n",
    ],
)
def test_nonsense_at_the_door_is_shown_out(qtbot: QtBot, tmp_path: Path, line: bytes) -> None:
    door = Door(tmp_path)
    assert door.open()
    asked: list[object] = []
    door.asked.connect(asked.append)
    assert call(qtbot, tmp_path, line) == b""
    assert asked == []
    door.close()


def test_only_the_owner_can_enter(qtbot: QtBot, tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert door.open()
    mode = os.stat(door_name(tmp_path)).st_mode
    assert not mode & (stat.S_IRWXG | stat.S_IRWXO)
    door.close()


def test_where_nobody_is_there_nothing_is_handed_over(qtbot: QtBot, tmp_path: Path) -> None:
    assert not hand_over(tmp_path, ["mailto:a@b.example"])


class Given:
    """A lock that is had at the third try, and a door that opens at a certain call."""

    def __init__(self, opens_at: int) -> None:
        self.tries = self.calls = 0
        self._opens_at = opens_at

    def take(self) -> bool:
        self.tries += 1
        return self.tries > 3

    def give(self) -> bool:
        self.calls += 1
        return self.calls == self._opens_at


def test_the_first_is_who_has_the_lock_and_others_wait_for_its_door(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(instance, "_PAUSE", 0)
    assert not is_first((door := Given(opens_at=2)).take, door.give)
    assert (door.tries, door.calls) == (2, 2)
    assert is_first((gone := Given(opens_at=9)).take, gone.give)  # it ended meanwhile
    assert is_first(lambda: True, lambda: pytest.fail("nobody is there"))


def test_there_are_never_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "_WAIT", 0)
    with pytest.raises(UserFacingError) as raised:
        is_first(lambda: False, lambda: False)
    assert raised.value.code == "window-busy"


def test_the_lock_dies_with_its_owner(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there"
    first, second = WindowLock(home), WindowLock(home)
    assert first.take()
    assert not second.take()
    first.release()
    assert second.take()
    second.release()


def test_where_nothing_can_be_locked_the_window_opens(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert WindowLock(tmp_path / "file" / "home").take()


def test_a_window_that_takes_its_leave_lets_nobody_in(
    qtbot: QtBot, desk: Desk, tmp_path: Path
) -> None:
    desk.shell.begin()
    desk.shell.settle()
    assert os.path.lexists(door_name(tmp_path / "home"))
    with qtbot.waitSignal(desk.shell.ended, timeout=20_000):
        desk.shell.leave()
        assert not hand_over(tmp_path / "home", ["mailto:a@b.example"])


@pytest.mark.skipif(os.name != "posix", reason="elsewhere the door is no file")
def test_nothing_is_handed_to_a_door_that_another_user_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home with a long name has its door where everybody may make files."""
    home = tmp_path / ("long" * 30)
    real = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: real + 1)
    place = Path(door_name(home))
    assert place.parent != home
    with socket.socket(socket.AF_UNIX) as strangers:
        strangers.bind(str(place))
        try:
            strangers.listen()
            strangers.setblocking(False)
            assert not hand_over(home, ["mailto:secret@b.example"])
            with pytest.raises(BlockingIOError):
                strangers.accept()
        finally:
            place.unlink()


def test_a_dead_windows_door_is_opened_again(qtbot: QtBot, tmp_path: Path) -> None:
    Path(door_name(tmp_path)).touch()
    door = Door(tmp_path)
    assert door.open()
    door.close()


def test_what_is_handed_in_is_checked(tmp_path: Path) -> None:
    letter = tmp_path / "a b.eml"
    letter.write_bytes(b"")
    given = ["mailto:x@y.example", "http://x.example", "/no/such.eml", letter.as_uri(), "a\0b"]
    given += ["file://[x", "file:///a%00b"]
    assert accepted(given) == ("mailto:x@y.example", letter)


def test_a_crash_shows_a_report_without_secrets(qtbot: QtBot, desk: Desk) -> None:
    noted: list[BaseException] = []
    watch = CrashWatch(noted.append)
    logging.getLogger().addHandler(watch.tail)
    logging.getLogger("roammail.test").warning("before the crash")
    try:
        password = "correct horse"
        raise ValueError(password)  # noqa: TRY301
    except ValueError as error:
        report = watch.report(type(error), error.__traceback__)
    logging.getLogger().removeHandler(watch.tail)
    assert "ValueError" in report
    assert "before the crash" in report
    assert "correct horse" not in report
    desk.shell.begin()
    desk.shell.show_crash(report)
    desk.shell.show_crash("another")  # one at a time
    dialogs = desk.window.findChildren(CrashDialog)
    assert len(dialogs) == 1
    assert named(dialogs[0], "The report", QPlainTextEdit).toPlainText() == report
    button(dialogs[0], "Copy the report").click()
    assert QGuiApplication.clipboard().text() == report
    button(dialogs[0], "Close").click()
