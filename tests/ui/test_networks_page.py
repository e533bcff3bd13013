"""The Networks page: what worked where is seen, named, forgotten and put back."""

from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from roammail.core.memory import KnownNetwork, Memory
from roammail.core.network import NetworkKey
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.models.network_grid import CellState, grid
from roammail.ui.pages.networks import NetworksPage
from roammail.ui.say import Say
from roammail.ui.widgets.network_table import Cells, narrowed
from roammail.words import Words
from tests.adapters.test_memory_contract import CAFE, HOME, a_memory
from tests.ui.conftest import Navigation
from tests.ui.seen import button, named, texts
from tests.ui.watcher import StageWatcher

LATER = timedelta(days=1)


def shown(qtbot: QtBot, context: Context) -> NetworksPage:
    page = NetworksPage(context)
    context.theme.dress(page)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    return page


def after_a_test(qtbot: QtBot, context: Context) -> None:
    """The demo's profiles have been tested here; one of them once worked at home."""
    context.prober.test()
    qtbot.waitUntil(lambda: context.situation.checked is not None, timeout=20_000)
    done: list[object] = []

    async def at_home(engine: Engine) -> None:
        here = (await engine.network_memory.networks())[0]
        failed = next(m for m in here.memories if not m.works)
        home = replace(failed, key=HOME, works=True, kind=None, when=failed.when - LATER)
        await engine.network_memory.put_back(KnownNetwork(HOME, "", (home,)))

    context.bridge.submit(at_home, done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)


def rows(page: NetworksPage) -> list[list[str]]:
    """What the cells say, line breaks as bars."""
    table = page.table
    return [
        [
            item.text().replace("\n", "|")
            for column in range(table.columnCount())
            if (item := table.item(row, column)) is not None
        ]
        for row in range(table.rowCount())
    ]


def test_where_nothing_is_known_the_page_says_what_to_do(
    qtbot: QtBot, context: Context, navigation: Navigation
) -> None:
    page = shown(qtbot, context)
    assert "Nothing is remembered yet." in texts(page)
    button(page, "Test now").click()
    assert navigation.went == [("profiles", "add")]


def test_the_first_test_begins_here(
    qtbot: QtBot, demo_context: Context, navigation: Navigation
) -> None:
    page = shown(qtbot, demo_context)
    button(page, "Test now").click()
    assert navigation.went == [("here", None)]
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=20_000)


def test_what_worked_where(qtbot: QtBot, demo_context: Context) -> None:
    after_a_test(qtbot, demo_context)
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=20_000)
    here, home = rows(page)
    assert here[0].endswith("|You are here")
    assert here[1].startswith("Relay refused|")
    assert any(said.startswith("Works|") for said in here)
    assert home[0].startswith("Unnamed network|Last used ")
    assert sum(said.startswith("Works|") for said in home) == 1
    assert sum(said.startswith("Not tried|") for said in home) == 4


def test_a_cell_opens_by_keyboard(qtbot: QtBot, demo_context: Context) -> None:
    after_a_test(qtbot, demo_context)
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=20_000)
    page.table.setCurrentCell(0, 0)
    assert "profile worked on this network." in texts(page)
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    said = texts(page)
    assert "Campus · " in said
    assert "smtp.campus.example · " in said
    assert "This server does not pass on mail from here." in said
    assert "at the step “Relay”" in said
    assert button(page, "Test again")


def test_a_network_is_named_by_its_user(qtbot: QtBot, demo_context: Context) -> None:
    after_a_test(qtbot, demo_context)
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=20_000)
    page.table.setCurrentCell(1, 0)
    field = named(page, "Name of this network", QLineEdit)
    assert field.text() == ""
    qtbot.keyClicks(field, "At <b>home</b>")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows(page)[1][0].startswith("At <b>home</b>|"), timeout=20_000)


def test_forgetting_can_be_undone(qtbot: QtBot, demo_context: Context) -> None:
    after_a_test(qtbot, demo_context)
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: page.table.rowCount() == 2, timeout=20_000)
    before = rows(page)
    page.table.setCurrentCell(1, 0)
    button(page, "Forget this network").click()
    qtbot.waitUntil(lambda: page.table.rowCount() == 1, timeout=20_000)
    assert "Unnamed network was forgotten." in texts(page)
    button(page, "Undo").click()
    qtbot.waitUntil(lambda: rows(page) == before, timeout=20_000)


