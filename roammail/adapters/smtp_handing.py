"""Handing a message over: the envelope and the content, one command at a time or several ahead
of their answers (RFC 2920), the content by DATA or in chunks (RFC 3030). Owns what is written
and which answer belongs to what; whether it may be written ahead is the engine's to decide."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from roammail.adapters import smtp_commands
from roammail.adapters.smtp_talk import Talk
from roammail.adapters.smtp_transcript import Transcript
from roammail.adapters.smtp_wire import SmtpWire
from roammail.core.content import Supply
from roammail.core.dsn import EnvelopeReport, RecipientReport
from roammail.core.failure import FailureKind
from roammail.core.reply import Reply
from roammail.ports import EnvelopeWords, Timeouts

#: Octets that are written at once: as many as progress is told of.
_PIECE_OCTETS = 128 * 1024


@dataclass(frozen=True, slots=True)
class _Said:
    """A command whose answer is still to be heard: the class that makes sense, the patience."""

    good: int
    seconds: float


class Handing(Talk):
    """The part of a conversation that follows the sign-in."""

    def __init__(self, wire: SmtpWire, timeouts: Timeouts, transcript: Transcript) -> None:
        super().__init__(wire, timeouts, transcript)
        self._extensions: dict[str, str] = {}
        self._utf8 = False
        self._ahead: deque[_Said] = deque()
        self._committed = False

    @property
    def alive(self) -> bool:
        """Whether the connection is open, as far as is known, with nothing left to be answered."""
        return self._wire.idle and not self._in_the_middle

    @property
    def committed(self) -> bool:
        """Whether the end of this message was given to the network: it may have been taken."""
        return self._committed

    @property
    def _in_the_middle(self) -> bool:
        """Whether a word of ours would be taken for content, or answered out of turn."""
        return bool(self._ahead) or self._wire.in_content

    # One command at a time

    async def mail(
        self,
        sender: str,
        size: int | None,
        eight_bit: bool,
        utf8: bool,
        report: EnvelopeReport | None = None,
    ) -> Reply:
        """MAIL FROM with SIZE, BODY, SMTPUTF8, RET and ENVID where wanted and offered."""
        self._committed = False
        return await self._command(
            self._mail_line(EnvelopeWords(sender, size, eight_bit, utf8, (), report))
        )

    async def rcpt(self, recipient: str, report: RecipientReport | None = None) -> Reply:
        """RCPT TO, with NOTIFY and ORCPT where wanted and offered."""
        return await self._command(self._rcpt_line(recipient, report))

    async def data(self) -> Reply:
        """DATA; 354 is positive."""
        reply = await self._command("DATA", 3)
        if reply.positive:
            self._wire.begin_content()
        return reply

    async def reset(self) -> Reply:
        """RSET."""
        return await self._command("RSET")

    async def noop(self) -> Reply:
        """NOOP."""
        return await self._command("NOOP")

    def _mail_line(self, words: EnvelopeWords) -> str:
        self._utf8 = words.utf8 and "SMTPUTF8" in self._extensions
        with self._noting():
            parts = [f"MAIL FROM:{smtp_commands.path(words.sender, self._utf8)}"]
        limit = smtp_commands.size_limit(self._extensions)
        if words.size is not None and limit is not None and words.size > limit:
            detail = f"{words.size} octets, the server takes {limit}"
            raise self._failed(FailureKind.SIZE_EXCEEDED, detail)
        if words.size is not None and "SIZE" in self._extensions:
            parts.append(f"SIZE={words.size}")
        if words.eight_bit and "8BITMIME" in self._extensions:
            parts.append("BODY=8BITMIME")
        if self._utf8:
            parts.append("SMTPUTF8")
        if words.report is not None and "DSN" in self._extensions:
            parts.extend(words.report.parameters())
        return " ".join(parts)

    def _rcpt_line(self, recipient: str, report: RecipientReport | None) -> str:
        with self._noting():
            parts = [f"RCPT TO:{smtp_commands.path(recipient, self._utf8)}"]
        if report is not None and "DSN" in self._extensions:
            parts.extend(report.parameters())
        return " ".join(parts)

    # Several ahead of their answers

    async def envelope(self, words: EnvelopeWords, *, data: bool = False) -> None:
        """MAIL, every RCPT and, with `data`, DATA, in one flight (RFC 2920 section 3.1).

        One write: a loss then finds either nothing of it said, or all of it. The answers are
        `next_answer`'s, which reads while we write, so that neither side waits for the other.
        """
        self._committed = False
        lines = [self._mail_line(words)]
        lines += [self._rcpt_line(address, report) for address, report in words.recipients]
        said = [_Said(2, self._timeouts.command)] * len(lines)
        if data:
            lines.append("DATA")
            said.append(_Said(3, self._timeouts.command))
        for line in lines:
            self._bounded(line)
        with self._noting():
            self._wire.send("".join(f"{line}\r\n" for line in lines).encode(), answers=len(lines))
        for line in lines:
            self._transcript.client(line)
        self._ahead.extend(said)

    async def next_answer(self) -> Reply:
        """The answer to the oldest command that was said ahead.

        Replies that came before a failure are still given, in order; then it is raised.
        """
        said = self._ahead.popleft()
        reply = await self._answer(said.seconds, said.good, follow_progress=True)
        if said.good == 3 and reply.positive:
            self._wire.begin_content()
        return reply

    # The content

    async def content(
        self, content: Supply, progress: Callable[[int], None], *, canonical: bool = False
    ) -> None:
        """Writes the content, dot-stuffed, without the final dot.

        If the server refuses before the end, the rest is kept back and `final_dot` gives that
        refusal: then nothing was taken.
        """
        self._transcript.note(f"content: {len(content)} octets")
        stuffing = smtp_commands.Stuffing(canonical=canonical)
        done = 0
        while piece := await content.take(_PIECE_OCTETS):
            if self._wire.farewell is not None:
                return
            done += len(piece)
            await self._push(stuffing.feed(piece))
            progress(done)
        self._must_be_all(done, content)
        if end := stuffing.end():
            await self._push(end)

    async def final_dot(self) -> Reply:
        """Writes the final dot and waits for the word that counts."""
        self._wire.end_content()
        early = self._wire.farewell
        if early is not None:
            self._wire.abort()
            return self._keep(early, 2)
        with self._noting():
            self._wire.check_open()
        self._committed = True
        return await self._command(".", 2, seconds=self._timeouts.final_dot, follow_progress=True)

    async def chunk(self, octets: Supply, progress: Callable[[int], None], *, last: bool) -> bool:
        """BDAT with these octets as they are; the answer is `next_answer`'s.

        False: a command said earlier was refused, and the rest is kept back. The server still
        waits for it, so that nothing was taken, and the connection is good for nothing else.
        """
        size = len(octets)
        command = f"BDAT {size}{' LAST' if last else ''}"
        if self._wire.refusal_waits:
            return False
        piece = await octets.take(_PIECE_OCTETS)
        done = len(piece)
        with self._noting():
            self._wire.check_open()
            self._committed = last and done == size
            self._wire.send(b"".join((command.encode(), b"\r\n", piece)), answers=1)
        self._transcript.client(command)
        self._transcript.note(f"content: {size} octets")
        patience = self._timeouts.final_dot if last else self._timeouts.command
        self._ahead.append(_Said(2, patience))
        with self._noting():
            await self._wire.room(self._timeouts.data_progress)
        progress(done)
        return await self._push_rest(octets, done, progress, last)

    async def _push_rest(
        self, octets: Supply, done: int, progress: Callable[[int], None], last: bool
    ) -> bool:
        while piece := await octets.take(_PIECE_OCTETS):
            if self._wire.refusal_waits:
                return False
            done += len(piece)
            with self._noting():
                self._wire.check_open()
            self._committed = last and done == len(octets)
            await self._push(piece)
            progress(done)
        self._must_be_all(done, octets)
        return True

    async def _push(self, octets: bytes | memoryview) -> None:
        with self._noting():
            await self._wire.push(octets, self._timeouts.data_progress)

    def _must_be_all(self, done: int, octets: Supply) -> None:
        """A server that was promised more would take what we say next for the rest of it."""
        if done != len(octets):
            self._wire.abort()
            raise ValueError(f"a content of {len(octets)} octets gave {done}")
