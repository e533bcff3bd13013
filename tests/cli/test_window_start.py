"""The window without the command line around it: what is plain enough, and how it fails."""

import gc
import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from roammail import __main__
from roammail.cli import window_start
from roammail.cli.app import INTERRUPTED
from roammail.cli.window_start import plainly_asked
from roammail.core.errors import ExitCode, UserFacingError
from tests import canary


@pytest.fixture(autouse=True)
def _a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", ":none")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("_ROAMMAIL_COMPLETE", raising=False)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """A start is a process of its own, and changes it; these tests share theirs."""
    heard = signal.getsignal(signal.SIGINT)
    yield
    gc.enable()
    signal.signal(signal.SIGINT, heard)


@pytest.mark.parametrize(
    ("args", "what", "hidden"),
    [
        ([], [], False),
        (["window"], [], False),
        (["window", "--hidden"], [], True),
        (["window", "mailto:a@b.example"], ["mailto:a@b.example"], False),
        (["window", "x.eml", "--hidden", "y.eml"], ["x.eml", "y.eml"], True),
        (["window", ""], [""], False),
    ],
)
def test_a_plain_start_is_understood(args: list[str], what: list[str], hidden: bool) -> None:
    plain = plainly_asked(args)
    assert plain is not None
    assert (list(plain[0]), plain[1]) == (what, hidden)


@pytest.mark.parametrize(
    "args",
    [
        ["--json"],
        ["--help"],
        ["profiles"],
        ["--yes", "window"],
        ["window", "--json"],
        ["window", "--yes"],
        ["window", "--help"],
        ["window", "--hid"],
        ["window", "-x"],
        ["window", "--", "--hidden"],
        ["window", "-"],
        ["Window"],
    ],
)
def test_the_rest_is_the_command_lines(args: list[str]) -> None:
    assert plainly_asked(args) is None


def test_a_shell_that_wants_completions_gets_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ROAMMAIL_COMPLETE", "bash_source")
    assert plainly_asked([]) is None
    assert plainly_asked(["window"]) is None


def test_alone_without_a_screen_it_is_the_command_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    assert plainly_asked([]) is None
    assert plainly_asked(["window"]) is not None  # which then says why not


Start = Callable[[BaseException], int | str | None]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Start:
    """How the process ends in which the window's start raised this."""

    def end(error: BaseException) -> int | str | None:
        def opened(_what: Sequence[str], **_how: bool) -> int:
            raise error

        monkeypatch.setattr(window_start, "open_window", opened)
        monkeypatch.setattr(sys, "argv", ["roammail", "window"])
        with pytest.raises(SystemExit) as left:
            __main__.main()
        return left.value.code

    return end


def test_what_goes_wrong_is_told_as_on_the_command_line(
    ended: Start, roammail_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(UserFacingError("window-busy", "It is busy.", ExitCode.UNAVAILABLE)) == 69
    assert capsys.readouterr().err == "roammail: It is busy.\n"
    assert ended(KeyboardInterrupt()) == INTERRUPTED
    assert capsys.readouterr().err == ""
    assert ended(RuntimeError(f"the password is {canary.secret('window start')}")) == 70
    said = capsys.readouterr().err
    log = (roammail_home / "roammail.log").read_text("utf-8")
    assert "unexpected" in said
    assert "RuntimeError" in log
    assert canary.MARKER not in said + log


def test_its_exit_code_is_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[list[str], bool]] = []

    def opened(what: Sequence[str], *, hidden: bool) -> int:
        given.append((list(what), hidden))
        return 70

    monkeypatch.setattr(window_start, "open_window", opened)
    monkeypatch.setattr(sys, "argv", ["roammail", "window", "--hidden", "x.eml"])
    with pytest.raises(SystemExit) as left:
        __main__.main()
    assert left.value.code == 70
    assert given == [(["x.eml"], True)]


def test_without_pyside_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(sys, "argv", ["roammail"])
    with pytest.raises(SystemExit) as left:
        __main__.main()
    assert left.value.code == 78
    assert "pip install 'roammail[window]'" in " ".join(capsys.readouterr().err.split())


def test_the_installed_command_without_a_screen(roammail_home: Path) -> None:
    without = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    ran = subprocess.run(
        [sys.executable, "-m", "roammail", "window"],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name not in without},
    )
    assert ran.returncode == 78
    assert ran.stdout == ""
    assert "no screen" in ran.stderr


_INTERRUPTED = """
import os, signal, sys
from roammail import __main__
from roammail.cli import window_start

def opened(what, hidden):
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):  # Python looks at its signals between two of its steps
            pass
    except KeyboardInterrupt:  # Qt's own code prints it and goes on
        pass
    return 0

signal.signal(signal.SIGINT, getattr(signal, sys.argv.pop()))
window_start.open_window = opened
__main__.main()
"""


@pytest.mark.parametrize(
    ("before", "code"), [("default_int_handler", -signal.SIGINT), ("SIG_IGN", 0)]
)
def test_it_can_be_interrupted_before_it_is_there(
    roammail_home: Path, before: str, code: int
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, "window", before],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (code, "")
