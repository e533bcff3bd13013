"""A submission service over an engine of fakes, and a plain socket to talk to it."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from roammail.submission.service import SubmissionService
from roammail.submission.session import Limits
from tests.engine.world import World

QUICK = Limits(octets=1_000_000, wrong_password=0.0)


@dataclass
class Talk:
    """A client that says exactly what the test wants."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self) -> str:
        """The next reply, all lines joined; "" when the service has hung up."""
        lines: list[str] = []
        while True:
            try:
                line = (await asyncio.wait_for(self.reader.readline(), 60)).decode()
            except ConnectionError:
                return ""
            lines.append(line.rstrip())
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, text: str | bytes) -> str:
        """One command (CRLF is added), its reply."""
        octets = text.encode() if isinstance(text, str) else text
        await self.raw(octets + b"\r\n")
        return await self.reply()

    async def raw(self, octets: bytes) -> None:
        """Octets as they are."""
        self.writer.write(octets)
        await self.writer.drain()

    async def gone(self) -> bool:
        """Whether the service hangs up without another word."""
        try:
            return await asyncio.wait_for(self.reader.read(), 60) == b""
        except ConnectionError:
            return True


@dataclass
class Desk:
    """The running service."""

    world: World
    service: SubmissionService
    password: str

    @asynccontextmanager
    async def talk(self, *, host: str = "127.0.0.1", greet: bool = True) -> AsyncIterator[Talk]:
        """A connection, greeted."""
        reader, writer = await asyncio.open_connection(host, self.service.port, limit=1 << 22)
        try:
            talk = Talk(reader, writer)
            if greet:
                assert (await talk.reply()).startswith("220 ")
                assert "PIPELINING" in await talk.say("EHLO test")
            yield talk
        finally:
            writer.close()

    def plain(self, password: str | None = None) -> str:
        """AUTH PLAIN with an initial response."""
        word = self.password if password is None else password
        token = base64.b64encode(f"\0roammail\0{word}".encode()).decode()
        return f"AUTH PLAIN {token}"

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[Talk]:
        """A connection that has signed in."""
        async with self.talk() as talk:
            assert (await talk.say(self.plain())).startswith("235 ")
            yield talk


@asynccontextmanager
async def open_desk(
    limits: Limits = QUICK, *, profile: bool = True, world: World | None = None
) -> AsyncIterator[Desk]:
    """The service on a free port."""
    world = world or World()
    if profile:
        await world.profile("one", "mx.example")
    service = SubmissionService(world.engine, limits)
    places = await service.start(0)
    assert places[0] == "127.0.0.1"
    password = await world.engine.submission_password.get()
    try:
        yield Desk(world, service, password.reveal())
    finally:
        await service.stop()
