"""`roammail window` where no window can be opened, and `roammail` without a command there."""

import importlib.util

import pytest

from tests.cli.world import Cli


@pytest.fixture(autouse=True)
def _no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_screen_it_says_so(cli: Cli) -> None:
    ran = cli.run("window")
    assert ran.code == 78
    assert "no screen" in ran.err
    assert "roammail --help" in ran.err


def test_without_pyside_it_says_what_to_install(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    for arguments in (["window"], ["demo", "--window"]):
        ran = cli.run(*arguments)
        assert ran.code == 78
        assert "pip install 'roammail[window]'" in ran.err


def test_roammail_alone_without_a_screen_says_how_to_begin(cli: Cli) -> None:
    ran = cli.run()
    assert ran.code == 0
    assert "roammail profiles add" in ran.out
