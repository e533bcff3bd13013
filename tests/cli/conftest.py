"""The command line of these tests."""

from pathlib import Path

import pytest

from tests.cli.world import Cli


@pytest.fixture
def cli(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], roammail_home: Path
) -> Cli:
    """A command line with nothing set up, 80 columns wide, without colour."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return Cli(monkeypatch, capsys)
