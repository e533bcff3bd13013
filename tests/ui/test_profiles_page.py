"""The Profiles page by what a person sees and does, on a real engine."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QModelIndex, Qt
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QMessageBox, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from roammail.core.errors import StoreLocked, UserFacingError
from roammail.core.profile import AuthMethod, BrokenProfile, Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.demo.world import DemoWorld
from roammail.ui.context import Context
from roammail.ui.dialogs.passphrase import ExportDialog, PassphraseDialog
from roammail.ui.dialogs.profile_add import AddDialog
from roammail.ui.dialogs.profile_form import ProfileForm
from roammail.ui.models.profile_draft import Field, ProfileDraft
from roammail.ui.models.rows import RowState
from roammail.ui.pages.profiles import ProfilesPage
from tests import canary

PASSWORD = canary.secret("window")
PHRASE = canary.secret("passphrase")


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """With patience: a busy machine is no failure."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=20_000)  # type: ignore[method-assign]
    return qtbot


TLS = Security.IMPLICIT_TLS


def shown(qtbot: QtBot, context: Context) -> ProfilesPage:
    """The page, visible."""
    page = ProfilesPage(context)
    qtbot.addWidget(page)
    context.theme.dress(page)
    page.resize(900, 700)
    page.show()
    return page


def names(page: ProfilesPage) -> list[str]:
    return [entry.name for entry in page.model.entries]


def add(qtbot: QtBot, context: Context, name: str, secret: str = "") -> Profile:
    """A profile in the keyring; waits until the window knows of it."""
    profile = Profile("", name, Endpoint("smtp.x.example", 465, TLS), username="me@x.example")
    kept: list[Profile] = []
    context.bridge.submit(
        lambda engine: engine.book.add(profile, Secret(secret or PASSWORD)), kept.append
    )
    qtbot.waitUntil(lambda: any(p.name == name for p in context.situation.profiles))
    return kept[0]


def pressable(parent: QWidget, words: str) -> QPushButton:
    """The visible button that says these words."""
    found = [
        made
        for made in parent.findChildren(QPushButton)
        if made.accessibleName() == words and made.isVisible()
    ]
    assert found, [made.accessibleName() for made in parent.findChildren(QPushButton)]
    return found[0]


def dialog_of(qtbot: QtBot, page: QWidget, kind: type) -> QWidget:
    """The dialog of this kind that is open."""
    qtbot.waitUntil(lambda: any(d.isVisible() for d in page.findChildren(kind)))
    return next(d for d in page.findChildren(kind) if d.isVisible())


def in_the_book(qtbot: QtBot, context: Context) -> list[Profile]:
    """What is really kept, in its order."""
    found: list[list[Profile]] = []

    async def read(engine: object) -> list[Profile]:
        return list((await engine.book.all()).profiles)  # type: ignore[attr-defined]

    context.bridge.submit(read, found.append)
    qtbot.waitUntil(lambda: bool(found))
    return found[0]


