"""Signing in: which mechanism, once only, and what happens when the server plays games."""

import base64
from collections.abc import Sequence

import pytest
import trustme

from roammail.adapters import smtp_auth
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.core.profile import Security
from roammail.core.reply import Reply
from roammail.core.secret import Secret
from roammail.ports import SmtpConnection
from tests.adapters.scripted_server import Action, ScriptedServer, Session, say
from tests.adapters.smtp_world import authority, leaf, open_session
from tests.canary import secret as canary

__all__ = ["authority", "leaf"]
NAME, PASSWORD = "ada@test.example", canary("sign-in ünïcode")
ALL = ("CRAM-MD5", "LOGIN", "PLAIN", "SCRAM-SHA-256")


def seen(connection: SmtpConnection) -> str:
    """The whole transcript."""
    return "\n".join(line.text for line in connection.transcript)


def shapes(secret: str) -> list[str]:
    """The secret in clear and in base64, as a server might echo it."""
    plain = base64.b64encode(f"\0{NAME}\0{secret}".encode()).decode()
    return [secret, base64.b64encode(secret.encode()).decode(), plain]


@pytest.mark.parametrize("mechanism", ALL)
@pytest.mark.parametrize("right", [True, False])
async def test_each_mechanism_once(mechanism: str, right: bool, leaf: trustme.LeafCert) -> None:
    secret = PASSWORD if right else canary("wrong")
    async with ScriptedServer(
        Security.IMPLICIT_TLS, certificate=leaf, users={NAME: PASSWORD}, mechanisms=(mechanism,)
    ) as server:
        connection = await open_session(server)
        reply = await connection.sign_in(NAME, Secret(secret))
        await connection.quit()
        assert reply.code == (235 if right else 535)
        assert server.sign_ins == [(mechanism, NAME, right)]
        assert sum(command.startswith("AUTH") for command in server.commands) == 1
        assert all(shape not in seen(connection) for shape in shapes(secret))
        assert f"AUTH {mechanism} ***" in seen(connection)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (ALL, "PLAIN"),
        (("LOGIN", "CRAM-MD5", "PLAIN"), "PLAIN"),
        (("LOGIN", "SCRAM-SHA-256"), "SCRAM-SHA-256"),
        (("CRAM-MD5", "LOGIN"), "LOGIN"),
        (("XOAUTH2", "cram-md5"), "CRAM-MD5"),
    ],
)
async def test_the_choice(offered: Sequence[str], chosen: str) -> None:
    assert smtp_auth.choose(offered, NAME, Secret(PASSWORD)).name == chosen


async def test_one_refusal_is_not_followed_by_another_mechanism(leaf: trustme.LeafCert) -> None:
    async with ScriptedServer(
        Security.STARTTLS, certificate=leaf, users={NAME: PASSWORD}, mechanisms=ALL
    ) as server:
        connection = await open_session(server)
        assert (await connection.sign_in(NAME, Secret(canary("wrong")))).code == 535
        await connection.quit()
        assert len(server.sign_ins) == 1


async def sign_in_against(
    action: Action, leaf: trustme.LeafCert, mechanism: str = "PLAIN", secret: str = PASSWORD
) -> tuple[Reply | SmtpFailure, ScriptedServer, SmtpConnection]:
    """A sign-in answered by `action`."""
    async with ScriptedServer(
        Security.IMPLICIT_TLS,
        {"auth": action},
        certificate=leaf,
        users={NAME: PASSWORD},
        mechanisms=(mechanism,),
    ) as server:
        connection = await open_session(server)
        try:
            result: Reply | SmtpFailure = await connection.sign_in(NAME, Secret(secret))
        except SmtpFailure as failure:
            result = failure
        connection.close()
        return result, server, connection


def echo(code: str) -> Action:
    """Throws back what the client said."""

    async def act(session: Session) -> None:
        blob = session.commands[-1].rpartition(" ")[2]
        clear = base64.b64decode(blob).decode().replace("\0", " ")
        await say(f"{code}-you said {blob}", f"{code}-that is {clear}", f"{code} no")(session)

    return act


async def test_a_secret_that_is_thrown_back_stays_hidden(leaf: trustme.LeafCert) -> None:
    reply, _, connection = await sign_in_against(echo("535"), leaf)
    assert isinstance(reply, Reply)
    assert reply.lines == ("***", "***", "no")
    assert all(shape not in seen(connection) for shape in shapes(PASSWORD))


