"""A real SMTP server on loopback that does at each stage what a test says.

    async with ScriptedServer(script={"rcpt": say("554 5.7.1 Relay access denied")}) as server:
        connection = await dialer.dial(server.endpoint, server.addresses, Timeouts())

Stages: connect, greeting, hello, helo, starttls, auth, mail, rcpt, data, content, dot, bdat (a
chunk, before it is read), chunk (its answer), rset, noop, quit. What the script does not name is
answered well. An action is an async function of the Session; a list of actions is used one per
occurrence, the last one for all that follow. What the client did is in `server.sessions`
(commands, with arguments), `server.sign_ins` and `server.messages`.
"""

import asyncio
import base64
import hashlib
import hmac
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import trustme
from scramp import ScramException, ScramMechanism

from roammail.core.profile import Endpoint, Security
from tests.loop_clock import leap

Action = Callable[["Session"], Awaitable[None]]
Script = Mapping[str, Action | Sequence[Action]]
HOST = "smtp.test.example"
EXTENSIONS = ("SIZE 10240000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")


class Hangup(Exception):
    """Ends a session from within an action."""


def say(*lines: str) -> Action:
    """Answers with these lines, as they are."""
    return raw("".join(f"{line}\r\n" for line in lines).encode())


def raw(octets: bytes) -> Action:
    """Answers with these octets."""

    async def act(session: "Session") -> None:
        await session.write(octets)

    return act


def say_and_close(*lines: str) -> Action:
    """Answers, then closes."""

    async def act(session: "Session") -> None:
        await say(*lines)(session)
        raise Hangup

    return act


async def close(session: "Session") -> None:
    """Closes without a word."""
    raise Hangup


async def hang(session: "Session") -> None:
    """Says nothing until the test ends or the client goes away."""
    while await session.reader.read(65536):
        pass
    raise Hangup


async def hang_long(session: "Session") -> None:
    """The same, and the loop's clock leaps: whoever waits for an answer has waited for long."""
    reading = asyncio.get_running_loop().create_task(hang(session))
    try:
        while not reading.done():
            await asyncio.wait({reading}, timeout=0.05)  # the client may only begin to wait now
            leap(60)
        await reading
    finally:
        reading.cancel()


