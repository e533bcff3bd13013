"""The settings file as a SettingsStore: one value changes, everything else stays."""

import asyncio
from pathlib import Path

import pytest

from roammail.adapters.settings_file import NAME, SettingsFile, read_settings
from roammail.core.errors import BadConfiguration
from roammail.core.settings import Settings

WRITTEN = """\
# my own notes
probe_connections = 3  # slow line
future_setting = "kept"

language = "de"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / NAME


async def test_the_first_change_makes_the_file(file: Path) -> None:
    store = SettingsFile(file.parent)
    assert await store.read() == Settings()
    assert (await store.change("language", "de")).language == "de"
    assert read_settings(file.parent).language == "de"
    assert file.stat().st_mode & 0o777 == 0o600
    assert (await store.change("language", None)) == Settings()
    assert read_settings(file.parent) == Settings()


async def test_comments_and_unknown_keys_stay(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(WRITTEN)
    after = await SettingsFile(file.parent).change("probe_connections", 5)
    assert (after.probe_connections, after.language) == (5, "de")
    text = file.read_text()
    assert text == WRITTEN.replace("= 3", "= 5")
    with pytest.raises(BadConfiguration, match="future_setting"):
        read_settings(file.parent)
    await SettingsFile(file.parent).change("future_setting", None)
    assert read_settings(file.parent).probe_connections == 5


async def test_a_wrong_value_elsewhere_is_no_obstacle(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('connect_seconds = "soon"\n')
    after = await SettingsFile(file.parent).change("language", "de")
    assert (after.language, after.connect_seconds) == ("de", 10)
    after = await SettingsFile(file.parent).change("connect_seconds", 7)
    assert read_settings(file.parent) == after


@pytest.mark.parametrize("content", [b"language = ", b"\xff\xfe", b"x" * 70_000])
async def test_what_is_no_settings_file_is_left_alone(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(BadConfiguration) as caught:
        await SettingsFile(file.parent).change("language", "de")
    assert caught.value.code == "settings-unreadable"
    assert file.read_bytes() == content


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(BadConfiguration) as caught:
        await SettingsFile(tmp_path).change("language", "de")
    assert caught.value.code == "settings-unreadable"


async def test_two_changes_at_once_both_count(file: Path) -> None:
    one, two = SettingsFile(file.parent), SettingsFile(file.parent)
    await asyncio.gather(one.change("language", "de"), two.change("connect_seconds", 3))
    settings = read_settings(file.parent)
    assert (settings.language, settings.connect_seconds) == ("de", 3)
    assert [item.name for item in file.parent.iterdir() if item.suffix == ".new"] == []
