"""The window in tests: offscreen, on a real engine in its own thread.

`context` has an empty memory keyring and a network that never changes; `demo_context` runs on
the demo's servers, its five profiles in the keyring. Both end with the engine closed.
"""

import gc
import os
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6.QtWidgets", reason="needs PySide6 (pip install 'roammail[window]')")

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from roammail.core.errors import UserFacingError
from roammail.core.network import Medium, Network, PortalState
from roammail.core.settings import Settings
from roammail.demo.network import LoopbackResolver, LoopbackWatcher
from roammail.demo.world import DemoWorld
from roammail.engine.engine import Engine
from roammail.ui.bridge import Bridge
from roammail.ui.context import Context
from roammail.ui.prober import Prober
from roammail.ui.say import Say
from roammail.ui.situation import Situation
from roammail.ui.theme import Theme
from roammail.wiring import Options, open_engine, throw_away_store
from roammail.words import Words
from tests.ui.watcher import StageWatcher

#: Milliseconds; what is waited for comes at once on an idle machine.
_PATIENCE = 30_000

Notice = Callable[[UserFacingError], None]
Opener = Callable[[Notice], AbstractAsyncContextManager[Engine]]


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["roammail-tests"]


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """With patience for a machine that has much else to do."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=_PATIENCE)  # type: ignore[method-assign]
    qtbot.waitSignal = partial(qtbot.waitSignal, timeout=_PATIENCE)  # type: ignore[method-assign]
    return qtbot


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    made = Theme(dark=False)
    made.rule()
    return made


@pytest.fixture
def watcher() -> StageWatcher:
    """Where the computer is; `watcher.move(network)` takes it elsewhere (any thread)."""
    return StageWatcher(
        Network(
            name="Test network",
            medium=Medium.WIFI,
            interface="test0",
            gateway="192.0.2.1",
            gateway_mac="02:00:00:00:00:01",
            prefix="192.0.2.0/24",
            portal=PortalState.NONE,
            sources=("test",),
        )
    )


@pytest.fixture
def opener(tmp_path: Path, watcher: StageWatcher) -> Opener:
    """An engine on a temporary home, a keyring in memory, and a network on a stage."""

    def open_it(notice: Notice) -> AbstractAsyncContextManager[Engine]:
        return open_engine(
            Options(
                home=tmp_path / "roammail",
                store=throw_away_store(),
                watcher=watcher,
                settings=Settings(connect_seconds=1),
                notice=notice,
            )
        )

    return open_it


@pytest.fixture
def demo_world() -> DemoWorld:
    """The demo's servers; they start and stop with the engine of `demo_context`."""
    return DemoWorld()


@pytest.fixture
def demo_opener(tmp_path: Path, demo_world: DemoWorld) -> Opener:
    """An engine on the demo's servers, with its five profiles."""

    @asynccontextmanager
    async def open_it(notice: Notice) -> AsyncIterator[Engine]:
        async with demo_world:
            ca_file = str(demo_world.ca_file)
            options = Options(
                home=tmp_path / "demo",
                store=throw_away_store(),
                watcher=LoopbackWatcher(),
                resolver=LoopbackResolver(),
                settings=Settings(connect_seconds=1, probe_recipient=demo_world.recipient),
                trusted=lambda: ssl.create_default_context(cafile=ca_file),
                notice=notice,
            )
            async with open_engine(options) as engine:
                for profile, secret in demo_world.profiles:
                    await engine.book.add(profile, secret)
                yield engine

    return open_it


class Navigation:
    """Where pages wanted to go: `went` holds (page, argument)."""

    def __init__(self) -> None:
        self.went: list[tuple[str, object | None]] = []

    def __call__(self, page: str, argument: object | None = None) -> None:
        self.went.append((page, argument))


@pytest.fixture
def navigation() -> Navigation:
    return Navigation()


@pytest.fixture
def context(
    qtbot: QtBot, opener: Opener, theme: Theme, navigation: Navigation
) -> Iterator[Context]:
    """A page's context on a real engine without profiles."""
    yield from _context(qtbot, opener, theme, navigation)


@pytest.fixture
def demo_context(
    qtbot: QtBot, demo_opener: Opener, theme: Theme, navigation: Navigation
) -> Iterator[Context]:
    """A page's context on the demo's servers."""
    yield from _context(qtbot, demo_opener, theme, navigation)


def _context(
    qtbot: QtBot, opener: Opener, theme: Theme, navigation: Navigation
) -> Iterator[Context]:
    bridge = Bridge(opener)
    situation = Situation(bridge)
    prober = Prober(bridge, situation, settle=0)
    words = Words("en")
    made = Context(bridge, situation, prober, words, Say(words), theme, navigation)
    with qtbot.waitSignal(situation.profiles_changed, timeout=20_000):
        bridge.start()
    yield made
    close(qtbot, bridge)


def close(qtbot: QtBot, bridge: Bridge) -> None:
    """Waits until the engine is closed."""
    ended: list[bool] = []
    bridge.stop(lambda: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)


@pytest.fixture(autouse=True)
def _no_word_from_qt() -> Iterator[None]:
    """A warning of Qt's fails the test, as one of Python's does."""
    said: list[str] = []

    def hear(kind: QtMsgType, _context: object, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not any(known in message for known in _KNOWN):
            said.append(message)

    before = qInstallMessageHandler(hear)
    yield
    gc.collect()  # widgets die here, not on some thread of a later test
    qInstallMessageHandler(before)
    assert not said, said


#: What Qt's offscreen platform says of itself.
_KNOWN = ("This plugin does not support", "propagateSizeHints", "systemTrayWindowChanged")
