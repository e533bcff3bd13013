"""Folders and ports for real servers, and their sure end."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.lab.network import Machine

PATIENCE = 30.0  # seconds until a server must listen; a busy machine is slow


@contextmanager
def open_folder() -> Iterator[Path]:
    """A short-named folder through which a server's unprivileged processes may pass."""
    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        for part in (folder, folder.parent, folder.parent.parent):
            if part != Path("/tmp") and part.stat().st_uid == os.geteuid():
                part.chmod(part.stat().st_mode | 0o111)
        yield folder


def free_ports(count: int) -> list[int]:
    """Ports that nobody holds at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def await_true(what: str, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Waits until `holds`; for servers of other people, which tell nobody when they are ready."""
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.02)


def listening(port: int, machine: Machine | None = None) -> bool:
    """Whether somebody accepts on loopback, of this machine or of the test's own."""
    if machine:
        return machine.listening(port)
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(
    command: list[str], log: Path, machine: Machine | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a session of its own, with all its children gone at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*(machine.enter if machine else ()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "LANG": "C.UTF-8"},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        _end_session(process.pid)


def _end_session(session: int) -> None:
    """Ends what the server left; its children may have groups of their own, not sessions."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.getsid(int(entry.name)) == session:
                os.kill(int(entry.name), signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue  # gone in the meantime, or not ours
