"""`roammail send`: composes a message, or takes one over, queues it and delivers it."""

from typing import Any

import click

from roammail.cli import delivering
from roammail.cli.app import common
from roammail.cli.files import read_pieces
from roammail.cli.many import ManyCommand
from roammail.cli.message_options import (
    FILE_LIMIT,
    Given,
    default_sender,
    message_id,
    message_options,
    only_one_stdin,
)
from roammail.cli.result import Result
from roammail.cli.session import Session, session_of
from roammail.core.address import parse_mailbox
from roammail.core.composing import How
from roammail.core.envelope import ReadyMessage
from roammail.core.taken_over import prepare_pieces
from roammail.engine.engine import Engine


@click.command("send", cls=ManyCommand)
@message_options
@click.option("--eml", metavar="FILE", help="Send this message as it is; - is standard input.")
@click.option("--mbox", metavar="FILE", help="Send every message of this mailbox file.")
@common
@click.pass_context
def send_command(
    ctx: click.Context, /, eml: str | None, mbox: str | None, **options: Any
) -> Result:
    """Send a message through the first profile that works here.

    With --eml and --mbox the recipients are those of the message, unless -t names others.
    """
    given = Given(**options)
    only_one_stdin(eml, mbox, given.body, *given.attach)
    if mbox is not None:
        if eml is not None or given.writes:
            raise click.UsageError("--mbox sends messages as they are: no other content with it")
        from roammail.cli.mbox import send_mbox

        return send_mbox(session_of(ctx), given, mbox)
    if eml is None:
        return _written(session_of(ctx), given)
    if given.writes:
        raise click.UsageError("--eml sends a message as it is: no -s, --attach or --body")
    return _taken_over(session_of(ctx), given, eml)


def _written(session: Session, given: Given) -> Result:
    given.need_recipients()
    draft = given.draft_maker()

    async def make(engine: Engine) -> ReadyMessage:
        return await engine.compose(draft(await given.author(engine)), How.NEW)

    return delivering.send(session, make, queue_only=given.queue_only)


def _taken_over(session: Session, given: Given, eml: str) -> Result:
    raw = read_pieces(eml, FILE_LIMIT)

    async def make(engine: Engine) -> ReadyMessage:
        sender = None if given.from_ is None else parse_mailbox(given.from_).address
        return prepare_pieces(
            raw,
            now=engine.now(),
            message_id=message_id(engine, sender or await default_sender(engine)),
            sender=sender,
            recipients=given.recipients or None,
        )

    return delivering.send(session, make, queue_only=given.queue_only)
