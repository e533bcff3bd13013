"""`roammail outbox`: what RoamMail holds, and what a person may decide about it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.app import common
from roammail.cli.blocks import indented
from roammail.cli.delivering import attempts, ended, watched
from roammail.cli.result import Look, Result, Status
from roammail.cli.session import Session, session_of
from roammail.cli.verdict import Verdict, local_time, people, verdict
from roammail.core.delivery import OPEN_STATES, RecipientState, is_held
from roammail.core.envelope import OutboxEntry
from roammail.core.errors import ExitCode
from roammail.engine.engine import Engine
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

T = TypeVar("T")

_STATES = {
    RecipientState.QUEUED: N_("queued"),
    RecipientState.SENDING: N_("sending"),
    RecipientState.SENT: N_("sent"),
    RecipientState.REFUSED: N_("refused"),
    RecipientState.DEFERRED: N_("deferred"),
    RecipientState.UNCERTAIN: N_("uncertain"),
    RecipientState.CANCELLED: N_("cancelled"),
    RecipientState.GIVEN_UP: N_("given up"),
}

#: The worst comes first: what a flush of several messages exits with.
_SEVERITY = (
    ExitCode.NO_PERMISSION,
    ExitCode.QUEUED,
    ExitCode.UNAVAILABLE,
    ExitCode.DATA,
    ExitCode.OK,
)


@click.group("outbox", no_args_is_help=False)
@common
def outbox_command() -> None:
    """Messages that wait, were sent or need a decision."""


@outbox_command.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only what still waits.")
@common
@click.pass_context
def list_command(ctx: click.Context, open_only: bool) -> Result:
    """All messages, newest first."""
    session = session_of(ctx)
    words = session.make_words()
    entries = session.with_engine(lambda engine: engine.entries(open_only=open_only))
    return Result(
        data={"messages": [json_shapes.outbox_entry(item, words) for item in entries]},
        view=lambda _look: _listing(entries, words),
    )


@outbox_command.command("show")
@click.argument("number", type=click.IntRange(1))
@common
@click.pass_context
def show_command(ctx: click.Context, number: int) -> Result:
    """One message: each recipient, each attempt."""
    session = session_of(ctx)
    words = session.make_words()
    entry = session.with_engine(lambda engine: engine.entry(number))
    return Result(
        data=json_shapes.outbox_entry(entry, words),
        view=lambda look: _details(entry, words, look),
    )


@outbox_command.command("retry")
@click.argument("number", type=click.IntRange(1))
@click.option("--same-profile", is_flag=True, help="Also where it may have arrived already.")
@common
@click.pass_context
def retry_command(ctx: click.Context, number: int, same_profile: bool) -> Result:
    """Try a message once more, now."""
    session = session_of(ctx)
    words = session.make_words()

    async def work(engine: Engine) -> OutboxEntry:
        return await _stoppable(engine, session, engine.retry(number, same_profile))

    return ended(session.with_engine(work), words)


@outbox_command.command("mark-sent")
@click.argument("number", type=click.IntRange(1))
@common
@click.pass_context
def mark_sent_command(ctx: click.Context, number: int) -> Result:
    """Settle an uncertain message: it has arrived."""
    return _settled(ctx, lambda engine: engine.mark_sent(number))


@outbox_command.command("cancel")
@click.argument("number", type=click.IntRange(1))
@common
@click.pass_context
def cancel_command(ctx: click.Context, number: int) -> Result:
    """Give up what still waits of a message."""
    session = session_of(ctx)
    entry = session.with_engine(lambda engine: engine.entry(number))
    words = session.make_words()
    question = N_("Give up message {number} ({subject}) to {people}?")
    session.confirm(
        words.say(
            question,
            number=str(number),
            subject=display(entry.subject, 60) or words.say(N_("without a subject")),
            people=people(list(entry.recipients), words),
        )
    )
    return _settled(ctx, lambda engine: engine.cancel(number))


@outbox_command.command("flush")
@common
@click.pass_context
def flush_command(ctx: click.Context) -> Result:
    """Try everything that waits, now."""
    session = session_of(ctx)
    words = session.make_words()

    async def work(engine: Engine) -> tuple[OutboxEntry, ...]:
        return await _stoppable(engine, session, engine.flush())

    entries = session.with_engine(work)
    judged = [(entry, verdict(entry, words)) for entry in entries]
    codes = {item.exit_code for _, item in judged}
    problems = tuple(problem for _, item in judged for problem in item.problems)
    sent = any(item.exit_code is ExitCode.OK for _, item in judged)
    status = Status.OK
    if problems:
        status = Status.PARTIAL if sent else Status.ERROR
    return Result(
        data={"messages": [json_shapes.outbox_entry(entry, words) for entry in entries]},
        view=lambda _look: _flushed(judged, words),
        exit_code=next((code for code in _SEVERITY if code in codes), ExitCode.OK),
        problems=problems,
        status=status,
    )


async def _stoppable(engine: Engine, session: Session, work: Awaitable[T]) -> T:
    """Awaits a delivery; Ctrl+C ends it with a word on what becomes of the mail."""
    try:
        return await watched(engine, session, work)
    except asyncio.CancelledError:
        said = N_("Stopped. What has not gone stays in the outbox; nothing is lost.")
        session.renderer.note(session.make_words().say(said))
        raise


def _settled(ctx: click.Context, work: Callable[[Engine], Awaitable[OutboxEntry]]) -> Result:
    """A decision was carried out: that is a success, whatever the recipients' states are."""
    session = session_of(ctx)
    words = session.make_words()
    entry = session.with_engine(work)
    return Result(
        data=json_shapes.outbox_entry(entry, words),
        view=lambda _look: Group(*(Text(line) for line in verdict(entry, words).lines)),
    )


