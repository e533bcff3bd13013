"""The Here page as a person sees it: on the demo's servers, and where something is missing."""

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Remedy, RemedyKind, Scope
from roammail.core.errors import StoreLocked
from roammail.core.network import PortalState
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.report import ProfileOutcome, ProfileReport, Step, StepOutcome
from roammail.core.secret import Secret
from roammail.core.stage import Stage
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.dialogs.password import PasswordDialog
from roammail.ui.models.rows import ProfileRow, RowState
from roammail.ui.pages.here import HerePage
from roammail.ui.pages.here_words import best_remedy
from roammail.ui.widgets.diagnosis_card import DiagnosisCard
from roammail.ui.widgets.profile_row import ProfileRowWidget, RowHeader
from tests import canary
from tests.ui.conftest import Navigation
from tests.ui.seen import button, named, texts, visible
from tests.ui.watcher import StageWatcher

R = RemedyKind
SIGN_IN = "Sign in with a password…"


def shown(qtbot: QtBot, context: Context) -> HerePage:
    page = HerePage(context)
    context.theme.dress(page)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    return page


def pills(page: HerePage) -> dict[str, str]:
    """Profile name → what its pill says."""
    said = {}
    for header in visible(page, RowHeader):
        name, _, state = header.accessibleName().partition(": ")
        assert state == header.pill.words
        said[name] = state
    return said


def test_the_demo_story_of_a_probe(qtbot: QtBot, demo_context: Context) -> None:
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: "Not tested on this network yet." in texts(page))
    button(page, "Test now").click()
    qtbot.waitUntil(lambda: demo_context.situation.probing)
    assert button(page, "Cancel")
    qtbot.waitUntil(lambda: not demo_context.situation.probing, timeout=20_000)
    assert "Mail goes out through Relay service." in texts(page)
    assert "1 of your 5 profiles works on this network." in texts(page)
    used = [h.accessibleName() for h in visible(page, RowHeader) if h.in_use.isVisibleTo(page)]
    assert used == ["Relay service: Works"]
    said = pills(page)
    assert said["Campus"] == "Relay refused"
    assert said["Club"] == "Encryption removed"
    assert said["Office"] == "Sign-in needed"
    assert said["Relay service"] == "Works"
    dots = visible(page, RowHeader)[0].dots.accessibleDescription()
    assert "Encrypt: done in" in dots
    assert "Relay: failed after" in dots


def test_a_row_opens_by_keyboard_and_explains(qtbot: QtBot, demo_context: Context) -> None:
    page = shown(qtbot, demo_context)
    demo_context.prober.test()
    with qtbot.waitSignal(demo_context.situation.probing_changed):
        pass
    qtbot.waitUntil(lambda: not demo_context.situation.probing, timeout=20_000)
    row = visible(page, ProfileRowWidget)[0]
    qtbot.keyClick(row.header, Qt.Key.Key_Return)
    said = texts(row)
    assert "This server does not pass on mail from here." in said
    assert "At fault: the mail server" in said
    assert "Relay access denied" in said
    # Another profile works: Write is the page's one blue button.
    assert button(row, "Check the settings…").property("kind") == "plain"
    button(row, "Whole conversation").click()
    conversation = named(row, "The whole conversation", QPlainTextEdit)
    assert "RCPT TO:" in conversation.toPlainText()
    button(row, "Copy a report for the help desk").click()
    report = QGuiApplication.clipboard().text()
    assert "smtp.campus.example" in report
    assert "Relay access denied" in report
    qtbot.keyClick(row.header, Qt.Key.Key_Return)
    assert "At fault" not in texts(row)


