"""Certificates and short time-outs that the tests of the SMTP adapters share."""

from pathlib import Path

import pytest
import trustme

from roammail.adapters.smtp import AiosmtplibDialer
from roammail.core.profile import Security
from roammail.ports import SmtpConnection, Timeouts
from tests.adapters.scripted_server import HOST, ScriptedServer

#: Enough for a slow machine where nothing is meant to time out.
QUICK = Timeouts(30.0, 30.0, 30.0, 30.0, data_progress=30.0, final_dot=30.0)
#: For what is meant to run into the time-out.
SHORT = Timeouts(1.0, 1.0, 1.0, 1.0, data_progress=1.0, final_dot=1.0)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that the system trusts for the length of the test."""
    ca = trustme.CA()
    pem = tmp_path / "authority.pem"
    ca.cert_pem.write_to_path(str(pem))
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return ca


@pytest.fixture
def leaf(authority: trustme.CA) -> trustme.LeafCert:
    """A good certificate for the scripted server's name."""
    return authority.issue_cert(HOST)


async def reach(server: ScriptedServer, timeouts: Timeouts = QUICK) -> SmtpConnection:
    """A connection, nothing said yet."""
    return await AiosmtplibDialer().dial(server.endpoint, server.addresses, timeouts)


async def open_session(server: ScriptedServer, timeouts: Timeouts = QUICK) -> SmtpConnection:
    """A connection through greeting, encryption and EHLO."""
    connection = await reach(server, timeouts)
    if server.security is Security.IMPLICIT_TLS:
        await connection.wrap_tls()
    await connection.greeting()
    await connection.hello()
    if server.security is Security.STARTTLS:
        await connection.start_tls()
        await connection.hello()
    return connection
