"""The command line on a real (pseudo) terminal: questions, progress, Ctrl+C."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import canary

COLUMNS = 80


class Terminal:
    """A program on a terminal of 80 columns; `seen` is everything that it showed."""

    def __init__(self, *args: str, stdout: int | None = None) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        environment.pop("COLUMNS", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "roammail", *args],
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def until(self, words: str, seconds: float = 40.0) -> None:
        """Reads until these words stand on the terminal."""
        deadline = time.monotonic() + seconds
        while words not in self.seen:
            assert self._read(deadline), f"{words!r} never came: {self.seen[-2000:]}"

    def end(self, seconds: float = 40.0) -> int:
        """Reads to the end; the exit code."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        code = self.process.wait(max(1.0, deadline - time.monotonic()))
        os.close(self._ours)
        return code

    def type(self, text: str) -> None:
        """What a person types."""
        os.write(self._ours, text.encode())

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            more = os.read(self._ours, 65536)
        except OSError:  # Linux says EIO when the other side has closed
            return False
        self.seen += more.decode("utf-8", "replace")
        return bool(more)


@contextmanager
def terminal(*args: str, stdout: int | None = None) -> Iterator[Terminal]:
    """Runs it, and leaves no process behind."""
    running = Terminal(*args, stdout=stdout)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


@pytest.mark.usefixtures("roammail_home")
def test_a_secret_is_asked_for_twice_and_never_shown() -> None:
    typed = canary.secret("typed")
    with terminal("profiles", "export", "--with-secrets") as screen:
        screen.until("Passphrase for the file")
        screen.type(f"{typed}\n")
        screen.until("Repeat for confirmation")
        screen.type(f"{typed}\n")
        assert screen.end() == 78  # no keyring here
        assert canary.MARKER not in screen.seen
        assert "keyring" in screen.seen


@pytest.mark.usefixtures("roammail_home")
def test_the_ladder_grows_on_the_terminal_and_the_result_is_clean(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w+") as out:
        with terminal("demo", stdout=out.fileno()) as screen:
            screen.until("Relay service")
            assert screen.end() == 0
        out.seek(0)
        result = out.read()
    assert "\x1b" not in result  # standard output is a file: neither colours nor movements
    assert "The message has arrived." in result
    assert "\x1b[" in screen.seen
    assert "The message has arrived." not in screen.seen
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.seen)
    assert max(len(line.rstrip()) for line in re.split(r"[\r\n]+", plain)) <= COLUMNS


@pytest.mark.usefixtures("roammail_home")
def test_json_shows_nothing_on_the_terminal(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w+") as out:
        with terminal("demo", "--json", stdout=out.fileno()) as screen:
            assert screen.end() == 0
        assert screen.seen == ""


@pytest.mark.usefixtures("roammail_home")
def test_control_c_during_a_test_is_quiet() -> None:
    with terminal("demo") as screen:
        screen.until("Relay service")
        screen.process.send_signal(signal.SIGINT)
        assert screen.end() == 130
        assert "Traceback" not in screen.seen
        assert "Error" not in screen.seen
