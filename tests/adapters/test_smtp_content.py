"""Content on the wire: dot-stuffing byte for byte, slow servers, dead servers, early words."""

import asyncio
import re

import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roammail.adapters import smtp_commands
from roammail.core.content import Octets, Supply
from roammail.core.errors import UserFacingError
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.core.profile import Security
from roammail.ports import EnvelopeWords, SmtpConnection, Timeouts
from tests.adapters.scripted_server import EXTENSIONS, ScriptedServer, Session, hang
from tests.adapters.smtp_world import QUICK, authority, leaf, open_session

__all__ = ["authority", "leaf"]
SMALL = 64 * 1024  # what the socket may hold, so that a slow server is felt soon

lines = st.lists(
    st.sampled_from([b".", b"..", b"\r", b"\n", b"\r\n", b"x", b"\0\xff", b" .", b"\r\n.\r\n"]),
    max_size=40,
).map(b"".join)


def nothing(octets: int) -> None:
    """Progress that nobody looks at."""


def as_received(content: bytes) -> bytes:
    """What the other end must hold: the same lines, each ended by CRLF."""
    whole = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return whole if not whole or whole.endswith(b"\r\n") else whole + b"\r\n"


def unstuffed(wire: bytes) -> bytes:
    """RFC 5321 section 4.5.2 as a server reads it."""
    return b"".join(line.removeprefix(b".") for line in re.split(rb"(?<=\r\n)", wire))


def stuffed(content: bytes, cut: int, *, canonical: bool = False) -> bytes:
    """What is written for a content that comes in pieces of `cut` octets."""
    stuffing = smtp_commands.Stuffing(canonical=canonical)
    pieces = [stuffing.feed(content[at : at + cut]) for at in range(0, len(content), cut)]
    return b"".join((*pieces, stuffing.end()))


@given(lines, st.integers(1, 7))
def test_stuffing_is_undone_byte_for_byte(content: bytes, cut: int) -> None:
    wire = stuffed(content, cut)
    assert unstuffed(wire) == as_received(content)
    assert b"\r\n.\r\n" not in b"\r\n" + wire
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", wire)
    assert stuffed(as_received(content), cut, canonical=True) == wire


async def begin(connection: SmtpConnection) -> None:
    """Up to 354."""
    await connection.mail("a@b.example", None, True, False)
    await connection.rcpt("b@far.example")
    assert (await connection.data()).code == 354


@given(st.lists(lines | st.binary(max_size=200), min_size=1, max_size=4))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_messages_arrive_byte_for_byte(leaf: trustme.LeafCert, contents: list[bytes]) -> None:
    async def run() -> list[bytes]:
        async with ScriptedServer(Security.STARTTLS, certificate=leaf) as server:
            connection = await open_session(server)
            for content in contents:
                await begin(connection)
                await connection.content(Octets(content), nothing)
                assert (await connection.final_dot()).code == 250
            await connection.quit()
            return server.messages

    assert asyncio.run(run()) == [as_received(content) for content in contents]


@pytest.mark.parametrize("security", [Security.PLAINTEXT, Security.IMPLICIT_TLS])
async def test_a_slow_but_steady_server_succeeds(
    security: Security, leaf: trustme.LeafCert
) -> None:
    """The whole takes several times longer than any pause that is allowed."""
    patient = Timeouts(9, 9, 9, 9, data_progress=2.0, final_dot=2.0)
    content = b"x" * 998 + b"\r\n"
    content *= 4000
    took = asyncio.Event()

    pauses: list[float] = []

    async def act(session: Session) -> None:
        raw = bytearray()
        while not raw.endswith(b"\r\n.\r\n"):
            raw += await session.reader.read(150_000)
            pauses.append(0.1)
            await asyncio.sleep(pauses[-1])
        assert raw == content + b".\r\n"
        took.set()

    async with ScriptedServer(security, {"content": act}, certificate=leaf, buffer=SMALL) as server:
        connection = await open_session(server, patient)
        await begin(connection)
        await connection.content(Octets(content), nothing)
        assert (await connection.final_dot()).code == 250
        assert took.is_set()
        assert sum(pauses) > patient.data_progress
        connection.close()


@pytest.mark.parametrize("security", [Security.PLAINTEXT, Security.IMPLICIT_TLS])
async def test_a_stall_fails(security: Security, leaf: trustme.LeafCert) -> None:
    hasty = Timeouts(60, 60, 60, 60, data_progress=0.4, final_dot=0.4)
    release = asyncio.Event()

    async def act(session: Session) -> None:
        await session.reader.read(1000)
        await release.wait()

    async with ScriptedServer(security, {"content": act}, certificate=leaf, buffer=SMALL) as server:
        connection = await open_session(server, hasty)
        await begin(connection)
        async with asyncio.timeout(60):
            with pytest.raises(SmtpFailure) as caught:
                await connection.content(Octets(b"x" * (40 << 20)), nothing)
        release.set()
    assert caught.value.failure.kind is FailureKind.TIMED_OUT


