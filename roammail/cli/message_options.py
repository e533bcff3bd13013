"""What `send` and `forward` have in common: addresses, subject, text and files from options."""

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from roammail.cli.files import read_input, read_pieces
from roammail.core.address import parse_mailbox
from roammail.core.errors import BadMessage
from roammail.core.message import Draft
from roammail.core.mime_parts import AttachmentInPieces
from roammail.engine.engine import Engine
from roammail.engine.probe import own_address

F = TypeVar("F", bound=Callable[..., Any])

#: Octets of one file. No known submission server takes a tenth of it; it bounds the memory.
FILE_LIMIT = 256 * 1024 * 1024

_OPTIONS = (
    click.option("-f", "--from", "from_", metavar="FROM", help="Who sends it."),
    click.option("-t", "--to", multiple=True, metavar="TO...", help="Whom it is for."),
    click.option("--cc", multiple=True, metavar="ADDRESS...", help="Who gets a copy."),
    click.option("--bcc", multiple=True, metavar="ADDRESS...", help="Who gets a copy unseen."),
    click.option("-s", "--subject", metavar="SUBJECT"),
    click.option("--attach", multiple=True, metavar="FILE...", help="Files to go along."),
    click.option("--body", metavar="FILE", help="The text, in UTF-8; - is standard input."),
    click.option("--queue-only", is_flag=True, help="Into the outbox; send nothing now."),
)


@dataclass(frozen=True, slots=True)
class Given:
    """The options as they were typed; None where one was left out."""

    from_: str | None
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    subject: str | None
    attach: tuple[str, ...]
    body: str | None
    queue_only: bool

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody who is named."""
        return (*self.to, *self.cc, *self.bcc)

    @property
    def writes(self) -> bool:
        """Whether something of the message itself is given."""
        return self.subject is not None or bool(self.attach) or self.body is not None

    def need_recipients(self) -> None:
        """Raises click.UsageError where nobody is named."""
        if not self.recipients:
            raise click.UsageError("Name at least one recipient with -t")

    def draft_maker(self) -> "Callable[[str], Draft]":
        """Reads the files now; the draft follows once the author is known, and only once: its
        attachments are used up by making the message.

        Raises UserFacingError (`file-unreadable`, `file-too-large`, `body-encoding`).
        """
        text, files = _text(self.body), tuple(_attachment(name) for name in self.attach)

        def draft(author: str) -> Draft:
            subject = self.subject or ""
            return Draft(author, self.to, subject, text, self.cc, self.bcc, files)

        return draft

    async def author(self, engine: Engine) -> str:
        """Who sends it: as typed, else the address of the first profile that has one.

        Raises click.UsageError where no profile names one.
        """
        found = self.from_ if self.from_ is not None else await default_sender(engine)
        if not found:
            raise click.UsageError("Say who sends it with -f; no profile names an address")
        return found


def message_options(function: F) -> F:
    """Adds the options of `Given`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def only_one_stdin(*names: str | None) -> None:
    """Raises click.UsageError where standard input is named more than once."""
    if names.count("-") > 1:
        raise click.UsageError("Standard input can be read only once: name - only once")


def message_id(engine: Engine, author: str) -> str:
    """A new Message-ID for this author. Raises BadMessage `address-invalid`."""
    return engine.new_message_id(parse_mailbox(author).address if author else "")


async def default_sender(engine: Engine) -> str:
    """The address of the first profile that has one, "" if none has."""
    known = await engine.book.all()
    found = (own_address(profile) for profile in known.profiles)
    return next((address for address in found if address), "")


def _text(name: str | None) -> str:
    if name is None:
        return ""
    try:
        return read_input(name, FILE_LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMessage(
            "body-encoding", f"The text is not UTF-8 (octet {error.start}). Convert it first."
        ) from error


def _attachment(name: str) -> AttachmentInPieces:
    kind, encoding = mimetypes.guess_type(name)
    if kind is None or encoding is not None:
        kind = "application/octet-stream"
    shown = "attachment" if name == "-" else Path(name).name
    return AttachmentInPieces(shown, read_pieces(name, FILE_LIMIT), kind)
