"""`roammail forward`: passes an existing message on, enclosed, quoted or exactly as it is."""

from typing import Any

import click

from roammail.cli import delivering
from roammail.cli.app import common
from roammail.cli.files import read_input
from roammail.cli.many import ManyCommand
from roammail.cli.message_options import (
    FILE_LIMIT,
    Given,
    message_options,
    only_one_stdin,
)
from roammail.cli.result import Result
from roammail.cli.session import session_of
from roammail.core.composing import How
from roammail.core.envelope import ReadyMessage
from roammail.engine.engine import Engine


@click.command("forward", cls=ManyCommand)
@click.option("--eml", required=True, metavar="FILE", help="The message; - is standard input.")
@message_options
@click.option(
    "--as",
    "how",
    type=click.Choice([How.ATTACHMENT.value, How.INLINE.value, How.RESENT.value]),
    default=How.ATTACHMENT.value,
    show_default=True,
    help="Enclosed as a file, quoted in the text, or sent on exactly as it is.",
)
@common
@click.pass_context
def forward_command(ctx: click.Context, /, eml: str, how: str, **options: Any) -> Result:
    """Forward a message to somebody else."""
    given = Given(**options)
    given.need_recipients()
    only_one_stdin(eml, given.body, *given.attach)
    if how == How.RESENT.value and given.writes:
        raise click.UsageError("--as resent changes nothing: no -s, --attach or --body")
    raw = read_input(eml, FILE_LIMIT)
    draft = given.draft_maker()

    async def make(engine: Engine) -> ReadyMessage:
        return await engine.compose(draft(await given.author(engine)), How(how), raw)

    return delivering.send(session_of(ctx), make, queue_only=given.queue_only)