def test_another_place_comes_first(qtbot: QtBot, context: Context, watcher: StageWatcher) -> None:
    """What is remembered elsewhere, and no profile has: nothing is shown of it."""
    done: list[object] = []
    home = KnownNetwork(HOME, "home", (a_memory("gone", HOME),))
    context.bridge.submit(lambda e: e.network_memory.put_back(home), done.append)
    qtbot.waitUntil(lambda: bool(done), timeout=20_000)
    page = shown(qtbot, context)
    watcher.move(name="Another", prefix="198.51.100.0/24")
    qtbot.waitUntil(
        lambda: (
            context.situation.network is not None
            and context.situation.network.network.name == "Another"
        ),
        timeout=20_000,
    )
    assert "Nothing is remembered yet." in texts(page)


def test_the_grid_as_data() -> None:
    """Where we are first; the latest that works decides; the kinds of failure differ."""
    from roammail.core.profile import Endpoint, Profile, Security

    end = Endpoint("mx.example", 587, Security.STARTTLS)
    other = Endpoint("mx.example", 465, Security.IMPLICIT_TLS)
    profiles = (Profile("a", "A", end, (other,)), Profile("b", "B", end), Profile("c", "C", end))

    def memory(profile: str, key: NetworkKey, kind: str | None, at: Endpoint = end) -> Memory:
        made = a_memory(profile, key)
        return replace(made, works=kind is None, kind=kind, endpoint=at)

    known = (
        KnownNetwork(CAFE, "", (memory("a", CAFE, "timed-out"), memory("b", CAFE, "new-kind"))),
        KnownNetwork(
            HOME,
            "home",
            (
                replace(memory("a", HOME, "relay-denied"), when=a_memory().when + LATER),
                memory("a", HOME, None, other),
                memory("b", HOME, "greylisted"),
            ),
        ),
    )
    home, cafe = grid(known, profiles, HOME, "Wi-Fi")
    assert (home.given, home.own, home.here) == ("home", "Wi-Fi", True)
    assert [cell.state for cell in home.cells] == [
        CellState.WORKS,
        CellState.LATER,
        CellState.UNTRIED,
    ]
    assert [m.endpoint for m in home.cells[0].tried] == [other, end]
    assert [cell.state for cell in cafe.cells] == [
        CellState.BLOCKED,
        CellState.REFUSED,
        CellState.UNTRIED,
    ]
    second = replace(
        memory("a", CAFE, "timed-out", other), when=a_memory().when + timedelta(seconds=1)
    )
    both = KnownNetwork(CAFE, "", (second, memory("a", CAFE, "timed-out")))
    (tried,) = (row.cells[0].tried for row in grid((both,), profiles, CAFE, "Wi-Fi"))
    assert [m.endpoint for m in tried] == [end, other]  # one test: in the profile's order
    new = grid(known, profiles, NetworkKey("new"), "New")
    assert [(row.own, row.last is None) for row in new] == [
        ("New", True),
        ("", False),
        ("", False),
    ]
    assert grid((), profiles, HOME, "Wi-Fi") == ()


def test_the_widest_columns_give_way_so_that_the_last_is_not_cut_off() -> None:
    least = [120] * 4
    assert narrowed([190, 120, 170, 120], 560, least) == [160, 120, 160, 120]
    assert narrowed([190, 120, 170, 120], 560, [120, 120, 170, 120]) == [150, 120, 170, 120]
    assert narrowed([190, 120], 400, [120, 120]) == [190, 120]  # there is room
    assert narrowed([190, 170, 180], 300, [120, 120, 120]) == [120, 120, 120]  # one scrolls
    assert narrowed([90, 80], 400, [120, 60]) == [120, 80]


def test_words_break_their_line_before_they_are_cut_off(
    qtbot: QtBot, demo_context: Context
) -> None:
    """German is long: every cell of five profiles is read whole in a window of usual width."""
    after_a_test(qtbot, demo_context)
    page = shown(qtbot, replace(demo_context, say=Say(Words("de")), sentences=Words("de")))
    table = page.table
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    page.resize(870, 700)  # what the sidebar leaves of 1080
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() == 0)
    cells = table.itemDelegate()
    assert isinstance(cells, Cells)
    for row in range(table.rowCount()):
        for column in range(table.columnCount()):
            index = table.model().index(row, column)
            if column:
                assert table.columnWidth(column) >= cells.narrowest(index), index.data()
            assert table.rowHeight(row) >= cells.height(index, table.columnWidth(column))
