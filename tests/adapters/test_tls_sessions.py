"""A TLS session is taken up again: once, for ten minutes, for the very name that was verified."""

import ssl

import pytest
import trustme

from roammail.adapters import tls
from roammail.adapters.smtp import AiosmtplibDialer
from roammail.adapters.tls_sessions import TRUSTED_FOR, ResumingContext
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.core.profile import Security
from roammail.core.secret import Secret
from tests.adapters.scripted_server import HOST, ScriptedServer
from tests.adapters.smtp_world import QUICK, authority, leaf
from tests.canary import secret as canary

__all__ = ["authority", "leaf"]
NAME, PASSWORD = "ada@test.example", canary("sessions")
BOTH = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


def server_context(leaf: trustme.LeafCert, version: ssl.TLSVersion) -> ssl.SSLContext:
    """One version of TLS only."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = context.maximum_version = version
    leaf.configure_cert(context)
    return context


async def visit(server: ScriptedServer) -> bool:
    """Signs in, leaves; whether the handshake took a session up."""
    connection = await AiosmtplibDialer().dial(server.endpoint, server.addresses, QUICK)
    if server.security is Security.IMPLICIT_TLS:
        await connection.wrap_tls()
    await connection.greeting()
    await connection.hello()
    if server.security is Security.STARTTLS:
        await connection.start_tls()
        await connection.hello()
    assert (await connection.sign_in(NAME, Secret(PASSWORD))).positive
    assert connection.offer.certificate_issuer  # known also without a second certificate
    wire = vars(connection)["_wire"]
    reused = bool(wire.transport.get_extra_info("ssl_object").session_reused)
    await connection.quit()
    return reused


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("security", [Security.IMPLICIT_TLS, Security.STARTTLS])
async def test_the_second_connection_takes_the_session_up(
    version: ssl.TLSVersion, security: Security, leaf: trustme.LeafCert
) -> None:
    context = server_context(leaf, version)
    users = {NAME: PASSWORD}
    async with ScriptedServer(security, certificate=context, users=users) as server:
        assert [await visit(server) for _ in range(3)] == [False, True, True]


async def test_a_verification_does_not_last_for_ever(
    leaf: trustme.LeafCert, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the session was taken up since."""
    now = [1000.0]
    monkeypatch.setattr(ResumingContext, "clock", staticmethod(lambda: now[0]))
    users = {NAME: PASSWORD}
    async with ScriptedServer(Security.IMPLICIT_TLS, certificate=leaf, users=users) as server:
        assert not await visit(server)
        now[0] += TRUSTED_FOR * 0.6
        assert await visit(server)
        now[0] += TRUSTED_FOR * 0.6
        assert not await visit(server)
        assert await visit(server)


async def test_a_session_is_no_way_around_another_name(
    authority: trustme.CA, leaf: trustme.LeafCert
) -> None:
    """Another host on the same address, whose certificate does not carry its name."""
    users = {NAME: PASSWORD}
    async with ScriptedServer(Security.IMPLICIT_TLS, certificate=leaf, users=users) as server:
        assert not await visit(server)
        server.host = "other.test.example"
        with pytest.raises(SmtpFailure) as caught:
            await visit(server)
        assert caught.value.failure.kind is FailureKind.CERTIFICATE_WRONG_NAME
        server.host = HOST
        assert await visit(server)


async def test_the_context_of_the_system_resumes(authority: trustme.CA) -> None:
    assert isinstance(tls.verifying_context(), ResumingContext)
