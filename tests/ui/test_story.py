"""The whole story offscreen, and in a real X window with the X server's pointer and keyboard."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from roammail.demo.world import DemoWorld
from roammail.ui.bridge import Bridge
from roammail.ui.theme import Theme
from roammail.ui.window import MainWindow
from roammail.words import Words
from tests.ui.conftest import close
from tests.ui.story import PASSWORD, QtHand, Story, bare_world

TOP = Path(__file__).resolve().parents[2]


def test_a_profile_is_added_refused_helped_and_sends(
    qtbot: QtBot, theme: Theme, tmp_path: Path
) -> None:
    world = DemoWorld(PASSWORD)
    bridge = Bridge(lambda notice: bare_world(world, tmp_path, notice))
    window = MainWindow(bridge, Words("en"), theme)
    qtbot.addWidget(window)
    window.show()
    bridge.start()
    Story(window, world, QtHand()).play()
    close(qtbot, bridge)


@pytest.fixture
def display(tmp_path: Path) -> Iterator[str]:
    """An X server of the test's own."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(60)


@pytest.mark.needs("Xvfb", "xdotool")
def test_the_same_in_a_real_window(display: str, tmp_path: Path) -> None:
    assert in_a_window(display, "tests.ui.story") == "sent\n"


@pytest.mark.needs("Xvfb", "xdotool")
def test_a_profile_is_dragged_to_the_first_place(display: str) -> None:
    assert in_a_window(display, "tests.ui.dragging") == "Three One Two\n"


def in_a_window(display: str, module: str) -> str:
    """What it says on this display."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    ran = subprocess.run(
        [sys.executable, "-m", module],
        cwd=TOP,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout
