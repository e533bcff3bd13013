"""What holds for every page: names for those who hear, the keyboard, room for long words in both
directions and at every text size, and colours that can be told apart."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from roammail.ui.bridge import Bridge
from roammail.ui.pages_table import PAGES
from roammail.ui.prober import Prober
from roammail.ui.situation import Situation
from roammail.ui.theme import Theme, Tone
from roammail.ui.widgets.profile_row import ProfileRowWidget
from roammail.ui.window import MainWindow
from roammail.words import Words
from tests.ui.conftest import Opener, close
from tests.ui.fits import cut_off
from tests.ui.pseudo import Pseudo

_CONTROLS = (
    QAbstractButton,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QComboBox,
    QAbstractSpinBox,
    QAbstractItemView,
)
_REFUSAL = "550 relay not permitted, authentication required"
_SIZE = (1080, 760)

Make = Callable[[Words], MainWindow]


@pytest.fixture
def make(qtbot: QtBot, demo_opener: Opener, theme: Theme) -> Iterator[Make]:
    """Windows over one engine on which the demo's profiles have been tested."""
    bridge = Bridge(demo_opener, works=False)
    situation = Situation(bridge)
    prober = Prober(bridge, situation)
    with qtbot.waitSignal(situation.profiles_changed, timeout=20_000):
        bridge.start()
    prober.test()
    qtbot.waitUntil(lambda: situation.checked is not None, timeout=20_000)

    def made(words: Words) -> MainWindow:
        window = MainWindow(bridge, words, theme, PAGES, situation, prober)
        qtbot.addWidget(window)
        window.resize(*_SIZE)
        window.show()
        return window

    yield made
    close(qtbot, bridge)


def pages(qtbot: QtBot, window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    """Each page, shown and settled."""
    for entry in PAGES:
        window.go(entry.name, _REFUSAL if entry.name == "explain" else None)
        page = window.page(entry.name)
        assert page is not None
        if entry.name == "here":
            page.findChildren(ProfileRowWidget)[0].open()
        qtbot.wait(60)
        yield entry.name, page


def test_every_control_has_a_name_and_can_be_reached(qtbot: QtBot, make: Make) -> None:
    window = make(Words("en"))
    nameless, unreachable = [], []
    for name, _page in pages(qtbot, window):
        for widget in window.findChildren(QWidget):
            if not isinstance(widget, _CONTROLS) or not widget.isVisible():
                continue
            if widget.objectName().startswith("qt_") or isinstance(widget, QHeaderView):
                continue  # parts of another control, which has the name
            if isinstance(widget.parentWidget(), QComboBox | QAbstractSpinBox | QLineEdit):
                continue
            said = widget.text() if isinstance(widget, QAbstractButton) else ""
            if not (widget.accessibleName() or said):
                nameless.append(f"{name}: {widget!r}")
            if _one_of_several(widget):
                continue  # the arrows go there
            if widget.isEnabled() and not widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                unreachable.append(f"{name}: {widget.accessibleName() or said!r}")
    assert nameless == []
    assert unreachable == []


def _one_of_several(widget: QWidget) -> bool:
    """Of buttons that exclude each other Qt leaves the checked one to Tab, the rest to arrows."""
    if not isinstance(widget, QAbstractButton) or widget.isChecked():
        return False
    group = widget.group()
    return group is not None and group.exclusive()


def test_tab_goes_through_every_page_and_comes_back(qtbot: QtBot, make: Make) -> None:
    window = make(Words("en"))
    window.activateWindow()
    for name, page in pages(qtbot, window):
        wanted = {
            w
            for w in page.findChildren(QWidget)
            if isinstance(w, _CONTROLS)
            and w.isVisible()
            and w.isEnabled()
            and w.focusPolicy() & Qt.FocusPolicy.TabFocus
            and not isinstance(w.parentWidget(), QComboBox | QAbstractSpinBox | QLineEdit)
        }
        chain, widget = set(), window.nextInFocusChain()
        while widget is not None and widget not in chain:
            chain.add(widget)
            widget = widget.nextInFocusChain()
        assert wanted <= chain, name


def settled(qtbot: QtBot, page: QWidget) -> list[str]:
    """What is cut off once layouts have come to rest, which takes them some rounds."""
    try:
        qtbot.waitUntil(lambda: not cut_off(page), timeout=20_000)
    except qtbot.TimeoutError:
        return cut_off(page)
    return []


def sideways(page: QWidget) -> list[QScrollArea]:
    """What one would have to scroll sideways to read; a table may be wide."""
    areas = [area for area in page.findChildren(QScrollArea) if area.isVisible()]
    return [area for area in areas if area.horizontalScrollBar().maximum() > 0]


@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0])
@pytest.mark.parametrize(
    "direction",
    [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft],
    ids=["ltr", "rtl"],
)
def test_nothing_is_cut_off(
    qtbot: QtBot,
    qapp: QApplication,
    make: Make,
    tmp_path: Path,
    factor: float,
    direction: Qt.LayoutDirection,
) -> None:
    """Long words, both directions, three text sizes. With ROAMMAIL_PHOTOS=folder the pictures
    are kept."""
    before = QFont(qapp.font())
    larger = QFont(before)
    larger.setPointSizeF(before.pointSizeF() * factor)
    qapp.setFont(larger)
    qapp.setLayoutDirection(direction)
    folder = Path(os.environ.get("ROAMMAIL_PHOTOS") or tmp_path)
    found = []
    try:
        window = make(Words(texts=Pseudo()))
        for name, page in pages(qtbot, window):
            found += [f"{name}: {line}" for line in settled(qtbot, page)]
            if factor == 1.0:
                found += [f"{name}: wider than the window" for _ in sideways(page)]
            side = "rtl" if direction is Qt.LayoutDirection.RightToLeft else "ltr"
            window.grab().save(str(folder / f"{name}-{side}-{factor:g}.png"))
    finally:
        qapp.setFont(before)
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert found == []


