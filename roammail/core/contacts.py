"""Whom the user writes to: ranked by use and by how long ago, and found by what is typed.
No store, no clock; a contact is remembered from mail that was sent, never from an address book.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from roammail.core.address import Mailbox, address_key

#: After so many days a use counts half.
_HALF_LIFE_DAYS = 60.0


@dataclass(frozen=True, slots=True)
class Correspondent:
    """An address that mail went to: how often, and when last (UTC)."""

    address: str
    uses: int
    last: datetime


@dataclass(frozen=True, slots=True)
class NameOf:
    """What else is known of an address: the name it was written to with, and since when the
    user wants it forgotten (UTC; None: not at all)."""

    address: str
    name: str = ""
    forgotten: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to write to. `weight` orders: more is better."""

    mailbox: Mailbox
    weight: float

    @property
    def text(self) -> str:
        """As it stands in an address field."""
        return as_typed(self.mailbox)


def as_typed(mailbox: Mailbox) -> str:
    """A mailbox as a person would type it, so that `parse_mailbox` reads the same again."""
    if not mailbox.name:
        return mailbox.address
    plain = all(c.isalnum() or c in " -'" or ord(c) > 127 for c in mailbox.name)
    if plain and mailbox.name == mailbox.name.strip():
        return f"{mailbox.name} <{mailbox.address}>"
    quoted = mailbox.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{mailbox.address}>'


def ranked(
    used: Iterable[Correspondent], names: Iterable[NameOf], now: datetime
) -> tuple[Contact, ...]:
    """Contacts, the likeliest first; one that was forgotten after its last use is left out."""
    known = {address_key(name.address): name for name in names}
    found: list[Contact] = []
    for one in used:
        name = known.get(address_key(one.address), NameOf(one.address))
        if name.forgotten is not None and name.forgotten >= one.last:
            continue
        days = max(0.0, (now - one.last).total_seconds() / 86400)
        weight = math.log2(1 + one.uses) * 0.5 ** (days / _HALF_LIFE_DAYS)
        found.append(Contact(Mailbox(name.name, one.address), weight))
    return tuple(sorted(found, key=lambda c: (-c.weight, c.mailbox.address)))


def matching(contacts: Sequence[Contact], typed: str, limit: int = 8) -> tuple[Contact, ...]:
    """Contacts whose address, or a word of whose name, begins with what is typed; then those
    that hold it anywhere. Accents and case do not count. Nothing typed: none."""
    wanted = _plain(typed.strip())
    if not wanted:
        return ()
    begins: list[Contact] = []
    holds: list[Contact] = []
    for contact in contacts:
        name, address = _plain(contact.mailbox.name), _plain(contact.mailbox.address)
        domain = address.rpartition("@")[2]
        starts = (name, address, domain, *name.split())
        if any(start.startswith(wanted) for start in starts):
            begins.append(contact)
        elif wanted in name or wanted in address:
            holds.append(contact)
        if len(begins) >= limit:
            break
    return tuple((*begins, *holds)[:limit])


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))
