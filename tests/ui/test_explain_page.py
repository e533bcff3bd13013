"""The Explain page: what is pasted, dropped or opened is explained; the help pages are read."""

import errno
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QListWidget
from pytestqt.qtbot import QtBot

from roammail.core.letter import Letter
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.ui.context import Context
from roammail.ui.pages.explain import ExplainPage
from roammail.ui.theme import Tone
from roammail.ui.widgets.help_viewer import HelpViewer
from roammail.words.help_pages import TOPICS
from tests.ui.conftest import Navigation
from tests.ui.seen import button, named, texts

BOUNCES = Path(__file__).parent.parent / "core" / "bounces"
DENIED = "554 5.7.1 <ana@friend.example>: Relay access denied"
HEADLINE = "This server does not pass on mail from here."


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> ExplainPage:
    made = ExplainPage(context)
    context.theme.dress(made)
    qtbot.addWidget(made)
    made.resize(1000, 900)
    made.show()
    return made


def report(recipients: int) -> bytes:
    """A delivery report (RFC 3464) with two reasons, the second for every tenth recipient."""
    head = (
        "From: MAILER-DAEMON@out.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt was not delivered.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; out.example\n"
    )
    told = [
        f"\nFinal-Recipient: rfc822; p{n}@far.example\nAction: failed\nStatus: "
        + (
            "5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user here\n"
            if n % 10 == 1
            else "5.7.1\nDiagnostic-Code: smtp; 554 5.7.1 Relay access denied\n"
        )
        for n in range(recipients)
    ]
    return (head + "".join(told) + "\n--b--\n").encode()


def told(qtbot: QtBot, page: ExplainPage, words: str) -> None:
    qtbot.waitUntil(lambda: words in texts(page), timeout=20_000)


def test_the_empty_page_says_what_to_do(qtbot: QtBot, page: ExplainPage) -> None:
    assert "Copy what your mail program said, and paste it here." in texts(page)
    assert "550 relay not permitted" in page.field.placeholderText()
    button(page, "Show me an example").click()
    told(qtbot, page, HEADLINE)
    assert "Copy what your mail" not in texts(page)
    button(page, "Clear").click()
    assert page.field.toPlainText() == ""
    assert "Copy what your mail program said, and paste it here." in texts(page)


def test_marked_words_follow_a_change_to_dark(page: ExplainPage, context: Context) -> None:
    page.field.show_text("550 relay not permitted")
    page.field.mark([(4, 5)])
    context.theme.force(True)
    (marked,) = page.field.extraSelections()
    colour = marked.format.background().color()  # type: ignore[attr-defined]
    assert colour == context.theme.soft(Tone.WARN)


def test_what_is_typed_is_explained_without_a_button(qtbot: QtBot, page: ExplainPage) -> None:
    qtbot.keyClicks(page.field, DENIED)
    told(qtbot, page, HEADLINE)
    assert "At fault: the mail server" in texts(page)
    assert "broken at: Your post office" in page.way.accessibleDescription()
    marked = [s.cursor.selectedText().lower() for s in page.field.extraSelections()]  # type: ignore[attr-defined]
    assert any("relay" in words for words in marked)
    page.field.selectAll()
    qtbot.keyClicks(page.field, "535 5.7.8 Authentication credentials invalid")
    told(qtbot, page, "535 5.7.8 Authentication credentials invalid")
    page.field.selectAll()
    qtbot.keyClick(page.field, Qt.Key.Key_Delete)
    told(qtbot, page, "Copy what your mail program said, and paste it here.")


def test_the_clipboard_is_pasted(qtbot: QtBot, page: ExplainPage) -> None:
    QGuiApplication.clipboard().clear()
    button(page, "Paste").click()
    assert "There is no text on the clipboard." in texts(page)
    QGuiApplication.clipboard().setText(DENIED)
    button(page, "Paste").click()
    told(qtbot, page, HEADLINE)
    button(page, "Copy a report for the help desk").click()
    assert "Relay access denied" in QGuiApplication.clipboard().text()


