"""Commands ahead of their answers (RFC 2920) and chunks (RFC 3030): fake and real alike."""

import asyncio

import pytest
import trustme

from roammail.core.content import Octets
from roammail.core.failure import FailureKind
from roammail.core.profile import Security
from roammail.engine import tasks
from roammail.ports import EnvelopeWords, SmtpConnection, Timeouts
from tests.adapters.scripted_server import (
    EXTENSIONS,
    ScriptedServer,
    Session,
    close,
    hang,
    raw,
    say,
)
from tests.adapters.smtp_world import QUICK, authority, leaf, open_session
from tests.adapters.test_smtp_contract import Builder, builder, fails

__all__ = ["authority", "builder", "leaf"]

AHEAD = (*EXTENSIONS, "PIPELINING", "CHUNKING")
CONTENT = b"Subject: x\r\n\r\n.a dot, and no end\r\n.\r\n"


def words(*recipients: str, size: int | None = None) -> EnvelopeWords:
    """An envelope."""
    to = tuple((address, None) for address in recipients or ("bob@far.example",))
    return EnvelopeWords("ada@test.example", size, False, False, to)


def nothing(_: int) -> None:
    """Progress that nobody watches."""


async def answers(connection: SmtpConnection, count: int) -> list[int]:
    """The codes of the next answers."""
    return [(await connection.next_answer()).code for _ in range(count)]


async def test_an_envelope_and_data_in_one_flight(builder: Builder) -> None:
    async with builder.world(Security.PLAINTEXT, extensions=AHEAD) as world:
        connection = await world.open()
        await connection.envelope(words("a@far.example", "b@far.example"), data=True)
        assert await answers(connection, 4) == [250, 250, 250, 354]
        await connection.content(Octets(CONTENT), nothing)
        assert not connection.committed
        assert (await connection.final_dot()).code == 250
        assert connection.committed
        assert world.contents == [CONTENT]
        await connection.quit()


async def test_everything_in_one_flight(builder: Builder) -> None:
    async with builder.world(Security.IMPLICIT_TLS, extensions=AHEAD) as world:
        connection = await world.open()
        await connection.envelope(words())
        seen: list[int] = []
        assert await connection.chunk(Octets(CONTENT[:12]), seen.append, last=False)
        assert not connection.committed
        assert await connection.chunk(Octets(CONTENT[12:]), seen.append, last=True)
        assert connection.committed
        assert await answers(connection, 4) == [250, 250, 250, 250]
        assert world.contents == [CONTENT]
        # The next message on the same connection begins anew.
        await connection.envelope(words())
        assert not connection.committed
        assert await connection.chunk(Octets(CONTENT), nothing, last=True)
        assert await answers(connection, 3) == [250, 250, 250]
        assert world.contents == [CONTENT, CONTENT]
        assert (await connection.noop()).code == 250
        await connection.quit()


async def test_an_empty_last_chunk(builder: Builder) -> None:
    async with builder.world(Security.PLAINTEXT, extensions=AHEAD) as world:
        connection = await world.open()
        await connection.envelope(words())
        await connection.chunk(Octets(CONTENT), nothing, last=False)
        await connection.chunk(Octets(b""), nothing, last=True)
        assert await answers(connection, 4) == [250, 250, 250, 250]
        assert world.contents == [CONTENT]


async def test_answers_before_a_loss_are_heard(builder: Builder) -> None:
    async with builder.world(
        Security.PLAINTEXT, {"rcpt": "550 5.1.1 Nobody", "data": None}, extensions=AHEAD
    ) as world:
        connection = await world.open()
        await connection.envelope(words(), data=True)
        assert await answers(connection, 2) == [250, 550]
        async with fails(FailureKind.CONNECTION_LOST):
            await connection.next_answer()
        connection.close()


async def test_nothing_is_said_where_one_address_cannot_be(builder: Builder) -> None:
    async with builder.world(Security.PLAINTEXT, extensions=AHEAD) as world:
        connection = await world.open()
        async with fails(FailureKind.ADDRESS_INVALID):
            await connection.envelope(words("a@far.example", "b@far.example>\r\nDATA"))
        assert not any("far" in command for command in world.server.commands)


# What only real sockets show


async def opened(server: ScriptedServer, timeouts: Timeouts = QUICK) -> SmtpConnection:
    """A connection through EHLO."""
    return await open_session(server, timeouts)


async def test_replies_in_odd_pieces() -> None:
    async def act(session: Session) -> None:
        for octet in b"250-2.1.5 first\r\n250 2.1.5 ok\r\n":
            await session.write(bytes((octet,)))
            await asyncio.sleep(0)

    async with ScriptedServer(script={"rcpt": act}, extensions=AHEAD) as server:
        connection = await opened(server)
        await connection.envelope(words("a@far.example", "b@far.example"))
        assert await answers(connection, 3) == [250, 250, 250]
        # Part of an answer has come; what follows may be written all the same.
        assert await connection.chunk(Octets(CONTENT), nothing, last=True)
        assert (await connection.next_answer()).code == 250
        connection.close()