def test_an_empty_page_says_how_to_begin(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    pressable(page, "Add a profile").click()
    assert dialog_of(qtbot, page, AddDialog)


def test_a_profiles_settings_are_opened_from_elsewhere(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    profile = add(qtbot, context, "One")
    page.open_with(profile.id)
    form = dialog_of(qtbot, page, ProfileForm)
    assert isinstance(form, ProfileForm)
    assert form.name.text() == "One"
    assert form.password.text() == ""
    form.reject()
    page.open_with("add")
    assert dialog_of(qtbot, page, AddDialog)
    page.open_with("nobody")


def test_the_order_by_key_by_button_and_by_drag(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    for name in ("One", "Two", "Three"):
        add(qtbot, context, name)
    qtbot.waitUntil(lambda: names(page) == ["One", "Two", "Three"])
    page.view.setCurrentIndex(page.model.index(2))
    qtbot.keyClick(page.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert names(page) == ["One", "Three", "Two"]
    assert page.view.current is not None
    assert page.view.current.name == "Three"
    pressable(page, "Move up").click()
    assert names(page) == ["Three", "One", "Two"]
    dragged: QMimeData = page.model.mimeData([page.model.index(0)])
    page.model.dropMimeData(dragged, Qt.DropAction.MoveAction, 3, 0, QModelIndex())
    assert names(page) == ["One", "Two", "Three"]
    assert page.model.moveRows(QModelIndex(), 0, 1, QModelIndex(), 2)
    assert names(page) == ["Two", "One", "Three"]
    assert page.model.moveRows(QModelIndex(), 1, 1, QModelIndex(), 0)
    qtbot.waitUntil(
        lambda: [p.name for p in in_the_book(qtbot, context)] == ["One", "Two", "Three"]
    )
    assert [entry.number for entry in page.model.entries] == [1, 2, 3]
    said = page.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "1. One: Not tested here"


def test_the_profile_in_use_is_marked_as_on_here(qtbot: QtBot, demo_context: Context) -> None:
    page = shown(qtbot, demo_context)
    assert not any(entry.in_use for entry in page.model.entries)
    demo_context.prober.test()
    qtbot.waitUntil(lambda: demo_context.situation.checked is not None)
    marked = [e.name for e in page.model.entries if e.in_use]
    assert marked == ["Relay service"]
    last = page.model.index(len(page.model.entries) - 1)
    assert last.data(Qt.ItemDataRole.AccessibleTextRole) == "5. Relay service: Works; In use"
    remove, down = pressable(page, "Remove"), pressable(page, "Move down")
    assert remove.mapTo(page, remove.rect().topRight()).x() > page.width() - 60
    assert down.mapTo(page, down.rect().topRight()).x() < page.width() - 120


def test_removed_and_put_back_with_its_password(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    for name in ("One", "Two", "Three"):
        add(qtbot, context, name)
    qtbot.waitUntil(lambda: len(names(page)) == 3)
    page.view.setCurrentIndex(page.model.index(1))
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: names(page) == ["One", "Three"] and page._note.button.isVisible())
    pressable(page, "Undo").click()
    qtbot.waitUntil(lambda: names(page) == ["One", "Two", "Three"])
    back = in_the_book(qtbot, context)[1]
    secrets: list[Secret | None] = []
    context.bridge.submit(lambda engine: engine.book.secret(back.id), secrets.append)
    qtbot.waitUntil(lambda: bool(secrets))
    assert secrets == [Secret(PASSWORD)]


#: Somebody goes on to another field.
LEFT = QFocusEvent(QEvent.Type.FocusOut, Qt.FocusReason.TabFocusReason)


def test_the_address_is_checked_while_one_types(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    page.open_with("add")
    dialog = dialog_of(qtbot, page, AddDialog)
    assert isinstance(dialog, AddDialog)
    said = dialog._address_field
    with qtbot.waitSignal(dialog._gently.judge):
        qtbot.keyClicks(dialog.address, "me@exa")
    assert said.said == ""
    qtbot.keyClicks(dialog.address, " mple")
    qtbot.waitUntil(lambda: "is not a domain" in said.said)
    dialog.address.clear()
    qtbot.keyClicks(dialog.address, "me")
    assert said.said == ""
    dialog._gently.eventFilter(dialog.address, LEFT)
    assert said.said == "“me” has no @. An address looks like ana@x.example."
    qtbot.keyClicks(dialog.address, "@x.example")
    assert said.said == ""
    dialog.reject()


def test_the_form_checks_while_one_types(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "Taken")
    qtbot.waitUntil(lambda: names(page) == ["Taken"])
    page.add_by_hand(ProfileDraft())
    form = dialog_of(qtbot, page, ProfileForm)
    assert isinstance(form, ProfileForm)
    said = form._labelled
    with qtbot.waitSignal(form._gently.judge):
        qtbot.keyClicks(form.name, "taken")
    assert "already" not in said[Field.NAME].said  # it may become "taken twice"
    form._gently.eventFilter(form.name, LEFT)
    assert "already" in said[Field.NAME].said
    qtbot.keyClicks(form.name, " twice")
    assert "already" not in said[Field.NAME].said  # at once
    qtbot.keyClicks(form.host, "smtp://x")
    assert said[Field.HOST].said == ""  # not in the middle of a word
    qtbot.waitUntil(lambda: "not a server name" in said[Field.HOST].said)
    qtbot.keyClicks(form.host, "y")
    assert "not a server name" in said[Field.HOST].said  # and it does not flicker
    form.host.clear()
    with qtbot.waitSignal(form._gently.judge):
        qtbot.keyClicks(form.host, "smtp.")
    assert said[Field.HOST].said == ""
    qtbot.keyClicks(form.host, "y.example")
    assert said[Field.HOST].said == ""
    form.port.clear()
    qtbot.keyClicks(form.port, "587")
    assert form.security.security is Security.STARTTLS
    form.security.choose(Security.PLAINTEXT)
    form.security.activated.emit(form.security.currentIndex())
    assert "read the password" in said[Field.SECURITY].said
    pressable(form, "Test and save").click()
    assert form.isVisible()
    assert "password" in said[Field.PASSWORD].said
    form.signs_in.setChecked(False)
    assert (
        said[Field.SECURITY].said
        == "Port 587 usually wants: Encrypted after the greeting (STARTTLS)."
    )
    assert not form.password.isVisible()
    form.reject()


def test_a_refused_profile_is_explained_and_kept_nevertheless(
    qtbot: QtBot, demo_context: Context, demo_world: DemoWorld
) -> None:
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: len(names(page)) == 5)
    office = next(e.profile for e in page.model.entries if e.name == "Office")
    assert office is not None
    page.add_by_hand(ProfileDraft("New office", office.endpoint.host, str(office.endpoint.port)))
    form = dialog_of(qtbot, page, ProfileForm)
    assert isinstance(form, ProfileForm)
    form.security.choose(office.endpoint.security)
    form.signs_in.setChecked(False)
    form.senders.setPlainText(demo_world.sender)
    with qtbot.waitSignal(form.panel.finished, timeout=20_000):
        pressable(form, "Test and save").click()
    assert form.panel.sentence.text() == "It does not work from here."
    assert len(in_the_book(qtbot, demo_context)) == 5
    assert not demo_context.situation.probing
    pressable(form, "Save nevertheless").click()
    qtbot.waitUntil(lambda: "New office" in names(page), timeout=30_000)
    qtbot.waitUntil(lambda: page.view.current is not None)
    assert page.view.current is not None
    assert page.view.current.name == "New office"


def test_a_profile_that_works_is_kept_at_once(
    qtbot: QtBot, demo_context: Context, demo_world: DemoWorld
) -> None:
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: len(names(page)) == 5)
    relay, secret = demo_world.profiles[-1]
    assert secret is not None
    page.add_by_hand(
        ProfileDraft(
            "Mine",
            relay.endpoint.host,
            str(relay.endpoint.port),
            username=relay.username,
            senders=demo_world.sender,
        )
    )
    form = dialog_of(qtbot, page, ProfileForm)
    assert isinstance(form, ProfileForm)
    form.password.setText(secret.reveal())
    pressable(form, "Test and save").click()
    qtbot.waitUntil(lambda: "Mine" in names(page), timeout=20_000)
    qtbot.waitUntil(
        lambda: any(
            e.name == "Mine" and e.row is not None and e.row.state is RowState.WORKS
            for e in page.model.entries
        ),
        timeout=20_000,
    )


def test_a_wrong_password_pauses_and_asks_again(
    qtbot: QtBot, demo_context: Context, demo_world: DemoWorld
) -> None:
    page = shown(qtbot, demo_context)
    qtbot.waitUntil(lambda: len(names(page)) == 5)
    relay = next(e.profile for e in page.model.entries if e.name == "Relay service")
    assert relay is not None
    kept: list[Profile] = []
    demo_context.bridge.submit(
        lambda engine: engine.book.edit(relay, Secret(PASSWORD)), kept.append
    )
    qtbot.waitUntil(lambda: bool(kept))
    page.view.choose(relay.id)
    pressable(page, "Test").click()
    qtbot.waitUntil(lambda: page.details.password.isVisible(), timeout=20_000)
    assert "Enter the password again" in page.details.trouble.text()
    page.edit(relay.id)
    form = dialog_of(qtbot, page, ProfileForm)
    assert isinstance(form, ProfileForm)
    with qtbot.waitSignal(form.panel.finished, timeout=20_000):
        pressable(form, "Test and save").click()
    assert "refused this password already" in form.panel.sentence.text()
    form.reject()


def test_adding_by_address_asks_for_the_right_password(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    page.add()
    dialog = dialog_of(qtbot, page, AddDialog)
    assert isinstance(dialog, AddDialog)
    qtbot.keyClicks(dialog.address, "nobody")
    pressable(dialog, "Continue").click()
    qtbot.waitUntil(lambda: "not a mail address" in dialog._address_field.said)
    dialog.address.setText("ana@gmail.com")
    pressable(dialog, "Continue").click()
    qtbot.waitUntil(lambda: dialog.card.isVisible())
    assert dialog.card.title.text() == "Gmail"
    assert pressable(dialog, "Open the page for the password")
    assert dialog.username.text() == "ana@gmail.com"
    draft = dialog.draft()
    assert (draft.host, [port.port for port in draft.others]) == ("smtp.gmail.com", ["587"])
    pressable(dialog, "Test and save").click()
    assert "password" in dialog._fields[Field.PASSWORD].said
    pressable(dialog, "Back").click()
    dialog.address.setText("ana@outlook.com")
    pressable(dialog, "Continue").click()
    qtbot.waitUntil(lambda: dialog.card.title.text() == "Outlook.com")
    assert not dialog.save.isVisible()
    assert not dialog.password.isVisible()
    pressable(dialog, "Enter the server by hand…").click()
    form = dialog_of(qtbot, page, ProfileForm)
    assert isinstance(form, ProfileForm)
    assert form.host.text() == "smtp-mail.outlook.com"
    form.reject()


def test_a_relay_service_is_chosen_from_the_list(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    page.add()
    dialog = dialog_of(qtbot, page, AddDialog)
    assert isinstance(dialog, AddDialog)
    qtbot.waitUntil(lambda: dialog.through.count() > 10)
    dialog.through.setCurrentIndex(dialog.through.findText("Twilio SendGrid"))
    dialog.address.setText("ana@gmail.com")
    pressable(dialog, "Continue").click()
    qtbot.waitUntil(lambda: dialog.card.title.text() == "Twilio SendGrid")
    assert dialog.username.text() == "apikey"
    dialog.reject()


def test_a_profile_that_cannot_be_read_is_named_and_asked_about(
    qtbot: QtBot, context: Context
) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "Good")
    situation = context.situation
    assert situation.listing is not None
    broken = BrokenProfile("broken-id", "Old one", "It was not stored to the end.")
    situation._listed(
        type(situation.listing)(situation.listing.profiles, (broken,)), situation._listing_asked
    )
    assert names(page) == ["Good", "Old one"]
    page.view.choose("broken-id")
    assert "not stored to the end" in page.details.trouble.text()
    assert not page.details.edit.isVisible()
    page.remove("broken-id")
    box = dialog_of(qtbot, page, QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "Old one" in box.text()
    box.reject()


@pytest.mark.parametrize(
    ("error", "title", "act"),
    [
        (StoreLocked("keyring-locked", "x"), "Your keyring is locked.", "Unlock…"),
        (UserFacingError("keyring-missing", "x"), "No keyring was found.", "Try again"),
        (UserFacingError("keyring-denied", "x"), "Access to the keyring was refused.", "Try again"),
        (
            UserFacingError("keyring-plaintext", "x"),
            "The keyring here does not protect passwords.",
            "Open the settings",
        ),
        (
            UserFacingError("keyring-failed", "Said so."),
            "Your profiles cannot be read.",
            "Try again",
        ),
    ],
)
def test_what_the_keyring_says_is_explained(
    qtbot: QtBot, context: Context, error: UserFacingError, title: str, act: str
) -> None:
    page = shown(qtbot, context)
    context.situation.keyring_error = error
    context.situation.profiles_changed.emit()
    assert page._empty is not None
    assert page._empty.sentence.text() == title
    pressable(page, act).click()
    if act == "Open the settings":
        assert context.go.went == [("settings", "allow_plaintext_keyring")]  # type: ignore[attr-defined]
    else:
        qtbot.waitUntil(lambda: context.situation.keyring_error is None)


def test_files_out_and_in_again(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "One")
    file = tmp_path / "profiles.json"
    said: list[str] = []
    page.exchange.said.connect(lambda words, _tone: said.append(words))
    page.exchange.ask_export()
    dialog = dialog_of(qtbot, page, ExportDialog)
    assert isinstance(dialog, ExportDialog)
    assert dialog.act.isEnabled()
    dialog.with_secrets.setChecked(True)
    assert not dialog.act.isEnabled()
    qtbot.keyClicks(dialog.phrase, PHRASE)
    qtbot.keyClicks(dialog.again, "correct hors")
    assert not dialog.act.isEnabled()
    dialog.reject()
    page.exchange.export_to(file, Secret(PHRASE))
    qtbot.waitUntil(lambda: len(said) == 1, timeout=30_000)
    assert file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in file.read_text()
    context.bridge.submit(
        lambda engine: engine.remove_profile(context.situation.profiles[0].id), None
    )
    qtbot.waitUntil(lambda: not context.situation.profiles)
    page.exchange.import_file(file)
    asked = dialog_of(qtbot, page, PassphraseDialog)
    assert isinstance(asked, PassphraseDialog)
    qtbot.keyClicks(asked.phrase, "wrong one")
    asked.act.click()
    qtbot.waitUntil(
        lambda: any(
            "not the passphrase" in d._field.said for d in page.findChildren(PassphraseDialog)
        ),
        timeout=30_000,
    )
    again = dialog_of(qtbot, page, PassphraseDialog)
    assert isinstance(again, PassphraseDialog)
    qtbot.keyClicks(again.phrase, PHRASE)
    again.act.click()
    qtbot.waitUntil(lambda: names(page) == ["One"], timeout=30_000)
    qtbot.waitUntil(lambda: said[-1] == "1 profile was added.")
    (tmp_path / "junk").write_bytes(b"\xff\xfe")
    page.exchange.import_file(tmp_path / "junk")
    page.exchange.import_file(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: len(said) == 4)


def test_every_control_has_a_name(qtbot: QtBot, context: Context) -> None:
    page = shown(qtbot, context)
    add(qtbot, context, "One")
    page.add()
    page.add_by_hand(ProfileDraft(auth=AuthMethod.PASSWORD))
    page.exchange.ask_export()
    for kind in (AddDialog, ProfileForm, ExportDialog):
        dialog_of(qtbot, page, kind)
    nameless = [
        type(widget).__name__
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.accessibleName()
        and widget.isVisible()
        and not isinstance(widget, QScrollArea)  # what is in it has names
        and widget.objectName() != "qt_spinbox_lineedit"
    ]
    assert nameless == []
