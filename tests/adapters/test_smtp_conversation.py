"""The conversation as it should go: each security, each mechanism, a message byte for byte."""

import pytest
import trustme

from roammail.core.content import Octets
from roammail.core.profile import Security
from roammail.core.secret import Secret
from roammail.ports import SmtpConnection
from tests.adapters.scripted_server import ScriptedServer
from tests.adapters.smtp_world import authority, leaf, open_session

__all__ = ["authority", "leaf"]
USERS = {"ada@test.example": "S3cr3t-correct horse, ünïcode"}
MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256")


def nothing(octets: int) -> None:
    """Progress that nobody looks at."""


async def deliver(connection: SmtpConnection, content: bytes) -> int:
    """One message; the code of the last reply."""
    assert (await connection.mail("ada@test.example", len(content), True, False)).code == 250
    assert (await connection.rcpt("bob@far.example")).code == 250
    assert (await connection.data()).code == 354
    await connection.content(Octets(content), nothing)
    return (await connection.final_dot()).code


@pytest.mark.parametrize("security", Security)
async def test_a_message_arrives(security: Security, leaf: trustme.LeafCert) -> None:
    content = b"Subject: x\r\n\r\n.dot\r\n..two\r\nend"
    async with ScriptedServer(security, certificate=leaf, users=USERS) as server:
        connection = await open_session(server)
        assert connection.encrypted is (security is not Security.PLAINTEXT)
        if connection.encrypted:
            assert (
                await connection.sign_in("ada@test.example", Secret(USERS["ada@test.example"]))
            ).code == 235
            assert "trustme" in connection.offer.certificate_issuer
            assert connection.offer.certificate_name == "smtp.test.example"
        assert await deliver(connection, content) == 250
        assert (await connection.reset()).code == 250
        await connection.quit()
        await server.done()
        assert server.commands[-1] == "QUIT"
        assert server.messages == [content + b"\r\n"]
        assert "MAIL FROM:<ada@test.example> SIZE=30 BODY=8BITMIME" in server.commands


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_each_mechanism(mechanism: str, leaf: trustme.LeafCert) -> None:
    async with ScriptedServer(
        Security.IMPLICIT_TLS, certificate=leaf, users=USERS, mechanisms=(mechanism,)
    ) as server:
        connection = await open_session(server)
        reply = await connection.sign_in("ada@test.example", Secret(USERS["ada@test.example"]))
        assert reply.code == 235
        assert server.sign_ins == [(mechanism, "ada@test.example", True)]
        connection.close()
