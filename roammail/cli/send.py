"""`roammail send`: composes a message, or takes one over, queues it and delivers it."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

import click

from roammail.cli import delivering
from roammail.cli.app import common
from roammail.cli.files import read_input
from roammail.cli.many import ManyCommand
from roammail.cli.result import Result
from roammail.cli.session import session_of
from roammail.core.address import parse_mailbox
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadMessage
from roammail.core.message import Attachment, Draft, compose, prepare
from roammail.engine.engine import Engine
from roammail.engine.probe import own_address

#: Octets of one file. No known submission server takes a tenth of it; it bounds the memory.
FILE_LIMIT = 256 * 1024 * 1024


@click.command("send", cls=ManyCommand)
@click.option("-f", "--from", "from_", metavar="FROM", help="Who sends it.")
@click.option("-t", "--to", multiple=True, metavar="TO", help="Whom it is for; several may follow.")
@click.option("--cc", multiple=True, metavar="ADDRESS", help="Who gets a copy.")
@click.option("--bcc", multiple=True, metavar="ADDRESS", help="Who gets a copy unseen.")
@click.option("-s", "--subject", metavar="SUBJECT")
@click.option("--attach", multiple=True, metavar="FILE", help="A file to go along.")
@click.option("--body", metavar="FILE", help="The text, in UTF-8; - is standard input.")
@click.option("--eml", metavar="FILE", help="Send this message as it is; - is standard input.")
@click.option("--queue-only", is_flag=True, help="Put it into the outbox, send nothing now.")
@common
@click.pass_context
def send_command(
    ctx: click.Context,
    from_: str | None,
    to: tuple[str, ...],
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str | None,
    attach: tuple[str, ...],
    body: str | None,
    eml: str | None,
    queue_only: bool,
) -> Result:
    """Send a message through the first profile that works here.

    With --eml the recipients are those of the message, unless -t names others.
    """
    session = session_of(ctx)
    if eml is not None:
        if subject is not None or attach or body is not None:
            raise click.UsageError("--eml sends a message as it is: no -s, --attach or --body")
        raw = read_input(eml, FILE_LIMIT)
        named = (*to, *cc, *bcc)

        async def take_over(engine: Engine) -> ReadyMessage:
            named_sender = None if from_ is None else parse_mailbox(from_).address
            return prepare(
                raw,
                now=engine.now(),
                message_id=engine.new_message_id(named_sender or await default_sender(engine)),
                sender=named_sender,
                recipients=named or None,
            )

        return delivering.send(session, take_over, queue_only=queue_only)
    if not (to or cc or bcc):
        raise click.UsageError("Name at least one recipient with -t")
    only_one_stdin(body, *attach)
    text, files = read_text(body), read_attachments(attach)

    async def write(engine: Engine) -> ReadyMessage:
        author = from_ if from_ is not None else await required_sender(engine)
        draft = Draft(author, to, subject or "", text, cc, bcc, files)
        message_id = engine.new_message_id(parse_mailbox(author).address)
        return compose(draft, now=engine.now(), message_id=message_id)

    return delivering.send(session, write, queue_only=queue_only)


def only_one_stdin(*names: str | None) -> None:
    """Raises click.UsageError where standard input is named more than once."""
    if names.count("-") > 1:
        raise click.UsageError("Standard input can be read only once: name - only once")


def read_text(name: str | None) -> str:
    """The body. Raises BadMessage `body-encoding`, and what `read_input` raises."""
    if name is None:
        return ""
    try:
        return read_input(name, FILE_LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMessage(
            "body-encoding", f"The text is not UTF-8 (octet {error.start}). Convert it first."
        ) from error


def read_attachments(names: Sequence[str]) -> tuple[Attachment, ...]:
    """Each file with its name and the type that its ending tells."""
    return tuple(_attachment(name) for name in names)


def _attachment(name: str) -> Attachment:
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding is not None:
        kind = "application/octet-stream"
    return Attachment(
        "attachment" if name == "-" else Path(name).name, read_input(name, FILE_LIMIT), kind
    )


async def default_sender(engine: Engine) -> str:
    """The address of the first profile that has one, "" if none has."""
    known = await engine.book.all()
    found = (own_address(profile) for profile in known.profiles)
    return next((address for address in found if address), "")


async def required_sender(engine: Engine) -> str:
    """The default sender. Raises click.UsageError where no profile names one."""
    found = await default_sender(engine)
    if not found:
        raise click.UsageError("Say who sends it with -f; no profile names an address")
    return found
