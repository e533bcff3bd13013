"""`roammail-sendmail` and `roammail sendmail`: what programs that call sendmail find.

The message is put into the outbox and the worker is called; where none runs, one is started
that ends when nothing is due. Neither keyring nor network is asked, so it answers at once; a
message that no profile may send is held in the outbox, with the reason. Only a message without
a usable From asks the profiles whose it is.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import make_msgid
from functools import cached_property
from typing import BinaryIO

from roammail.cli.sendmail_options import Request, read_options
from roammail.core.address import Mailbox, check_address, domain_of, parse_mailboxes
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadConfiguration, BadMessage, ExitCode, UserFacingError
from roammail.core.header_text import address_field
from roammail.core.raw_message import RawMessage, read_message
from roammail.core.taken_over import prepare
from roammail.home import home_folder

#: Octets of a message.
_LIMIT = 256 * 1024 * 1024


def main(words: Sequence[str] | None = None) -> int:
    """The program. Returns a code of sysexits; says on standard error what was wrong."""
    try:
        return run(sys.argv[1:] if words is None else words)
    except UserFacingError as error:
        sys.stderr.write(f"{error.message}\n")
        # A disk or a lock that is in the way passes: programs try 75 again.
        passing = error.code.startswith("outbox-")
        return ExitCode.QUEUED if passing else error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  (the edge: logged, and told without a traceback)
        from roammail.cli.log_file import note_crash

        sys.stderr.write(f"{note_crash(error).message}\n")
        return ExitCode.SOFTWARE


def run(words: Sequence[str]) -> int:
    """Raises UserFacingError."""
    request = read_options(words)
    if request.smtp:
        from roammail.cli.sendmail_smtp import speak

        return speak()
    if not request.recipients and not request.from_header:
        raise UserFacingError("usage", "sendmail: name a recipient, or say -t.")
    given = sys.stdin  # None where the program that calls has closed it
    content = b"" if given is None else read_content(given.buffer, dot_ends=request.dot_ends)
    message = made(request, content)
    from roammail.wiring_outbox import hand_over

    hand_over(home_folder(), message)
    return ExitCode.OK


def read_content(source: BinaryIO, *, dot_ends: bool) -> bytes:
    """Everything, or up to a line that is a dot. Raises BadMessage (`message-too-large`)."""
    if not dot_ends:
        content = source.read(_LIMIT + 1)
    else:
        lines: list[bytes] = []
        octets = 0
        while octets <= _LIMIT and (line := source.readline(_LIMIT)):
            if line.rstrip(b"\r\n") == b".":
                break
            lines.append(line)
            octets += len(line)
        content = b"".join(lines)
    if len(content) > _LIMIT:
        raise BadMessage("message-too-large", "The message is larger than 256 MB.")
    return content


def made(request: Request, content: bytes) -> ReadyMessage:
    """The message as the outbox keeps it. Raises BadMessage, BadConfiguration."""
    source = _read(content)
    own = _Own()
    sender = request.sender
    if sender is not None and sender and "@" not in sender:
        sender = own.address  # "-f root": a user of this computer, who has no address out there
    raw = source.content
    if not _has_author(source):
        author = Mailbox(request.full_name or _name_of(source), sender or own.address)
        raw = source.rebuilt(without=source.all("from"), before=address_field("From", [author]))
        source = read_message(raw)
    ready = prepare(
        raw,
        now=datetime.now(UTC).astimezone(),
        message_id=_message_id(sender or source.value(source.all("from")[0])),
        sender=sender,
        recipients=_recipients(request, source, own),
    )
    return _with_reports(ready, request)


def _read(content: bytes) -> RawMessage:
    """Text without a header is a body, as sendmail has always taken it."""
    try:
        return read_message(content)
    except BadMessage as error:
        if error.code != "message-no-header":
            raise
    return read_message(b"Subject: \r\n\r\n" + content)


class _Own:
    """The person's own address, asked for only where it is needed."""

    @cached_property
    def address(self) -> str:
        """Raises BadConfiguration (`from-missing`), and what the keyring raises."""
        import asyncio

        found = asyncio.run(_default_sender())
        if not found:
            raise BadConfiguration("from-missing", "No profile names an address. Say -f ADDRESS.")
        return found


async def _default_sender() -> str:
    from roammail.engine.probe import own_address
    from roammail.wiring import Options, open_engine

    async with open_engine(Options()) as engine:
        listing = await engine.book.all()
    return next(filter(None, map(own_address, listing.profiles)), "")


def _has_author(source: RawMessage) -> bool:
    value = source.first("resent-from") or source.first("from") or ""
    with suppress(BadMessage):
        return bool(parse_mailboxes(value))
    return False


def _name_of(source: RawMessage) -> str:
    """ "Cron Daemon" of "root (Cron Daemon)", which is no address."""
    value = source.text("from").strip()
    inner = value.partition("(")[2].rstrip(")") or value
    return "".join(c for c in inner if c.isprintable())[:100]


def _recipients(request: Request, source: RawMessage, own: _Own) -> list[str] | None:
    """None: those of the header, as `prepare` reads them."""
    named = [_qualified(address, own) for address in request.recipients]
    if not request.from_header:
        return named
    resent = any(field.name.startswith("resent-") for field in source.fields)
    values = [source.value(field) for name in ("to", "cc", "bcc") for field in source.all(name)]
    local = any("@" not in one for value in values for one in _listed(value))
    if not named and (resent or not local):
        return None
    if resent:
        return [*_resent(source), *named]
    return [*(_qualified(one, own) for value in values for one in _listed(value)), *named]


def _resent(source: RawMessage) -> list[str]:
    fields = [source.all(f"resent-{name}")[:1] for name in ("to", "cc", "bcc")]
    return [source.value(field) for found in fields for field in found]


def _listed(value: str) -> list[str]:
    """The members of a list of bare names and addresses; anything richer with an address is left
    whole for the parser. Of "undisclosed-recipients:;" there is nobody (RFC 5322, 3.4).
    """
    if value.rstrip().endswith(":;") and "@" not in value:
        return []
    if "@" in value and any(mark in value for mark in '"(:<'):
        return [value]
    return [one.strip() for one in value.split(",") if one.strip()]


def _qualified(address: str, own: _Own) -> str:
    """A user of this computer ("root") is the person whose computer it is."""
    return address if "@" in address else own.address


def _message_id(author: str) -> str:
    domain = ""
    with suppress(BadMessage):
        boxes = parse_mailboxes(author)
        domain = domain_of(check_address(boxes[0].address)) if boxes else ""
    usable = domain.isascii() and not domain.startswith("[")
    return make_msgid(domain=domain if usable and domain else "roammail.invalid")


def _with_reports(ready: ReadyMessage, request: Request) -> ReadyMessage:
    report, notify = request.report or ready.report, request.notify
    reports = () if notify is None else tuple((a, notify) for a in ready.envelope.recipients)
    return replace(ready, report=report, reports=reports)


if __name__ == "__main__":
    sys.exit(main())
