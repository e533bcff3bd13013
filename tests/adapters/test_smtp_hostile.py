"""Servers that break off, hang, babble or lie, at every stage, over real sockets."""

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest
import trustme

from roammail.core.content import Octets
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.profile import Security
from roammail.core.reply import Reply
from roammail.core.secret import Secret
from roammail.ports import SmtpConnection, Timeouts
from tests.adapters.scripted_server import (
    Action,
    ScriptedServer,
    Session,
    close,
    drip,
    flood,
    hang,
    hang_long,
    raw,
    say,
    say_and_close,
)
from tests.adapters.smtp_world import QUICK, SHORT, authority, leaf, open_session, reach
from tests.canary import secret as canary

__all__ = ["authority", "leaf"]
NAME, PASSWORD = "ada@test.example", canary("hostile")
STAGES = ("greeting", "hello", "starttls", "auth", "mail", "rcpt", "data", "dot", "rset")
GARBAGE = b"HTTP/1.1 400 Bad Request\r\n\r\n"


async def climb(connection: SmtpConnection) -> tuple[str, Reply | Failure | None]:
    """Every stage in order; the first that is refused or fails, and how."""
    steps: dict[str, Callable[[], object]] = {
        "greeting": connection.greeting,
        "hello": connection.hello,
        "starttls": connection.start_tls,
        "hello again": connection.hello,
        "auth": lambda: connection.sign_in(NAME, Secret(PASSWORD)),
        "mail": lambda: connection.mail(NAME, None, False, False),
        "rcpt": lambda: connection.rcpt("bob@far.example"),
        "data": connection.data,
        "content": lambda: connection.content(Octets(b"x\r\n" * 1000), lambda octets: None),
        "dot": connection.final_dot,
        "rset": connection.reset,
    }
    for stage, step in steps.items():
        try:
            reply = await step()  # type: ignore[misc]
        except SmtpFailure as raised:
            return stage, raised.failure
        if reply is not None and not reply.positive:
            return stage, reply
    return "done", None


async def climb_against(
    action: Action, stage: str, leaf: trustme.LeafCert, timeouts: Timeouts = QUICK
) -> tuple[str, Reply | Failure | None, SmtpConnection]:
    """Climbs a STARTTLS server that does `action` at `stage`."""
    users = {NAME: PASSWORD}
    async with ScriptedServer(
        Security.STARTTLS, {stage: action}, certificate=leaf, users=users
    ) as server:
        connection = await reach(server, timeouts)
        ended, how = await climb(connection)
        connection.close()
        connection.close()
        await connection.quit()
    return ended, how, connection


async def test_the_climb_itself(leaf: trustme.LeafCert) -> None:
    ended, how, _ = await climb_against(say("250 ok"), "rset", leaf)
    assert (ended, how) == ("done", None)


@pytest.mark.parametrize("stage", STAGES)
async def test_closes(stage: str, leaf: trustme.LeafCert) -> None:
    patient = Timeouts(600, 600, 600, 600, 600, 600)
    async with asyncio.timeout(60):  # a loss is noticed at once, not at the next time-out
        ended, how, _ = await climb_against(close, stage, leaf, patient)
    assert ended == stage
    assert isinstance(how, Failure)
    assert how.kind is FailureKind.CONNECTION_LOST


@pytest.mark.parametrize("stage", STAGES)
async def test_421(stage: str, leaf: trustme.LeafCert) -> None:
    ended, how, _ = await climb_against(say_and_close("421 4.3.2 Closing down"), stage, leaf)
    assert ended == stage
    assert isinstance(how, Reply)
    assert (how.code, how.enhanced, how.text) == (421, "4.3.2", "Closing down")


@pytest.mark.parametrize("stage", STAGES)
async def test_says_nothing(stage: str, leaf: trustme.LeafCert) -> None:
    ended, how, _ = await climb_against(hang_long, stage, leaf)
    assert ended == stage
    assert isinstance(how, Failure)
    assert how.kind is FailureKind.TIMED_OUT


