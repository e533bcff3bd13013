"""One conversation of the submission service: aiosmtpd's, made strict where a door must be,
and generous where mail programs need it. Owns the replies; what they rest on is `reception.py`.
"""

import asyncio
import logging
from dataclasses import dataclass, field, replace
from typing import Any

from aiosmtpd import smtp as aiosmtpd_smtp
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import RoamMailError
from roammail.core.settings import Settings
from roammail.submission.commands import Refused, read_mail, read_rcpt
from roammail.submission.content import ContentReader
from roammail.submission.door import Door, Visitor
from roammail.submission.reception import Letter, Reception, Taken, reports_of
from roammail.submission.replies import reply_to, taken_reply
from roammail.submission.strict_reader import LONGEST_LINE, StrictReader

_log = logging.getLogger(__name__)

MOST_RECIPIENTS = 1_000
#: Octets that may lie in a connection's buffer; twice that, and the sender is slowed down.
_BUFFER = 64 * 1024
_VERBS = frozenset({b"EHLO", b"HELO", b"NOOP", b"QUIT", b"RSET", b"HELP"})
_LINES_OF_A_STRANGER = 20
_SIGN_INS = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and octets of one message."""

    octets: int = 50_000_000
    sign_in: float = 30.0  # for everything until the sign-in
    idle: float = 300.0
    data_progress: float = 60.0
    data_all: float = 3600.0
    wrong_password: float = 1.0  # pause after one
    live: float = 0.0  # that a program waits for the server's answer; 0: for the outbox only


def limits_of(settings: Settings) -> Limits:
    """What the person has set."""
    return Limits(
        octets=settings.submission_megabytes * 1_000_000,
        live=float(settings.submission_live_seconds) if settings.submission_live else 0.0,
    )


class Transaction(aiosmtpd_smtp.Envelope):
    """aiosmtpd's envelope with what it does not keep."""

    def __init__(self) -> None:
        super().__init__()
        self.began = False
        self.sender = ""
        self.report = EnvelopeReport()
        self.recipients: list[tuple[str, RecipientReport]] = []


@dataclass(slots=True)
class Shared:
    """What all conversations share."""

    reception: Reception
    door: Door
    limits: Limits = field(default_factory=Limits)
    #: Set when the service ends: nobody is kept waiting any more.
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    #: One for each program that waits for its answer, done when it has it.
    answering: set[asyncio.Future[None]] = field(default_factory=set)