async def test_the_last_word_may_take_long_and_not_for_ever(leaf: trustme.LeafCert) -> None:
    async with ScriptedServer(script={"dot": hang}) as server:
        connection = await open_session(server, Timeouts(60, 60, 60, 60, 60, final_dot=0.3))
        await begin(connection)
        await connection.content(Octets(b"x"), nothing)
        with pytest.raises(SmtpFailure) as caught:
            await connection.final_dot()
        assert caught.value.failure.kind is FailureKind.TIMED_OUT
        assert server.messages == [b"x\r\n"]


async def test_a_loss_while_writing(leaf: trustme.LeafCert) -> None:
    async def act(session: Session) -> None:
        await session.reader.read(1000)
        session.writer.transport.abort()

    async with ScriptedServer(Security.IMPLICIT_TLS, {"content": act}, certificate=leaf) as server:
        connection = await open_session(server, QUICK)
        await begin(connection)
        with pytest.raises(SmtpFailure) as caught:
            await connection.content(Octets(b"x\r\n" * (10 << 20)), nothing)
    assert caught.value.failure.kind is FailureKind.CONNECTION_LOST


async def test_parameters_go_along_only_where_they_are_offered() -> None:
    async with ScriptedServer(extensions=("SIZE",)) as server:
        connection = await open_session(server)
        await connection.mail("", 5, True, True)
        await connection.reset()
        connection.close()
        assert "MAIL FROM:<> SIZE=5" in server.commands
    async with ScriptedServer() as server:
        connection = await open_session(server)
        await connection.mail("ü@b.example", None, True, True)
        assert (await connection.rcpt("ß@far.example")).positive
        connection.close()
        assert "MAIL FROM:<ü@b.example> BODY=8BITMIME SMTPUTF8" in server.commands
        assert server.commands[-1] == "RCPT TO:<ß@far.example>"


BAD = ["a@b>\r\nDATA", "a\0@b", "<a@b>", "a b@c", "a@b\u2028", "\x7f@b", "x" * 2000, "a@b SIZE=1"]


@pytest.mark.parametrize("address", BAD)
async def test_addresses_that_could_say_more_than_an_address(address: str) -> None:
    async with ScriptedServer() as server:
        connection = await open_session(server)
        await connection.mail("a@b.example", None, False, True)
        with pytest.raises(SmtpFailure) as caught:
            await connection.rcpt(address)
        assert caught.value.failure.kind is FailureKind.ADDRESS_INVALID
        assert server.commands[-1].startswith("MAIL")


class Failing:
    """A Supply that cannot be read to its end; `short` gives fewer octets than it said."""

    def __init__(self, size: int, *, short: bool = False) -> None:
        self._size, self._left, self._short = size, size // 2, short

    def __len__(self) -> int:
        return self._size

    async def take(self, most: int) -> bytes:
        piece = b"x" * min(most, self._left)
        self._left -= len(piece)
        if not piece and not self._short:
            raise UserFacingError("outbox-damaged", "The disk gave other octets back.")
        return piece


async def give(connection: SmtpConnection, supply: Supply, chunked: bool) -> None:
    """The whole content, by BDAT or by DATA, up to the answer or the dot that ends it."""
    if not chunked:
        await begin(connection)
        await connection.content(supply, nothing)
        return
    await connection.envelope(EnvelopeWords("", None, False, False, (("b@x", None),)))
    assert [(await connection.next_answer()).code for _ in range(2)] == [250, 250]
    await connection.chunk(supply, nothing, last=True)


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
async def test_what_cannot_be_read_has_no_end(chunked: bool, short: bool) -> None:
    """Rule 2: a torn message is never brought to an end, nor taken for one by the server."""
    async with ScriptedServer(extensions=(*EXTENSIONS, "PIPELINING", "CHUNKING")) as server:
        connection = await open_session(server)
        with pytest.raises(ValueError if short else UserFacingError):
            await give(connection, Failing(600_000, short=short), chunked)
        assert not connection.committed
        await connection.quit()
        await server.done()
        assert server.messages == []
        assert "QUIT" not in server.commands


class Slow(Octets):
    """A Supply whose beginning is read slower than any server may be."""

    takes = 0

    async def take(self, most: int) -> memoryview:
        self.takes += 1
        if self.takes < 3:
            await asyncio.sleep(1.2)
        return await super().take(most)


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_slow_disk_is_no_slow_server(chunked: bool) -> None:
    hasty = Timeouts(9, 9, 9, 9, data_progress=1.0, final_dot=9)
    content = b"x" * 998 + b"\r\n"
    content *= 300
    async with ScriptedServer(extensions=(*EXTENSIONS, "PIPELINING", "CHUNKING")) as server:
        connection = await open_session(server, hasty)
        await give(connection, Slow(content), chunked)
        ended = await (connection.next_answer() if chunked else connection.final_dot())
        assert ended.code == 250
        assert server.messages == [content]
        connection.close()
