"""A large message: octets a second beside `openssl s_client` that pushes the same octets to the
same server, and the memory that it takes. `make bench` prints it."""

import asyncio
import base64
import resource
import subprocess
import time

import pytest

from tests.bench.post import message, profile, seconds, traveller
from tests.lab.conftest import USER, MailServer

OCTETS = 50_000_000
TIMES = 3

pytestmark = [
    pytest.mark.needs("root", "postfix", "dovecot", "openssl"),
    pytest.mark.timeout(0),
]


async def test_a_large_message(mail_server: MailServer) -> None:
    config = str(mail_server.postfix.folder / "etc")
    subprocess.run(["postconf", "-c", config, "-e", "message_size_limit=0"], check=True)
    subprocess.run(["postfix", "-c", config, "reload"], check=True, capture_output=True)
    ours, theirs = [], []
    async with traveller(mail_server, profile("one", mail_server.postfix.implicit)) as engine:
        await seconds(engine)  # everything is loaded
        content = message(engine, octets=OCTETS).content
        for _ in range(TIMES):
            before = _peak()
            ours.append(await seconds(engine, octets=OCTETS))
            theirs.append(await by_openssl(mail_server, content))
    mine, other = (OCTETS / min(found) / 1e6 for found in (ours, theirs))
    grown = _peak() - before
    print(  # noqa: T201
        f"\n{OCTETS / 1e6:.0f} MB: RoamMail {mine:.0f} MB/s, openssl s_client {other:.0f} MB/s: "
        f"{mine / other:.2f} of it; peak memory grew by {grown / 1e6:.0f} MB in the last round"
    )


async def by_openssl(server: MailServer, content: bytes) -> float:
    """Seconds from the start of the push until the server has taken the message."""
    secret = base64.b64encode(f"\0{USER}\0{server.password}".encode()).decode()
    head = (
        f"EHLO laptop.example\r\nAUTH PLAIN {secret}\r\nMAIL FROM:<{USER}>\r\n"
        f"RCPT TO:<a@elsewhere.example>\r\nBDAT {len(content)} LAST\r\n"
    ).encode()
    process = await asyncio.create_subprocess_exec(
        "openssl", "s_client", "-quiet", "-connect", f"localhost:{server.postfix.implicit}",
        "-CAfile", str(server.ca_file), "-verify_return_error",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    began = time.monotonic()
    process.stdin.write(head + content)
    async with asyncio.timeout(120):
        while b"queued as" not in (line := await process.stdout.readline()):
            assert line, "openssl ended"
    took = time.monotonic() - began
    process.kill()
    await process.wait()
    return took


def _peak() -> int:
    """The most memory that this process ever held (octets)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
