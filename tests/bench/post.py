"""A traveller with an engine, a message, and the programs to compare with."""

import asyncio
import os
import platform
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.core.delivery import RecipientState
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.events import Event, RecipientChanged
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.core.settings import Settings
from roammail.demo.network import LoopbackWatcher
from roammail.engine.engine import Engine
from roammail.wiring import Options, open_engine
from tests.bench.link import Link
from tests.lab.conftest import USER, MailServer
from tests.lab.world.unpacked import UNPACKED

HOST = "localhost"
NULLMAILER = UNPACKED / "usr/lib/nullmailer/smtp"


class Names:
    """The port Resolver: the one name, at once."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses or ("127.0.0.1",)

    async def resolve(self, host: str, timeout: float) -> tuple[str, ...]:
        """The same for every host."""
        return self._addresses

    async def makes_up(self, host: str, addresses: Sequence[str]) -> bool:
        """It does not."""
        return False


def profile(name: str, port: int, security: Security = Security.IMPLICIT_TLS) -> Profile:
    """An account on the one server; without encryption it is one that does not sign in."""
    endpoint = Endpoint(HOST, port, security)
    if security is Security.PLAINTEXT:
        return Profile("", name, endpoint, auth=AuthMethod.NONE, senders=(USER,))
    return Profile("", name, endpoint, username=USER, senders=(USER,))


@asynccontextmanager
async def traveller(
    server: MailServer, *profiles: Profile, keep: int = 0, names: Names | None = None
) -> AsyncIterator[Engine]:
    """An engine with these profiles that keeps connections for `keep` seconds."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        options = Options(
            home=Path(folder),
            store=MemorySecretStore(),
            watcher=LoopbackWatcher(),
            resolver=names or Names(),
            settings=Settings(keep_connection_seconds=keep),
            trusted=lambda: ssl.create_default_context(cafile=str(server.ca_file)),
        )
        async with open_engine(options) as engine:
            for one in profiles:
                secret = None if one.auth is AuthMethod.NONE else Secret(server.password)
                await engine.book.add(one, secret)
            yield engine


def message(engine: Engine, recipients: int = 1, octets: int = 2000) -> ReadyMessage:
    """A letter of that size to so many people."""
    number = engine.new_message_id(USER)
    head = f"From: {USER}\r\nTo: a@elsewhere.example\r\nMessage-ID: {number}\r\n\r\n".encode()
    line = b"x" * 74 + b"\r\n"
    people = tuple(f"a{n}@elsewhere.example" for n in range(recipients))
    body = line * max(1, octets // len(line))
    return ReadyMessage(Envelope(USER, people), head + body, number, USER)


async def seconds(
    engine: Engine, recipients: int = 1, octets: int = 2000, way: Link | None = None
) -> float:
    """From the call until the server has taken the message and the outbox says so; over `way`
    from the first connection on."""
    taken: list[float] = []

    def hear(event: Event) -> None:
        if isinstance(event, RecipientChanged) and event.state is RecipientState.SENT:
            taken.append(time.monotonic())

    number = await engine.queue(message(engine, recipients, octets))
    leave = engine.events.subscribe(hear)
    began = time.monotonic()
    entry = await engine.deliver(number)
    leave()
    assert {one.state for one in entry.recipients} == {RecipientState.SENT}, entry
    return taken[-1] - (way.dialled if way else began)


async def finished(
    words: Sequence[str], stdin: bytes, environment: dict[str, str], way: Link
) -> float:
    """Seconds from a program's first connection to its end, which must be a good one."""
    way.dialled = 0.0
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], **environment},
    )
    _, said = await process.communicate(stdin)
    took = time.monotonic() - way.dialled
    assert process.returncode == 0, (words[0], said)
    return took


async def msmtp(server: MailServer, way: Link, starttls: bool, recipients: int = 1) -> float:
    """msmtp with the same account and letter."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "msmtprc"
        file.write_text(
            f"account default\nhost {HOST}\nport {way.port}\nfrom {USER}\nauth plain\nuser {USER}\n"
            f"password {server.password}\ntls on\ntls_starttls {'on' if starttls else 'off'}\n"
            f"tls_trust_file {server.ca_file}\n"
        )
        file.chmod(0o600)
        people = [f"a{n}@elsewhere.example" for n in range(recipients)]
        return await finished(["msmtp", "-C", str(file), *people], _LETTER, {"HOME": folder}, way)


async def nullmailer(server: MailServer, way: Link, starttls: bool) -> float:
    """nullmailer's own SMTP program, as its queue runner starts it."""
    options = (
        f"host={HOST}\nport={way.port}\nuser={USER}\npass={server.password}\n"
        f"x509cafile={server.ca_file}\n{'starttls' if starttls else 'tls'}\n\n"
    )
    with tempfile.NamedTemporaryFile(prefix="bench-") as file:
        file.write(f"{USER}\na@elsewhere.example\n\n".encode() + _LETTER)
        file.flush()
        words = ["sh", "-c", f"exec {NULLMAILER} 3<{file.name}"]
        return await finished(words, options.encode(), {"HELOHOST": "laptop.example"}, way)


_LETTER = (f"From: {USER}\nTo: a@elsewhere.example\nSubject: x\n\n" + "x" * 74 + "\n").encode()


RESULTS = Path(__file__).with_name("RESULTS.md")


def keep_figures(figures: str) -> None:
    """Appends a line to RESULTS.md."""
    kind = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    day = datetime.now(UTC).date().isoformat()
    if not RESULTS.exists():
        RESULTS.write_text("# Measured (round trips of 200 ms unless said otherwise)\n\n")
    with RESULTS.open("a", encoding="utf-8") as history:
        history.write(f"- {day}, {commit()}, {kind}: {figures}\n")


def commit() -> str:
    """The short hash of what is measured."""
    git = shutil.which("git")
    if not git:
        return "unknown"
    done = subprocess.run(
        [git, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
