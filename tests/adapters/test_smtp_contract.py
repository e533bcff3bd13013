"""What every SmtpDialer and Resolver does, the fakes included."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import pytest
import trustme

from roammail.adapters.dns import SystemResolver
from roammail.adapters.smtp import AiosmtplibDialer
from roammail.core.content import Octets
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.core.profile import Endpoint, Security
from roammail.core.secret import Secret
from roammail.ports import Resolver, SmtpConnection, SmtpDialer
from tests.adapters.scripted_server import ScriptedServer, close, say
from tests.adapters.smtp_world import QUICK, authority, leaf
from tests.canary import secret as canary
from tests.fakes.smtp import FakeDialer, FakeResolver, FakeServer

__all__ = ["authority", "leaf"]
NAME, PASSWORD = "ada@test.example", canary("contract")
SECURE = (Security.IMPLICIT_TLS, Security.STARTTLS)


@dataclass
class World:
    """A dialer and the server that it reaches, real or not."""

    dialer: SmtpDialer
    endpoint: Endpoint
    server: ScriptedServer | FakeServer

    async def dial(self) -> SmtpConnection:
        """A connection, nothing said."""
        return await self.dialer.dial(self.endpoint, ("127.0.0.1",), QUICK)

    async def open(self) -> SmtpConnection:
        """A connection through greeting, encryption and EHLO."""
        connection = await self.dial()
        if self.endpoint.security is Security.IMPLICIT_TLS:
            await connection.wrap_tls()
        await connection.greeting()
        await connection.hello()
        if self.endpoint.security is Security.STARTTLS:
            await connection.start_tls()
            await connection.hello()
        return connection

    @property
    def contents(self) -> list[bytes]:
        """The messages that the server took."""
        if isinstance(self.server, FakeServer):
            return [message.content for message in self.server.messages]
        return self.server.messages


class Builder:
    """Builds worlds of one kind. `answers`: a reply, or None for "closes" """

    def __init__(self, kind: str, leaf: trustme.LeafCert) -> None:
        self._kind, self._leaf = kind, leaf

    @contextlib.asynccontextmanager
    async def world(
        self, security: Security, answers: Mapping[str, str | None] | None = None, **more: object
    ) -> AsyncIterator[World]:
        """One server with the user `NAME`; `more` as both kinds of server take it."""
        told = dict(answers or {})
        users = {NAME: PASSWORD}
        if self._kind == "fake":
            lost = FailureKind.CONNECTION_LOST
            script = {stage: lost if text is None else text for stage, text in told.items()}
            fake = FakeServer(users=users, answers={**script}, **more)  # type: ignore[arg-type]
            endpoint = Endpoint("smtp.test.example", 587, security)
            yield World(FakeDialer({(endpoint.host, endpoint.port): fake}), endpoint, fake)
            return
        actions = {s: close if t is None else say(*t.split("\n")) for s, t in told.items()}
        async with ScriptedServer(
            security,
            actions,
            certificate=self._leaf,
            users=users,
            **more,  # type: ignore[arg-type]
        ) as server:
            yield World(AiosmtplibDialer(), server.endpoint, server)


@pytest.fixture(params=["fake", "real"])
def builder(request: pytest.FixtureRequest, leaf: trustme.LeafCert) -> Builder:
    """Both kinds of world."""
    return Builder(request.param, leaf)


@contextlib.asynccontextmanager
async def fails(kind: FailureKind) -> AsyncIterator[None]:
    """The block raises SmtpFailure of this kind."""
    with pytest.raises(SmtpFailure) as caught:
        yield
    assert caught.value.failure.kind is kind


@pytest.mark.parametrize("security", SECURE)
async def test_a_message_goes_through(builder: Builder, security: Security) -> None:
    async with builder.world(security) as world:
        connection = await world.open()
        assert connection.encrypted
        assert connection.peer == "127.0.0.1"
        assert (await connection.sign_in(NAME, Secret(PASSWORD))).code == 235
        assert (await connection.mail(NAME, 20, True, False)).enhanced == "2.1.0"
        assert (await connection.rcpt("bob@far.example")).positive
        assert (await connection.data()).code == 354
        seen: list[int] = []
        await connection.content(Octets(b"Subject: x\r\n\r\n.hi\r\n"), seen.append)
        assert seen[-1] == 19
        assert (await connection.final_dot()).code == 250
        await connection.quit()
        assert world.contents == [b"Subject: x\r\n\r\n.hi\r\n"]
        assert connection.offer.banner.startswith("smtp.test.example")
        assert connection.offer.auth == ("PLAIN", "LOGIN")
        assert connection.offer.starttls is (True if security is Security.STARTTLS else None)
        assert not any(PASSWORD in line.text for line in connection.transcript)


async def test_a_wrong_password_is_one_refusal(builder: Builder) -> None:
    async with builder.world(Security.IMPLICIT_TLS) as world:
        connection = await world.open()
        reply = await connection.sign_in(NAME, Secret(canary("wrong")))
        assert (reply.code, reply.enhanced) == (535, "5.7.8")
        assert len(world.server.sign_ins) == 1
        await connection.quit()


async def test_no_secret_in_clear(builder: Builder) -> None:
    async with builder.world(Security.PLAINTEXT) as world:
        connection = await world.open()
        async with fails(FailureKind.TLS_FAILED):
            await connection.sign_in(NAME, Secret(PASSWORD))
        assert world.server.sign_ins == []


async def test_starttls_stripped(builder: Builder) -> None:
    async with builder.world(Security.STARTTLS, offer_starttls=False) as world:
        connection = await world.dial()
        await connection.greeting()
        await connection.hello()
        assert connection.offer.starttls is False
        async with fails(FailureKind.STARTTLS_MISSING):
            await connection.start_tls()


async def test_starttls_refused_is_a_reply(builder: Builder) -> None:
    answers = {"starttls": "454 4.7.0 TLS not available"}
    async with builder.world(Security.STARTTLS, answers) as world:
        connection = await world.dial()
        await connection.greeting()
        await connection.hello()
        reply = await connection.start_tls()
        assert (reply.code, reply.transient, connection.encrypted) == (454, True, False)
        connection.close()


@pytest.mark.parametrize(
    ("mechanisms", "kind"),
    [(("GSSAPI", "XOAUTH2"), FailureKind.AUTH_NO_COMMON_MECHANISM)],
)
async def test_no_mechanism_of_ours(
    builder: Builder, mechanisms: tuple[str, ...], kind: FailureKind
) -> None:
    async with builder.world(Security.IMPLICIT_TLS, mechanisms=mechanisms) as world:
        connection = await world.open()
        async with fails(kind):
            await connection.sign_in(NAME, Secret(PASSWORD))
        assert world.server.sign_ins == []


async def test_no_auth_offered(builder: Builder) -> None:
    answers = {"hello": "250-smtp.test.example\n250 8BITMIME"}
    async with builder.world(Security.IMPLICIT_TLS, answers) as world:
        connection = await world.open()
        assert connection.extension("8bitmime") == ""
        assert connection.extension("AUTH") is None
        async with fails(FailureKind.AUTH_NOT_OFFERED):
            await connection.sign_in(NAME, Secret(PASSWORD))


async def test_refusals_are_returned_and_the_conversation_goes_on(builder: Builder) -> None:
    answers = {"rcpt": "554 5.7.1 Relay access denied", "mail": "250 2.1.0 ok"}
    async with builder.world(Security.PLAINTEXT, answers) as world:
        connection = await world.open()
        await connection.mail("a@b.example", None, False, False)
        reply = await connection.rcpt("bob@far.example")
        assert (reply.code, reply.enhanced, reply.text) == (554, "5.7.1", "Relay access denied")
        assert (await connection.reset()).positive
        await connection.quit()


async def test_a_loss_is_a_failure_and_stays_one(builder: Builder) -> None:
    async with builder.world(Security.PLAINTEXT, {"mail": None}) as world:
        connection = await world.open()
        for _ in range(2):
            async with fails(FailureKind.CONNECTION_LOST):
                await connection.mail("a@b.example", None, False, False)
        await connection.quit()
        connection.close()


async def test_limits_and_addresses_are_looked_at_before_a_word_is_said(builder: Builder) -> None:
    cases = [
        ("a@b.example", 10**9, FailureKind.SIZE_EXCEEDED),
        ("a@b.example>\r\nRCPT TO:<x@y.example", None, FailureKind.ADDRESS_INVALID),
        ("ü@b.example", None, FailureKind.SMTPUTF8_MISSING),
    ]
    for sender, size, kind in cases:
        async with builder.world(Security.PLAINTEXT) as world:
            connection = await world.open()
            async with fails(kind):
                await connection.mail(sender, size, False, False)
            assert not any("mail" in command.lower() for command in world.server.commands)


async def test_nothing_listens(builder: Builder) -> None:
    async with builder.world(Security.PLAINTEXT) as world:
        pass
    port = 1 if isinstance(world.server, FakeServer) else world.endpoint.port
    nowhere = Endpoint("smtp.test.example", port, Security.PLAINTEXT)
    async with fails(FailureKind.REFUSED):
        await world.dialer.dial(nowhere, ("127.0.0.1",), QUICK)


@pytest.fixture(params=["fake", "real"])
def resolver(request: pytest.FixtureRequest) -> Resolver:
    """Both resolvers, knowing one name."""
    if request.param == "fake":
        return FakeResolver({"here.example": ("::1", "127.0.0.1")}, default=None)
    known = {"here.example": ["::1", "127.0.0.1", "::1"]}
    return SystemResolver(lambda host: known.get(host, []))


async def test_resolvers(resolver: Resolver) -> None:
    assert await resolver.resolve("here.example", 1.0) == ("::1", "127.0.0.1")
    assert await resolver.resolve("192.0.2.7", 1.0) == ("192.0.2.7",)
    assert await resolver.resolve("[2001:db8::1]", 1.0) == ("2001:db8::1",)
    async with fails(FailureKind.DNS_NOT_FOUND):
        await resolver.resolve("nowhere.example", 1.0)
