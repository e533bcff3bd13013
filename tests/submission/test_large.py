"""A message of 50 MB is held once, and is whole afterwards."""

import hashlib
import logging
import smtplib
import subprocess
import sys
from pathlib import Path

import pytest

from roammail.adapters.outbox_sqlite import SqliteOutbox
from tests.submission.office import FRIEND, SENDER

PROJECT = Path(__file__).resolve().parent.parent.parent
MEGABYTES = 50
log = logging.getLogger(__name__).warning


def peak(pid: int) -> float:
    """The most memory that the process has had, megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
async def test_fifty_megabytes_are_held_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    body = (b"x" * 74 + b"\r\n") * (MEGABYTES * 1_000_000 // 76)
    head = f"From: {SENDER}\r\nTo: {FRIEND}\r\nSubject: Large\r\n\r\n".encode()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.submission.serving_child", str(home)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        port, password = child.stdout.readline().split()
        small, large = [], []
        for octets, into in ((head + b"x\r\n", small), (head + body, large)):
            with smtplib.SMTP("127.0.0.1", int(port), timeout=60) as client:
                client.login("roammail", password)
                client.sendmail(SENDER, [FRIEND], octets)
            into.append(peak(child.pid))
        child.stdin.close()
        assert child.wait(60) == 0
    grown = large[0] - small[0]
    log("%d MB: the peak grew by %.0f MB, from %.0f MB", MEGABYTES, grown, small[0])
    assert grown < 1.6 * MEGABYTES
    outbox = SqliteOutbox(home)
    message = await outbox.message(2)
    await outbox.close()
    kept = message.content.partition(b"\r\n\r\n")[2]
    assert hashlib.sha256(kept).digest() == hashlib.sha256(body).digest()