def test_hostile_text_is_shown_and_never_obeyed(qtbot: QtBot, page: ExplainPage) -> None:
    page.open_with("550 5.7.1 <img src='http://evil.example/'><b>Relay</b> denied \x1b[2J\u202e x")
    told(qtbot, page, "<img src=")
    shown = texts(page)
    assert "\x1b" not in shown + page.field.toPlainText()
    assert "\u202e" not in shown + page.field.toPlainText()


def test_what_may_be_something_else_is_not_called_certain(qtbot: QtBot, page: ExplainPage) -> None:
    page.open_with("550 relay not permitted, authentication required")
    told(qtbot, page, "Less likely: Sign-in needed")
    assert "At fault: the mail server · most likely" in texts(page)


def test_what_nobody_knows_is_said(qtbot: QtBot, page: ExplainPage) -> None:
    page.open_with("the cat sat on the mat")
    qtbot.waitUntil(lambda: "At fault" in texts(page), timeout=20_000)
    assert "Nothing is known to be in the way." in page.way.accessibleDescription()


@pytest.mark.parametrize("name", ["qmail.eml", "exim_new.eml", "microsoft365.eml"])
def test_a_bounce_is_opened(qtbot: QtBot, page: ExplainPage, name: str) -> None:
    button(page, "Open a bounced message…").click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(BOUNCES / name))
    dialog.close()
    told(qtbot, page, f"From the file {name}.")
    assert "At fault" in texts(page)


def test_a_bounce_is_dropped_on_the_page(qtbot: QtBot, page: ExplainPage) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(BOUNCES / "gmx.eml"))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    page.dropEvent(event)
    told(qtbot, page, "From the file gmx.eml.")


def test_a_file_that_cannot_be_read(qtbot: QtBot, page: ExplainPage, tmp_path: Path) -> None:
    page.open_with(tmp_path / "gone.eml")
    why = os.strerror(errno.ENOENT)  # in the language of whoever set the locale before
    told(qtbot, page, f"The file cannot be read: {why}.")


def test_several_recipients_are_listed_by_reason(
    qtbot: QtBot, page: ExplainPage, tmp_path: Path
) -> None:
    file = tmp_path / "many.eml"
    file.write_bytes(report(10))
    page.open_with(file)
    told(qtbot, page, "10 recipients did not get it")
    rows = named(page, "Recipients, by reason", QListWidget)
    assert "p0@far.example and 8 more" in rows.item(0).text()
    assert "p1@far.example" in rows.item(1).text()
    assert HEADLINE in texts(page)
    rows.setCurrentRow(1)
    assert HEADLINE not in texts(page)
    assert "No such user here" in texts(page)


def test_ten_thousand_recipients_and_ten_megabytes_do_not_stop_the_window(
    qtbot: QtBot, page: ExplainPage, tmp_path: Path
) -> None:
    page.open_with(DENIED)
    told(qtbot, page, HEADLINE)  # the rules are loaded
    file = tmp_path / "many.eml"
    file.write_bytes(report(10_000))
    page.open_with(file)
    told(qtbot, page, "10000 recipients did not get it")
    page.clear()
    mime = QMimeData()
    mime.setText(f"{DENIED}\n" + "all work and no play\n" * 500_000)
    beats: list[int] = []
    heart = QTimer(interval=0)
    heart.timeout.connect(lambda: beats.append(1))
    heart.start()
    page.field.insertFromMimeData(mime)
    assert not beats  # it came back at once, and has only begun
    assert "Reading…" in texts(page)
    told(qtbot, page, "Only the beginning is shown; all of it was read.")
    heart.stop()
    assert HEADLINE in texts(page)
    assert len(page.field.toPlainText()) <= 20_000
    assert beats