def test_a_missing_sign_in_is_turned_on_by_its_remedy(qtbot: QtBot, demo_context: Context) -> None:
    """The office wants a sign-in: the remedy asks for it, and the profile is tested again."""
    page = shown(qtbot, demo_context)
    demo_context.prober.test()
    qtbot.waitUntil(lambda: bool(demo_context.situation.checked), timeout=20_000)
    row = next(r for r in visible(page, ProfileRowWidget) if "Office" in r.header.accessibleName())
    row.open()
    button(row, "Sign in with a password…").click()
    dialog = page.findChild(PasswordDialog)
    assert dialog is not None
    save = button(dialog, "Save and test")
    assert not save.isEnabled()
    named(dialog, "User name", QLineEdit).setText("traveller@post.example")
    named(dialog, "Password", QLineEdit).setText("not the right one")
    with qtbot.waitSignal(demo_context.situation.probing_changed, timeout=20_000):
        save.click()
    qtbot.waitUntil(lambda: not demo_context.situation.probing, timeout=20_000)
    changed = next(p for p in demo_context.situation.profiles if p.name == "Office")
    assert changed.auth is AuthMethod.PASSWORD
    assert changed.username == "traveller@post.example"
    assert pills(page)["Office"] == "Wrong password"


def test_a_probe_can_be_cancelled(qtbot: QtBot, demo_context: Context) -> None:
    page = shown(qtbot, demo_context)
    demo_context.prober.test()
    qtbot.waitUntil(lambda: demo_context.situation.probing)
    button(page, "Cancel").click()
    qtbot.waitUntil(lambda: not demo_context.situation.probing)
    states = {row.state for row in demo_context.situation.rows.values()}
    assert RowState.CHECKING not in states
    assert demo_context.situation.checked is None


def test_first_run_offers_a_profile_and_the_demo(
    qtbot: QtBot, context: Context, navigation: Navigation
) -> None:
    page = shown(qtbot, context)
    button(page, "Add a profile").click()
    button(page, "Show me on the demo network").click()
    assert navigation.went == [("profiles", "add"), ("demo", None)]


def add(qtbot: QtBot, context: Context, name: str, port: int = 9) -> Profile:
    """A profile whose port nobody answers."""

    async def adding(engine: Engine) -> Profile:
        endpoint = Endpoint("127.0.0.1", port, Security.IMPLICIT_TLS)
        senders = (f"me@{name.lower()}.example",)
        profile = Profile("", name, endpoint, username=senders[0], senders=senders)
        return await engine.book.add(profile, Secret(canary.secret("window")))

    added: list[Profile] = []
    context.bridge.submit(adding, added.append)
    qtbot.waitUntil(lambda: bool(added) and added[0].id in context.situation.rows)
    return added[0]


def test_behind_a_portal_nothing_is_tested_and_its_page_is_offered(
    qtbot: QtBot, context: Context, watcher: StageWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "One")
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    context.prober.watch()
    watcher.move(
        name="Grand Hotel",
        gateway_mac="02:00:00:00:00:99",
        portal=PortalState.REQUIRED,
        portal_url="http://portal.hotel.example/login",
    )
    qtbot.waitUntil(lambda: "Sign in to this network first." in texts(page))
    assert "Grand Hotel" in texts(page)
    assert not context.prober.busy
    button(page, "Open the sign-in page").click()
    assert opened == ["http://portal.hotel.example/login"]


def test_a_portal_cannot_make_us_open_a_file(
    qtbot: QtBot, context: Context, watcher: StageWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "One")
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    watcher.move(name="Trap", portal=PortalState.REQUIRED, portal_url="file:///etc/passwd")
    qtbot.waitUntil(lambda: "Sign in to this network first." in texts(page))
    button(page, "Open the sign-in page").click()
    assert opened[0].scheme() == "http"


def test_nothing_works_and_what_helps(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "One")
    add(qtbot, context, "Two")
    context.prober.test()
    qtbot.waitUntil(lambda: bool(context.situation.checked), timeout=20_000)
    assert "None of your 2 profiles can send from here." in texts(page)
    assert all(state != "Works" for state in pills(page).values())


