"""The byte layer of one SMTP connection: octets in, replies out, in order. Owns deadlines,
flow control and the TLS upgrade; knows no command and keeps no secret. Built on aiosmtplib's
protocol, whose pairing of one reply with one command is replaced by a queue: what nobody asked
for is a failure, and several commands may be under way at once."""

import asyncio
import ssl
import sys
from collections import deque
from typing import cast

from aiosmtplib.protocol import SMTPProtocol
from aiosmtplib.response import SMTPResponse

from roammail.adapters.dead_line import is_dead
from roammail.adapters.smtp_replies import RawReply, ReplyReader
from roammail.adapters.tls_sessions import ResumingContext
from roammail.core.failure import Failure, FailureKind, SmtpFailure

SERVICE_CLOSING = 421  # may come at any time (RFC 5321 section 3.8)
_POLL_SECONDS = 0.5  # how often progress of an upload is looked at


class SmtpWire(SMTPProtocol):
    """One connection's octets. After the first failure every call raises that failure."""

    def __init__(self) -> None:
        super().__init__()
        self._reader = ReplyReader()
        self._replies: deque[RawReply] = deque()
        self._farewell: RawReply | None = None
        self._expected = 1  # the greeting comes unasked
        self._failure: Failure | None = None
        self._changed: asyncio.Future[None] | None = None
        self._raw: asyncio.Transport | None = None
        self._in_content = False
        self._seen_octets = False
        self._handshake_next = False

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the TCP transport: beneath TLS, it alone knows what is still unsent."""
        super().connection_made(transport)
        self._raw = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Cuts the octets into replies and gives each to whom it belongs."""
        if self._failure is not None:
            return
        self._seen_octets = True
        try:
            for reply in self._reader.feed(data):
                self._sort(reply)
        except SmtpFailure as raised:
            self.fail(self._as_injected(raised.failure))
        self._wake()

    def _as_injected(self, failure: Failure) -> Failure:
        """What follows STARTTLS's answer in clear is worse than a stray or broken reply."""
        if self._handshake_next and not self._expected:
            return Failure(FailureKind.PLAINTEXT_INJECTED, failure.detail)
        return failure

    def eof_received(self) -> bool:
        """The server ended its side; an SMTP connection is of no use then."""
        self._lose("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, for whichever reason."""
        super().connection_lost(exc)
        self._lose(str(exc) if exc else "the connection was closed")

    def _lose(self, why: str) -> None:
        if not self._reader.idle:
            why += " in the middle of a reply"
        if self._failure is None:
            self._failure = Failure(FailureKind.CONNECTION_LOST, why)
        self._wake()

    def _sort(self, reply: RawReply) -> None:
        refused_early = self._in_content and reply.code >= 400
        if self._expected > 0:
            self._expected -= 1
            self._replies.append(reply)
        elif (reply.code == SERVICE_CLOSING or refused_early) and self._farewell is None:
            self._farewell = reply
        else:
            shown = " ".join((str(reply.code), *reply.lines))[:200]
            raise SmtpFailure(
                Failure(FailureKind.UNSOLICITED, f"a reply that nobody asked for: {shown}")
            )

    def _wake(self) -> None:
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)

    # What the conversation calls

    @property
    def farewell(self) -> RawReply | None:
        """A 421 between commands, or a refusal while content was still being written."""
        return self._farewell

    @property
    def spoken(self) -> bool:
        """Whether the server has sent anything yet."""
        return self._seen_octets

    def peer_address(self) -> str:
        """The address at the other end, "" if it is gone."""
        name = self._raw.get_extra_info("peername") if self._raw else None
        return str(name[0]) if name else ""

    def local_address(self) -> str:
        """Our own address on this connection, the unspecified one if it is gone."""
        name = self._raw.get_extra_info("sockname") if self._raw else None
        return str(name[0]) if name else "0.0.0.0"  # noqa: S104  (nothing is bound)

    def peer_certificate(self) -> bytes:
        """The peer's certificate in DER; empty without TLS."""
        session = self.transport.get_extra_info("ssl_object") if self.transport else None
        return (session.getpeercert(True) if session else None) or b""

    def keep_session(self) -> None:
        """Lets the next connection to this name take up the TLS session of this one."""
        session = self.transport.get_extra_info("ssl_object") if self.transport else None
        if session is not None and isinstance(session.context, ResumingContext):
            session.context.keep(session)

    def tls_version(self) -> str:
        """ "TLSv1.3" and the like; empty without TLS."""
        session = self.transport.get_extra_info("ssl_object") if self.transport else None
        return (session.version() if session else None) or ""

    def fail(self, failure: Failure) -> None:
        """The first failure is the one that counts; nothing more is read or written."""
        if self._failure is None or self._failure.kind is FailureKind.CONNECTION_LOST:
            self._failure = failure
        self.abort()

    def abort(self) -> None:
        """Closes at once. Never raises."""
        for transport in (self.transport, self._raw):
            if isinstance(transport, asyncio.Transport):
                transport.abort()

    def check(self) -> None:
        """Raises what has already failed."""
        if self._failure is not None:
            raise SmtpFailure(self._failure)

    @property
    def idle(self) -> bool:
        """Whether it is open and quiet: nothing failed, was said at parting, or is to come."""
        quiet = self._farewell is None and not self._expected and not self._replies
        return quiet and self._reader.idle and self._failure is None and self.is_connected

    @property
    def in_content(self) -> bool:
        """Whether DATA was said and its final dot was not."""
        return self._in_content

    @property
    def refusal_waits(self) -> bool:
        """Whether an answer not yet taken refuses something: what follows may be in vain."""
        return self._farewell is not None or any(reply.code >= 400 for reply in self._replies)

    def check_open(self) -> None:
        """Raises what has failed, also where the transport alone knows of it as yet."""
        if not self.is_connected:
            self._lose("the connection was closed")
        self.check()

    def send(self, octets: bytes, *, answers: int = 1, handshake_next: bool = False) -> None:
        """Writes commands, whose `answers` will then be taken. Raises SmtpFailure.

        With `handshake_next` nothing may follow that answer in clear.
        """
        self.check()
        if not self._reader.idle and not self._expected:
            self.fail(Failure(FailureKind.UNSOLICITED, "part of a reply that nobody asked for"))
            self.check()
        self._expected += answers
        self._handshake_next = handshake_next
        self._write(octets)

    def _write(self, octets: bytes | memoryview) -> None:
        self.check_open()
        cast(asyncio.WriteTransport, self.transport).write(octets)

    async def reply(self, seconds: float, *, follow_progress: bool = False) -> RawReply:
        """The next reply, within `seconds` for all of it, however many pieces it comes in.

        With `follow_progress` the time begins anew while our own octets are still leaving.
        """
        deadline = self._loop.time() + seconds
        unsent = self.unsent()
        while not self._replies:
            if self._farewell is not None:
                return self._farewell
            self.check()
            left = deadline - self._loop.time()
            if left <= 0:
                seen = "it began a reply" if not self._reader.idle else "it said nothing"
                self.fail(Failure(FailureKind.TIMED_OUT, f"no reply in {seconds:g} s: {seen}"))
            if follow_progress:
                self._check_line()
            await self._change(min(left, _POLL_SECONDS) if follow_progress else left)
            if follow_progress and self.unsent() < unsent:
                unsent, deadline = self.unsent(), self._loop.time() + seconds
        return self._replies.popleft()

    async def _change(self, seconds: float) -> None:
        self._changed = self._loop.create_future()
        await asyncio.wait((self._changed,), timeout=max(seconds, 0))
        self._changed = None

    def begin_content(self) -> None:
        """From here to the final dot a 4yz or 5yz is an early refusal, not a stray reply."""
        self._in_content = True

    def end_content(self) -> None:
        """The final dot goes next: what comes now is its answer."""
        self._in_content = False

    async def push(self, octets: bytes | memoryview, stall: float) -> None:
        """Writes content and waits for room; fails after `stall` seconds without progress."""
        self._write(octets)
        await self.room(stall)

    async def room(self, stall: float) -> None:
        """Waits until more may be written; fails after `stall` seconds without progress."""
        if not self._paused:
            self.check()
            return
        unsent, since = self.unsent(), self._loop.time()
        step = min(_POLL_SECONDS, stall / 4)
        while self._farewell is None and not self.refusal_waits:
            self.check()
            try:
                # Not wait_for, which may lose a cancellation that comes with the answer.
                async with asyncio.timeout(step):
                    await self._drain_helper()
            except TimeoutError:
                pass
            except OSError as error:
                self._lose(str(error))
            else:
                self.check()
                return
            self._check_line()
            now, left = self._loop.time(), self.unsent()
            if left < unsent:
                unsent, since = left, now
            elif now - since >= stall:
                detail = f"the server took nothing for {stall:g} s"
                self.fail(Failure(FailureKind.TIMED_OUT, detail))

    def _check_line(self) -> None:
        """Raises SmtpFailure where the peer's system is gone: its time-outs are not waited for."""
        sock = self._raw.get_extra_info("socket") if self._raw else None
        if sock is not None and is_dead(sock):
            self.fail(Failure(FailureKind.CONNECTION_LOST, "the line is dead: nothing comes back"))
            self.check()

    def unsent(self) -> int:
        """Octets written by us that the peer has not yet taken, as far as can be known."""
        waiting = 0
        for transport in {self.transport, self._raw}:
            if isinstance(transport, asyncio.Transport) and not transport.is_closing():
                waiting += transport.get_write_buffer_size()
        return waiting + self._unsent_by_kernel()

    def _unsent_by_kernel(self) -> int:
        """A slow peer shows first in the kernel's queue, which may hold megabytes."""
        if sys.platform != "linux" or self._raw is None or self._raw.is_closing():
            return 0
        import fcntl
        import termios

        sock = self._raw.get_extra_info("socket")
        if sock is None or sock.fileno() < 0:
            return 0
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
        return int.from_bytes(answer, sys.byteorder)

    async def upgrade(self, context: ssl.SSLContext, name: str, seconds: float) -> None:
        """The TLS handshake. Raises ssl.SSLError, OSError, TimeoutError,
        SmtpFailure, and ValueError without a name to verify.

        Nothing that arrived before it may count after it (RFC 3207 section 4.2): such octets
        are a failure, not merely dropped.
        """
        self.check()
        if self._replies or self._farewell or not self._reader.idle:
            detail = "the server, or someone between, sent more before the handshake"
            self.fail(Failure(FailureKind.PLAINTEXT_INJECTED, detail))
            self.check()
        if context.check_hostname and not name:
            # asyncio would then skip the check of the name without a word.
            raise ValueError("there is no host name to verify")
        assert self._raw is not None
        async with asyncio.timeout(seconds):
            upgraded = await self._loop.start_tls(self._raw, self, context, server_hostname=name)
        if upgraded is None:
            raise ConnectionResetError("the connection was closed during the handshake")
        self._handshake_next = False
        self.transport = upgraded
        self._over_ssl = True

    async def read_response(self, timeout: float | None = None) -> SMTPResponse:
        """aiosmtplib's own way to read, kept in step with ours."""
        raw = await self.reply(timeout if timeout is not None else 60.0)
        return SMTPResponse(raw.code, "\n".join(raw.lines))
