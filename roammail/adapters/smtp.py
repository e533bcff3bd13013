"""The SMTP conversation, one step at a time: the SmtpDialer and SmtpConnection ports over
aiosmtplib's byte layer. Owns opening, signing in and leaving, and what is kept of the answers;
decides nothing about what an answer means. Handing over is `smtp_handing.py`'s."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NoReturn

from roammail.adapters import smtp_auth, smtp_commands
from roammail.adapters.certificates import read_certificate
from roammail.adapters.smtp_connect import connect, refused_certificate
from roammail.adapters.smtp_handing import Handing
from roammail.adapters.smtp_transcript import Transcript
from roammail.adapters.smtp_wire import SmtpWire
from roammail.adapters.tls import failure_of, verified_name, verifying_context
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.core.profile import Endpoint
from roammail.core.reply import Reply
from roammail.core.report import Offer, TranscriptLine
from roammail.core.secret import Secret
from roammail.ports import SmtpConnection, Timeouts


class AiosmtplibDialer:
    """Reaches servers. `hello_name` is said in EHLO; without one, the local address is."""

    def __init__(
        self,
        hello_name: str | None = None,
        context: Callable[[], ssl.SSLContext] = verifying_context,
    ) -> None:
        self._hello_name = hello_name
        self._context = context

    async def dial(
        self, endpoint: Endpoint, addresses: Sequence[str], timeouts: Timeouts
    ) -> SmtpConnection:
        """Connects TCP. Raises SmtpFailure (REFUSED, UNREACHABLE, TIMED_OUT)."""
        transcript = Transcript(asyncio.get_running_loop().time)
        wire = await connect(addresses, endpoint.port, timeouts.connect)
        return AiosmtplibConnection(
            wire, endpoint, timeouts, transcript, self._context, self._hello_name
        )


class AiosmtplibConnection(Handing):
    """One conversation. Raises SmtpFailure; after one, only `close` makes sense."""

    def __init__(
        self,
        wire: SmtpWire,
        endpoint: Endpoint,
        timeouts: Timeouts,
        transcript: Transcript,
        context: Callable[[], ssl.SSLContext],
        hello_name: str | None,
    ) -> None:
        super().__init__(wire, timeouts, transcript)
        self._endpoint, self._context = endpoint, context
        self._peer = wire.peer_address()
        self._hello = hello_name or smtp_commands.hello_literal(wire.local_address())
        self._encrypted = False
        self._offer = Offer()
        transcript.note(f"connected to {self._peer} port {endpoint.port}")

    @property
    def peer(self) -> str:
        """The address that was reached."""
        return self._peer

    @property
    def encrypted(self) -> bool:
        """Whether verified TLS is in force."""
        return self._encrypted

    @property
    def offer(self) -> Offer:
        """What the server has shown so far."""
        return self._offer

    @property
    def transcript(self) -> tuple[TranscriptLine, ...]:
        """The conversation so far, secrets blanked, bounded."""
        return self._transcript.lines

    # Opening

    async def wrap_tls(self) -> None:
        """Implicit TLS (RFC 8314): the handshake, the profile's host verified."""
        context = await self._verifying()
        if self._wire.spoken:
            detail = "the server spoke before the handshake: this port has no implicit TLS"
            raise self._failed(FailureKind.TLS_FAILED, detail)
        await self._handshake(context)

    async def greeting(self) -> Reply:
        """The server's first reply."""
        reply = await self._answer(self._timeouts.greeting, 2)
        self._offer = replace(self._offer, banner=reply.text)
        return reply

    async def hello(self) -> Reply:
        """EHLO; HELO where EHLO is not known, on plaintext profiles."""
        self._extensions = {}
        reply = await self._command(f"EHLO {self._hello}")
        if smtp_commands.may_say_helo(reply.code, self._endpoint.security):
            reply = await self._command(f"HELO {self._hello}")
        elif reply.positive:
            self._extensions = smtp_commands.read_extensions(reply.lines)
        if reply.positive:
            self._offer = smtp_commands.offer_parts(self._extensions, self._offer, self._encrypted)
        return reply

    async def start_tls(self) -> Reply:
        """STARTTLS and the handshake; a refusal is returned (RFC 3207)."""
        if "STARTTLS" not in self._extensions:
            detail = "the server does not offer STARTTLS"
            raise self._failed(FailureKind.STARTTLS_MISSING, detail)
        context = await self._verifying()
        self._transcript.client("STARTTLS")
        with self._noting():
            self._wire.send(b"STARTTLS\r\n", handshake_next=True)
        reply = await self._answer(self._timeouts.command, 2)
        if reply.positive and reply.code != 220:
            raise self._failed(FailureKind.GARBAGE, f"{reply.code} does not answer STARTTLS")
        if reply.positive:
            self._extensions = {}
            await self._handshake(context)
        return reply

    def extension(self, keyword: str) -> str | None:
        """The parameters of an EHLO keyword, None if it is not offered."""
        return self._extensions.get(keyword.upper())

    async def _verifying(self) -> ssl.SSLContext:
        """The context, made ready before the server waits for our handshake."""
        try:
            return await asyncio.to_thread(self._context)
        except (ssl.SSLError, OSError) as error:
            detail = f"the trust store cannot be read: {error}"
            raise self._failed(FailureKind.TLS_FAILED, detail) from error

    async def _handshake(self, context: ssl.SSLContext) -> None:
        try:
            name = verified_name(self._endpoint.host)
            with self._noting():
                await self._wire.upgrade(context, name, self._timeouts.tls)
        except (ssl.SSLError, OSError, TimeoutError, ValueError) as error:
            self._wire.abort()
            raise await self._handshake_failed(error) from None
        self._encrypted = True
        facts = read_certificate(self._wire.peer_certificate())
        if facts is not None:
            name = facts.names[0] if facts.names else facts.subject
            self._offer = replace(
                self._offer, certificate_issuer=facts.issuer, certificate_name=name
            )
        self._transcript.note(f"TLS established: {self._wire.tls_version()}")

    async def _handshake_failed(self, error: Exception) -> SmtpFailure:
        """What a failed handshake means, with the certificate as evidence."""
        seen = None
        if isinstance(error, ssl.SSLCertVerificationError):
            seen = await refused_certificate(
                self._peer, self._endpoint, self._hello, self._timeouts.tls
            )
        return self._noted(failure_of(error, seen, self._endpoint.host))

    # Signing in

    async def sign_in(self, username: str, secret: Secret) -> Reply:
        """One mechanism, chosen by us, tried once (RFC 4954); only inside verified TLS."""
        self._transcript.guard(secret)
        if not self._encrypted:
            detail = "no credentials are sent outside verified TLS"
            raise self._failed(FailureKind.TLS_FAILED, detail)
        with self._noting():
            offered = smtp_commands.offered_mechanisms(self._extensions)
            mechanism = smtp_auth.choose(offered, username, secret)
            pending = mechanism.initial()
            command = f"AUTH {mechanism.name}"
            whole = command
            if pending is not None:
                encoded = smtp_auth.encode(pending)
                self._transcript.guard(Secret(encoded.decode()))
                if len(command) + len(encoded) + 3 <= smtp_auth.MAX_COMMAND_OCTETS:
                    whole, pending = f"{command} {encoded.decode()}", None
        reply = await self._secret_line(whole, command)
        while reply.code == 334:
            try:
                response = pending
                if response is None:
                    challenge = smtp_auth.decode("".join(reply.lines))
                    # SCRAM's key derivation takes long on purpose: not on the event loop.
                    response = await asyncio.to_thread(mechanism.respond, challenge)
                pending = None
            except ValueError as error:
                await self._cancel_sign_in(error)
            else:
                reply = await self._secret_line(smtp_auth.encode(response).decode())
        if reply.positive and (reply.code != 235 or not mechanism.complete()):
            raise self._failed(
                FailureKind.GARBAGE, "the server ended the sign-in before its own proof"
            )
        return reply

    async def _secret_line(self, line: str, shown: str = "") -> Reply:
        self._transcript.client_secret(shown)
        with self._noting():
            self._wire.send(line.encode() + b"\r\n")
        return await self._answer(self._timeouts.command, 2, 3)

    async def _cancel_sign_in(self, error: ValueError) -> NoReturn:
        """RFC 4954 section 4: "*" ends an exchange that makes no sense; it is not tried again."""
        await self._command("*", 2, 3)
        raise self._failed(FailureKind.GARBAGE, f"the sign-in was broken off: {error}")

    # Leaving

    async def quit(self) -> None:
        """Says QUIT, does not wait for the answer, closes. Never raises."""
        if not self._in_the_middle:
            with contextlib.suppress(SmtpFailure):
                self._wire.send(b"QUIT\r\n")
                self._transcript.client("QUIT")
        if self._encrypted:
            self._wire.keep_session()
        # What was written has left for the kernel by now: closing at once loses nothing.
        self._wire.abort()

    def close(self) -> None:
        """Closes at once. Never raises."""
        self._wire.abort()
