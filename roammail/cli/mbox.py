"""`roammail send --mbox`: every message of a mailbox file, with progress.

All are put into the outbox first, synced; an interruption while they are delivered loses none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from rich.console import Group, RenderableType
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.files import open_input
from roammail.cli.message_options import FILE_LIMIT, Given, default_sender, message_id
from roammail.cli.result import Look, Problem, Result, Status
from roammail.cli.session import Session
from roammail.cli.verdict import verdict
from roammail.core.address import parse_mailbox
from roammail.core.delivery import Standing, standing_of
from roammail.core.envelope import OutboxEntry
from roammail.core.errors import BadMessage, ExitCode, UserFacingError
from roammail.core.mbox import split_mbox
from roammail.core.message import prepare
from roammail.engine.engine import Engine
from roammail.words import Words
from roammail.words.catalogue import N_


@dataclass(slots=True)
class _Progress:
    """How far it has come."""

    words: Words
    read: int = 0
    queued: list[int] = field(default_factory=list)
    skipped: list[tuple[int, UserFacingError]] = field(default_factory=list)
    tried: int = 0
    sent: int = 0

    def picture(self, _look: Look) -> RenderableType:
        """One line."""
        text = N_("{queued} of {read} messages are in the outbox; {sent} sent, {tried} tried.")
        return Text(self._say(text))

    def last_word(self) -> list[str]:
        """The count, and each message that was not taken."""
        counted = N_("{read} messages read, {queued} taken, {sent} sent.")
        skipped = N_("Message {number} was left out: {why}")
        return [
            self._say(counted),
            *(
                self.words.say(skipped, number=str(number), why=error.message)
                for number, error in self.skipped
            ),
        ]

    def _say(self, text: str) -> str:
        return self.words.say(
            text,
            read=str(self.read),
            queued=str(len(self.queued)),
            sent=str(self.sent),
            tried=str(self.tried),
        )


def send_mbox(session: Session, given: Given, name: str) -> Result:
    """Queues all, then delivers one after the other unless `--queue-only`."""
    words = session.make_words()
    progress = _Progress(words)

    async def work(engine: Engine) -> list[OutboxEntry]:
        with session.renderer.progress(progress.picture) as redraw:
            show = redraw or (lambda: None)
            with open_input(name) as file:
                for raw in split_mbox(_lines(file)):
                    await _queue(engine, given, raw, progress)
                    show()
            if given.queue_only:
                engine.call_worker()
            entries = []
            for outbox_id in progress.queued:
                entries.append(await _tried(engine, outbox_id, given, progress))
                show()
        return entries

    return _ended(session.with_engine(work), progress, queue_only=given.queue_only)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(FILE_LIMIT):
        yield line


async def _queue(engine: Engine, given: Given, raw: bytes, progress: _Progress) -> None:
    progress.read += 1
    sender = None if given.from_ is None else parse_mailbox(given.from_).address
    try:
        message = prepare(
            raw,
            now=engine.now(),
            message_id=message_id(engine, sender or await default_sender(engine)),
            sender=sender,
            recipients=given.recipients or None,
        )
        progress.queued.append(await engine.queue(message))
    except UserFacingError as error:
        if not isinstance(error, BadMessage) and error.code != "no-profile-for-sender":
            raise
        progress.skipped.append((progress.read, error))


async def _tried(engine: Engine, outbox_id: int, given: Given, progress: _Progress) -> OutboxEntry:
    if given.queue_only:
        return await engine.entry(outbox_id)
    try:
        entry = await engine.delivered(outbox_id)
    except UserFacingError as error:
        if error.code != "outbox-busy":
            raise
        entry = await engine.entry(outbox_id)
    progress.tried += 1
    progress.sent += standing_of([one.state for one in entry.recipients]) is Standing.SENT
    return entry


def _ended(entries: list[OutboxEntry], progress: _Progress, *, queue_only: bool) -> Result:
    words = progress.words
    judged = [] if queue_only else [verdict(entry, words) for entry in entries]
    problems = [Problem.of(error) for _, error in progress.skipped]
    problems += [problem for item in judged for problem in item.problems]
    codes = [item.exit_code for item in judged if item.exit_code is not ExitCode.OK]
    if progress.skipped:
        codes.append(ExitCode.DATA)
    status = Status.OK
    if problems:
        status = Status.PARTIAL if progress.queued else Status.ERROR
    shown = progress.last_word()
    shown += [line for item in judged if item.problems for line in item.lines]
    return Result(
        data={
            "read": progress.read,
            "messages": [json_shapes.outbox_entry(entry, words) for entry in entries],
            "skipped": [
                {"number": number, "code": error.code} for number, error in progress.skipped
            ],
        },
        view=lambda _look: Group(*(Text(line) for line in shown)),
        exit_code=codes[0] if codes else ExitCode.OK,
        problems=tuple(problems),
        status=status,
    )
