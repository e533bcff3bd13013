"""The Outbox page, by what a person sees and does, on a real engine."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from roammail.core.composing import How
from roammail.core.delivery import Move
from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Scope
from roammail.core.message import Draft
from roammail.core.stage import Stage
from roammail.demo.world import DemoWorld
from roammail.engine.desk import Opened
from roammail.engine.engine import Engine
from roammail.ui.bridge import Bridge
from roammail.ui.context import Context
from roammail.ui.dialogs.message_source import MessageSourceDialog
from roammail.ui.models.outbox_model import ROW_ROLE, OutboxModel
from roammail.ui.models.outbox_row import PILLS
from roammail.ui.pages.outbox import OutboxPage
from roammail.ui.prober import Prober
from roammail.ui.say import Say
from roammail.ui.situation import Situation
from roammail.ui.theme import Theme
from roammail.words import Words
from tests.ui.conftest import Navigation, Opener, close

WAIT = 20_000
M = Move
ME, ANA, BEN = "traveller@post.example", "ana@friend.example", "ben@elsewhere.example"
DOUBT = Diagnosis(Kind.UNCERTAIN, Scope.MESSAGE, Party.SERVER, Confidence.CERTAIN)


@pytest.fixture
def idle(qtbot: QtBot, opener: Opener, theme: Theme, navigation: Navigation) -> Iterator[Context]:
    """A context whose engine works on no message by itself."""
    bridge = Bridge(opener, works=False)
    situation = Situation(bridge)
    prober = Prober(bridge, situation, settle=0)
    words = Words("en")
    made = Context(bridge, situation, prober, words, Say(words), theme, navigation)
    with qtbot.waitSignal(situation.profiles_changed, timeout=WAIT):
        bridge.start()
    yield made
    close(qtbot, bridge)


def ask(qtbot: QtBot, context: Context, use: Callable[[Engine], Awaitable[object]]) -> object:
    """Waits for an answer of the engine."""
    got: list[object] = []
    context.bridge.submit(use, got.append)
    qtbot.waitUntil(lambda: bool(got), timeout=WAIT)
    return got[0]


def add(
    qtbot: QtBot,
    context: Context,
    subject: str,
    *moves: M,
    to: tuple[str, ...] = (ANA,),
    told: Diagnosis | str | None = None,
    hold: float = 0,
) -> int:
    """A message in the outbox whose recipients went through these moves."""

    async def use(engine: Engine) -> int:
        outbox, now = engine._parts.outbox, engine.now()
        message = await engine.compose(Draft(ME, to, subject, "Hello.\n"), How.NEW)
        until = now + timedelta(seconds=hold) if hold else None
        number = await outbox.add(message, now, until)
        known = engine.explain(told, Stage.RELAY, False) if isinstance(told, str) else told
        for by in moves:
            given = known if by in (M.REFUSE, M.DEFER, M.DOUBT) else None
            await outbox.move(number, to, by, now, diagnosis=given)
        return number

    number = ask(qtbot, context, use)
    assert isinstance(number, int)
    return number


def opened(qtbot: QtBot, context: Context, rows: int) -> OutboxPage:
    page = OutboxPage(context)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    qtbot.waitUntil(lambda: page.model.rowCount() == rows, timeout=WAIT)
    return page


def seen(page: QWidget, words: str) -> bool:
    """Whether these words stand on the page."""
    return any(words in label.text() for label in page.findChildren(QLabel) if label.isVisible())


def press(qtbot: QtBot, page: QWidget, words: str) -> None:
    """Presses the button of this name, as soon as it is there."""

    def found() -> list[QPushButton | QToolButton]:
        named = [*page.findChildren(QPushButton), *page.findChildren(QToolButton)]
        return [b for b in named if b.accessibleName() == words and b.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1, timeout=WAIT)
    qtbot.mouseClick(found()[0], Qt.MouseButton.LeftButton)


def buttons(page: QWidget) -> set[str]:
    return {b.accessibleName() for b in page.findChildren(QPushButton) if b.isVisible()}


def rows(model: OutboxModel) -> list[tuple[str, str]]:
    """Subject and pill of every loaded row."""
    found = [model.index(row, 0).data(ROW_ROLE) for row in range(model.rowCount())]
    return [(row.subject, PILLS[row.kind][0]) for row in found]


def choose(qtbot: QtBot, page: OutboxPage, number: int) -> None:
    """Opens a message as a person does."""
    row = page.model.row(number)
    assert row is not None
    page._select(row)
    qtbot.waitUntil(lambda: page._detail.entry is not None, timeout=WAIT)
    qtbot.waitUntil(lambda: page._detail.entry.id == number, timeout=WAIT)  # type: ignore[union-attr]
    qtbot.waitUntil(page._detail.isVisible, timeout=WAIT)


def test_an_empty_outbox_says_what_to_do(qtbot: QtBot, idle: Context) -> None:
    page = OutboxPage(idle)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: seen(page, "Nothing was sent yet."), timeout=WAIT)
    press(qtbot, page, "Write")
    assert idle.go.went == [("write", None)]  # type: ignore[attr-defined]


def test_every_standing_is_told_apart(qtbot: QtBot, idle: Context) -> None:
    add(qtbot, idle, "sent", M.START, M.DOUBT, M.ACCEPT)
    add(qtbot, idle, "refused", M.START, M.REFUSE, told="550 5.1.1 User unknown")
    add(qtbot, idle, "uncertain", M.START, M.DOUBT, told=DOUBT)
    add(qtbot, idle, "given up", M.DEFER, M.GIVE_UP)
    add(qtbot, idle, "cancelled", M.CANCEL)
    add(qtbot, idle, "waiting", M.DEFER, told="554 5.7.1 Relay access denied")
    add(qtbot, idle, "sending", M.START)
    add(qtbot, idle, "held", hold=300)
    page = opened(qtbot, idle, 8)
    assert rows(page.model) == [
        ("held", "Goes soon"),
        ("sending", "Sending"),
        ("waiting", "Waiting"),
        ("cancelled", "Cancelled"),
        ("given up", "Given up"),
        ("uncertain", "Perhaps sent"),
        ("refused", "Refused"),
        ("sent", "Sent"),
    ]
    told = page.model.index(2, 2).data()
    assert told.startswith("This server does not pass on mail from here")
    assert page.model.index(2, 0).data() == f"{ANA}\nwaiting"
    page.grab()  # painted without a word from Qt


@pytest.mark.parametrize(
    ("choice", "subjects"),
    [
        ("Waiting", ["waits"]),
        ("Uncertain", ["in doubt"]),
        ("Refused", ["refused"]),
        ("Sent", ["sent"]),
        ("All", ["sent", "refused", "in doubt", "waits"]),
    ],
)
def test_filters(qtbot: QtBot, idle: Context, choice: str, subjects: list[str]) -> None:
    add(qtbot, idle, "waits", M.DEFER)
    add(qtbot, idle, "in doubt", M.START, M.DOUBT)
    add(qtbot, idle, "refused", M.START, M.REFUSE)
    add(qtbot, idle, "sent", M.START, M.DOUBT, M.ACCEPT)
    page = opened(qtbot, idle, 4)
    chosen = next(b for b in page._filter._buttons if b.text().startswith(choice))
    qtbot.mouseClick(chosen, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [r[0] for r in rows(page.model)] == subjects, timeout=WAIT)


def test_search_finds_people_and_says_when_there_is_nothing(qtbot: QtBot, idle: Context) -> None:
    add(qtbot, idle, "Grüße", M.CANCEL)
    add(qtbot, idle, "Other", M.CANCEL, to=(BEN,))
    page = opened(qtbot, idle, 2)
    qtbot.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    page._filter._search.setText("GRÜSSE")
    qtbot.waitUntil(lambda: rows(page.model) == [("Grüße", "Cancelled")], timeout=WAIT)
    page._filter._search.setText("ben@")
    qtbot.waitUntil(lambda: rows(page.model) == [("Other", "Cancelled")], timeout=WAIT)
    page._filter._search.setText("nobody")
    qtbot.waitUntil(lambda: seen(page, "Nothing here."), timeout=WAIT)
    press(qtbot, page, "Show everything")
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=WAIT)


def test_an_uncertain_one_is_settled_or_asked_about(qtbot: QtBot, idle: Context) -> None:
    number = add(qtbot, idle, "contract", M.START, M.DOUBT, told=DOUBT)
    page = opened(qtbot, idle, 1)
    choose(qtbot, page, number)
    assert seen(page, "It may have been delivered.")
    press(qtbot, page, "Send it again")
    assert seen(page, "then it arrives twice")
    press(qtbot, page, "Do not send")
    assert not page._question.isVisible()
    press(qtbot, page, "It arrived: mark as sent")
    qtbot.waitUntil(lambda: rows(page.model) == [("contract", "Sent")], timeout=WAIT)
    qtbot.waitUntil(lambda: "Send it again" not in buttons(page), timeout=WAIT)


def test_cancelled_and_changed(qtbot: QtBot, idle: Context) -> None:
    number = add(qtbot, idle, "plans", M.DEFER, to=(ANA, BEN), told="554 5.7.1 Relay denied")
    page = opened(qtbot, idle, 1)
    choose(qtbot, page, number)
    assert seen(page, "This server does not pass on mail from here")
    assert {"Try now", "Edit", "Cancel", "Explain", "Show the source"} <= buttons(page)
    press(qtbot, page, "Cancel")
    qtbot.waitUntil(lambda: rows(page.model) == [("plans", "Cancelled")], timeout=WAIT)
    assert seen(page, "Cancelled: it is not sent any more.")
    assert "Undo" in buttons(page)
    press(qtbot, page, "Explain")
    assert idle.go.went[-1] == ("explain", "554 5.7.1 Relay denied")  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: "Edit" in buttons(page), timeout=WAIT)
    press(qtbot, page, "Edit")
    qtbot.waitUntil(lambda: idle.go.went[-1][0] == "write", timeout=WAIT)  # type: ignore[attr-defined]
    found = idle.go.went[-1][1]  # type: ignore[attr-defined]
    assert isinstance(found, Opened)
    assert found.letter.to == f"{ANA}, {BEN}"
    letters = ask(qtbot, idle, lambda engine: engine.desk.letters())
    assert letters == (found.letter,)  # kept, also when nobody sends it


def test_the_source_is_shown(qtbot: QtBot, idle: Context) -> None:
    number = add(qtbot, idle, "to look at", M.CANCEL)
    page = opened(qtbot, idle, 1)
    choose(qtbot, page, number)
    press(qtbot, page, "Show the source")
    (dialog,) = page.findChildren(MessageSourceDialog)
    shown = dialog.findChild(QPlainTextEdit)
    assert shown is not None
    qtbot.waitUntil(lambda: "Subject: to look at" in shown.toPlainText(), timeout=WAIT)
    press(qtbot, dialog, "Close")


def test_one_is_tried_again_until_it_is_sent(
    qtbot: QtBot, demo_context: Context, demo_world: DemoWorld
) -> None:
    number = add(qtbot, demo_context, "tickets", M.START, M.REFUSE, told="550 5.7.1 Not now")
    page = opened(qtbot, demo_context, 1)
    choose(qtbot, page, number)
    press(qtbot, page, "Try again")
    qtbot.waitUntil(lambda: rows(page.model) == [("tickets", "Sent")], timeout=WAIT)
    assert page.model.index(0, 2).data().startswith("Through Relay service")
    qtbot.waitUntil(lambda: seen(page, "Relay service (relay.post.example"), timeout=WAIT)
    assert len(demo_world.inbox) == 1


def test_what_others_do_is_seen(qtbot: QtBot, idle: Context) -> None:
    first = add(qtbot, idle, "first", M.DEFER)
    page = opened(qtbot, idle, 1)
    add(qtbot, idle, "second", M.CANCEL)  # no event tells of it: as from another process
    ask(qtbot, idle, lambda engine: engine.cancel(first))
    page._feed._look()
    wanted = [("second", "Cancelled"), ("first", "Cancelled")]
    qtbot.waitUntil(lambda: rows(page.model) == wanted, timeout=WAIT)


def test_what_others_do_far_down_is_seen_where_one_looks(qtbot: QtBot, idle: Context) -> None:
    """Below the newest that every look covers."""
    old = add(qtbot, idle, "old", M.DEFER)
    ask(qtbot, idle, fill(99, after=old))
    page = opened(qtbot, idle, 100)
    page._feed.watch(False)
    ask(qtbot, idle, cancelled_elsewhere(old))
    page.table.scrollToBottom()
    assert old in page.table.seen()
    assert len(page.table.seen()) < 30
    page._feed._look()
    qtbot.waitUntil(lambda: rows(page.model)[-1] == ("old", "Cancelled"), timeout=WAIT)


def cancelled_elsewhere(number: int) -> Callable[[Engine], Awaitable[object]]:
    """As another process does it: no event tells of it."""

    async def use(engine: Engine) -> object:
        def cancel(connection) -> None:  # type: ignore[no-untyped-def]
            connection.execute(
                "UPDATE recipients SET state = 'cancelled' WHERE message = ?", [number]
            )

        await engine._parts.outbox._database.run(cancel)  # type: ignore[attr-defined]
        return True

    return use


def test_a_new_message_appears_by_its_event(qtbot: QtBot, demo_context: Context) -> None:
    page = OutboxPage(demo_context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: seen(page, "Nothing was sent yet."), timeout=WAIT)

    async def send(engine: Engine) -> int:
        message = await engine.compose(Draft(ME, (ANA,), "new", "x"), How.NEW)
        return await engine.queue(message, hold=300)

    number = ask(qtbot, demo_context, send)
    qtbot.waitUntil(lambda: rows(page.model) == [("new", "Goes soon")], timeout=WAIT)
    assert page.table.isVisible()
    page.open_with(number)
    qtbot.waitUntil(lambda: seen(page, "It goes out in some seconds."), timeout=WAIT)


def fill(number: int, after: int = 0) -> Callable[[Engine], Awaitable[object]]:
    """So many cancelled messages, written in one transaction."""

    async def use(engine: Engine) -> object:
        when = datetime.now(UTC).isoformat()

        def insert(connection) -> None:  # type: ignore[no-untyped-def]
            for n in range(after + 1, after + number + 1):
                connection.execute(
                    "INSERT INTO messages (id, message_id, sender, from_address, subject, size,"
                    " created) VALUES (?, ?, ?, ?, ?, 1, ?)",
                    (n, f"<{n}@x>", ME, ME, f"Letter {n}", when),
                )
                connection.execute(
                    "INSERT INTO recipients (message, position, address, state) VALUES"
                    " (?, 0, ?, 'cancelled')",
                    (n, ANA),
                )

        await engine._parts.outbox._database.run(insert)  # type: ignore[attr-defined]
        return True

    return use


def test_ten_thousand_come_page_by_page(qtbot: QtBot, idle: Context) -> None:
    ask(qtbot, idle, fill(10_000))
    page = opened(qtbot, idle, 100)
    assert len(page.model._rows) < 60  # only what is seen is worded
    bar = page.table.verticalScrollBar()

    def scrolled_to(rows: int) -> bool:
        bar.setValue(bar.maximum())
        return page.model.rowCount() >= rows

    qtbot.waitUntil(lambda: scrolled_to(1_000), timeout=WAIT)
    assert page.model.ids == tuple(range(10_000, 10_000 - page.model.rowCount(), -1))
    page.open_with(3)  # far below what is loaded
    qtbot.waitUntil(lambda: seen(page, "Letter 3"), timeout=WAIT)


def test_a_thousand_events_cost_few_questions(qtbot: QtBot, idle: Context) -> None:
    ask(qtbot, idle, fill(1_000))
    page = opened(qtbot, idle, 100)
    page._feed.watch(False)  # it looks every few seconds, too
    asked: list[object] = []
    submit = idle.bridge.submit

    def counting(*given: object, **named: object) -> object:
        asked.append(given)
        return submit(*given, **named)  # type: ignore[arg-type]

    idle.bridge.submit = counting  # type: ignore[method-assign, assignment]
    changed: list[tuple[int, ...]] = []
    page._feed.changed.connect(changed.append)
    for number in range(1, 1_001):
        page._feed.refresh(number)
    qtbot.waitUntil(lambda: sum(map(len, changed)) == 1_000, timeout=WAIT)
    assert len(asked) <= 6
    assert page.model.rowCount() == 100  # what is further down comes when one scrolls there


def test_every_control_has_a_name(qtbot: QtBot, idle: Context) -> None:
    number = add(qtbot, idle, "x", M.DEFER, told="554 5.7.1 Relay access denied")
    page = opened(qtbot, idle, 1)
    choose(qtbot, page, number)
    unnamed = [
        w
        for w in page.findChildren(QWidget)
        if w.isVisible()
        and w.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not w.accessibleName()
        and not isinstance(w, QLabel)  # a label's text is its name
    ]
    assert unnamed == []
