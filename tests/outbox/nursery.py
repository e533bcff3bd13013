"""The parent's side of `killable.py`: a server that counts, a home that outlives its processes."""

import asyncio
import json
import os
import random
import re
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.adapters.sealed_file import SealedFile
from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.core.delivery import RecipientState
from roammail.core.envelope import OutboxEntry
from roammail.core.profile import AuthMethod, Profile, Security
from roammail.core.secret import Secret
from roammail.engine.profile_book import ProfileBook
from tests import canary
from tests.adapters.scripted_server import EXTENSIONS, Hangup, ScriptedServer, Session, say
from tests.outbox.killable import SENDER

PROJECT = Path(__file__).resolve().parent.parent.parent
PASSWORD = canary.secret("killed")
_TAG = re.compile(rb"Message-ID: <([^@>]+)@")


class Counting(ScriptedServer):
    """Takes everything; a tag that begins with "slow" is put off the first time, one that
    begins with "bad" is refused for good."""

    def __init__(self, **how: object) -> None:
        script = {
            "dot": self._judge,
            "content": self._whole,
            "bdat": self._whole_chunk,
            "chunk": self._judge_chunk,
        }
        super().__init__(script=script, host="localhost", **how)  # type: ignore[arg-type]
        self._put_off: set[str] = set()

    async def _whole(self, session: Session) -> None:
        try:
            await self._content(session)
        except asyncio.IncompleteReadError:
            raise Hangup from None  # the client was killed in the middle

    async def _whole_chunk(self, session: Session) -> None:
        try:
            await self._bdat(session)
        except asyncio.IncompleteReadError:
            raise Hangup from None

    async def _judge_chunk(self, session: Session) -> None:
        if session.commands[-1].endswith("LAST"):
            await self._judge(session)
        else:
            await say("250 2.0.0 Go on")(session)

    async def _judge(self, session: Session) -> None:
        tag = self.tag(self.messages[-1])
        if tag.startswith("bad"):
            self.messages.pop()
            await say("554 5.7.1 Content rejected as spam")(session)
        elif tag.startswith("slow") and tag not in self._put_off:
            self._put_off.add(tag)
            self.messages.pop()
            await say("451 4.3.0 Try again later")(session)
        else:
            await say("250 2.0.0 Queued")(session)

    @staticmethod
    def tag(message: bytes) -> str:
        found = _TAG.search(message)
        assert found
        return found.group(1).decode()

    @property
    def arrived(self) -> Counter[str]:
        """How often each tag was taken."""
        return Counter(map(self.tag, self.messages))


@dataclass
class Nursery:
    """A home, a server and a zygote."""

    home: Path
    server: Counting
    process: asyncio.subprocess.Process
    store: dict[str, str]
    taken: set[str] = field(default_factory=set)

    async def run(
        self,
        *tags: str,
        kill: tuple[str, str, int] | None = None,
        after: float | None = None,
    ) -> int:
        """One process; `after` seconds since it was ready it is killed. Its exit status."""
        order = {"home": str(self.home), "store": self.store, "tags": tags, "kill": kill}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        pid, killing = 0, None
        try:
            while line := (await self.process.stdout.readline()).decode().split():
                match line:
                    case ["pid", number]:
                        pid = int(number)
                    case ["taken", tag]:
                        self.taken.add(tag)
                    case ["end", status]:
                        return int(status)
                if after is not None and killing is None and pid and line[0] in ("ready", "pid"):
                    killing = asyncio.ensure_future(_kill(pid, after))  # noqa: TID251
        finally:
            if killing:
                killing.cancel()
                with suppress(asyncio.CancelledError):
                    await killing
        raise AssertionError("the nursery died")

    async def entries(self) -> dict[str, OutboxEntry]:
        """What the outbox holds, by tag."""
        outbox = SqliteOutbox(self.home)
        try:
            return {e.message_id[1:].partition("@")[0]: e for e in await outbox.entries()}
        finally:
            await outbox.close()

    async def judge(self) -> dict[str, int]:
        """Everything that was taken is there; nothing arrived twice; what did not arrive is
        marked. Returns how many ended in which state."""
        entries, arrived = await self.entries(), self.server.arrived
        assert self.taken <= set(entries), "lost"
        for tag, entry in entries.items():
            (one,) = entry.recipients
            if one.state is RecipientState.SENT:
                assert arrived[tag] == 1, (tag, one.state, arrived[tag])
            elif one.state is RecipientState.UNCERTAIN:
                assert arrived[tag] <= 1, (tag, one.state, arrived[tag])
            else:
                assert tag.startswith("bad"), (tag, one.state)
                assert one.state is RecipientState.REFUSED
                assert arrived[tag] == 0
        assert set(arrived) <= set(entries)
        return Counter(str(entry.recipients[0].state) for entry in entries.values())


async def _kill(pid: int, after: float) -> None:
    await asyncio.sleep(after)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def nursery(
    folder: Path, security: Security, extensions: Sequence[str] = EXTENSIONS
) -> AsyncIterator[Nursery]:
    """With TLS the profile signs in."""
    secure = security is not Security.PLAINTEXT
    authority = trustme.CA()
    pem = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(pem))
    async with Counting(
        security=security,
        extensions=extensions,
        certificate=authority.issue_cert("localhost") if secure else None,
        users={SENDER: PASSWORD} if secure else None,
    ) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.outbox.killable",
            cwd=PROJECT,
            env={**os.environ, "SSL_CERT_FILE": str(pem)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        try:
            store = await _store(server, secure=secure)
            yield Nursery(folder / "home", server, process, store)
        finally:
            process.stdin.close()
            await process.wait()


async def _store(server: Counting, *, secure: bool) -> dict[str, str]:
    """A keyring with the one profile."""
    memory = MemorySecretStore()
    book = ProfileBook(memory, lambda: f"{random.getrandbits(64):x}", SealedFile())
    auth = AuthMethod.PASSWORD if secure else AuthMethod.NONE
    await book.add(
        Profile("", "one", server.endpoint, auth=auth, username=SENDER if secure else "",
                senders=(SENDER,)),
        Secret(PASSWORD) if secure else None,
    )  # fmt: skip
    return memory.values
