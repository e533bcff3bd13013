"""`roammail forward`: passes an existing message on, enclosed, quoted or exactly as it is."""

import click

from roammail.cli import delivering
from roammail.cli.app import common
from roammail.cli.files import read_input
from roammail.cli.many import ManyCommand
from roammail.cli.result import Result
from roammail.cli.send import (
    FILE_LIMIT,
    only_one_stdin,
    read_attachments,
    read_text,
    required_sender,
)
from roammail.cli.session import session_of
from roammail.core.address import parse_mailbox
from roammail.core.envelope import ReadyMessage
from roammail.core.message import Draft, forward, resend
from roammail.engine.engine import Engine


@click.command("forward", cls=ManyCommand)
@click.option("--eml", required=True, metavar="FILE", help="The message; - is standard input.")
@click.option("-f", "--from", "from_", metavar="FROM", help="Who forwards it.")
@click.option("-t", "--to", multiple=True, metavar="TO", help="Whom it is for; several may follow.")
@click.option("--cc", multiple=True, metavar="ADDRESS", help="Who gets a copy.")
@click.option("--bcc", multiple=True, metavar="ADDRESS", help="Who gets a copy unseen.")
@click.option("-s", "--subject", metavar="SUBJECT", help="Instead of “Fwd: …”.")
@click.option("--attach", multiple=True, metavar="FILE", help="A file to go along.")
@click.option("--body", metavar="FILE", help="Your own words before it, in UTF-8.")
@click.option(
    "--as",
    "how",
    type=click.Choice(["attachment", "inline", "resent"]),
    default="attachment",
    show_default=True,
    help="Enclosed as a file, quoted in the text, or sent on exactly as it is.",
)
@click.option("--queue-only", is_flag=True, help="Put it into the outbox, send nothing now.")
@common
@click.pass_context
def forward_command(
    ctx: click.Context,
    eml: str,
    from_: str | None,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str | None,
    attach: tuple[str, ...],
    body: str | None,
    how: str,
    queue_only: bool,
) -> Result:
    """Forward a message to somebody else."""
    session = session_of(ctx)
    if not (to or cc or bcc):
        raise click.UsageError("Name at least one recipient with -t")
    if how == "resent" and (subject is not None or attach or body is not None):
        raise click.UsageError("--as resent changes nothing: no -s, --attach or --body")
    only_one_stdin(eml, body, *attach)
    raw = read_input(eml, FILE_LIMIT)
    text, files = read_text(body), read_attachments(attach)

    async def make(engine: Engine) -> ReadyMessage:
        author = from_ if from_ is not None else await required_sender(engine)
        now = engine.now()
        message_id = engine.new_message_id(parse_mailbox(author).address)
        if how == "resent":
            return resend(raw, from_=author, to=to, cc=cc, bcc=bcc, now=now, message_id=message_id)
        draft = Draft(author, to, subject or "", text, cc, bcc, files)
        return forward(raw, draft, inline=how == "inline", now=now, message_id=message_id)

    return delivering.send(session, make, queue_only=queue_only)
