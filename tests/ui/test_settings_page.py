"""The Settings page: from the declarations, searched, changed, put back; the file is the truth."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from roammail.adapters.settings_file import read_settings
from roammail.core.setting_values import states
from roammail.core.settings import DECLARED, Settings
from roammail.engine.engine import Engine
from roammail.ui.context import Context
from roammail.ui.models.setting_groups import OTHERS, fits, grouped
from roammail.ui.pages.settings import SettingsPage


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """With patience: a busy machine is no failure."""
    qtbot.waitUntil = partial(qtbot.waitUntil, timeout=20_000)  # type: ignore[method-assign]
    return qtbot


@pytest.fixture
def page(qtbot: QtBot, context: Context) -> SettingsPage:
    made = SettingsPage(context)
    qtbot.addWidget(made)
    context.theme.dress(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitUntil(lambda: bool(made.rows))
    return made


def kept(tmp_path: Path) -> Settings:
    return read_settings(tmp_path / "roammail")


def test_every_setting_is_there_with_its_name_and_help(page: SettingsPage) -> None:
    assert set(page.rows) == {setting.key for setting in DECLARED}
    for row in page.rows.values():
        assert row.editor.accessibleName() == row.label
        assert row.editor.accessibleDescription() == row.help


def test_a_change_is_written_and_can_be_taken_back(
    qtbot: QtBot, page: SettingsPage, context: Context, tmp_path: Path
) -> None:
    row = page.rows["probe_connections"]
    assert isinstance(row.editor, QSpinBox)
    assert not row.back.isVisible()
    row.editor.setValue(3)
    qtbot.waitUntil(row.back.isVisible)
    assert kept(tmp_path).probe_connections == 3
    assert row.said == ""  # it counts at once
    seen: list[int] = []

    async def look(engine: Engine) -> int:
        return engine.settings.probe_connections

    context.bridge.submit(look, seen.append)
    qtbot.waitUntil(lambda: seen == [3])
    row.back.click()
    qtbot.waitUntil(lambda: not row.back.isVisible())
    assert kept(tmp_path).probe_connections == 8
    assert row.editor.value() == 8


def test_what_counts_from_the_next_start_says_so(
    qtbot: QtBot, page: SettingsPage, tmp_path: Path
) -> None:
    row = page.rows["language"]
    assert isinstance(row.editor, QComboBox)
    row.editor.setCurrentIndex(row.editor.findData("de"))
    row.editor.activated.emit(row.editor.currentIndex())
    qtbot.waitUntil(lambda: "starts again" in row.said)
    assert kept(tmp_path).language == "de"
    switch = page.rows["allow_plaintext_keyring"].editor
    assert isinstance(switch, QCheckBox)
    switch.click()
    qtbot.waitUntil(lambda: kept(tmp_path).allow_plaintext_keyring)


def test_what_cannot_be_is_explained_and_not_written(
    qtbot: QtBot, page: SettingsPage, tmp_path: Path
) -> None:
    row = page.rows["portal_check_url"]
    assert isinstance(row.editor, QLineEdit)
    row.editor.setText("https://x.example/")
    row.editor.editingFinished.emit()
    qtbot.waitUntil(lambda: "http://" in row.said)
    assert kept(tmp_path).portal_check_url == ""
    row.editor.setText("http://x.example/")
    row.editor.editingFinished.emit()
    qtbot.waitUntil(lambda: kept(tmp_path).portal_check_url == "http://x.example/")
    qtbot.waitUntil(lambda: "http://" not in row.said)


def test_a_damaged_file_is_told(qtbot: QtBot, page: SettingsPage, tmp_path: Path) -> None:
    (tmp_path / "roammail" / "settings.toml").write_text("broken = ")
    page.rows["probe_connections"].editor.setValue(3)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: "TOML" in page.rows["probe_connections"].said)


def test_the_search_leaves_what_fits(qtbot: QtBot, page: SettingsPage) -> None:
    qtbot.keyClicks(page.search, "port program")
    shown = {key for key, row in page.rows.items() if row.isVisible()}
    assert "submission_port" in shown
    assert "language" not in shown
    page.search.setText("no such thing at all")
    assert not any(row.isVisible() for row in page.rows.values())
    assert page._nothing.isVisible()
    page.search.clear()
    assert all(row.isVisible() for row in page.rows.values())


def test_one_setting_is_brought_into_view(page: SettingsPage) -> None:
    page.search.setText("nothing")
    page.open_with("allow_plaintext_keyring")
    assert page.search.text() == ""
    assert page.rows["allow_plaintext_keyring"].isVisible()
    page.open_with("no such key")


def test_groups_hold_every_setting_once() -> None:
    found = [state.setting.key for _, mine in grouped(states(Settings())) for state in mine]
    assert sorted(found) == sorted(setting.key for setting in DECLARED)
    assert all(heading != OTHERS for heading, _ in grouped(states(Settings())))
    headings = [heading for heading, _ in grouped(states(Settings()))]
    assert headings.index("Connections") > headings.index("Other programs")
    kept = [setting.label for setting in DECLARED if setting.key.startswith("keep_connection")]
    assert all("connection" in label for label in kept)  # each can be read alone
    assert fits("", "x")
    assert fits("one TWO", "Two", "and one")
    assert not fits("three", "one")


def test_every_control_has_a_name(page: SettingsPage) -> None:
    for widget in page.findChildren(QWidget):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            inner = widget.objectName().startswith("qt_") or "Scroll" in type(widget).__name__
            assert widget.accessibleName() or inner, type(widget).__name__


def test_a_number_says_what_it_counts_and_what_none_of_it_means(page: SettingsPage) -> None:
    days = page.rows["give_up_days"].editor
    assert isinstance(days, QSpinBox)
    assert days.text() == "5 days"
    days.setValue(1)
    assert days.text() == "1 day"
    days.setValue(0)
    assert days.text() == "Never"
    assert page.rows["connect_seconds"].editor.text() == "10 seconds"
    size = page.rows["submission_megabytes"].editor
    assert isinstance(size, QSpinBox)
    assert size.text() == "50 MB"
    for row in page.rows.values():
        if isinstance(row.editor, QSpinBox):
            said = (row.setting.unit.value, row.setting.zero, row.setting.low)
            assert bool(row.setting.zero) == (row.setting.low == 0), said
