"""The edge: every way to end has a code, a sentence, and no traceback."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from roammail.cli import log_file
from roammail.cli.app import INTERRUPTED, main
from roammail.cli.session import Session
from tests import canary
from tests.cli.world import Cli


def test_alone_it_says_where_to_begin(cli: Cli) -> None:
    ran = cli.run()
    assert ran.code == 0
    assert "roammail demo" in ran.out


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["profiles"],
        ["outbox"],
        ["outbox", "nonsense"],
        ["test", "--nonsense"],
        ["send", "-t"],
        ["outbox", "show", "three"],
        ["profiles", "add", "--name", "x", "--host", "y", "--port", "smtp"],
        ["profiles", "add", "--name", "x", "--host", "y", "--port", "70000"],
        ["profiles", "add", "--name", "x", "--host", "y", "--security", "none"],
        ["profiles", "add", "--name", "x", "--host", "y", "--alt", "587"],
        ["profiles", "add", "--name", "x"],
        ["explain", "--stage", "moon", "550 no"],
        ["send", "--eml", "x", "-s", "y"],
        ["send", "-f", "a@b.example", "-s", "no recipient"],
        ["forward", "--eml", "x"],
    ],
)
def test_usage_is_64_for_people_and_programs(cli: Cli, args: list[str]) -> None:
    ran = cli.run(*args)
    assert ran.code == 64
    assert ran.out == ""
    assert ran.err.startswith("roammail: ")
    assert len(ran.err.splitlines()) == 2  # what is wrong, and where help is
    ran = cli.run(*args, "--json")
    assert ran.code == 64
    assert ran.error == "usage"
    assert ran.err == ""


def test_the_unexpected_is_logged_and_told_in_short(
    capsys: pytest.CaptureFixture[str], roammail_home: Path
) -> None:
    @asynccontextmanager
    async def open_engine(_: object) -> AsyncIterator[None]:
        raise RuntimeError(f"the password is {canary.secret('crash')}")
        yield

    session = Session(open_engine=open_engine)  # type: ignore[arg-type]
    assert main(["network", "--json"], session) == 70
    shown = capsys.readouterr()
    assert json.loads(shown.out)["errors"][0]["code"] == "internal-error"
    log = roammail_home / "roammail.log"
    assert "RuntimeError" in log.read_text()
    assert canary.MARKER not in log.read_text() + shown.out + shown.err
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("raised", "code"), [(KeyboardInterrupt, INTERRUPTED), (BrokenPipeError, 74)]
)
def test_interrupts_are_quiet(
    capsys: pytest.CaptureFixture[str], raised: type[BaseException], code: int
) -> None:
    @asynccontextmanager
    async def open_engine(_: object) -> AsyncIterator[None]:
        raise raised
        yield

    assert main(["network"], Session(open_engine=open_engine)) == code  # type: ignore[arg-type]
    shown = capsys.readouterr()
    assert (shown.out, shown.err.strip()) == ("", "")  # a line end after the terminal's ^C


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """A real pipe whose reader is gone before the first octet."""
    line = f"{sys.executable} -m roammail --help"
    ran = subprocess.run(
        ["sh", "-c", f"{{ {line}; echo $? >{tmp_path}/code; }} | true"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""


def test_a_full_disk_is_said(cli: Cli) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with full.open("w") as out:
        ran = subprocess.run(
            [sys.executable, "-m", "roammail"],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 74
    assert "Traceback" not in ran.stderr
    assert "written" in ran.stderr


def test_colour_only_where_it_is_wanted(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.add_working()
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in cli.run("test").out
    monkeypatch.setenv("NO_COLOR", "1")
    shown = cli.run("test").out
    assert "\x1b[3" not in shown  # bold may stay, colours may not


def test_what_is_quoted_in_an_error_is_not_obeyed(cli: Cli) -> None:
    for args in (["send", "--eml", "\x1b[2J[bold]x"], ["test", "\x9b2J"], ["\x1b[2J"]):
        ran = cli.run(*args)
        assert ran.code != 0
        assert not set(ran.err) & {"\x1b", "\x9b"}


def test_a_closed_standard_input_is_no_traceback(roammail_home: Path) -> None:
    for line in ("explain -", "send --eml -", "profiles import -"):
        ran = subprocess.run(
            ["sh", "-c", f"exec {sys.executable} -m roammail {line} <&-"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 65, ran.stderr
        assert "Standard input cannot be read" in ran.stderr


@pytest.mark.parametrize(
    ("encoding", "mark"), [("ascii", "ok "), ("latin-1", "ok "), ("utf-8", "✓")]
)
def test_marks_that_do_not_show_are_words(roammail_home: Path, encoding: str, mark: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "roammail", "doctor"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert ran.returncode == 78  # no keyring here
    assert mark in ran.stdout.decode(encoding)


def test_a_fault_that_was_caught_is_logged_without_its_text(roammail_home: Path) -> None:
    """The text of an exception may hold what it failed on, whoever logs it."""
    record: logging.LogRecord | None = None
    try:
        try:
            raise ValueError(canary.secret("within"))  # noqa: TRY301
        except ValueError as within:
            raise RuntimeError(canary.secret("logged")) from within
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "it failed", None, sys.exc_info())
    logging.Formatter().format(record)  # as another handler does, which keeps its text
    root = logging.getLogger()
    before = root.handlers[:]
    log_file.install()
    (ours,) = [handler for handler in root.handlers if isinstance(handler, log_file.LogFile)]
    try:
        ours.handle(record)
    finally:
        if ours not in before:
            root.removeHandler(ours)
    said = (roammail_home / "roammail.log").read_text("utf-8")
    assert "it failed" in said
    assert said.index("ValueError") > said.index("RuntimeError")
    assert "test_edge.py" in said
    assert canary.MARKER not in said
