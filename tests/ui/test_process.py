"""`roammail window` as it is installed: one for a person, and an end that leaves no mess."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from roammail.ui.instance import door_name

_PATIENCE = 60


@contextmanager
def window(home: Path, *what: str) -> Iterator[subprocess.Popen[str]]:
    """A window of this home, offscreen; it is told to end afterwards."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "ROAMMAIL_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "roammail", "window", *what],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=_PATIENCE)


def listening(home: Path) -> None:
    """Waits until the window's door is open."""
    until = time.monotonic() + _PATIENCE
    while not os.path.lexists(door_name(home)):
        assert time.monotonic() < until, "no window came"
        time.sleep(0.05)


def hears_the_end(process: "subprocess.Popen[str]") -> None:
    """Waits until it handles SIGTERM, which is when the window is there (proc(5), SigCgt)."""
    until = time.monotonic() + _PATIENCE
    while True:
        status = Path(f"/proc/{process.pid}/status").read_text("ascii")
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        if caught >> (signal.SIGTERM - 1) & 1:
            return
        assert time.monotonic() < until, "no window came"
        time.sleep(0.05)


def test_a_second_start_ends_at_once_and_the_first_goes_on(roammail_home: Path) -> None:
    with window(roammail_home) as first:
        listening(roammail_home)
        hears_the_end(first)
        with window(roammail_home, "mailto:ana@x.example?subject=Hello") as second:
            assert second.wait(_PATIENCE) == 0
        assert first.poll() is None
    assert first.returncode == 0
    assert not os.path.lexists(door_name(roammail_home))
    assert not list(roammail_home.glob("*-wal"))  # closed as they should be
    log = roammail_home / "roammail.log"
    said = log.read_text("utf-8") if log.exists() else ""
    assert "Traceback" not in said


def test_of_windows_that_start_together_one_stays(roammail_home: Path) -> None:
    with ExitStack() as stack:
        started = [stack.enter_context(window(roammail_home)) for _ in range(3)]
        until = time.monotonic() + _PATIENCE
        while len(alive := [each for each in started if each.poll() is None]) > 1:
            assert time.monotonic() < until, "there is more than one window"
            time.sleep(0.05)
        assert [each.returncode for each in started if each not in alive] == [0, 0]
        hears_the_end(alive[0])
        assert alive[0].poll() is None


def test_a_second_start_waits_for_a_first_that_is_busy(roammail_home: Path) -> None:
    with window(roammail_home) as first:
        listening(roammail_home)
        first.send_signal(signal.SIGSTOP)
        try:
            with window(roammail_home, "mailto:ana@x.example") as second:
                at_the_door(second)
                assert second.poll() is None
                first.send_signal(signal.SIGCONT)
                assert second.wait(_PATIENCE) == 0
        finally:
            first.send_signal(signal.SIGCONT)
        assert first.poll() is None


def test_a_start_after_a_kill_is_a_window_again(roammail_home: Path) -> None:
    with window(roammail_home) as first:
        listening(roammail_home)
        first.kill()
        first.wait(_PATIENCE)
    assert os.path.lexists(door_name(roammail_home))  # and nobody behind it
    with window(roammail_home) as second:
        hears_the_end(second)
        assert second.poll() is None


def at_the_door(process: "subprocess.Popen[str]") -> None:
    """Waits until the process talks to a window: nothing else needs Qt's sockets so early."""
    until = time.monotonic() + _PATIENCE
    while "Qt6Network" not in Path(f"/proc/{process.pid}/maps").read_text("utf-8"):
        assert process.poll() is None, "it did not wait"
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def test_without_the_engines_folder_the_window_says_so(tmp_path: Path) -> None:
    """A home that cannot be made: the window opens, and ends as usual."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with window(blocked / "home") as process:
        hears_the_end(process)
        assert process.poll() is None
    assert process.returncode == 0