async def test_a_secret_in_a_failure_stays_hidden(leaf: trustme.LeafCert) -> None:
    async def act(session: Session) -> None:
        await session.write(f"you said {PASSWORD}\r\n".encode())

    failure, _, connection = await sign_in_against(act, leaf)
    assert isinstance(failure, SmtpFailure)
    assert failure.failure.kind is FailureKind.GARBAGE
    for text in (str(failure), seen(connection), repr(failure.__cause__)):
        assert all(shape not in text for shape in shapes(PASSWORD))


@pytest.mark.parametrize("text", ["echo {}\r\n", "535-no {:.60}\r\n535 {:.0}{tail}\r\n"])
async def test_a_secret_that_is_cut_or_folded_stays_hidden(
    text: str, leaf: trustme.LeafCert
) -> None:
    """What is shown of a strange line is its beginning: the cut may go through the secret."""
    long = canary("cut") * 3

    async def act(session: Session) -> None:
        line = session.commands[-1]
        said = text.format(line, line, tail=line[60:]).encode()
        await session.write(said)

    result, _, connection = await sign_in_against(act, leaf, secret=long)
    begin = base64.b64encode(f"\0{NAME}\0{long}".encode()).decode()[:40]
    shown = str(result) + seen(connection)
    assert begin not in shown
    assert "***" in str(result)


@pytest.mark.parametrize("mechanism", ALL)
async def test_challenges_without_end_are_cancelled(mechanism: str, leaf: trustme.LeafCert) -> None:
    async def act(session: Session) -> None:
        answer = ""
        while answer != "*":
            answer = await session.ask("bW9yZQ==")
        await session.write(b"501 5.7.0 Cancelled\r\n")

    failure, server, _ = await sign_in_against(act, leaf, mechanism)
    assert isinstance(failure, SmtpFailure)
    assert failure.failure.kind is FailureKind.GARBAGE
    assert server.commands[-1] == "*"
    assert len(server.commands) < 8


async def test_a_challenge_that_is_no_base64(leaf: trustme.LeafCert) -> None:
    async def act(session: Session) -> None:
        assert await session.ask("!!!") == "*"
        await session.write(b"501 5.7.0 Cancelled\r\n")

    failure, _, _ = await sign_in_against(act, leaf, "CRAM-MD5")
    assert isinstance(failure, SmtpFailure)
    assert "base64" in failure.failure.detail


@pytest.mark.parametrize("code", ["235 come in", "250 fine"])
async def test_scram_without_the_servers_proof_is_refused(
    code: str, leaf: trustme.LeafCert
) -> None:
    failure, _, _ = await sign_in_against(say(code), leaf, "SCRAM-SHA-256")
    assert isinstance(failure, SmtpFailure)
    assert failure.failure.kind is FailureKind.GARBAGE


async def test_scram_does_not_work_for_ever(leaf: trustme.LeafCert) -> None:
    async def act(session: Session) -> None:
        first = base64.b64decode(session.commands[-1].split()[2]).decode()
        nonce = first.partition("r=")[2]
        challenge = f"r={nonce}x,s=c2FsdHNhbHQ=,i=9999999"
        assert await session.ask(base64.b64encode(challenge.encode()).decode()) == "*"
        await session.write(b"501 5.7.0 Cancelled\r\n")

    failure, _, _ = await sign_in_against(act, leaf, "SCRAM-SHA-256")
    assert isinstance(failure, SmtpFailure)
    assert "9999999 iterations" in failure.failure.detail


async def test_a_long_secret_waits_for_the_servers_word(leaf: trustme.LeafCert) -> None:
    long = canary("long") * 40

    async with ScriptedServer(
        Security.IMPLICIT_TLS, certificate=leaf, users={NAME: long}, mechanisms=("PLAIN",)
    ) as server:
        connection = await open_session(server)
        assert (await connection.sign_in(NAME, Secret(long))).code == 235
        assert "AUTH PLAIN" in server.commands
        connection.close()


@pytest.mark.parametrize("secret", [canary("endless") * 2000, canary("nul\0")])
async def test_secrets_that_no_line_can_carry(secret: str, leaf: trustme.LeafCert) -> None:
    failure, server, _ = await sign_in_against(say("235 ok"), leaf, "PLAIN", secret)
    assert isinstance(failure, SmtpFailure)
    assert not any(command.startswith("AUTH") for command in server.commands)
