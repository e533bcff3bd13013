"""How one long text lies in a keyring that holds short ones: parts, and a head written last.
Owns that layout; must not know what the texts mean, nor which keyring it is.

A value of the service S is spread over these user names:

    head        "roammail1 GENERATION COUNT SHA256", the only entry that makes parts valid;
                with COUNT 0 a line end and the text itself follow: short values are one entry
    part-X-N    part N of a longer value, X being the generation's parity (0 or 1)

A write goes to the parity that the head does not name, so the old value stays whole until the
head changes; afterwards the other parity is cleared. Parts of one parity are written upwards
and removed downwards, hence they always run from 0 without a gap and none is ever forgotten,
although no keyring can list its entries. Texts are kept as ASCII (JSON string syntax), so that
a part of 1,000 characters is 1,000 UTF-16 units on Windows, which holds 1,280.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from keyring.backend import KeyringBackend

from roammail.core.errors import SecretStoreError, ValueBroken

PART_LENGTH = 1_000  # characters, all ASCII
MAX_PARTS = 10_000  # ten million characters: far beyond any profile
_READ_TRIES = 4  # while another process keeps replacing the value

HEAD = "head"
_HEAD = re.compile(
    r"roammail1 ([1-9]\d{0,17}) (0|[1-9]\d{0,4}) ([0-9a-f]{64})(?:\n([ -~]+))?", re.ASCII
)


class Readable(Protocol):
    """What reading needs of a keyring."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """The entry's text, None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class _Head:
    generation: int
    count: int
    checksum: str
    inline: str = field(default="", repr=False)

    def entry(self) -> str:
        """As it stands in the keyring."""
        line = f"roammail1 {self.generation} {self.count} {self.checksum}"
        return f"{line}\n{self.inline}" if self.inline else line


def part_name(generation: int, number: int) -> str:
    """The user name under which a part is kept."""
    return f"part-{generation % 2}-{number}"


def read_value(ring: Readable, service: str) -> str | None:
    """The text, None if there is none. Raises ValueBroken, and whatever the keyring raises."""
    head = _read_head(ring, service)
    for _ in range(_READ_TRIES):
        if head is None:
            if _has_parts(ring, service):
                raise _broken()
            return None
        text = _joined(ring, service, head)
        if text is not None:
            return text
        # Another process may have replaced the value between head and parts.
        again = _read_head(ring, service)
        if again == head:
            break
        head = again
    raise _broken()


def write_value(ring: KeyringBackend, service: str, text: str) -> None:
    """Replaces the value. Raises SecretStoreError when it is too long, ValueBroken never."""
    stored = json.dumps(text)
    old = _read_head_or_none(ring, service)
    generation = old.generation + 1 if old else 1
    parts: list[str] = []
    head = _Head(generation, 0, _checksum(stored), stored)
    if len(head.entry()) > PART_LENGTH:
        parts = [stored[at : at + PART_LENGTH] for at in range(0, len(stored), PART_LENGTH)]
        head = _Head(generation, len(parts), _checksum(stored))
    if len(parts) > MAX_PARTS:
        raise SecretStoreError(
            "keyring-value-too-large",
            "The text is too long to be kept in the keyring. Shorten it and try again.",
        )
    for number, part in enumerate(parts):
        ring.set_password(service, part_name(generation, number), part)
    ring.set_password(service, HEAD, head.entry())
    _clear(ring, service, generation, from_number=len(parts))
    _clear(ring, service, generation + 1, at_least=old.count if old else 0)


def delete_value(ring: KeyringBackend, service: str) -> None:
    """Removes head and parts, also those that a killed write left behind."""
    old = _read_head_or_none(ring, service)
    if ring.get_password(service, HEAD) is not None:
        ring.delete_password(service, HEAD)
    for parity in (0, 1):
        _clear(ring, service, parity, at_least=old.count if old else 0)


def _joined(ring: Readable, service: str, head: _Head) -> str | None:
    """The text that the head speaks of, None if the parts are not that text."""
    parts = list(_parts(ring, service, head))
    stored = "".join(parts) or head.inline
    if len(parts) != head.count or _checksum(stored) != head.checksum:
        return None
    try:
        text = json.loads(stored)
    except ValueError:
        return None
    return text if isinstance(text, str) else None


def _parts(ring: Readable, service: str, head: _Head) -> Iterator[str]:
    for number in range(head.count):
        part = ring.get_password(service, part_name(head.generation, number))
        if part is None or len(part) > PART_LENGTH:
            return
        yield part


def _read_head(ring: Readable, service: str) -> _Head | None:
    """Raises ValueBroken where a head stands that we did not write."""
    raw = ring.get_password(service, HEAD)
    if raw is None:
        return None
    found = _HEAD.fullmatch(raw)
    if found is None or int(found.group(2)) > MAX_PARTS:
        raise _broken()
    generation, count, checksum, inline = found.groups()
    return _Head(int(generation), int(count), checksum, inline or "")


def _read_head_or_none(ring: KeyringBackend, service: str) -> _Head | None:
    """For writing and removing, which mend a head that makes no sense."""
    try:
        return _read_head(ring, service)
    except ValueBroken:
        return None


def _has_parts(ring: Readable, service: str) -> bool:
    return any(ring.get_password(service, part_name(parity, 0)) is not None for parity in (0, 1))


def _clear(
    ring: KeyringBackend, service: str, generation: int, from_number: int = 0, at_least: int = 0
) -> None:
    """Removes the parts of one parity from `from_number` on, the last one first."""
    end = from_number
    while end < MAX_PARTS:
        # Beyond `at_least`, the first gap is the end.
        there = ring.get_password(service, part_name(generation, end)) is not None
        if not there and end >= at_least:
            break
        end += 1
    for number in range(end - 1, from_number - 1, -1):
        name = part_name(generation, number)
        if ring.get_password(service, name) is not None:
            ring.delete_password(service, name)


def _checksum(stored: str) -> str:
    return hashlib.sha256(stored.encode("utf-8", "surrogatepass")).hexdigest()


def _broken() -> ValueBroken:
    return ValueBroken(
        "keyring-half-written",
        "What the keyring holds here was only half written. Remove this entry and add it again.",
    )
