"""One command and its answer, written down: what every part of a conversation is made of. Owns
the record and the bounds of a command; knows no extension and keeps no state of a message."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from roammail.adapters.smtp_replies import RawReply
from roammail.adapters.smtp_transcript import Transcript
from roammail.adapters.smtp_wire import SmtpWire
from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.reply import Reply, parse
from roammail.ports import Timeouts

MAX_COMMAND_OCTETS = 2_048


class Talk:
    """One conversation's wire, time-outs and record."""

    def __init__(self, wire: SmtpWire, timeouts: Timeouts, transcript: Transcript) -> None:
        self._wire, self._timeouts, self._transcript = wire, timeouts, transcript

    async def _command(
        self,
        line: str,
        *good: int,
        seconds: float | None = None,
        follow_progress: bool = False,
    ) -> Reply:
        self._transcript.client(line)
        self._bounded(line)
        with self._noting():
            if self._wire.farewell is None:
                self._wire.send(line.encode() + b"\r\n")
        wait = self._timeouts.command if seconds is None else seconds
        return await self._answer(wait, *(good or (2,)), follow_progress=follow_progress)

    def _bounded(self, line: str) -> None:
        if len(line) > MAX_COMMAND_OCTETS:
            raise self._failed(FailureKind.TOO_LONG, "a command of ours that no server would take")

    async def _answer(self, seconds: float, *good: int, follow_progress: bool = False) -> Reply:
        with self._noting():
            raw = await self._wire.reply(seconds, follow_progress=follow_progress)
        return self._keep(raw, *good)

    def _keep(self, raw: RawReply, *good: int) -> Reply:
        """Writes the reply down; one of a class that has no sense here is a failure."""
        lines = self._transcript.blank_lines(raw.lines)
        self._transcript.server(raw.code, lines)
        if raw.code < 400 and raw.code // 100 not in good:
            raise self._failed(FailureKind.GARBAGE, f"{raw.code} makes no sense as an answer here")
        return parse(raw.code, "\n".join(lines))

    def _failed(self, kind: FailureKind, detail: str) -> SmtpFailure:
        return self._noted(Failure(kind, detail))

    def _noted(self, failure: Failure) -> SmtpFailure:
        """The failure, written down, without the secret; the conversation is over."""
        clean = replace(failure, detail=self._transcript.blank_cut(failure.detail))
        self._transcript.note(f"{clean.kind}: {clean.detail}")
        self._wire.abort()
        return SmtpFailure(clean)

    @contextlib.contextmanager
    def _noting(self) -> Iterator[None]:
        """Whatever fails within leaves noted."""
        try:
            yield
        except SmtpFailure as raised:
            # Not chained: the text of what was raised may hold what is blanked here.
            raise self._noted(raised.failure) from None
