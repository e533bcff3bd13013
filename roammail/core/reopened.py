"""An existing message back on the desk: to be changed and sent anew, or passed on.

What is found in it is hostile: sizes are the caller's to bound, everything is only text and
files afterwards. Formatting is lost, and that is said.
"""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from roammail.core.address import Mailbox, address_key, parse_mailboxes
from roammail.core.contacts import as_typed
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import BadMessage
from roammail.core.inline_forward import inline_parts, text_and_files
from roammail.core.mime_parts import Attachment
from roammail.core.raw_message import RawMessage, read_message

_FIELDS = ("to", "cc")


@dataclass(frozen=True, slots=True)
class Reopened:
    """What the desk shows. `formatted`: it had formatting, which the text has no longer."""

    from_: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    body: str = ""
    files: tuple[Attachment, ...] = ()
    formatted: bool = False


def reopened(message: ReadyMessage, still_wanted: frozenset[str]) -> Reopened:
    """A message of the outbox, for those recipients only that `still_wanted` names; who is not
    in its header was in Bcc. Raises BadMessage where the content is no message."""
    source = read_message(message.content)
    written = {address_key(address): address for address in message.envelope.recipients}
    wanted = {address_key(address) for address in still_wanted}
    shown: dict[str, list[Mailbox]] = {name: [] for name in _FIELDS}
    for name in _FIELDS:
        for box in _listed(source, name):
            if address_key(box.address) in wanted:
                wanted.discard(address_key(box.address))
                # The envelope has the domain in its own letters, the header in A-labels.
                address = written.get(address_key(box.address), box.address)
                shown[name].append(Mailbox(box.name, address))
    unseen = [r for r in message.envelope.recipients if address_key(r) in wanted]
    authors = _listed(source, "from")
    text, files = text_and_files(message.content)
    return Reopened(
        from_=as_typed(authors[0]) if authors else message.from_address,
        to=_typed(shown["to"]),
        cc=_typed(shown["cc"]),
        bcc=", ".join(unseen),
        subject=" ".join(source.text("subject").split()),
        body=_plain_lines(text),
        files=files,
        formatted=_formatted(message.content),
    )


def quoted(raw: bytes) -> Reopened:
    """A message to be forwarded inline: subject, quoted text and files. Raises BadMessage."""
    source = read_message(raw)
    original = source.rebuilt(without=[f for f in source.fields if f.name.endswith("bcc")])
    text, files = inline_parts(original)
    return Reopened(
        subject=forwarded_subject(source),
        body=f"\n\n{_plain_lines(text)}",
        files=files,
        formatted=_formatted(original),
    )


def forwarded_subject(source: RawMessage) -> str:
    """ "Fwd: " and the original's subject."""
    return f"Fwd: {' '.join(source.text('subject').split())}".strip()


def _plain_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _formatted(content: bytes) -> bool:
    return b"text/html" in content[:1_000_000].lower()


def _listed(source: RawMessage, name: str) -> list[Mailbox]:
    found: list[Mailbox] = []
    for field in source.all(name):
        try:
            boxes = parse_mailboxes(source.value(field))
            found += [Mailbox(_decoded(box.name), box.address) for box in boxes]
        except BadMessage:
            continue  # the envelope still has them: they come back as Bcc
    return found


def _decoded(name: str) -> str:
    """A name for people (RFC 2047), without what could not be typed."""
    try:
        text = str(make_header(decode_header(name[:1000])))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        text = name
    return "".join(c for c in text if c.isprintable()).strip()[:200]


def _typed(boxes: list[Mailbox]) -> str:
    return ", ".join(map(as_typed, boxes))