def flood(piece: bytes, total: int = 1 << 30, begin: bytes = b"") -> Action:
    """Sends `begin`, then `piece` again and again until `total` octets or the client goes."""

    async def act(session: "Session") -> None:
        await session.write(begin)
        block = piece * max(1, 65536 // len(piece))
        while session.sent < total:
            await session.write(block)

    return act


def drip(octets: bytes, seconds: float) -> Action:
    """Sends one octet at a time, over and over, until the client goes."""

    async def act(session: "Session") -> None:
        while True:
            for octet in octets:
                await session.write(bytes((octet,)))
                await asyncio.sleep(seconds)

    return act


@dataclass
class Session:
    """One connection as the server saw it."""

    server: "ScriptedServer"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    commands: list[str] = field(default_factory=list)
    encrypted: bool = False
    sent: int = 0
    extended: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    chunks: bytearray = field(default_factory=bytearray)

    async def write(self, octets: bytes) -> None:
        """Sends; raises ConnectionError when the client has gone."""
        self.sent += len(octets)
        self.writer.write(octets)
        await self.writer.drain()
        if self.writer.is_closing():
            raise Hangup

    async def line(self) -> str:
        """The client's next line, without its end."""
        octets = await self.reader.readline()
        if not octets.endswith(b"\n"):
            raise Hangup
        return octets.decode("utf-8", "backslashreplace").rstrip("\r\n")

    async def ask(self, challenge: str) -> str:
        """A 334 and the client's answer to it."""
        await self.write(f"334 {challenge}\r\n".encode())
        answer = await self.line()
        self.commands.append(answer)
        return answer

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """The handshake; a client that breaks it off ends the session."""
        try:
            await self.writer.start_tls(context)
        except (ssl.SSLError, OSError) as error:
            raise Hangup from error
        self.encrypted = True


class ScriptedServer:
    """See the module. `users` are names and passwords; `mechanisms` what AUTH offers.

    `certificate` is the leaf to show (of a trustme CA); `offer_starttls` hides the keyword;
    `buffer` limits what the system takes in for a server that does not read, octets.
    """

    def __init__(
        self,
        security: Security = Security.PLAINTEXT,
        script: Script | None = None,
        *,
        certificate: trustme.LeafCert | ssl.SSLContext | None = None,
        users: Mapping[str, str] | None = None,
        mechanisms: Sequence[str] = ("PLAIN", "LOGIN"),
        extensions: Sequence[str] = EXTENSIONS,
        offer_starttls: bool = True,
        host: str = HOST,
        address: str = "127.0.0.1",
        buffer: int | None = None,
    ) -> None:
        self.security, self.script = security, dict(script or {})
        self.users, self.mechanisms = dict(users or {}), tuple(mechanisms)
        self.extensions, self.offer_starttls = tuple(extensions), offer_starttls
        self.host, self.address = host, address
        self.sessions: list[Session] = []
        self.sign_ins: list[tuple[str, str, bool]] = []  # mechanism, name, whether it was right
        self.messages: list[bytes] = []  # without dot-stuffing
        self._buffer = buffer
        self._context = certificate if isinstance(certificate, ssl.SSLContext) else None
        if isinstance(certificate, trustme.LeafCert):
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            certificate.configure_cert(self._context)
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        # Named as TCP: only then does asyncio switch Nagle's delay off (40 ms a reply).
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        if self._buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
        listener.bind((self.address, 0))
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=1 << 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """The port that the system chose."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def endpoint(self) -> Endpoint:
        """Where a profile would say that this server is."""
        return Endpoint(self.host, self.port, self.security)

    @property
    def addresses(self) -> tuple[str, ...]:
        """What a resolver would say."""
        return (self.address,)

    @property
    def commands(self) -> list[str]:
        """Everything that clients said, over all sessions."""
        return [command for session in self.sessions for command in session.commands]

    async def done(self) -> None:
        """Waits until every session has ended."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        session = Session(self, reader, writer)
        self.sessions.append(session)
        try:
            await self._converse(session)
        except (Hangup, OSError, ssl.SSLError, asyncio.CancelledError):
            pass  # every way in which a session may end
        finally:
            # Not wait_closed: it has no end where a handshake was broken off.
            writer.transport.abort()
            await asyncio.sleep(0)

    async def _do(self, session: Session, stage: str, otherwise: Action) -> None:
        scripted = self.script.get(stage)
        if scripted is None:
            return await otherwise(session)
        count = session.counts[stage] = session.counts.get(stage, 0) + 1
        if isinstance(scripted, Sequence):
            scripted = scripted[min(count, len(scripted)) - 1]
        return await scripted(session)

    async def _converse(self, session: Session) -> None:
        await self._do(session, "connect", _nothing)
        if self.security is Security.IMPLICIT_TLS:
            assert self._context is not None
            await session.start_tls(self._context)
        await self._do(session, "greeting", say(f"220 {self.host} ESMTP ready"))
        while True:
            line = await session.line()
            session.commands.append(line)
            verb = line.partition(" ")[0].upper()
            stage, answer = self._answers.get(verb, ("unknown", say("500 5.5.2 Unknown command")))
            await self._do(
                session, stage, getattr(self, answer) if isinstance(answer, str) else answer
            )
            if verb == "QUIT":
                return

    _answers: Mapping[str, tuple[str, str | Action]] = {
        "EHLO": ("hello", "_hello"),
        "HELO": ("helo", say("250 hello")),
        "STARTTLS": ("starttls", "_starttls"),
        "AUTH": ("auth", "_auth"),
        "MAIL": ("mail", say("250 2.1.0 Sender ok")),
        "RCPT": ("rcpt", say("250 2.1.5 Recipient ok")),
        "DATA": ("data", "_data"),
        "BDAT": ("bdat", "_bdat"),
        "NOOP": ("noop", say("250 2.0.0 Ok")),
        "RSET": ("rset", say("250 2.0.0 Reset")),
        "QUIT": ("quit", say("221 2.0.0 Bye")),
    }

    async def _hello(self, session: Session) -> None:
        lines = [f"{self.host} greets you", *self.extensions]
        if self.security is Security.STARTTLS and not session.encrypted and self.offer_starttls:
            lines.append("STARTTLS")
        if self.users and (session.encrypted or self.security is Security.PLAINTEXT):
            lines.append(f"AUTH {' '.join(self.mechanisms)}")
        await say(*[f"250-{line}" for line in lines[:-1]], f"250 {lines[-1]}")(session)

    async def _starttls(self, session: Session) -> None:
        assert self._context is not None
        await say("220 2.0.0 Go ahead")(session)
        await session.start_tls(self._context)

    async def _data(self, session: Session) -> None:
        await say("354 Go ahead")(session)
        await self._do(session, "content", self._content)
        await self._do(session, "dot", say("250 2.0.0 Queued as 42"))

    async def _content(self, session: Session) -> None:
        """Reads as RFC 5321 section 4.5.2 says: only CRLF ends a line, only ".CRLF" the text."""
        lines: list[bytes] = []
        while True:
            line = await session.reader.readuntil(b"\r\n")
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b".") else line)
        self.messages.append(b"".join(lines))

    async def _bdat(self, session: Session) -> None:
        """RFC 3030: so many octets, then the answer; with LAST the message is whole."""
        _, size, *mark = session.commands[-1].split()
        session.chunks += await session.reader.readexactly(int(size))
        if mark:
            self.messages.append(bytes(session.chunks))
            session.chunks.clear()
        good = say("250 2.0.0 Queued as 42") if mark else say(f"250 2.0.0 {size} octets")
        await self._do(session, "chunk", good)

    async def _auth(self, session: Session) -> None:
        mechanism, _, initial = session.commands[-1].removeprefix("AUTH ").partition(" ")
        exchange = {"PLAIN": _plain, "LOGIN": _login, "CRAM-MD5": _cram, "SCRAM-SHA-256": _scram}
        try:
            name, right = await exchange[mechanism](session, initial)
        except (KeyError, ValueError, IndexError):
            name, right = "", False
        self.sign_ins.append((mechanism, name, right))
        await say("235 2.7.0 Welcome" if right else "535 5.7.8 Bad credentials")(session)