@pytest.mark.parametrize(("another", "first"), [(False, "primary"), (True, "plain")])
def test_a_remedy_is_the_best_act_only_where_nothing_works(
    qtbot: QtBot, context: Context, another: bool, first: str
) -> None:
    card = DiagnosisCard(context)
    qtbot.addWidget(card)
    failure = failed("One", 3, R.TURN_ON_SIGN_IN, R.CHECK_SETTINGS).diagnosis
    card.show_diagnosis(failure, another_works=another)
    card.show()
    kinds = [button(card, words).property("kind") for words in (SIGN_IN, "Check the settings…")]
    assert kinds == [first, "plain"]


def test_a_locked_keyring_says_the_one_thing_to_do(
    qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = shown(qtbot, context)
    locked = [True]

    async def hold(engine: Engine) -> None:
        real = engine.book.all

        async def maybe() -> object:
            if locked[0]:
                raise StoreLocked("keyring-locked", "Unlock the keyring, then try again.")
            return await real()

        monkeypatch.setattr(engine.book, "all", maybe)

    context.bridge.submit(hold)
    context.situation.reload_profiles()
    qtbot.waitUntil(lambda: "Your keyring is locked." in texts(page))
    assert "Unlock it, and they are here again." in texts(page)
    locked[0] = False
    button(page, "Unlock…").click()
    qtbot.waitUntil(lambda: "Add a profile" in texts(page))


def test_it_is_tested_by_itself_once_on_a_new_network(
    qtbot: QtBot, context: Context, watcher: StageWatcher
) -> None:
    add(qtbot, context, "One")
    probes: list[bool] = []
    context.situation.probing_changed.connect(lambda: probes.append(context.situation.probing))
    context.prober.watch()
    qtbot.waitUntil(lambda: probes == [True, False], timeout=20_000)
    watcher.move()  # the same network said again
    qtbot.waitSignal(context.situation.network_changed).wait()
    assert not context.prober.busy
    watcher.move(name="Café", gateway_mac="02:00:00:00:00:77", prefix="198.51.100.0/24")
    qtbot.waitUntil(lambda: len(probes) == 4, timeout=20_000)


def test_a_row_breaks_when_its_pill_grows(qtbot: QtBot, context: Context) -> None:
    """What a test finds is often a longer word than what stood there before."""
    header = RowHeader(context)
    qtbot.addWidget(header)
    header.show()
    header.resize(header.dots.whole_width() + 400, header.sizeHint().height())
    one_line = header.sizeHint().height()
    header.keep_pill_width(400)
    assert header.sizeHint().height() > one_line
    assert header.dots.sizeHint().width() <= header.width()


def failed(name: str, reached: int, *kinds: RemedyKind) -> ProfileRow:
    """A profile that came so far."""
    endpoint = Endpoint(f"mail.{name}.example", 587, Security.STARTTLS)
    remedies = tuple(Remedy(kind) for kind in kinds)
    party, sure = Party.SERVER, Confidence.CERTAIN
    diagnosis = Diagnosis(Kind.RELAY_DENIED, Scope.ROUTE, party, sure, remedies=remedies)
    done = tuple(Step(stage, StepOutcome.DONE, 0.1) for stage in list(Stage)[:reached])
    fails = ProfileOutcome.FAILS
    report = ProfileReport(name, name, fails, endpoint, diagnosis, done, ())
    return ProfileRow(name, name, endpoint, RowState.FAILS, report=report)


def test_the_best_thing_to_do_is_an_act_for_whoever_came_furthest() -> None:
    look, sign_in, enter = R.CHECK_SETTINGS, R.TURN_ON_SIGN_IN, R.ENTER_PASSWORD
    far, near, nearer = failed("a", 6, look), failed("b", 2, enter), failed("c", 4, sign_in)
    assert best_remedy((far, near, nearer)) == (Remedy(sign_in), "c")
    assert best_remedy((far, near)) == (Remedy(enter), "b")
    assert best_remedy((far,)) == (Remedy(look), "a")
    assert best_remedy((failed("d", 3, R.ASK_PROVIDER),)) is None
