"""Reaching an address: TCP with Happy Eyeballs (RFC 8305), and a second look at a certificate
that was refused. Owns sockets until a conversation takes them over."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Sequence

from aiohappyeyeballs import start_connection

from roammail.adapters.certificates import read_certificate
from roammail.adapters.smtp_wire import SmtpWire
from roammail.adapters.tls import evidence_context
from roammail.core.failure import CertificateFacts, Failure, FailureKind, SmtpFailure
from roammail.core.profile import Endpoint, Security

ATTEMPT_DELAY = 0.25  # RFC 8305 section 5, seconds
#: Seconds, and a count: a line that died without a word (a cable pulled, a laptop carried off) is
#: noticed in about half a minute, also while only the server is expected to speak. A server that
#: thinks for ten minutes after the final dot answers these probes all the while.
_KEEP_ALIVE = (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 4))
_UNREACHABLE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL})


async def connect(addresses: Sequence[str], port: int, seconds: float) -> SmtpWire:
    """The first of `addresses` that answers. Raises SmtpFailure (REFUSED, UNREACHABLE,
    TIMED_OUT)."""
    try:
        known = [found for address in addresses for found in _numeric(address, port)]
        if not known:
            raise SmtpFailure(Failure(FailureKind.UNREACHABLE, "there is no address to try"))
        async with asyncio.timeout(seconds):
            sock = await start_connection(known, happy_eyeballs_delay=ATTEMPT_DELAY)
    except TimeoutError as error:
        detail = f"no connection in {seconds:g} s"
        raise SmtpFailure(Failure(FailureKind.TIMED_OUT, detail)) from error
    except OSError as error:
        raise SmtpFailure(Failure(_kind(error), str(error))) from error
    _keep_alive(sock)
    try:
        _, wire = await asyncio.get_running_loop().create_connection(SmtpWire, sock=sock)
    except OSError as error:
        sock.close()
        raise SmtpFailure(Failure(FailureKind.CONNECTION_LOST, str(error))) from error
    return wire


def _keep_alive(sock: socket.socket) -> None:
    # Not every system has every option; without one of them its own patience counts.
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEP_ALIVE:
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _numeric(
    address: str, port: int
) -> list[tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]]:
    """The address as connect() wants it; no name is ever looked up here."""
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=flags)
    return [(*rest, sockaddr) for *rest, sockaddr in found]  # type: ignore[misc]


def _kind(error: OSError) -> FailureKind:
    # Where several addresses failed in several ways, the library gives one text for all.
    refused = f"[Errno {errno.ECONNREFUSED}]"
    if isinstance(error, ConnectionRefusedError) or refused in str(error):
        return FailureKind.REFUSED
    if error.errno == errno.ETIMEDOUT:
        return FailureKind.TIMED_OUT
    if isinstance(error, ConnectionError):
        return FailureKind.CONNECTION_LOST
    return FailureKind.UNREACHABLE


async def refused_certificate(
    address: str, endpoint: Endpoint, hello: str, seconds: float
) -> CertificateFacts | None:
    """The certificate that `address` shows, by a second handshake without verification.

    Nothing is ever sent through that channel; it is closed as soon as it stands.
    """
    wire: SmtpWire | None = None
    try:
        async with asyncio.timeout(seconds):
            wire = await connect((address,), endpoint.port, seconds)
            if endpoint.security is Security.STARTTLS:
                await wire.reply(seconds)
                wire.send(f"EHLO {hello}\r\n".encode())
                await wire.reply(seconds)
                wire.send(b"STARTTLS\r\n", handshake_next=True)
                await wire.reply(seconds)
            await wire.upgrade(evidence_context(), endpoint.host, seconds)
            return read_certificate(wire.peer_certificate())
    # Evidence is welcome and not needed: the refusal itself stands without it.
    except (SmtpFailure, ssl.SSLError, OSError, TimeoutError, ValueError):
        return None
    finally:
        if wire is not None:
            with contextlib.suppress(OSError):
                wire.abort()