def test_a_remedy_knows_the_profile_that_the_text_names(
    qtbot: QtBot, context: Context, page: ExplainPage, navigation: Navigation
) -> None:
    ids = []
    for name in ("one", "two"):
        server = Endpoint(f"mail.{name}.example", 587, Security.STARTTLS)
        profile = Profile("", name, server, username="me@one.example")
        added: list[Profile] = []
        context.bridge.submit(lambda e, p=profile: e.book.add(p, Secret("x")), added.append)
        qtbot.waitUntil(lambda: bool(added), timeout=20_000)  # noqa: B023
        ids.append(added[0].id)
    qtbot.waitUntil(lambda: len(context.situation.profiles) == 2, timeout=20_000)
    page.open_with("mail.two.example said: 530 5.7.0 Must issue a STARTTLS command first")
    told(qtbot, page, "At fault")
    assert "mail.two.example" in page.way.accessibleDescription()
    button(page, "Choose an encrypted port for “two”…").click()
    assert navigation.went == [("profiles", ids[1])]
    page.open_with("530 5.7.0 Must issue a STARTTLS command first")  # whose?
    qtbot.waitUntil(lambda: "Choose an encrypted port" not in texts(page))
    which = named(page, "Which of your profiles was it?", QComboBox)
    which.setCurrentIndex(which.findText("one"))
    which.activated.emit(which.currentIndex())
    assert "mail.one.example" in page.way.accessibleDescription()
    button(page, "Check the settings of “one”…").click()
    assert navigation.went[-1] == ("profiles", ids[0])
    button(page, "Test which profile works here").click()
    assert navigation.went[-1] == ("here", None)
    qtbot.waitUntil(lambda: context.prober.busy)
    context.prober.cancel()
    qtbot.waitUntil(lambda: not context.situation.probing)


def test_it_is_sent_through_a_profile_that_works(
    qtbot: QtBot, demo_context: Context, navigation: Navigation
) -> None:
    demo_context.prober.test()
    page = ExplainPage(demo_context)
    qtbot.addWidget(page)
    page.show()
    page.open_with(DENIED)
    told(qtbot, page, HEADLINE)
    qtbot.waitUntil(lambda: "Send through Relay service instead" in texts(page), timeout=20_000)
    button(page, "Send through Relay service instead").click()
    (where, letter) = navigation.went[-1]
    assert where == "write"
    assert letter == Letter(from_="traveller@post.example", to="ana@friend.example")
    qtbot.waitUntil(lambda: not demo_context.situation.probing)


def test_without_a_profile_one_is_offered(
    qtbot: QtBot, page: ExplainPage, navigation: Navigation
) -> None:
    page.open_with(DENIED)
    told(qtbot, page, HEADLINE)
    assert "Which of your profiles" not in texts(page)
    button(page, "Add a profile that works…").click()
    assert navigation.went == [("profiles", "add")]


def test_the_help_pages_are_read_and_lead_to_each_other(qtbot: QtBot, page: ExplainPage) -> None:
    assert "Why is relaying refused at all?" in texts(page)
    button(page, "What relaying is").click()
    viewer = page.findChild(HelpViewer)
    assert viewer is not None
    assert "post office" in viewer.browser.toPlainText()
    viewer.browser.anchorClicked.emit(QUrl("how-servers-decide.md"))
    assert viewer.page.topic == "how-servers-decide"
    assert "Four ways" in viewer.browser.toPlainText()
    for outside in ("https://example.com/", "file:///etc/passwd", "../../etc/passwd.md"):
        viewer.browser.anchorClicked.emit(QUrl(outside))
        assert viewer.page.topic == "how-servers-decide"
    for row, topic in enumerate(TOPICS):
        viewer.titles.setCurrentRow(row)
        assert viewer.page.topic == topic
        assert len(viewer.browser.toPlainText()) > 1000
    button(page, "Back").click()
    assert "Why was it refused?" in texts(page)


def test_the_help_follows_light_and_dark(qtbot: QtBot, context: Context, page: ExplainPage) -> None:
    button(page, "What relaying is").click()
    viewer = page.findChild(HelpViewer)
    assert viewer is not None

    def ground() -> int:
        picture = viewer.browser.viewport().grab().toImage()
        return picture.pixelColor(picture.width() - 3, 3).lightness()

    light = ground()
    context.theme.force(True)
    dark = ground()
    context.theme.force(False)
    assert light > 200 > 60 > dark


def test_what_another_page_hands_over_is_explained(qtbot: QtBot, page: ExplainPage) -> None:
    button(page, "Blocklists").click()
    page.open_with(DENIED)
    told(qtbot, page, HEADLINE)
    assert page.field.toPlainText() == DENIED
