"""Certificates that must not be believed, and channels that someone tampers with."""

import datetime
import os
import ssl
from collections.abc import Sequence

import pytest
import trustme

from roammail.adapters.smtp_connect import connect
from roammail.adapters.tls import verified_name, verifying_context
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.profile import Security
from roammail.core.secret import Secret
from tests.adapters.scripted_server import (
    HOST,
    Action,
    ScriptedServer,
    Session,
    close,
    hang,
    hang_long,
    raw,
    say,
)
from tests.adapters.smtp_world import QUICK, authority, leaf, open_session, reach
from tests.canary import secret as canary

__all__ = ["authority", "leaf"]
SECURE = (Security.IMPLICIT_TLS, Security.STARTTLS)
USERS = {"ada": canary("tls")}


async def handshake(server: ScriptedServer, timeouts: object = QUICK) -> Failure:
    """The failure of a handshake that must fail; nothing may be signed in to."""
    with pytest.raises(SmtpFailure) as caught:
        await open_session(server, timeouts)  # type: ignore[arg-type]
    assert not any(command.startswith("AUTH") for command in server.commands)
    return caught.value.failure


def expired(ca: trustme.CA) -> trustme.LeafCert:
    """A certificate that ended yesterday."""
    now = datetime.datetime.now(datetime.UTC)
    return ca.issue_cert(
        HOST, not_before=now - datetime.timedelta(9), not_after=now - datetime.timedelta(1)
    )


@pytest.mark.parametrize("security", SECURE)
@pytest.mark.parametrize(
    ("which", "kind"),
    [
        ("stranger", FailureKind.CERTIFICATE_UNTRUSTED),
        ("expired", FailureKind.CERTIFICATE_EXPIRED),
        ("other name", FailureKind.CERTIFICATE_WRONG_NAME),
        ("other address", FailureKind.CERTIFICATE_WRONG_NAME),
    ],
)
async def test_refused_certificates_are_shown_as_evidence(
    security: Security, which: str, kind: FailureKind, authority: trustme.CA
) -> None:
    certificate = {
        "stranger": lambda: trustme.CA().issue_cert(HOST),
        "expired": lambda: expired(authority),
        "other name": lambda: authority.issue_cert("portal.hotel.example"),
        "other address": lambda: authority.issue_cert("192.0.2.9"),
    }[which]()
    host = "127.0.0.1" if which == "other address" else HOST
    async with ScriptedServer(security, certificate=certificate, users=USERS, host=host) as server:
        failure = await handshake(server)
        assert failure.kind is kind
        facts = failure.certificate
        assert facts is not None
        assert "trustme" in facts.issuer
        assert facts.names == {"other name": ("portal.hotel.example",)}.get(
            which, ("192.0.2.9",) if which == "other address" else (HOST,)
        )
        assert len(facts.sha256) == 64
        # The second look says nothing through the channel that it does not trust.
        assert server.sessions[-1].commands in ([], ["EHLO [127.0.0.1]", "STARTTLS"])


async def test_self_signed(authority: trustme.CA) -> None:
    own = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own_leaf = own.issue_cert(HOST)
    own_leaf.configure_cert(context)
    async with ScriptedServer(Security.IMPLICIT_TLS, certificate=context) as server:
        assert (await handshake(server)).kind is FailureKind.CERTIFICATE_UNTRUSTED


async def test_an_address_and_a_unicode_name_can_be_verified(authority: trustme.CA) -> None:
    for host, name in (("127.0.0.1", "127.0.0.1"), ("bücher.example", "xn--bcher-kva.example")):
        async with ScriptedServer(
            Security.IMPLICIT_TLS, certificate=authority.issue_cert(name), host=host
        ) as server:
            connection = await open_session(server)
            assert connection.encrypted
            connection.close()