async def test_the_record_holds_what_was_said_in_its_order() -> None:
    script = {"rcpt": [say("250 2.1.5 ok"), say("550 5.1.1 Nobody")]}
    async with ScriptedServer(script=script, extensions=AHEAD) as server:
        connection = await opened(server)
        await connection.envelope(words("a@far.example", "b@far.example"), data=True)
        await answers(connection, 4)
        lines = [f"{line.direction} {line.text}" for line in connection.transcript]
        begin = lines.index("C MAIL FROM:<ada@test.example>")
        assert lines[begin:] == [
            "C MAIL FROM:<ada@test.example>",
            "C RCPT TO:<a@far.example>",
            "C RCPT TO:<b@far.example>",
            "C DATA",
            "S 250 2.1.0 Sender ok",
            "S 250 2.1.5 ok",
            "S 550 5.1.1 Nobody",
            "S 354 Go ahead",
        ]
        # Leaving says nothing: within the content it would be taken for a line of it.
        await connection.quit()
        await server.done()
        assert server.messages == []
        assert "QUIT" not in server.commands


async def test_an_answer_that_belongs_elsewhere() -> None:
    async with ScriptedServer(script={"rcpt": say("354 Go ahead")}, extensions=AHEAD) as server:
        connection = await opened(server)
        await connection.envelope(words())
        assert await answers(connection, 1) == [250]
        async with fails(FailureKind.GARBAGE):
            await connection.next_answer()


async def test_one_answer_too_many() -> None:
    twice = say("250 2.1.5 ok", "250 2.1.5 ok")
    async with ScriptedServer(script={"rcpt": twice}, extensions=AHEAD) as server:
        connection = await opened(server)
        await connection.envelope(words())
        assert await answers(connection, 2) == [250, 250]
        async with fails(FailureKind.UNSOLICITED):
            await connection.chunk(Octets(CONTENT), nothing, last=True)
        assert not connection.committed


async def test_one_answer_too_few() -> None:
    async with ScriptedServer(script={"mail": raw(b"")}, extensions=AHEAD) as server:
        connection = await opened(server, Timeouts(9, 9, command=2.5))
        await connection.envelope(words())
        assert await answers(connection, 1) == [250]
        async with fails(FailureKind.TIMED_OUT):
            await connection.next_answer()


async def test_a_lost_connection_is_noticed_before_the_content_is_given_away() -> None:
    async with ScriptedServer(script={"noop": close}, extensions=AHEAD) as server:
        connection = await opened(server)
        async with fails(FailureKind.CONNECTION_LOST):
            await connection.noop()
        async with fails(FailureKind.CONNECTION_LOST):
            await connection.chunk(Octets(CONTENT), nothing, last=True)
        assert not connection.committed


async def test_an_upload_ends_with_the_first_refusal() -> None:
    """Behind a refused RCPT a large content is kept back; what is left of it never arrives."""
    content = b"x" * 998 + b"\r\n"
    content *= 60_000
    script = {"rcpt": say("554 5.7.1 Relay access denied"), "bdat": hang}
    async with ScriptedServer(script=script, extensions=AHEAD, buffer=4096) as server:
        connection = await opened(server, QUICK)
        await connection.envelope(words())
        done: list[int] = []
        assert not await connection.chunk(Octets(content), done.append, last=True)
        assert not connection.committed
        assert done[-1] < len(content)
        assert await answers(connection, 2) == [250, 554]
        connection.close()


async def test_a_chunk_that_nobody_takes_is_no_commitment(leaf: trustme.LeafCert) -> None:
    hasty = Timeouts(60, 60, 60, 60, data_progress=0.4, final_dot=0.4)
    release = asyncio.Event()

    async def act(session: Session) -> None:
        await release.wait()

    async with ScriptedServer(
        Security.IMPLICIT_TLS,
        {"bdat": act},
        certificate=leaf,
        extensions=AHEAD,
        buffer=4096,
    ) as server:
        connection = await opened(server, hasty)
        await connection.envelope(words())
        async with fails(FailureKind.TIMED_OUT):
            await connection.chunk(Octets(b"x" * (40 << 20)), nothing, last=True)
        assert not connection.committed
        release.set()
        connection.close()


async def test_leaving_in_the_middle_of_a_chunk_adds_nothing_to_it() -> None:
    """QUIT would be six octets of the message."""
    taken = bytearray()

    begun, left = asyncio.Event(), asyncio.Event()

    async def act(session: Session) -> None:
        taken.extend(await session.reader.read(1000))
        begun.set()
        await left.wait()
        while piece := await session.reader.read(65536):
            taken.extend(piece)

    async with ScriptedServer(script={"bdat": act}, extensions=AHEAD, buffer=4096) as server:
        connection = await opened(server, QUICK)
        await connection.envelope(words())
        upload = connection.chunk(Octets(b"x" * (30 << 20)), nothing, last=True)
        work = tasks.start(upload, "upload")
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert not connection.committed
        await connection.quit()
        left.set()
        await server.done()
        assert b"QUIT" not in taken


@pytest.mark.parametrize("last", [False, True])
async def test_a_chunk_is_written_octet_by_octet(last: bool) -> None:
    content = bytes(range(256)) * 1000
    async with ScriptedServer(extensions=AHEAD) as server:
        connection = await opened(server)
        await connection.envelope(words())
        seen: list[int] = []
        assert await connection.chunk(Octets(memoryview(content)), seen.append, last=last)
        if not last:
            await connection.chunk(Octets(b""), nothing, last=True)
            await connection.next_answer()
        codes = await answers(connection, 3)
        assert codes == [250, 250, 250]
        assert seen == sorted(seen)
        assert seen[-1] == len(content)
        assert server.messages == [content]
