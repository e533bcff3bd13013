"""The Other apps page: the switch really opens the door, the password is copied and not shown,
and what came in is there."""

import asyncio
import smtplib
import socket
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from roammail.adapters.settings_file import read_settings
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.ui.context import Context
from roammail.ui.pages.other_apps import OtherAppsPage
from roammail.ui.widgets.copy_field import SecretClipboard
from roammail.words import Words
from roammail.words.recipes import RECIPES, recipe_words
from tests import canary
from tests.ui.seen import texts

ME = "me@x.example"


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """With patience: a busy machine is no failure."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=20_000)  # type: ignore[method-assign]
    return qtbot


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> OtherAppsPage:
    made = OtherAppsPage(context)
    qtbot.addWidget(made)
    context.theme.dress(made)
    made.resize(900, 900)
    made.show()
    return made


def choose_port(qtbot: QtBot, context: Context, port: int) -> None:
    done: list[object] = []
    context.bridge.submit(
        lambda engine: engine.preferences.set("submission_port", port), done.append
    )
    qtbot.waitUntil(lambda: bool(done))


def open_door(qtbot: QtBot, context: Context, page: OtherAppsPage) -> int:
    """Switches the service on, on a port that nobody took meanwhile; returns the port."""
    choose_port(qtbot, context, free_port())
    page.switch.click()
    for _ in range(5):
        qtbot.waitUntil(lambda: page.pill.words in ("On", "Cannot start"), timeout=30_000)
        door = context.bridge.background.door
        if door is not None:
            qtbot.waitUntil(lambda: page.pill.words == "On")
            return door.port
        page._trouble = ""
        page._show_door()
        choose_port(qtbot, context, free_port())
    raise AssertionError("no port was free")


def shown_words(page: OtherAppsPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_on_and_off_again(
    qtbot: QtBot, context: Context, page: OtherAppsPage, tmp_path: Path
) -> None:
    assert page.pill.words == "Off"
    port = open_door(qtbot, context, page)
    assert str(port) in page.sentence.text()
    assert page.port.label.text() == str(port)
    assert read_settings(tmp_path / "roammail").submission_on
    page.switch.click()
    qtbot.waitUntil(lambda: page.pill.words == "Off", timeout=30_000)
    assert context.bridge.background.door is None


def test_older_settings_do_not_undo_a_click(page: OtherAppsPage) -> None:
    page.switch.click()
    page._show_door()
    assert page.switch.isChecked()


def test_a_port_that_is_taken_is_explained(
    qtbot: QtBot, context: Context, page: OtherAppsPage
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        choose_port(qtbot, context, other.getsockname()[1])
        page.switch.click()
        qtbot.waitUntil(lambda: page.pill.words == "Cannot start", timeout=30_000)
    assert "port" in page.sentence.text()


def test_the_password_is_copied_never_shown(
    qtbot: QtBot, context: Context, page: OtherAppsPage
) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.clear()
    page.copy.click()
    qtbot.waitUntil(lambda: bool(clipboard.text()))
    first = clipboard.text()
    assert first not in shown_words(page)
    assert "clipboard" in page.copied.text()
    page.renew.click()
    qtbot.waitUntil(lambda: any(b.isVisible() for b in page.findChildren(QMessageBox)))
    box = page.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    make = next(b for b in box.findChildren(QPushButton) if b.text() == "&Make and copy it")
    make.click()
    qtbot.waitUntil(lambda: clipboard.text() not in ("", first))
    page._clipboard.clear()
    assert clipboard.text() == ""


def test_the_clipboard_is_cleared_unless_something_else_is_there(
    qtbot: QtBot, page: OtherAppsPage
) -> None:
    clipboard = QGuiApplication.clipboard()
    kept = SecretClipboard(page, keep=1)
    kept.put(Secret(canary.secret("clipboard")))
    qtbot.waitUntil(lambda: clipboard.text() == "")
    lasting = SecretClipboard(page)
    lasting.put(Secret(canary.secret("clipboard")))
    clipboard.setText("a shopping list")
    lasting.clear()
    assert clipboard.text() == "a shopping list"


def test_what_a_program_hands_in_is_listed(
    qtbot: QtBot, context: Context, page: OtherAppsPage
) -> None:
    profile = Profile("", "P", Endpoint("smtp.x.example", 465, Security.IMPLICIT_TLS), username=ME)
    context.bridge.submit(
        lambda engine: engine.book.add(profile, Secret(canary.secret("apps"))), None
    )
    qtbot.waitUntil(lambda: bool(context.situation.profiles))
    port, passwords = open_door(qtbot, context, page), []
    context.bridge.submit(lambda engine: engine.submission_password.get(), passwords.append)
    qtbot.waitUntil(lambda: bool(passwords))
    assert "Nothing yet" in shown_words(page)

    def hand_in() -> None:
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = ME, "you@y.example", "Minutes"
        letter.set_content("Hello")
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.login("roammail", passwords[0].reveal())
            client.send_message(letter)

    sent: list[object] = []
    context.bridge.submit(lambda _engine: asyncio.to_thread(hand_in), lambda _: sent.append(1))
    qtbot.waitUntil(lambda: bool(sent), timeout=20_000)
    qtbot.waitUntil(lambda: "Minutes" in shown_words(page), timeout=30_000)
    assert f"{ME} to you@y.example" in shown_words(page)
    show = next(b for b in page.findChildren(QPushButton) if b.accessibleName() == "Show: Minutes")
    show.click()
    assert context.go.went[-1][0] == "outbox"  # type: ignore[attr-defined]


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_hold_the_real_port(recipe: object, qtbot: QtBot, page: OtherAppsPage) -> None:
    for language in ("en", "de"):
        said = "".join(recipe_words(recipe, Words(language), 12345, "roammail"))  # type: ignore[arg-type]
        assert "12345" in said
        assert "{" not in said
    page.recipes.choose(recipe.name)  # type: ignore[attr-defined]
    shown = texts(page.recipes) + page.recipes.lines.toPlainText()
    assert "10587" in shown
    if page.recipes.copy.isVisible():
        page.recipes.copy.click()
        assert "10587" in QGuiApplication.clipboard().text()
