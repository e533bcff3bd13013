"""The whole way: the submission service and the worker of a real engine over a real outbox, and
behind them a real server, the friend's, that counts what arrives."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from roammail import wiring
from roammail.adapters.network_null import NullNetworkWatcher
from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.core.profile import AuthMethod, Profile, Security
from roammail.engine import tasks
from roammail.engine.engine import Engine
from roammail.ports import NetworkWatcher
from roammail.submission.service import SubmissionService
from roammail.submission.session import Limits
from roammail.wiring import Options, open_engine
from tests.adapters.scripted_server import EXTENSIONS, ScriptedServer

SENDER = "ada@home.example"
FRIEND = "friend@elsewhere.example"
_RCPT = re.compile(r"RCPT TO:<([^>]*)>(.*)", re.IGNORECASE)


@dataclass
class Office:
    """The service's port and password, and the friend's server."""

    engine: Engine
    friend: ScriptedServer
    port: int
    password: str
    folder: Path

    async def arrived(self, count: int, seconds: float = 60.0) -> list[EmailMessage]:
        """Waits for so many messages."""
        async with asyncio.timeout(seconds):
            while len(self.friend.messages) < count:
                await asyncio.sleep(0.02)
        return [read(octets) for octets in self.friend.messages]

    def recipients(self) -> list[tuple[str, str]]:
        """Every RCPT that the friend's server heard, with its parameters."""
        found = map(_RCPT.fullmatch, self.friend.commands)
        return [(one.group(1), one.group(2).strip()) for one in found if one]

    async def run(self, *words: str, stdin: bytes = b"", cwd: Path | None = None) -> bytes:
        """A program with HOME in the test's folder; it must end well."""
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=cwd or self.folder,
            env={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "HOME": str(self.folder),
                "LC_ALL": "C.UTF-8",
            },
        )
        async with asyncio.timeout(60):
            output, _ = await process.communicate(stdin)
        assert process.returncode == 0, output.decode("utf-8", "replace")
        return output

    def write(self, name: str, text: str, mode: int = 0o600) -> str:
        """A file of the program's user."""
        path = self.folder / name
        path.write_text(text.format(port=self.port, password=self.password, folder=self.folder))
        path.chmod(mode)
        return str(path)


def read(octets: bytes) -> EmailMessage:
    """A message as a mail program would."""
    message = message_from_bytes(octets.replace(b"\r\n", b"\n"), policy=policy.SMTPUTF8)
    assert isinstance(message, EmailMessage)
    return message


@asynccontextmanager
async def office(
    folder: Path,
    limits: Limits | None = None,
    *,
    work: bool = True,
    watcher: type[NetworkWatcher] = NullNetworkWatcher,
) -> AsyncIterator[Office]:
    """Everything started, everything stopped; without `work` nobody delivers."""
    async with ScriptedServer(
        Security.PLAINTEXT, host="localhost", extensions=(*EXTENSIONS, "DSN")
    ) as friend:
        store = MemorySecretStore()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "network_watcher", watcher)
            async with open_engine(Options(home=folder / "roammail", store=store)) as engine:
                profile = Profile("", "one", friend.endpoint, auth=AuthMethod.NONE)
                await engine.book.add(profile, None)
                async with _working(engine) if work else nullcontext():
                    service = SubmissionService(engine, limits)
                    await service.start(0)
                    password = (await engine.submission_password.get()).reveal()
                    try:
                        yield Office(engine, friend, service.port, password, folder)
                    finally:
                        await service.stop()


@asynccontextmanager
async def _working(engine: Engine) -> AsyncIterator[None]:
    assert await engine.workplace.take()
    worker = engine.worker()
    run = tasks.start(worker.run(), "worker")
    try:
        yield
    finally:
        worker.stop()
        await run
        await engine.workplace.leave()