@pytest.mark.parametrize("scale", ["1", "1.5", "2"])
def test_nothing_is_cut_off_on_a_scaled_screen(tmp_path: Path, scale: str) -> None:
    """A process of its own, since Qt reads the scale once."""
    folder = Path(os.environ.get("ROAMMAIL_PHOTOS") or tmp_path)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.ui.scaled", str(folder)],
        cwd=Path(__file__).resolve().parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    told = json.loads(ran.stdout)
    assert told["ratios"] == [float(scale)]
    assert told["found"] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(qapp: QApplication, dark: bool) -> None:
    """WCAG 2: at least 4.5 to 1."""
    theme = Theme(dark=dark)
    tones = (Tone.TEXT, Tone.MUTED, Tone.GOOD, Tone.WARN, Tone.BAD, Tone.ACCENT)
    for tone in tones:
        for ground in (Tone.SURFACE, Tone.CARD, Tone.FIELD):
            assert _contrast(theme.colour(tone), theme.colour(ground)) >= 4.5, (tone, ground)
    for tone in (Tone.GOOD, Tone.WARN, Tone.BAD, Tone.BUSY, Tone.QUIET, Tone.ACCENT):
        assert _contrast(theme.colour(tone), theme.soft(tone)) >= 4.5, tone
    assert _contrast(theme.colour(Tone.ON_ACCENT), theme.colour(Tone.ACCENT)) >= 4.5


def _contrast(one: QColor, other: QColor) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_light_and_dark_follow_the_system_at_once(qtbot: QtBot, make: Make) -> None:
    window = make(Words("en"))
    theme = window.context.theme
    before = window.grab().toImage().pixelColor(500, 740)
    theme.force(True)
    qtbot.wait(50)
    after = window.grab().toImage().pixelColor(500, 740)
    theme.force(False)
    assert before.lightness() > 200 > 60 > after.lightness()
