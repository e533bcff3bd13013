"""Queues a message and delivers it while somebody watches: progress, Ctrl+C, the last word.

Shared by `send`, `forward`, `outbox retry`, `outbox flush` and `demo`. The message is in the
outbox, synced, before the first server is asked; an interruption leaves it there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Group, RenderableType
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.blocks import indented, place, server_words
from roammail.cli.result import Look, Problem, Result, Status
from roammail.cli.session import Session
from roammail.cli.verdict import Verdict, verdict
from roammail.core.delivery import Standing, standing_of
from roammail.core.envelope import AttemptEntry, OutboxEntry, ReadyMessage
from roammail.core.errors import ExitCode, UserFacingError
from roammail.core.events import AttemptFinished, AttemptStarted, Event, UploadProgress
from roammail.core.profile import Endpoint, Security
from roammail.engine.engine import Engine
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

T = TypeVar("T")

_SENT = "sent"
#: Of a race's others, when the choice had fallen.
_LEFT = {
    "not-waited-for": N_("No answer yet; not waited for."),
    "not-needed": N_("Would have taken it too; not needed."),
}


@dataclass(slots=True)
class Watching:
    """What is under way for one message, fed by events."""

    words: Words
    names: dict[str, str]
    running: dict[tuple[str, Endpoint], str] = field(default_factory=dict)
    ended: list[tuple[str, Endpoint, str]] = field(default_factory=list)
    upload: tuple[int, int] | None = None

    def take(self, event: Event) -> bool:
        """Notes an event; whether the picture changed."""
        match event:
            case AttemptStarted():
                self.running[event.profile_id, event.endpoint] = self._name(event.profile_id)
            case AttemptFinished():
                self.running.pop((event.profile_id, event.endpoint), None)
                name = self._name(event.profile_id)
                self.ended.append((name, event.endpoint, event.outcome))
            case UploadProgress():
                self.upload = (event.sent, event.total)
            case _:
                return False
        return True

    def picture(self, look: Look) -> RenderableType:
        """The attempts so far, one a line."""
        lines: list[RenderableType] = []
        for name, endpoint, outcome in self.ended:
            mark, style = _mark(outcome, look)
            lines.append(Text(f"{mark} {name} ({place(endpoint, self.words)})", style=style))
        for (_, endpoint), name in self.running.items():
            trying = N_("Trying {profile} ({server})")
            said = self.words.say(trying, profile=name, server=place(endpoint, self.words))
            lines.append(Text(f"  {said}"))
        if self.upload is not None and self.upload[1]:
            percent = min(100, 100 * self.upload[0] // self.upload[1])
            said = self.words.say(N_("Handing over the message: {percent} %"), percent=str(percent))
            lines.append(Text(f"  {said}"))
        stop = self.words.say(N_("Ctrl+C stops; the message stays in the outbox."))
        lines.append(Text(f"  {stop}", style="dim"))
        return Group(*lines)

    def _name(self, profile_id: str) -> str:
        return display(self.names.get(profile_id, profile_id), 60)


async def watched(engine: Engine, session: Session, work: Awaitable[T]) -> T:
    """Awaits a delivery with its progress on the terminal."""
    try:
        known = await engine.book.all()
    except BaseException:
        if asyncio.iscoroutine(work):
            work.close()  # never begun
        raise
    watching = Watching(session.make_words(), {item.id: item.name for item in known.profiles})
    with session.renderer.progress(watching.picture) as redraw:

        def listen(event: Event) -> None:
            if watching.take(event) and redraw is not None:
                redraw()

        unsubscribe = engine.events.subscribe(listen)
        try:
            return await work
        finally:
            unsubscribe()


async def deliver(engine: Engine, session: Session, outbox_id: int) -> OutboxEntry:
    """Delivers what is queued. Interrupted, it returns the entry as the outbox then has it."""
    try:
        return await watched(engine, session, engine.delivered(outbox_id))
    except asyncio.CancelledError:
        # The edge of this process: the engine has put everything back, and only a truthful
        # last word is missing. A second Ctrl+C ends the process in any case.
        session.renderer.note(session.make_words().say(N_("Stopped.")))
        return await engine.entry(outbox_id)


def send(
    session: Session, make: Callable[[Engine], Awaitable[ReadyMessage]], *, queue_only: bool
) -> Result:
    """Makes the message, queues it and, unless `queue_only`, delivers it."""
    words = session.make_words()

    async def work(engine: Engine) -> tuple[OutboxEntry, UserFacingError | None]:
        outbox_id = await engine.queue(await make(engine))
        if queue_only:
            engine.call_worker()
            return await engine.entry(outbox_id), None
        try:
            return await deliver(engine, session, outbox_id), None
        except UserFacingError as trouble:  # the message was taken all the same: say both
            entry = await engine.entry(outbox_id)
            if standing_of([item.state for item in entry.recipients]) is Standing.WAITING:
                return entry, trouble
            session.renderer.note(display(trouble.message, 1000))
            return entry, None  # it came to an end before the trouble

    entry, trouble = session.with_engine(work)
    if trouble is not None:
        return held(entry, trouble, words)
    return queued(entry, words) if queue_only else ended(entry, words)


def held(entry: OutboxEntry, trouble: UserFacingError, words: Words) -> Result:
    """The result of a delivery that could not even begin: taken, and why it waits."""
    told = N_("The message is in the outbox as number {number}; nothing is lost.")
    said = f"{display(trouble.message, 1000)} {words.say(told, number=str(entry.id))}"
    return Result(
        data=json_shapes.outbox_entry(entry, words),
        view=lambda _look: Text(said),
        exit_code=ExitCode.QUEUED,
        problems=(Problem(trouble.code, said),),
        status=Status.ERROR,
    )


def queued(entry: OutboxEntry, words: Words) -> Result:
    """The result of --queue-only: what was asked for was done, so it is a success."""
    told = N_("The message is in the outbox as number {number}. `roammail outbox flush` sends it.")
    said = words.say(told, number=str(entry.id))
    return Result(data=json_shapes.outbox_entry(entry, words), view=lambda _look: Text(said))


def ended(entry: OutboxEntry, words: Words) -> Result:
    """The result of a delivery."""
    judged = verdict(entry, words)
    return Result(
        data=json_shapes.outbox_entry(entry, words),
        view=lambda look: view(entry, judged, words, look),
        exit_code=judged.exit_code,
        problems=judged.problems,
        status=judged.status,
    )


def view(entry: OutboxEntry, judged: Verdict, words: Words, look: Look) -> RenderableType:
    """Which profile was tried, what each answered, through which it went."""
    style = "bold green" if not judged.problems else "bold"
    parts = attempts(entry.attempts, words, look)
    parts += [Text(line, style=style) for line in judged.lines]
    return Group(*parts)


def attempts(history: Sequence[AttemptEntry], words: Words, look: Look) -> list[RenderableType]:
    """One block for each try to hand the message over."""
    parts: list[RenderableType] = []
    for item in history:
        where = place(Endpoint(item.host, item.port, Security(item.security)), words)
        title = Text(*_mark(item.outcome, look))
        title.append(f" {display(item.profile_name, 80)}", style="bold")
        title.append(f"  {where}", style="dim")
        parts.append(title)
        if item.diagnosis is not None:
            parts.append(indented(Text(words.headline(item.diagnosis))))
            said = server_words(item.diagnosis, words)
            if said is not None:
                parts.append(indented(said))
        elif item.outcome in _LEFT:
            parts.append(indented(Text(words.say(_LEFT[item.outcome]))))
    return parts


def _mark(outcome: str, look: Look) -> tuple[str, str]:
    """The mark of an attempt, and its colour."""
    if outcome == _SENT:
        return look.done, "green"
    return (look.skipped, "dim") if outcome in _LEFT else (look.failed, "red")
