"""A large message: octets a second beside `openssl s_client` that pushes the same octets to the
same server, the processor time of each, and the memory that ours takes. `make bench` prints it
and appends a line to RESULTS.md.

Both count from the first step until the server has taken the message. Ours is read out of the
outbox meanwhile; openssl is handed the octets from memory through a pipe. The two take turns, and
who begins changes, so that what else the computer does meets both.
"""

import asyncio
import base64
import gc
import os
import resource
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from roammail.core.delivery import RecipientState
from roammail.core.events import Event, RecipientChanged
from roammail.engine.engine import Engine
from tests.bench.post import keep_figures, message, profile, seconds, traveller
from tests.bench.test_round_trips import chunking
from tests.lab.conftest import USER, MailServer

OCTETS = 50_000_000
TIMES = 6

pytestmark = [
    pytest.mark.needs("root", "postfix", "dovecot", "openssl"),
    pytest.mark.timeout(0),
]


@dataclass(frozen=True)
class Push:
    """One upload: seconds by the clock and of the processor; `grown`: octets that our memory
    grew by at most."""

    seconds: float
    worked: float
    grown: int = 0


@pytest.mark.parametrize("command", ["BDAT", "DATA"])
async def test_a_large_message(mail_server: MailServer, command: str) -> None:
    config = str(mail_server.postfix.folder / "etc")
    subprocess.run(["postconf", "-c", config, "-e", "message_size_limit=0"], check=True)
    subprocess.run(["postfix", "-c", config, "reload"], check=True, capture_output=True)
    ours: list[Push] = []
    theirs: list[Push] = []
    way = profile("one", mail_server.postfix.implicit)
    with chunking(mail_server, offered=command == "BDAT"):
        async with traveller(mail_server, way) as engine:
            await seconds(engine)  # everything is loaded
            octets = message(engine, octets=OCTETS).content
            for turn in range(TIMES):
                for which in (turn, turn + 1):
                    if which % 2:
                        theirs.append(await by_openssl(mail_server, octets, command))
                    else:
                        ours.append(await by_us(engine, mail_server))
    show(command, ours, theirs)


def show(command: str, ours: list[Push], theirs: list[Push]) -> None:
    """The share is the median of the turns. Speeds and processor time are of each the best,
    since whatever disturbs only takes time."""
    mine, other = (OCTETS / min(push.seconds for push in found) / 1e6 for found in (ours, theirs))
    work, others = (min(p.worked for p in found) / OCTETS * 1e9 for found in (ours, theirs))
    turns = sorted(b.seconds / a.seconds for a, b in zip(ours, theirs, strict=True))
    share, grown = statistics.median(turns), max(push.grown for push in ours[1:]) / 1e6
    print(  # noqa: T201
        f"\n{OCTETS / 1e6:.0f} MB by {command}: {share:.2f} of the speed of openssl (turns "
        f"{', '.join(f'{turn:.2f}' for turn in turns)}), memory grew by {grown:.0f} MB; at best "
        f"{mine:.0f} and {other:.0f} MB/s, processor {work:.1f} and {others:.1f} ms/MB"
    )
    keep_figures(
        f"50 MB by {command}, of openssl s_client: {share:.2f}; memory grown: {grown:.0f} MB"
    )


async def settled(server: MailServer) -> None:
    """Until the server has put the last message away, and all of it is on the disk."""
    words = ["postqueue", "-c", str(server.postfix.folder / "etc"), "-p"]
    async with asyncio.timeout(120):
        while b"empty" not in await asyncio.to_thread(said_by, words):
            await asyncio.sleep(0.1)
    await asyncio.to_thread(os.sync)


def said_by(words: Sequence[str]) -> bytes:
    """What a program says."""
    return subprocess.run(words, check=True, capture_output=True).stdout


async def by_us(engine: Engine, server: MailServer) -> Push:
    """From the call until the server has taken the message and the outbox says so."""
    taken: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, RecipientChanged) and event.state is RecipientState.SENT:
            taken.append(time.monotonic())

    number = await engine.queue(message(engine, octets=OCTETS))
    await settled(server)
    leave = engine.events.subscribe(hear)
    held = begin_peak()
    began, worked = time.monotonic(), time.process_time()
    await engine.deliver(number)
    worked = time.process_time() - worked
    leave()
    return Push(taken[-1] - began, worked, memory("VmHWM") - held)


async def by_openssl(server: MailServer, octets: bytes, command: str) -> Push:
    """From the start of the push until the server has taken the message. No line of it begins
    with a dot."""
    await settled(server)
    begin, end = ("DATA", b".\r\n") if command == "DATA" else (f"BDAT {len(octets)} LAST", b"")
    secret = base64.b64encode(f"\0{USER}\0{server.password}".encode()).decode()
    head = (
        f"EHLO laptop.example\r\nAUTH PLAIN {secret}\r\nMAIL FROM:<{USER}>\r\n"
        f"RCPT TO:<a@elsewhere.example>\r\n{begin}\r\n"
    ).encode()
    before = of_children()
    process = await asyncio.create_subprocess_exec(
        "openssl", "s_client", "-quiet", "-connect", f"localhost:{server.postfix.implicit}",
        "-CAfile", str(server.ca_file), "-verify_return_error",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    began = time.monotonic()
    process.stdin.write(head + octets + end)
    async with asyncio.timeout(120):
        while b"queued as" not in (line := await process.stdout.readline()):
            assert line, "openssl ended"
    took = time.monotonic() - began
    process.kill()
    await process.wait()
    return Push(took, of_children() - before)


def of_children() -> float:
    """Processor time of the processes that have ended (seconds)."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def begin_peak() -> int:
    """What this process holds now (octets); its peak is counted anew from here."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(what: str) -> int:
    """A line of /proc/self/status, octets."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))
