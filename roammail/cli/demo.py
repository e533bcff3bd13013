"""`roammail demo`: the whole story on servers of its own, on loopback; needs no account.

Five profiles in a throw-away store, the probe, the ladder with its explanations, one message
through the profile that works, and the proof that it arrived. Puts an engine together by
itself, since nothing of the person's own may be touched.
"""

import asyncio
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default as modern

import click
from rich.console import Group, RenderableType
from rich.text import Text

from roammail.cli import delivering, json_shapes, probe
from roammail.cli.app import common
from roammail.cli.blocks import indented
from roammail.cli.result import Json, Look, Problem, Result, Status
from roammail.cli.session import Session, session_of
from roammail.cli.verdict import verdict
from roammail.cli.window import open_window
from roammail.core.envelope import OutboxEntry
from roammail.core.errors import ExitCode
from roammail.core.message import Draft, compose
from roammail.core.report import ProbeReport
from roammail.demo.servers import Arrived
from roammail.demo.world import DemoWorld
from roammail.wiring_demo import throw_away_engine
from roammail.words import Words
from roammail.words.display import display

_SUBJECT = "Greetings from a hotel"
_BODY = "The first four servers would not have it from here. The fifth did.\n"


@dataclass(frozen=True, slots=True)
class Story:
    """What happened."""

    report: ProbeReport
    entry: OutboxEntry
    arrived: tuple[Arrived, ...]


@click.command("demo")
@click.option("--window", is_flag=True, help="In the window instead.")
@common
@click.pass_context
def demo_command(ctx: click.Context, window: bool) -> Result:
    """See it all on five servers of its own."""
    session = session_of(ctx)
    if window:
        return open_window(demo=True)
    words = session.make_words()
    session.renderer.note("Starting five mail servers on this computer, and testing them …")
    story = asyncio.run(play(session, words))
    arrived = has_arrived(story)
    problems: tuple[Problem, ...] = ()
    if not arrived:
        problems = (Problem("demo-failed", "The demo's message did not arrive."),)
    return Result(
        data={
            "test": json_shapes.probe(story.report, words),
            "send": json_shapes.outbox_entry(story.entry, words),
            "arrived": arrived,
            "inbox": [_arrival(item) for item in story.arrived],
        },
        view=lambda look: view(story, words, look),
        exit_code=ExitCode.OK if arrived else ExitCode.UNAVAILABLE,
        problems=problems,
        status=Status.OK if arrived else Status.ERROR,
    )


async def play(session: Session, words: Words) -> Story:
    """Adds the profiles, probes, sends, and looks into the servers' inbox."""
    async with DemoWorld() as world, throw_away_engine(world) as engine:
        for profile, secret in world.profiles:
            await engine.book.add(profile, secret)
        report = await probe.climb(engine, session, words, rcpt=world.recipient)
        draft = Draft(f"A traveller <{world.sender}>", (world.recipient,), _SUBJECT, _BODY)
        message = compose(draft, now=engine.now(), message_id=engine.new_message_id(world.sender))
        outbox_id = await engine.queue(message)
        entry = await delivering.deliver(engine, session, outbox_id)
        return Story(report, entry, world.inbox)


def has_arrived(story: Story) -> bool:
    """Whether the very message is in the inbox, by its Message-ID."""
    return any(_header(item, "Message-ID") == story.entry.message_id for item in story.arrived)


def view(story: Story, words: Words, look: Look) -> RenderableType:
    """The test, the sending, the inbox: as a person would do it."""
    judged = verdict(story.entry, words)
    parts: list[RenderableType] = [
        _step("roammail test"),
        probe.view(story.report, words, look),
        Text(""),
        _step(f"roammail send -t {story.entry.recipients[0].address} -s “{_SUBJECT}”"),
        delivering.view(story.entry, judged, words, look),
        Text(""),
    ]
    for item in story.arrived:
        parts.append(Text("In the inbox of the server that took it:", style="bold"))
        lines = [f"{name}: {_header(item, name)}" for name in ("From", "To", "Subject")]
        parts += [indented(Text(display(line, 200))) for line in lines]
    if has_arrived(story):
        parts.append(Text(f"{look.done} The message has arrived.", style="bold green"))
        parts.append(Text("Your own server: roammail profiles add --help"))
    return Group(*parts)


def _step(command: str) -> Text:
    return Text(f"$ {command}", style="bold cyan")


def _header(item: Arrived, name: str) -> str:
    return str(message_from_bytes(item.content, policy=modern)[name] or "")


def _arrival(item: Arrived) -> Json:
    return {
        "sender": item.sender,
        "recipients": list(item.recipients),
        "subject": _header(item, "Subject"),
        "message_id": _header(item, "Message-ID"),
        "size": len(item.content),
    }
