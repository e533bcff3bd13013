"""A content that cannot be read to its end: nobody gets it, and nobody else is asked (rule 2)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from roammail.core.content import Content, HeldContent, Octets, Supply
from roammail.core.content_facts import ContentFacts
from roammail.core.diagnosis import Scope
from roammail.core.errors import UserFacingError
from roammail.core.events import UploadProgress
from roammail.core.outgoing import Outgoing
from tests.engine.world import TO, World, message, states
from tests.fakes.outbox import FakeOutbox
from tests.fakes.smtp import FakeServer

BOTH = ("SIZE 10240000", "8BITMIME", "PIPELINING", "CHUNKING")
POSTFIX = "220 smtp.home.example ESMTP Postfix (Debian/GNU)"
LARGE = message().content + b"x" * 78 * 3000 + b"\r\n"
OTHER = "other@elsewhere.example"


@dataclass(frozen=True)
class Torn:
    """A Content of which all but the last octets can be read."""

    whole: HeldContent

    @property
    def facts(self) -> ContentFacts:
        return self.whole.facts

    @property
    def beginning(self) -> bytes:
        return self.whole.beginning

    def __len__(self) -> int:
        return len(self.whole)

    @asynccontextmanager
    async def reading(self, start: int = 0) -> AsyncIterator[Supply]:
        yield TornSupply(self.whole.octets[start:])


class TornSupply(Octets):
    async def take(self, most: int) -> memoryview:
        piece = await super().take(most)
        if self._left:
            return piece
        raise UserFacingError("outbox-damaged", "The disk gave other octets back.")


class TearingOutbox(FakeOutbox):
    """Cannot read what it kept."""

    async def outgoing(self, outbox_id: int) -> Outgoing:
        kept = await super().outgoing(outbox_id)
        assert isinstance(kept.content, HeldContent)
        content: Content = Torn(kept.content)
        return replace(kept, content=content)


@pytest.mark.parametrize("content", [None, LARGE])
@pytest.mark.parametrize("people", [(TO,), (TO, OTHER)])
@pytest.mark.parametrize(
    ("extensions", "greeting"),
    [
        ((), "220 a server"),
        (BOTH[:3], "220 a server"),
        (BOTH, "220 a server"),
        (BOTH, POSTFIX),
    ],
)
@pytest.mark.parametrize("profiles", [1, 2])
async def test_nobody_gets_a_torn_message(
    extensions: tuple[str, ...],
    greeting: str,
    people: tuple[str, ...],
    content: bytes | None,
    profiles: int,
) -> None:
    world = World(outbox=TearingOutbox())
    servers: list[FakeServer] = []
    for number in range(profiles):
        host = f"smtp{number}.home.example"
        server = world.server(host, extensions=extensions, answers={"greeting": greeting})
        servers.append(server)
        await world.profile(f"{number}", host)
    outbox_id = await world.engine.queue(message(*people, content=content))
    entry = await world.engine.deliver(outbox_id)
    assert states(entry) == dict.fromkeys(people, "refused")
    for recipient in entry.recipients:
        assert recipient.diagnosis is not None
        assert recipient.diagnosis.scope is Scope.MESSAGE
        assert recipient.diagnosis.params == (("reason", "damaged"),)
    for server in servers:
        assert server.messages == []
        assert "dot" not in server.commands
        assert "bdat last" not in server.commands
        assert all(connection.closed for connection in server.connections)
    assert sum("data" in s.commands or "bdat" in s.commands for s in servers) <= 1


async def test_progress_goes_on_from_chunk_to_chunk() -> None:
    world = World()
    world.server("smtp.home.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send(content=LARGE)) == {TO: "sent"}
    told = [event.sent for event in world.events if isinstance(event, UploadProgress)]
    assert told == sorted(told)
    assert len(set(told)) == 2
    assert told[-1] == len(LARGE)
