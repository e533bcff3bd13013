"""`roammail window` as it is installed: one for a person, and an end that leaves no mess."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


def test_without_the_engines_folder_the_window_says_so(tmp_path: Path) -> None:
    """A home that cannot be made: the window opens, and ends as usual."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    with window(blocked / "home") as process:
        hears_the_end(process)
        assert process.poll() is None
    assert process.returncode == 0