async def _nothing(session: Session) -> None:
    return


async def _plain(session: Session, initial: str) -> tuple[str, bool]:
    blob = base64.b64decode(initial or await session.ask(""), validate=True)
    _, name, password = blob.decode().split("\0")
    return name, session.server.users.get(name) == password


async def _login(session: Session, initial: str) -> tuple[str, bool]:
    name = base64.b64decode(await session.ask("VXNlcm5hbWU6"), validate=True).decode()
    password = base64.b64decode(await session.ask("UGFzc3dvcmQ6"), validate=True).decode()
    return name, session.server.users.get(name) == password


async def _cram(session: Session, initial: str) -> tuple[str, bool]:
    challenge = b"<1896.697170952@smtp.test.example>"
    answer = await session.ask(base64.b64encode(challenge).decode())
    name, _, digest = base64.b64decode(answer, validate=True).decode().rpartition(" ")
    right = hmac.new(session.server.users.get(name, "").encode(), challenge, hashlib.md5)
    return name, name in session.server.users and digest == right.hexdigest()


async def _scram(session: Session, initial: str) -> tuple[str, bool]:
    mechanism: Any = ScramMechanism("SCRAM-SHA-256")

    asked: list[str] = []

    def credentials(name: str) -> Any:
        asked.append(name)
        return mechanism.make_auth_info(session.server.users[name], iteration_count=4096)

    server = mechanism.make_server(credentials)
    try:
        server.set_client_first(base64.b64decode(initial).decode())
        challenge = base64.b64encode(server.get_server_first().encode()).decode()
        server.set_client_final(base64.b64decode(await session.ask(challenge)).decode())
    except ScramException:
        return "".join(asked), False
    await session.ask(base64.b64encode(server.get_server_final().encode()).decode())
    return asked[0], True