def test_names_as_certificates_carry_them() -> None:
    assert verified_name("[::1]") == "::1"
    assert verified_name("smtp.example.") == "smtp.example"
    assert verified_name("BÜCHER.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize("security", SECURE)
async def test_old_tls_is_refused(security: Security, leaf: trustme.LeafCert) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    leaf.configure_cert(context)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with ScriptedServer(security, certificate=context) as server:
        failure = await handshake(server)
        assert failure.kind in (FailureKind.TLS_FAILED, FailureKind.CONNECTION_LOST)


HANDSHAKES: list[tuple[Action, FailureKind]] = [
    (close, FailureKind.CONNECTION_LOST),
    (hang_long, FailureKind.TIMED_OUT),
    (say("220 plain.example ESMTP"), FailureKind.TLS_FAILED),
    (raw(b"\x16\x03\x01\xff\xff garbage" * 9), FailureKind.TLS_FAILED),
]


@pytest.mark.parametrize(("action", "kind"), HANDSHAKES)
async def test_implicit_tls_where_there_is_none(action: Action, kind: FailureKind) -> None:
    async def act(session: Session) -> None:
        await action(session)
        await hang(session)

    async with ScriptedServer(Security.IMPLICIT_TLS, {"connect": act}) as server:
        assert (await handshake(server)).kind is kind


@pytest.mark.parametrize(("action", "kind"), HANDSHAKES)
async def test_starttls_that_comes_to_nothing(action: Action, kind: FailureKind) -> None:
    async def act(session: Session) -> None:
        await session.write(b"220 go\r\n")
        assert (await session.reader.read(5))[:1] == b"\x16"  # the handshake has begun
        await action(session)
        await hang(session)

    async with ScriptedServer(Security.STARTTLS, {"starttls": act}, users=USERS) as server:
        assert (await handshake(server)).kind is kind


@pytest.mark.parametrize(
    "injected",
    [
        b"250-smtp.test.example\r\n250 AUTH PLAIN\r\n",
        b"250 half a line",
        b"nonsense\r\n",
        b"421 go away\r\n",
        b"x" * 9000,
    ],
)
async def test_plaintext_injected_before_the_handshake(
    injected: bytes, leaf: trustme.LeafCert
) -> None:
    script = {"starttls": raw(b"220 go\r\n" + injected)}
    async with ScriptedServer(Security.STARTTLS, script, certificate=leaf, users=USERS) as server:
        assert (await handshake(server)).kind is FailureKind.PLAINTEXT_INJECTED


@pytest.mark.parametrize("lines", [(HOST, "8BITMIME"), (HOST, "XXXXXXXA"), (HOST, "AUTH PLAIN")])
async def test_starttls_stripped_and_no_octet_of_a_password(lines: Sequence[str]) -> None:
    script = {"hello": say(f"250-{lines[0]}", f"250 {lines[1]}")}
    async with ScriptedServer(Security.STARTTLS, script, users=USERS) as server:
        connection = await reach(server)
        await connection.greeting()
        await connection.hello()
        with pytest.raises(SmtpFailure) as caught:
            await connection.sign_in("ada", Secret(USERS["ada"]))
        assert caught.value.failure.kind is FailureKind.TLS_FAILED
        with pytest.raises(SmtpFailure) as caught:
            await connection.start_tls()
        assert caught.value.failure.kind is FailureKind.STARTTLS_MISSING
        assert server.commands == ["EHLO [127.0.0.1]"]


async def test_what_was_offered_in_clear_is_forgotten(leaf: trustme.LeafCert) -> None:
    hellos = [say("250-x", "250-AUTH PLAIN", "250 STARTTLS"), say("250-x", "250 SIZE 5")]
    async with ScriptedServer(Security.STARTTLS, {"hello": hellos}, certificate=leaf) as server:
        connection = await open_session(server)
        assert connection.extension("AUTH") is None
        assert connection.offer.auth == ()
        assert connection.offer.starttls is True
        assert connection.offer.certificate_issuer
        connection.close()


async def test_a_trust_store_that_changes_is_read_again(authority: trustme.CA) -> None:
    newcomer = trustme.CA()
    async with ScriptedServer(
        Security.IMPLICIT_TLS, certificate=newcomer.issue_cert(HOST)
    ) as server:
        assert (await handshake(server)).kind is FailureKind.CERTIFICATE_UNTRUSTED
        newcomer.cert_pem.write_to_path(os.environ["SSL_CERT_FILE"], append=True)
        connection = await open_session(server)
        assert connection.encrypted
        connection.close()


async def test_a_host_that_no_certificate_can_name(leaf: trustme.LeafCert) -> None:
    for host in ("a b", "", ".", "..", "[.]", ".example", "x" * 80 + ".example"):
        async with ScriptedServer(Security.IMPLICIT_TLS, certificate=leaf, host=host) as server:
            assert (await handshake(server)).kind is FailureKind.TLS_FAILED


async def test_starttls_answered_by_something_else(leaf: trustme.LeafCert) -> None:
    script = {"starttls": say("250 fine, let us go on in clear")}
    async with ScriptedServer(Security.STARTTLS, script, certificate=leaf) as server:
        assert (await handshake(server)).kind is FailureKind.GARBAGE


async def test_nothing_offered_in_clear_can_be_signed_in_with(leaf: trustme.LeafCert) -> None:
    script = {"hello": say("250-x", "250-AUTH PLAIN", "250 STARTTLS")}
    async with ScriptedServer(Security.STARTTLS, script, certificate=leaf) as server:
        connection = await reach(server)
        await connection.greeting()
        await connection.hello()
        await connection.start_tls()
        with pytest.raises(SmtpFailure) as caught:
            await connection.sign_in("ada", Secret(USERS["ada"]))
        assert caught.value.failure.kind is FailureKind.AUTH_NOT_OFFERED
        assert server.commands == ["EHLO [127.0.0.1]", "STARTTLS"]


async def test_the_wire_itself_wants_a_name_to_verify(leaf: trustme.LeafCert) -> None:
    async with ScriptedServer(Security.IMPLICIT_TLS, certificate=leaf) as server:
        wire = await connect(server.addresses, server.port, 2.0)
        with pytest.raises(ValueError, match="name to verify"):
            await wire.upgrade(verifying_context(), "", 2.0)
        wire.abort()


@pytest.mark.parametrize("host", ["", ".", "..", "[]", ".x", "x.."])
def test_names_that_leave_nothing_to_verify(host: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        verified_name(host)