@pytest.mark.parametrize("stage", STAGES)
async def test_garbage(stage: str, leaf: trustme.LeafCert) -> None:
    ended, how, _ = await climb_against(raw(GARBAGE), stage, leaf)
    assert ended == stage
    assert isinstance(how, Failure)
    assert how.kind is FailureKind.GARBAGE


@pytest.mark.parametrize("stage", STAGES)
async def test_half_a_reply(stage: str, leaf: trustme.LeafCert) -> None:
    async def act(session: Session) -> None:
        await session.write(b"250-half")
        await close(session)

    ended, how, _ = await climb_against(act, stage, leaf)
    assert ended == stage
    assert isinstance(how, Failure)
    assert how.kind is FailureKind.CONNECTION_LOST
    assert "middle of a reply" in how.detail


FLOODS = {
    "endless banner": (flood(b"220-welcome\r\n"), FailureKind.TOO_LONG),
    "1 GB without a line end": (flood(b"x", begin=b"250 "), FailureKind.TOO_LONG),
    "1 GB of something else": (flood(b"\0\xff"), FailureKind.GARBAGE),
    "endless long lines": (flood(b"250-" + b"y" * 1500 + b"\r\n"), FailureKind.TOO_LONG),
}


@pytest.mark.parametrize("stage", ["greeting", "hello", "auth", "rcpt", "dot"])
@pytest.mark.parametrize("name", FLOODS)
async def test_floods_cost_little(name: str, stage: str, leaf: trustme.LeafCert) -> None:
    action, kind = FLOODS[name]
    tracemalloc.start()
    try:
        ended, how, _ = await climb_against(action, stage, leaf)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ended == stage
    assert isinstance(how, Failure)
    assert how.kind is kind
    assert peak < 16 << 20


@pytest.mark.parametrize("octets", [b"220-slow\r\n", b"2"])
async def test_a_drip_cannot_hold_us(octets: bytes) -> None:
    async with ScriptedServer(script={"greeting": drip(octets, 0.05)}) as server:
        connection = await reach(server, SHORT)
        async with asyncio.timeout(60):
            with pytest.raises(SmtpFailure) as caught:
                await connection.greeting()
    assert caught.value.failure.kind is FailureKind.TIMED_OUT


MALFORMED = {
    "codes differ": b"250-one\r\n251 two\r\n",
    "no code": b"hello there\r\n",
    "a code of its own": b"999 what\r\n",
    "class one": b"150 wait\r\n",
    "no separator": b"250ok\r\n",
    "an empty line": b"\r\n",
    "not of this place": b"354 go ahead\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_malformed_replies(name: str) -> None:
    async with ScriptedServer(script={"mail": raw(MALFORMED[name])}) as server:
        connection = await open_session(server)
        with pytest.raises(SmtpFailure) as caught:
            await connection.mail(NAME, None, False, False)
    assert caught.value.failure.kind is FailureKind.GARBAGE


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"250 bare\n", "bare"),
        (b"250\r\n", ""),
        (b"250-\r\n250 x\r\n", "x"),
        (b"250 caf\xe9\r\n", "caf\\xe9"),
        (b"250 \x1b[2Jred\x00\r\r\n", "\\x1b[2Jred\\x00\\x0d"),
    ],
)
async def test_odd_replies_are_read(octets: bytes, text: str) -> None:
    async with ScriptedServer(script={"mail": raw(octets)}) as server:
        connection = await open_session(server)
        reply = await connection.mail(NAME, None, False, False)
        connection.close()
    assert (reply.code, reply.text) == (250, text)


@pytest.mark.parametrize("stage", ["greeting", "hello", "mail", "rcpt", "rset"])
async def test_unsolicited_replies(stage: str) -> None:
    """Never taken for the answer to the next command."""
    good = "250 ok" if stage != "greeting" else "220 hi"
    async with ScriptedServer(script={stage: say(good, "250 2.0.0 and one more")}) as server:
        connection = await reach(server)

        async def converse() -> None:
            await connection.greeting()
            await connection.hello()
            await connection.mail(NAME, None, False, False)
            await connection.rcpt("b@far.example")
            await connection.reset()
            await connection.reset()

        with pytest.raises(SmtpFailure) as caught:
            await converse()
    assert caught.value.failure.kind is FailureKind.UNSOLICITED


