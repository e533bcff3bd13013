"""mailto: links (RFC 6068), as hostile as the page they stand on.

A link may fill in recipients, subject and text, which the person then sees. It never chooses
the sender, attaches a file, or sets any other header field.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from roammail.core.address import Mailbox, address_key, parse_mailboxes
from roammail.core.errors import BadMessage

#: Characters of a link; browsers cut at a tenth of it.
MOST_LINK = 64_000
MOST_RECIPIENTS = 100
MOST_SUBJECT = 1000
MOST_BODY = 32_000

_SCHEME = re.compile(r"mailto:", re.IGNORECASE)
_ADDRESSES = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class Mailto:
    """What a link asks for. `refused` names, in lower case and in order, the header fields that
    it must not set ("attach", "from", …)."""

    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    subject: str = ""
    body: str = ""
    refused: tuple[str, ...] = ()


def is_mailto(text: str) -> bool:
    """Whether it is such a link."""
    return _SCHEME.match(text.strip()) is not None


def read_mailto(link: str) -> Mailto:
    """Reads a link. What is too long is cut, an address that is none is left out.

    Raises BadMessage (`mailto-invalid`) for what is no mailto: link, or far too long.
    """
    link = link.strip()
    if not is_mailto(link):
        raise BadMessage("mailto-invalid", "This is not a mailto: link.")
    if len(link) > MOST_LINK:
        raise BadMessage("mailto-invalid", f"The link is longer than {MOST_LINK} characters.")
    path, _, query = link[len("mailto:") :].partition("#")[0].partition("?")
    found: dict[str, list[str]] = {"to": [path]}
    for field in query.replace("&amp;", "&").split("&"):
        name, equals, value = field.partition("=")
        if equals:
            found.setdefault(_one_line(name).strip().lower(), []).append(value)
    people = _people(found)
    refused = [name[:40] for name in found if name not in (*_ADDRESSES, "subject", "body") and name]
    return Mailto(
        to=people["to"],
        cc=people["cc"],
        bcc=people["bcc"],
        subject=_one_line(" ".join(found.get("subject", [])))[:MOST_SUBJECT].strip(),
        body=_text("\n".join(found.get("body", [])))[:MOST_BODY],
        refused=tuple(refused[:20]),
    )


def _people(found: dict[str, list[str]]) -> dict[str, tuple[Mailbox, ...]]:
    """Each mailbox once, in the first field that names it."""
    seen: set[str] = set()
    people: dict[str, tuple[Mailbox, ...]] = {}
    for name in _ADDRESSES:
        boxes: list[Mailbox] = []
        for box in _boxes(found.get(name, [])):
            key = address_key(box.address)
            if key not in seen and len(seen) < MOST_RECIPIENTS:
                seen.add(key)
                boxes.append(box)
        people[name] = tuple(boxes)
    return people


def _boxes(values: list[str]) -> list[Mailbox]:
    """Commas between addresses are not encoded, those inside one are (RFC 6068 section 2)."""
    boxes: list[Mailbox] = []
    for value in values:
        for part in value.split(","):
            try:
                boxes += parse_mailboxes(_one_line(part))
            except BadMessage:
                continue  # nothing to write to
    return boxes


def _one_line(value: str) -> str:
    """Decoded; whatever could begin another header field is a blank."""
    return "".join(c if c.isprintable() else " " for c in _decoded(value))


def _text(value: str) -> str:
    """Decoded; line ends are plain, other control characters are gone."""
    lines = _decoded(value).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in "\n\t" or c.isprintable())


def _decoded(value: str) -> str:
    # "+" is a plus in these links, not a blank (RFC 6068 section 5).
    return unquote(value, encoding="utf-8", errors="replace")
