"""The Write page, by what a person sees and does, on a real engine."""

import asyncio
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QColor, QFocusEvent, QImage
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from roammail.core.composing import How
from roammail.core.errors import UserFacingError
from roammail.core.letter import Letter
from roammail.demo.world import DemoWorld
from roammail.engine.desk import Desk
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.pages.write import WritePage
from roammail.ui.widgets.send_bar import SendBar
from tests.ui.conftest import Opener

WAIT = 20_000
EML = b"From: boss@x.example\r\nTo: all@x.example\r\nSubject: Old news\r\n\r\nOld words.\r\n"


def seen(page: QWidget, words: str) -> bool:
    """Whether these words stand on the page."""
    return any(words in label.text() for label in page.findChildren(QLabel) if label.isVisible())


def press(qtbot: QtBot, page: QWidget, words: str) -> None:
    """Presses the button of this name."""
    named = [*page.findChildren(QPushButton), *page.findChildren(QToolButton)]
    (found,) = [b for b in named if b.accessibleName() == words and b.isVisible()]
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def ask(qtbot: QtBot, context: Context, use: Callable[[Engine], object]) -> object:
    """Waits for an answer of the engine."""
    got: list[object] = []
    context.bridge.submit(use, got.append)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: bool(got), timeout=WAIT)
    return got[0]


def drafts(qtbot: QtBot, context: Context) -> tuple[Letter, ...]:
    found = ask(qtbot, context, lambda engine: engine.desk.letters())
    assert isinstance(found, tuple)
    return found


@pytest.fixture
def page(qtbot: QtBot, demo_context: Context) -> WritePage:
    """The page, ready: From is filled in and the outlook is known."""
    made = WritePage(demo_context)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitUntil(lambda: bool(made._form.from_.currentText()), timeout=WAIT)
    qtbot.waitUntil(lambda: seen(made, "is asked first"), timeout=WAIT)
    return made


def write(qtbot: QtBot, page: WritePage, to: str = "Ana <ana@friend.example>") -> None:
    qtbot.keyClicks(page._form.fields["to"].line, to)
    qtbot.keyClicks(page._form.subject, "Hello")
    qtbot.keyClicks(page._form.text, "How are you?")


def bar_of(qtbot: QtBot, page: WritePage) -> SendBar:
    """The notice of the letter that was sent; one that was closed may not be gone yet."""

    def shown() -> list[SendBar]:
        return [bar for bar in page.findChildren(SendBar) if bar.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1, timeout=WAIT)
    return shown()[0]


