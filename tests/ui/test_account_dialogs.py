"""The dialogs for profiles have room for long words in both directions, and need no mouse."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Remedy, RemedyKind, Scope
from roammail.core.preset import Origin, Suggestion
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.report import EndpointReport, ProfileOutcome, ProfileReport
from roammail.ui.context import Context
from roammail.ui.dialogs.passphrase import ExportDialog, PassphraseDialog
from roammail.ui.dialogs.profile_add import AddDialog
from roammail.ui.dialogs.profile_form import ProfileForm
from roammail.ui.models.profile_draft import PortDraft, ProfileDraft
from roammail.ui.say import Say
from roammail.words import Words
from tests.ui.fits import cut_off
from tests.ui.pseudo import Pseudo

LONG = "a-rather-long-name-of-a-server.mail.department.university.example"
DRAFT = ProfileDraft(
    "A profile",
    LONG,
    "587",
    Security.IMPLICIT_TLS,
    username="someone.with.a.long.name@department.university.example",
    senders="someone.with.a.long.name@department.university.example",
    others=(PortDraft("2525", Security.STARTTLS), PortDraft("x", Security.STARTTLS, LONG)),
)


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """With patience: a busy machine is no failure."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=20_000)  # type: ignore[method-assign]
    return qtbot


@pytest.fixture(params=["left-to-right", "right-to-left"])
def long_words(
    request: pytest.FixtureRequest, context: Context, qapp: QApplication
) -> Iterator[Context]:
    """The context in a language of long words, once in each direction."""
    if request.param == "right-to-left":
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    words = Words(texts=Pseudo())
    yield replace(context, sentences=words, say=Say(words))
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def opened(qtbot: QtBot, dialog: QDialog) -> QDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)  # qtbot closes it
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.wait(30)
    return dialog


def _add_first(context: Context) -> QDialog:
    return AddDialog(context, ())


def _add_unknown(context: Context) -> QDialog:
    dialog = AddDialog(context, ())
    dialog._show_found(Suggestion("ana@x.example", Origin.UNKNOWN, unanswered=True))
    return dialog


def _add_foreign(context: Context) -> QDialog:
    dialog = AddDialog(context, ())
    endpoints = (Endpoint(LONG, 465, Security.IMPLICIT_TLS), Endpoint(LONG, 587, Security.STARTTLS))
    found = Suggestion(
        "ana@x.example", Origin.DNS, None, endpoints, "ana@x.example", foreign=True, name="x"
    )
    dialog._show_found(found)
    dialog.ready()
    return dialog


def _form(context: Context) -> QDialog:
    form = ProfileForm(context, DRAFT, ())
    form.ready()
    return form


def _export(context: Context) -> QDialog:
    dialog = ExportDialog(context)
    dialog.with_secrets.setChecked(True)
    dialog.phrase.setText("one")
    dialog.again.setText("two")
    dialog._check()
    return dialog


def _passphrase(context: Context) -> QDialog:
    dialog = PassphraseDialog(context, "profiles-of-somebody.json")
    dialog.show_wrong(True)
    return dialog


@pytest.mark.parametrize(
    "make",
    [_add_first, _add_unknown, _add_foreign, _form, _export, _passphrase],
    ids=lambda make: make.__name__.strip("_"),
)
def test_no_text_is_cut_off(
    qtbot: QtBot, long_words: Context, make: Callable[[Context], QDialog]
) -> None:
    dialog = opened(qtbot, make(long_words))
    assert cut_off(dialog) == []


def test_tab_reaches_every_control(qtbot: QtBot, context: Context) -> None:
    dialog = opened(qtbot, ProfileForm(context, replace(DRAFT, others=()), ()))
    wanted = {
        w
        for w in dialog.findChildren(QWidget)
        if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible() and w.isEnabled()
    }
    chain: set[QWidget] = set()
    widget = dialog.nextInFocusChain()
    while widget is not None and widget not in chain:
        chain.add(widget)
        widget = widget.nextInFocusChain()
    assert wanted <= chain


def test_enter_goes_on_and_escape_leaves(qtbot: QtBot, context: Context) -> None:
    dialog = AddDialog(context, ())
    opened(qtbot, dialog)
    dialog.address.setText("ana@gmail.com")
    qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.card.isVisible())
    left: list[int] = []
    dialog.rejected.connect(lambda: left.append(1))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert left == [1]


def test_a_remedy_from_the_test_is_carried_out(
    qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ProfileForm(context, replace(DRAFT, others=(), host="127.0.0.1"), ())
    opened(qtbot, form)
    form.password.setText("x")
    opened_pages: list[str] = []
    monkeypatch.setattr(
        "roammail.ui.remedies.QDesktopServices.openUrl",
        lambda url: opened_pages.append(url.toString()),
    )
    form._take_remedy(Remedy(RemedyKind.OPEN_PORTAL))
    assert len(opened_pages) == 1
    params = (("port", "465"), ("security", "implicit-tls"))
    form.take_remedy(Remedy(RemedyKind.USE_ENDPOINT, True, params))
    assert (form.port.text(), form.security.security) == ("465", Security.IMPLICIT_TLS)
    assert form.panel.running
    form.reject()


def test_what_a_test_found_is_shown(qtbot: QtBot, context: Context) -> None:
    form = ProfileForm(context, replace(DRAFT, others=()), ())
    opened(qtbot, form)
    panel = form.panel
    profile = Profile("", "P", Endpoint("127.0.0.1", 1, Security.IMPLICIT_TLS), username="me")
    panel.run(profile, None)
    row = panel._row
    assert row is not None
    panel.cancel()
    diagnosis = Diagnosis(Kind.AUTH_FAILED, Scope.CREDENTIAL, Party.ACCOUNT, Confidence.CERTAIN)
    tried = EndpointReport(profile.endpoint, (), diagnosis)
    report = ProfileReport(
        row.profile_id, "P", ProfileOutcome.FAILS, profile.endpoint, diagnosis, (), (tried,)
    )
    ended: list[bool] = []
    panel.finished.connect(ended.append)
    panel._tried(report)
    assert ended == [False]
    assert panel.sentence.text() == "It does not work from here."
    panel._tried(replace(report, outcome=ProfileOutcome.SKIPPED, diagnosis=None))
    assert "could not be asked" in panel.sentence.text()
    form.reject()