async def test_replies_that_are_one_behind_never_pass_for_a_delivery() -> None:
    """An extra reply that comes late looks like an answer; at DATA it can no longer."""

    async def late(session: Session) -> None:
        await session.write(b"250 2.1.0 the answer to MAIL\r\n")
        while not session.commands[-1].startswith("RCPT"):
            session.commands.append(await session.line())
        await session.write(b"250 2.0.0 late\r\n250 2.1.5 the answer to RCPT\r\n")

    async with ScriptedServer(script={"mail": late}) as server:
        connection = await open_session(server)
        await connection.mail(NAME, None, False, False)
        assert (await connection.rcpt("b@far.example")).text == "late"
        with pytest.raises(SmtpFailure) as caught:
            await connection.data()
        assert caught.value.failure.kind is FailureKind.UNSOLICITED
        assert server.messages == []


async def test_part_of_an_unsolicited_reply() -> None:
    async with ScriptedServer(script={"mail": raw(b"250 ok\r\n250 2.1.5 prea")}) as server:
        connection = await open_session(server)
        assert (await connection.mail(NAME, None, False, False)).positive
        with pytest.raises(SmtpFailure) as caught:
            await connection.rcpt("b@far.example")
    assert caught.value.failure.kind is FailureKind.UNSOLICITED


async def test_421_between_commands_answers_the_next() -> None:
    async with ScriptedServer(script={"mail": say("250 ok", "421 4.4.2 Idle too long")}) as server:
        connection = await open_session(server)
        await connection.mail(NAME, None, False, False)
        reply = await connection.rcpt("b@far.example")
        connection.close()
        assert (reply.code, reply.text) == (421, "Idle too long")
        assert not any(command.startswith("RCPT") for command in server.commands)


async def test_helo_only_where_nothing_is_protected(leaf: trustme.LeafCert) -> None:
    for security, helo in ((Security.PLAINTEXT, True), (Security.STARTTLS, False)):
        script = {"hello": say("502 5.5.1 Not implemented")}
        async with ScriptedServer(security, script, certificate=leaf) as server:
            connection = await reach(server)
            await connection.greeting()
            assert (await connection.hello()).positive is helo
            connection.close()
            assert (server.commands[-1] == "HELO [127.0.0.1]") is helo


async def test_a_server_that_wants_to_be_listened_to_while_we_write() -> None:
    """An early refusal ends the upload, and is the message's answer."""

    async def act(session: Session) -> None:
        await session.reader.read(1000)
        await session.write(b"552 5.3.4 Too much\r\n")
        while await session.reader.read(65536):
            pass

    async with ScriptedServer(script={"content": act}) as server:
        connection = await open_session(server)
        await connection.mail(NAME, None, False, False)
        await connection.rcpt("b@far.example")
        await connection.data()
        sent: list[int] = []
        await connection.content(Octets(b"x" * 60 + b"\r\n" * (30 << 20)), sent.append)
        reply = await connection.final_dot()
        assert (reply.code, reply.enhanced) == (552, "5.3.4")
        assert sent[-1] < 30 << 20
        assert server.messages == []


async def test_an_early_yes_is_not_believed() -> None:
    async def act(session: Session) -> None:
        await session.write(b"250 2.0.0 Queued\r\n")
        await hang(session)

    async with ScriptedServer(script={"content": act}) as server:
        connection = await open_session(server)
        await connection.mail(NAME, None, False, False)
        await connection.rcpt("b@far.example")
        await connection.data()

        async def upload() -> None:
            await connection.content(Octets(b"x\r\n" * (8 << 20)), lambda octets: None)
            await connection.final_dot()

        with pytest.raises(SmtpFailure) as caught:
            await upload()
    assert caught.value.failure.kind is FailureKind.UNSOLICITED
