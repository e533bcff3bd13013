"""A letter on the desk: what a person is writing, kept until it is sent.

Addresses stand as they were typed, half-typed ones too. The octets of attached files are the
draft store's. Building the message of it is `composing`'s.
"""

from dataclasses import dataclass
from datetime import datetime

from roammail.core.composing import How

#: Octets of one attached file, and of all that one letter carries. Servers take a tenth of it.
MOST_OCTETS = 256 * 1024 * 1024
#: Characters of a letter's text, and of each of its other fields.
MOST_TEXT = 4_000_000
MOST_FIELD = 100_000


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file whose octets the draft store holds. `size` in octets."""

    id: int
    name: str
    size: int
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is being written. `id` is None until it was kept once.

    `original` is the message that is resent or enclosed (`how`). `sent_as` is the Message-ID
    under which it was handed to the outbox: from then on the letter is only kept so that it can
    be taken back. `changed` is UTC.
    """

    id: int | None = None
    from_: str = ""
    to: str = ""
    cc: str = ""
    bcc: str = ""
    subject: str = ""
    body: str = ""
    files: tuple[AttachedFile, ...] = ()
    how: How = How.NEW
    original: AttachedFile | None = None
    sent_as: str = ""
    changed: datetime | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing would be lost with it."""
        typed = (self.to, self.cc, self.bcc, self.subject, self.body)
        return not self.files and self.original is None and not any(t.strip() for t in typed)

    @property
    def octets(self) -> int:
        """About how large the message becomes: text, and files in base64."""
        files = sum(file.size for file in self.files) * 78 // 57
        enclosed = self.original.size if self.original else 0
        return len(self.body.encode("utf-8", "replace")) + files + enclosed + 2000