def _flushed(judged: list[tuple[OutboxEntry, Verdict]], words: Words) -> RenderableType:
    if not judged:
        return words.say(N_("Nothing waits in the outbox."))
    parts: list[RenderableType] = []
    for entry, item in judged:
        parts.append(Text(_title(entry, words), style="bold"))
        parts += [indented(Text(line)) for line in item.lines]
    return Group(*parts)


def _title(entry: OutboxEntry, words: Words) -> str:
    subject = display(entry.subject, 80) or words.say(N_("(no subject)"))
    return f"{entry.id}  {subject}"


def _listing(entries: tuple[OutboxEntry, ...], words: Words) -> RenderableType:
    if not entries:
        return words.say(N_("The outbox is empty."))
    newest, now = entries[0].created, datetime.now(UTC)
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for title in (N_("No."), N_("Taken"), N_("State"), N_("To"), N_("Subject")):
        table.add_column(words.say(title), overflow="fold")
    for entry in entries:
        table.add_row(
            str(entry.id),
            local_time(entry.created, newest),
            Text(_states(entry, words, now)),
            Text(people(list(entry.recipients), words)),
            Text(display(entry.subject, 60)),
        )
    return table


def _states(entry: OutboxEntry, words: Words, now: datetime) -> str:
    return ", ".join(dict.fromkeys(_state(r.state, entry, words, now) for r in entry.recipients))


def _state(state: RecipientState, entry: OutboxEntry, words: Words, now: datetime) -> str:
    """A message that can still be taken back is no longer the queue's, and not yet the server's."""
    held = entry.held_until
    if held is not None and state is RecipientState.QUEUED and is_held(held, now):
        return words.say(N_("held until {time}"), time=f"{held.astimezone():%H:%M:%S}")
    return words.say(_STATES[state])


def _facts(entry: OutboxEntry, words: Words) -> list[tuple[str, str]]:
    """Labels, still to be translated, and values."""
    facts = [
        (N_("Message"), f"{entry.id}  {display(entry.message_id, 200)}"),
        (N_("From"), display(entry.from_address, 200)),
        (N_("Subject"), display(entry.subject, 200)),
        (N_("Size"), words.say(N_("{number} octets"), number=f"{entry.size:,}")),
        (N_("Taken"), f"{entry.created.astimezone():%Y-%m-%d %H:%M}"),
    ]
    waits = any(item.state in OPEN_STATES for item in entry.recipients)
    if waits and entry.next_try is not None:
        facts.append((N_("Next try"), f"{entry.next_try.astimezone():%Y-%m-%d %H:%M}"))
    return facts


def _details(entry: OutboxEntry, words: Words, look: Look) -> RenderableType:
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    for label, value in _facts(entry, words):
        facts.add_row(words.say(label), Text(value))
    parts: list[RenderableType] = [facts]
    if entry.purged is not None:
        parts.append(Text(words.say(N_("The content was cleared away.")), style="dim"))
    for item in entry.recipients:
        line = Text(f"{display(item.address, 200)}: ", style="bold")
        said = _state(item.state, entry, words, datetime.now(UTC))
        line.append(said, style="default")
        if entry.answered is not None and item.state is RecipientState.REFUSED:
            told = words.say(N_("(the program that handed it in was told)"))
            line.append(f" {told}", style="dim")
        parts.append(line)
        if item.diagnosis is not None:
            parts.append(indented(Text(words.headline(item.diagnosis))))
    if entry.attempts:
        parts.append(Text(words.say(N_("Attempts:")), style="dim"))
        parts += [indented(part) for part in attempts(entry.attempts, words, look)]
    return Group(*parts)
