"""The demo's SMTP servers: real conversations on loopback, each with one trouble of its own.

Owns sockets and what arrives. Knows nothing of profiles, probes or rendering.
"""

import asyncio
import hmac
import logging
import socket
import ssl
from dataclasses import dataclass, field
from enum import Enum, auto

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOOPBACK = "127.0.0.1"
_HANG = 0.15  # seconds; a connect over loopback that is answered takes under a millisecond
_SIZE_LIMIT = 35 << 20  # octets, as the bigger providers have it

# The library's log holds what clients typed and its own deprecations; the demo's servers are
# no part of the program's log, nor of the story on the terminal.
_library_log = logging.getLogger("mail")
_library_log.addHandler(logging.NullHandler())
_library_log.propagate = False


class Trouble(Enum):
    """What stands between a message and this server."""

    NOTHING = auto()
    RELAYS_FOR_ITS_OWN_NETWORK = auto()
    WANTS_A_SIGN_IN = auto()
    STARTTLS_REMOVED = auto()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that a server took: envelope and octets as they came, dots unstuffed."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


# No slots: aiosmtpd looks at every attribute of its handler, and in Python 3.11.2 (Debian 12) one
# of those that slots bring cannot be looked at.
@dataclass
class Behaviour:
    """aiosmtpd's hooks for one server."""

    trouble: Trouble
    domain: str
    login: tuple[str, str] | None = None
    inbox: list[Arrived] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, host: str, lines: list[str]
    ) -> list[str]:
        """Shows what this server, or what the network left of it, offers."""
        session.host_name = host
        if self.trouble is Trouble.RELAYS_FOR_ITS_OWN_NETWORK:
            return [line for line in lines if not line.startswith("250-AUTH")]
        if self.trouble is Trouble.STARTTLS_REMOVED:
            # How a firewall's SMTP inspection leaves the line: overwritten, not removed.
            return [*lines[:-1], "250-XXXXXXXA", lines[-1]]
        return lines

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, sender: str, options: list[str]
    ) -> str:
        """Takes the sender, after a sign-in where there is an account."""
        if self._sign_in_missing(session):
            return "530 5.7.0 Authentication required"
        envelope.mail_from = sender
        return "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, recipient: str, options: list[str]
    ) -> str:
        """Relays, or takes for its own domain only."""
        own = recipient.lower().endswith(f"@{self.domain}")
        if self.trouble is Trouble.RELAYS_FOR_ITS_OWN_NETWORK and not own:
            return f"554 5.7.1 <{recipient}>: Relay access denied"
        envelope.rcpt_tos.append(recipient)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keeps the message."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        self.inbox.append(Arrived(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return f"250 2.0.0 Ok: queued as DEMO{len(self.inbox):04d}"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        """One account, or none."""
        if not isinstance(data, LoginPassword) or self.login is None:
            return AuthResult(success=False, handled=False)
        user, password = self.login
        right = hmac.compare_digest(data.login, user.encode()) & hmac.compare_digest(
            data.password, password.encode()
        )
        return AuthResult(success=right, handled=False, auth_data=None)

    def _sign_in_missing(self, session: Session) -> bool:
        account = self.login is not None or self.trouble is Trouble.WANTS_A_SIGN_IN
        return account and not session.authenticated


class _Conversation(SMTP):
    """One client; long lines are taken as RFC 5321 section 4.5.3.1 wishes of the liberal."""

    line_length_limit = 1 << 16
    live: set["_Conversation"]  # those of the same server; set before the first octet

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.live.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.live.discard(self)

    def hang_up(self) -> "asyncio.Task[None] | None":
        """Drops the client; returns the task that served it."""
        # One that is closing already cannot be aborted in Python 3.11.2.
        if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
            self.transport.abort()
        return self._handler_coroutine


@dataclass(slots=True)
class RunningServer:
    """A server that listens; `port` was chosen by the system."""

    port: int
    behaviour: Behaviour
    _server: asyncio.Server
    _live: set[_Conversation]

    async def stop(self) -> None:
        """Closes the listener and every conversation, and waits for their tasks."""
        self._server.close()
        tasks = [task for talk in tuple(self._live) if (task := talk.hang_up())]
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()


async def start_server(
    behaviour: Behaviour,
    *,
    hostname: str,
    ident: str,
    implicit_tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
) -> RunningServer:
    """Listens on loopback. Raises OSError."""
    live: set[_Conversation] = set()

    def conversation() -> _Conversation:
        talk = _Conversation(
            behaviour,
            hostname=hostname,
            ident=ident,
            tls_context=starttls,
            # With implicit TLS the library does not see the encryption; the listener enforces it.
            auth_require_tls=implicit_tls is None,
            authenticator=behaviour.authenticate,
            enable_SMTPUTF8=True,
            data_size_limit=_SIZE_LIMIT,
            timeout=120,
            loop=asyncio.get_running_loop(),
        )
        talk.live = live
        return talk

    server = await asyncio.get_running_loop().create_server(
        conversation, LOOPBACK, 0, ssl=implicit_tls
    )
    return RunningServer(server.sockets[0].getsockname()[1], behaviour, server, live)


class BlockedPort:
    """A port that swallows every attempt, as a firewall's drop rule does.

    It listens, and its queue is full: further connects get no answer. Where the system does
    not behave so, the port refuses instead (`hangs` tells which).
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind((LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]
        self._fillers: list[socket.socket] = []
        self.hangs = False

    async def start(self) -> None:
        """Fills the queue and looks whether one more connect hangs."""
        self._socket.listen(0)
        for _ in range(3):  # Linux keeps backlog + 1 finished handshakes, others one more
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((LOOPBACK, self.port))
            self._fillers.append(filler)
        self.hangs = await self._one_more_hangs()
        if not self.hangs:
            self._refuse()

    async def _one_more_hangs(self) -> bool:
        loop = asyncio.get_running_loop()
        with socket.socket() as probe:
            probe.setblocking(False)
            try:
                async with asyncio.timeout(_HANG):
                    await loop.sock_connect(probe, (LOOPBACK, self.port))
            except TimeoutError:
                return True
            except OSError:
                return False
        return False

    def _refuse(self) -> None:
        """Bound and not listening: the port is taken, and a connect is refused."""
        self.stop()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((LOOPBACK, self.port))

    def stop(self) -> None:
        """Gives the port back."""
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()
        self._socket.close()