def test_a_letter_is_sent_and_can_be_taken_back(
    qtbot: QtBot, page: WritePage, demo_context: Context, demo_world: DemoWorld
) -> None:
    write(qtbot, page)
    page._hold = 300.0  # however busy this computer is
    qtbot.keyClick(page._form.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    bar = bar_of(qtbot, page)
    qtbot.waitUntil(lambda: seen(page, "Goes out in "), timeout=WAIT)
    assert page.letter.is_blank
    (entry,) = ask(qtbot, demo_context, lambda engine: engine.entries())  # type: ignore[misc]
    assert entry.held_until is not None
    press(qtbot, bar, "Undo")
    qtbot.waitUntil(lambda: seen(page, "Nothing was sent."), timeout=WAIT)
    assert page._form.fields["to"].text() == "Ana <ana@friend.example>"
    assert page._form.text.toPlainText() == "How are you?"
    assert demo_world.inbox == ()
    page._hold = 0.0
    press(qtbot, page, "Send")
    bar = bar_of(qtbot, page)
    qtbot.waitUntil(lambda: seen(bar, "Sent through Relay service."), timeout=WAIT)
    (arrived,) = demo_world.inbox
    assert arrived.recipients == ("ana@friend.example",)
    qtbot.waitUntil(lambda: drafts(qtbot, demo_context) == (), timeout=WAIT)
    press(qtbot, bar, "Show in outbox")
    assert demo_context.go.went[-1] == ("outbox", bar.outbox_id)  # type: ignore[attr-defined]


def test_a_letter_that_was_stopped_and_cannot_be_kept_is_not_let_go_of(
    qtbot: QtBot, page: WritePage, demo_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the moment of Undo: neither sent nor lost."""
    write(qtbot, page)
    page._hold = 300.0
    press(qtbot, page, "Send")
    bar = bar_of(qtbot, page)
    qtbot.waitUntil(lambda: seen(page, "Goes out in "), timeout=WAIT)

    async def full(*_: object) -> Letter:
        raise UserFacingError("drafts-full", "The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(Desk, "keep", full)
        press(qtbot, bar, "Undo")
        qtbot.waitUntil(lambda: bool(bar._told), timeout=WAIT)
    # Behind whatever the bar has asked for.
    assert len(ask(qtbot, demo_context, lambda engine: engine.entries(open_only=True))) == 0  # type: ignore[arg-type]
    assert drafts(qtbot, demo_context) == ()
    ask(qtbot, demo_context, lambda engine: engine.desk.settle())
    (letter,) = drafts(qtbot, demo_context)
    assert letter.body == "How are you?"


def test_when_its_time_has_come_it_goes_by_itself(
    qtbot: QtBot, page: WritePage, demo_world: DemoWorld
) -> None:
    write(qtbot, page)
    page._hold = 0.3
    press(qtbot, page, "Send")
    bar = bar_of(qtbot, page)
    qtbot.waitUntil(lambda: seen(bar, "Sent through Relay service."), timeout=WAIT)
    assert len(demo_world.inbox) == 1
    press(qtbot, bar, "Close this notice")
    qtbot.waitUntil(lambda: not page.findChildren(SendBar), timeout=WAIT)


def test_who_ends_the_program_has_sent(
    qtbot: QtBot,
    page: WritePage,
    demo_context: Context,
    demo_world: DemoWorld,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("roammail.ui.background._GRACE", 60.0)  # however busy this computer is
    write(qtbot, page)
    page._hold = 300.0
    press(qtbot, page, "Send")
    bar_of(qtbot, page)
    qtbot.waitUntil(lambda: demo_context.bridge.background.at_work, timeout=WAIT)
    assert demo_world.inbox == ()
    ended: list[bool] = []
    demo_context.bridge.stop(lambda: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended), timeout=60_000)
    assert len(demo_world.inbox) == 1


def test_the_way_is_known_after_a_probe(
    qtbot: QtBot, page: WritePage, demo_context: Context
) -> None:
    assert seen(page, "Campus is asked first.")
    demo_context.prober.test()
    qtbot.waitUntil(lambda: seen(page, "Will go through Relay service."), timeout=WAIT)
    page._form.from_.setEditText("someone@nowhere.example")
    told = "None of your profiles may send as someone@nowhere.example."
    qtbot.waitUntil(lambda: seen(page, told), timeout=WAIT)
    press(qtbot, page, "Profiles")
    assert demo_context.go.went[-1] == ("profiles", None)  # type: ignore[attr-defined]


def test_a_draft_is_there_again(
    qtbot: QtBot, opener: Opener, context: Context, theme: object
) -> None:
    page = WritePage(context)
    qtbot.addWidget(page)
    page.show()
    write(qtbot, page, "half@")
    qtbot.waitUntil(lambda: seen(page, "Draft kept"), timeout=WAIT)
    (kept,) = drafts(qtbot, context)
    assert (kept.to, kept.subject, kept.body) == ("half@", "Hello", "How are you?")
    again = WritePage(context)  # as after a crash: the first page is just not asked any more
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: again._form.text.toPlainText() == "How are you?", timeout=WAIT)
    assert seen(again, "This is the letter that you were writing.")


def test_mistakes_are_asked_about(qtbot: QtBot, page: WritePage) -> None:
    press(qtbot, page, "Send")
    assert seen(page, "Name somebody to write to.")
    line = page._form.fields["to"].line
    qtbot.keyClicks(line, "half@")
    press(qtbot, page, "Send")
    assert seen(page, "nothing stands after the @")
    line.clear()
    qtbot.keyClicks(line, "ana@friend.example")
    assert not seen(page, "nothing stands after the @")
    qtbot.keyClicks(page._form.text, "The photos are attached.")
    press(qtbot, page, "Send")
    assert seen(page, "The letter has no subject.")
    press(qtbot, page, "Send without a subject")
    assert seen(page, "You speak of something attached, and nothing is.")
    press(qtbot, page, "Send without")
    bar_of(qtbot, page)


def test_without_a_profile_nothing_is_lost(qtbot: QtBot, context: Context) -> None:
    page = WritePage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: seen(page, "There is no profile yet"), timeout=WAIT)
    page._form.from_.setEditText("me@x.example")
    write(qtbot, page)
    press(qtbot, page, "Send")
    qtbot.waitUntil(lambda: seen(page, "There is no profile yet. Add one"), timeout=WAIT)
    assert page._form.isEnabled()
    assert page._form.text.toPlainText() == "How are you?"
    press(qtbot, page, "Add a profile")
    assert context.go.went[-1] == ("profiles", None)  # type: ignore[attr-defined]


def test_files_by_drop_and_paste(
    qtbot: QtBot, page: WritePage, demo_context: Context, tmp_path: Path
) -> None:
    path = tmp_path / "itinerary.pdf"
    path.write_bytes(b"%PDF" * 1000)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    assert page._form.text.canInsertFromMimeData(data)
    page._form.text.insertFromMimeData(data)
    qtbot.waitUntil(lambda: seen(page, "itinerary.pdf") and seen(page, "4.0 kB"), timeout=WAIT)
    path.unlink()
    picture = QImage(4, 4, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    pasted = QMimeData()
    pasted.setImageData(picture)
    page._form.text.insertFromMimeData(pasted)
    qtbot.waitUntil(lambda: seen(page, "picture.png"), timeout=WAIT)
    press(qtbot, page, "Take off itinerary.pdf")
    assert not seen(page, "4.0 kB")
    press(qtbot, page, "Undo")
    qtbot.waitUntil(lambda: seen(page, "4.0 kB"), timeout=WAIT)
    page._attach((tmp_path / "gone.txt",))
    qtbot.waitUntil(lambda: seen(page, "“gone.txt” cannot be read"), timeout=WAIT)
    write(qtbot, page)
    press(qtbot, page, "Send")
    bar = bar_of(qtbot, page)
    number = bar.outbox_id
    message = ask(qtbot, demo_context, lambda engine: engine.message(number))
    read = message_from_bytes(message.content, policy=modern)  # type: ignore[attr-defined]
    names = {part.get_filename(): part.get_content_type() for part in read.iter_attachments()}
    assert names == {"itinerary.pdf": "application/pdf", "picture.png": "image/png"}


def test_a_discarded_letter_comes_back(
    qtbot: QtBot, page: WritePage, demo_context: Context
) -> None:
    write(qtbot, page)
    press(qtbot, page, "Discard")
    assert page.letter.is_blank
    assert seen(page, "The letter was discarded.")
    press(qtbot, page, "Undo")
    assert page._form.text.toPlainText() == "How are you?"
    press(qtbot, page, "Discard")
    page._really_gone()
    qtbot.waitUntil(lambda: drafts(qtbot, demo_context) == (), timeout=WAIT)


def test_a_link_fills_in_and_never_takes_files(qtbot: QtBot, page: WritePage) -> None:
    page.open_with("mailto:ana@friend.example?cc=b@x.example&subject=Hi&attach=/etc/passwd")
    assert page._form.fields["to"].text() == "ana@friend.example"
    assert page._form.fields["cc"].line.isVisible()
    assert page._form.subject.text() == "Hi"
    assert "traveller@post.example" in page._form.from_.currentText()
    assert seen(page, "The link wanted to attach a file of yours.")
    page.open_with("mailto:" + "x" * 70_000)
    assert seen(page, "longer than")


@pytest.mark.parametrize("how", [How.ATTACHMENT, How.INLINE, How.RESENT])
def test_a_message_file_is_passed_on(
    qtbot: QtBot, page: WritePage, demo_context: Context, tmp_path: Path, how: How
) -> None:
    path = tmp_path / "old.eml"
    path.write_bytes(EML)
    page.open_with(path)
    assert seen(page, "What should become of old.eml?")
    buttons = {
        How.ATTACHMENT: "Forward it as a file",
        How.INLINE: "Forward it in the text",
        How.RESENT: "Send it on as it is",
    }
    press(qtbot, page, buttons[how])
    qtbot.waitUntil(lambda: "Old news" in page._form.subject.text(), timeout=WAIT)
    if how is How.INLINE:
        assert "Old words." in page._form.text.toPlainText()
    else:
        assert seen(page, "Old news.eml")
    if how is How.RESENT:
        assert seen(page, "sent on exactly as it is")
        assert not page._form.text.isVisible()
    qtbot.keyClicks(page._form.fields["to"].line, "ana@friend.example")
    press(qtbot, page, "Send")
    number = bar_of(qtbot, page).outbox_id
    message = ask(qtbot, demo_context, lambda engine: engine.message(number))
    assert b"Old words." in message.content  # type: ignore[attr-defined]


def test_people_are_offered_and_forgotten(
    qtbot: QtBot, page: WritePage, demo_context: Context
) -> None:
    write(qtbot, page)
    page._hold = 0.0
    press(qtbot, page, "Send")
    field = page._form.fields["to"]
    qtbot.waitUntil(lambda: len(field._contacts) == 1, timeout=WAIT)
    qtbot.keyClicks(field.line, "an")
    assert field._popup.isVisible()
    qtbot.keyClick(field._popup, Qt.Key.Key_Return)
    assert field.text() == "Ana <ana@friend.example>, "
    qtbot.keyClicks(field.line, "an")
    qtbot.keyClick(field._popup, Qt.Key.Key_Tab)
    assert field.text() == "Ana <ana@friend.example>, Ana <ana@friend.example>, "
    field.line.clear()
    qtbot.keyClicks(field.line, "ana@friend.ex")  # an address of its own
    assert field._popup.isVisible()
    qtbot.keyClick(field._popup, Qt.Key.Key_Tab)
    assert field.text() == "ana@friend.ex"
    field.line.clear()
    qtbot.keyClicks(field.line, "ana")
    qtbot.keyClick(field._popup, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert not field._popup.isVisible()
    known = lambda: ask(qtbot, demo_context, lambda engine: engine.desk.contacts())  # noqa: E731
    qtbot.waitUntil(lambda: known() == (), timeout=WAIT)


def test_addresses_are_checked_gently_while_one_types(qtbot: QtBot, page: WritePage) -> None:
    field = page._form.fields["to"]
    with qtbot.waitSignal(field._gently.judge):
        qtbot.keyClicks(field.line, "ana@friend.example, ben@")
    assert field._wrong.isHidden()
    qtbot.keyClicks(field.line, "@x.example")
    assert field._wrong.isHidden()  # he still types
    qtbot.waitUntil(field._wrong.isVisible)
    assert "ben@@x.example" in field._wrong.text()
    field.line.backspace()
    assert field._wrong.isVisible()
    for _ in "@x.exampl":
        qtbot.keyClick(field.line, Qt.Key.Key_Backspace)
    assert field._wrong.isHidden()
    left = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason)
    field._gently.eventFilter(field.line, left)
    assert "nothing stands after the @" in field._wrong.text()
    qtbot.keyClicks(field.line, "x.example")
    assert field._wrong.isHidden()
    assert page.letter.to == "ana@friend.example, ben@x.example"


def test_many_addresses_are_pasted(qtbot: QtBot, page: WritePage) -> None:
    line = page._form.fields["to"].line
    line.insert("a@x.example\nBen <b@x.example>;c@x.example\n")
    line.textEdited.emit(line.text())
    assert line.text() == "a@x.example, Ben <b@x.example>, c@x.example"
    assert page.letter.to == line.text()
    qtbot.keyClicks(line, ";")
    assert line.text().endswith("c@x.example, ")


def test_no_key_is_lost_while_it_is_kept(qtbot: QtBot, context: Context) -> None:
    page = WritePage(context)
    qtbot.addWidget(page)
    page.show()
    for number in range(6):
        qtbot.keyClicks(page._form.text, f"line {number}. ")
        page._keeper.save()
    wanted = page._form.text.toPlainText()
    qtbot.waitUntil(lambda: page._keeper.is_saved, timeout=WAIT)
    assert [one.body for one in drafts(qtbot, context)] == [wanted]


def test_every_control_has_a_name(page: WritePage) -> None:
    page.open_with(Letter(to="a@x.example", cc="b@x.example", bcc="c@x.example"))
    unnamed = [
        w
        for w in page.findChildren(QWidget)
        if w.isVisible()
        and w.focusPolicy() is not Qt.FocusPolicy.NoFocus
        and not w.accessibleName()
        and w.parent() is not page._form.from_
    ]
    assert unnamed == []


def test_the_last_words_before_the_end_are_kept(
    qtbot: QtBot, opener: Opener, context: Context
) -> None:
    page = WritePage(context)
    qtbot.addWidget(page)
    page.show()
    qtbot.keyClicks(page._form.text, "last words")
    page.hide()
    ended: list[bool] = []
    context.bridge.stop(lambda: ended.append(True))
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)

    async def look() -> list[str]:
        async with opener(lambda _: None) as engine:
            return [letter.body for letter in await engine.desk.letters()]

    assert asyncio.run(look()) == ["last words"]