class _Hooks:
    """aiosmtpd's handler; almost everything is done in the conversation itself."""

    async def handle_EHLO(  # noqa: N802  (aiosmtpd's name)
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Adds what this service knows beyond aiosmtpd."""
        session.host_name = hostname
        *most, last = responses
        return [*most, "250-PIPELINING", "250-DSN", last]


class Conversation(SMTP):
    """Signs in, takes messages, and says 250 only when one is in the outbox, synced."""

    line_length_limit = _BUFFER
    command_size_limit = LONGEST_LINE
    envelope: Transaction

    def __init__(self, shared: Shared, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            _Hooks(),
            data_size_limit=shared.limits.octets,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="RoamMail",
            timeout=shared.limits.idle,
            auth_require_tls=False,  # loopback only, and its own password
            loop=loop,
        )
        # Nothing is carried over a TLS start, since there is none: it would protect nothing here.
        self._strict = StrictReader(self._guard, _BUFFER, loop)
        asyncio.StreamReaderProtocol.__init__(
            self, self._strict, client_connected_cb=self._cb_client_connected, loop=loop
        )
        # aiosmtpd keeps these with the class and lets every session change them for all.
        self.command_size_limits = dict.fromkeys(self._smtp_methods, LONGEST_LINE)
        self._shared = shared
        self._visitor = Visitor(self.drop)
        self._lines = 0
        self._spoken = False
        self._wrong = 0
        self._sign_in_timer: asyncio.TimerHandle | None = None

    # The door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lets the visitor in, for a while."""
        super().connection_made(transport)
        self._shared.door.enter(self._visitor)
        self._sign_in_timer = self.loop.call_later(self._shared.limits.sign_in, self.drop)

    def connection_lost(self, error: Exception | None) -> None:
        """The visitor is gone."""
        self._shared.door.leave(self._visitor)
        if self._sign_in_timer:
            self._sign_in_timer.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Whoever does not begin with a letter speaks another protocol, TLS for one."""
        if not self._spoken and not data[:1].isalpha():
            self.drop()
            return
        self._spoken = True
        super().data_received(data)

    def drop(self) -> None:
        """Closes at once, without a word, whatever has come in."""
        self._strict.end()
        if self.transport is not None:
            self._writer.transport.abort()

    def _guard(self, line: bytes) -> bool:
        """Whether the conversation goes on after this line. A browser that was talked into
        posting here shows itself in its first word."""
        self._lines += 1
        known = self._visitor.known
        first = line.split(b" ", 1)[0].strip().upper()
        goes_on = known or (
            self._lines <= _LINES_OF_A_STRANGER and (self._lines > 1 or first in _VERBS)
        )
        if not goes_on:
            self.drop()
        return goes_on

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours: logged, and the client may try again."""
        _log.error("a submission session failed", exc_info=error)
        return "451 4.3.0 A fault on this side, try again"

    # Signing in

    async def check_auth_needed(self, caller_method: str) -> bool:
        """Nothing without the password."""
        if self._visitor.known:
            return False
        await self.push("530 5.7.0 Sign in first")
        return True

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802  (aiosmtpd's name)
        """One of a few sign-ins."""
        if arg:
            mechanism, blank, rest = arg.partition(" ")
            arg = mechanism.upper() + blank + rest
        try:
            await self._shared.reception.refresh_password(self.loop.time())
        except RoamMailError as error:
            await self.push(f"454 4.7.0{reply_to(error)[9:]}")  # RFC 4954 section 6
            return
        wrong = self._wrong
        await super().smtp_AUTH(arg)
        if self._wrong == wrong:
            return
        if self._wrong >= _SIGN_INS:
            await self._goodbye("421 4.7.0 Too many wrong passwords")
            return
        await asyncio.sleep(self._shared.limits.wrong_password)

    def _authenticate(self, mechanism: str, auth_data: LoginPassword) -> AuthResult:
        if not self._shared.reception.is_password(auth_data.password):
            self._wrong += 1
            return AuthResult(success=False, handled=False)
        if not self._shared.door.sign_in(self._visitor):
            return AuthResult(
                success=False, handled=False, message="421 4.3.2 Too many connections"
            )
        if self._sign_in_timer:
            self._sign_in_timer.cancel()
        return AuthResult(success=True)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802  (aiosmtpd's name)
        """Not here: nothing leaves this computer, and nothing can be carried over."""
        await self.push("502 5.5.1 There is no TLS on loopback")

    def trust(self) -> None:
        """Lets the visitor in without a password: its caller knows who it is."""
        self._shared.door.sign_in(self._visitor)
        if self._sign_in_timer:
            self._sign_in_timer.cancel()

    async def _goodbye(self, reply: str) -> None:
        await self.push(reply)
        self._strict.end()
        if self.transport is not None:
            self.transport.close()

    # The envelope

    def _create_envelope(self) -> Transaction:
        return Transaction()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802  (aiosmtpd's name)
        """MAIL FROM with SIZE, BODY, SMTPUTF8, RET, ENVID and AUTH."""
        if await self.check_helo_needed() or await self.check_auth_needed("MAIL"):
            return
        if self.envelope.began:
            await self.push("503 5.5.1 There is a sender already")
            return
        try:
            command = read_mail(arg)
        except Refused as refused:
            await self.push(str(refused))
            return
        if command.size > self._shared.limits.octets:
            await self.push(f"552 5.3.4 Messages may have {self._shared.limits.octets} octets")
            return
        self.envelope.began = True
        self.envelope.sender = command.sender
        self.envelope.report = command.report
        await self.push("250 2.1.0 OK")

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802  (aiosmtpd's name)
        """RCPT TO with NOTIFY and ORCPT; says at once what can never be sent."""
        if await self.check_helo_needed() or await self.check_auth_needed("RCPT"):
            return
        if not self.envelope.began:
            await self.push("503 5.5.1 Name the sender first")
            return
        if len(self.envelope.recipients) >= MOST_RECIPIENTS:
            await self.push("452 4.5.3 Too many recipients, send the rest apart")
            return
        try:
            command = read_rcpt(arg)
            await self._shared.reception.check_sender(self.envelope.sender, self.loop.time())
        except Refused as refused:
            await self.push(str(refused))
        except RoamMailError as error:
            await self.push(reply_to(error))
        else:
            self.envelope.recipients.append((command.recipient, command.report))
            await self.push("250 2.1.5 OK")

    # The content

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802  (aiosmtpd's name)
        """Takes the message; 250 means that it is in the outbox, synced."""
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.recipients:
            await self.push("503 5.5.1 Name a recipient first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 Go ahead, end with a dot alone on a line")
        answered = self.loop.create_future()
        self._shared.answering.add(answered)
        try:
            reply = await self._judged(self.envelope)
            self.envelope = self._create_envelope()
            self._reset_timeout()
            await self.push(reply)
        finally:
            self._shared.answering.discard(answered)
            answered.set_result(None)

    async def _judged(self, envelope: Transaction) -> str:
        """The reply to the final dot."""
        limits = self._shared.limits
        try:
            taken = await self._take(envelope)
        except TimeoutError:
            self.drop()
            return "451 4.4.2 That took too long"
        except RoamMailError as error:
            return reply_to(error)
        if not limits.live:
            return taken_reply(taken, None)
        self._reset_timeout(limits.live + limits.idle)
        reception = self._shared.reception
        return taken_reply(taken, await reception.answer(taken, limits.live, self._shared.ending))

    async def _take(self, envelope: Transaction) -> Taken:
        """Raises TimeoutError and RoamMailError."""
        door, reception = self._shared.door, self._shared.reception
        letter = self._letter(envelope)
        ready: list[ReadyMessage] = []

        def head(header: bytes) -> bytes:
            ready.append(reception.opened(header, letter))
            return ready[0].content

        def room(octets: int) -> bool:
            return door.take(octets, content.held)

        content = ContentReader(self._shared.limits.octets, head, room)
        try:
            async with asyncio.timeout(self._shared.limits.data_all):
                await self._receive(content)
            # Not bound to a name here: the octets are held once.
            message = _with_content(ready, content)
            return await reception.take(message, live=self._shared.limits.live > 0)
        finally:
            door.give_back(content.held)

    async def _receive(self, content: ContentReader) -> None:
        rest: bytes | None = None
        while rest is None:
            self._reset_timeout(self._shared.limits.data_progress)
            rest = content.feed(await self._strict.some())
        self._strict.put_back(rest)

    def _letter(self, envelope: Transaction) -> Letter:
        addresses = (envelope.sender, *(address for address, _ in envelope.recipients))
        international = not all(address.isascii() for address in addresses)
        return Letter(
            sender=envelope.sender,
            recipients=tuple(dict.fromkeys(addresses[1:])),
            report=envelope.report,
            reports=reports_of(envelope.recipients),
            protocol="UTF8SMTPA" if international else "ESMTPA",
        )


def _with_content(ready: list[ReadyMessage], content: ContentReader) -> ReadyMessage:
    octets = content.result()
    return replace(ready[0], content=octets)
