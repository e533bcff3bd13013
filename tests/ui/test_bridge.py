"""The bridge: everything comes on the GUI thread, in order, and nothing after the end."""

import asyncio
import sys
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from roammail.core.errors import UserFacingError
from roammail.core.events import ProfilesChanged
from roammail.engine.engine import Engine
from roammail.ui.bridge import Bridge
from roammail.ui.context import Context
from tests.ui.conftest import Opener, close


def test_results_and_events_come_on_the_gui_thread_in_order(qtbot: QtBot, context: Context) -> None:
    heard: list[object] = []
    here = threading.get_ident()

    async def use(engine: Engine) -> str:
        assert threading.get_ident() != here
        engine.events(ProfilesChanged())
        return "done"

    def hear(what: object) -> None:
        assert threading.get_ident() == here
        heard.append(what)

    context.bridge.happened.connect(hear)
    context.bridge.submit(use, hear)
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert heard == [ProfilesChanged(), "done"]


def test_the_engine_gives_way_soon_while_there_is_a_window(qtbot: QtBot, opener: Opener) -> None:
    before = sys.getswitchinterval()
    bridge = Bridge(opener)
    with qtbot.waitSignal(bridge.ready):
        bridge.start()
    assert sys.getswitchinterval() < before
    close(qtbot, bridge)
    close(qtbot, bridge)  # asked twice, as at a logout while it ends
    assert sys.getswitchinterval() == before


def test_an_error_goes_to_who_asked_or_to_the_window(qtbot: QtBot, context: Context) -> None:
    async def fail(_engine: Engine) -> None:
        raise UserFacingError("no", "No.")

    errors: list[Exception] = []
    task = context.bridge.submit(fail, on_error=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert task.done
    with qtbot.waitSignal(context.bridge.problem) as told:
        context.bridge.submit(fail)
    assert isinstance(told.args[0], UserFacingError)


def test_cancelling_ends_the_work_and_calls_nobody(qtbot: QtBot, context: Context) -> None:
    began, ended = threading.Event(), threading.Event()
    called: list[object] = []

    async def wait(_engine: Engine) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = context.bridge.submit(wait, called.append, called.append)
    qtbot.waitUntil(began.is_set)
    task.cancel()
    qtbot.waitUntil(ended.is_set)
    assert task.done
    assert called == []


def test_nothing_is_called_for_a_widget_that_is_gone(qtbot: QtBot, context: Context) -> None:
    owner = QObject()
    called: list[object] = []
    after: list[object] = []

    async def answer(_engine: Engine) -> int:
        return 1

    context.bridge.submit(answer, called.append, owner=owner)
    owner.deleteLater()
    del owner
    qtbot.wait(0)
    context.bridge.submit(answer, after.append)
    qtbot.waitUntil(lambda: bool(after))
    assert called == []


def test_what_is_asked_before_the_engine_is_open_waits(qtbot: QtBot, opener: Opener) -> None:
    bridge = Bridge(opener)
    got: list[object] = []

    async def answer(engine: Engine) -> str:
        return type(engine).__name__

    bridge.submit(answer, got.append)
    bridge.start()
    qtbot.waitUntil(lambda: got == ["Engine"])
    close(qtbot, bridge)


def test_an_engine_that_cannot_be_opened_is_told_to_all_who_ask(qtbot: QtBot) -> None:
    def broken(_notice: object) -> object:
        raise UserFacingError("home-unwritable", "The folder cannot be written.")

    bridge = Bridge(broken)  # type: ignore[arg-type]
    errors: list[Exception] = []

    async def never(_engine: Engine) -> None:
        raise AssertionError

    bridge.submit(never, on_error=errors.append)
    with qtbot.waitSignal(bridge.failed):
        bridge.start()
    bridge.submit(never, on_error=errors.append)
    qtbot.waitUntil(lambda: len(errors) == 2)
    close(qtbot, bridge)


def test_stopping_cancels_what_is_under_way(qtbot: QtBot, opener: Opener) -> None:
    bridge = Bridge(opener)
    began, ended = threading.Event(), threading.Event()

    async def wait(_engine: Engine) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    bridge.submit(wait)
    bridge.start()
    qtbot.waitUntil(began.is_set)
    close(qtbot, bridge)
    assert ended.is_set()
