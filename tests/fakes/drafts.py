"""Letters in memory, for tests of the engine. Passes the same contract as the real store."""

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from roammail.core.address import address_key
from roammail.core.composing import How
from roammail.core.contacts import NameOf
from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.letter import MOST_OCTETS, MOST_TEXT, AttachedFile, Letter
from roammail.core.message import Attachment


@dataclass
class _Held:
    letter: int
    original: bool
    content: bytes
    file: AttachedFile


@dataclass
class _Shared:
    letters: dict[int, Letter] = field(default_factory=dict)
    files: dict[int, _Held] = field(default_factory=dict)
    names: dict[str, NameOf] = field(default_factory=dict)
    last: int = 0


class FakeDrafts:
    """The port DraftStore. `peer` sees the same letters as another process would."""

    def __init__(self, shared: _Shared | None = None) -> None:
        self._shared = shared or _Shared()

    def peer(self) -> "FakeDrafts":
        return FakeDrafts(self._shared)

    async def letters(self) -> tuple[Letter, ...]:
        found = list(self._shared.letters.values())
        return tuple(sorted(found, key=lambda one: (one.changed, one.id), reverse=True))

    async def keep(self, letter: Letter, when: datetime) -> Letter:
        if len(letter.body) > MOST_TEXT:
            raise BadMessage("letter-too-long", "The text is too long for a mail.")
        number = letter.id or self._next()
        files = tuple(f for f in letter.files if self._belongs(f, number, False))
        original = letter.original
        if original and not self._belongs(original, number, True):
            original = None
        how = letter.how if original else How.NEW
        kept = replace(letter, id=number, files=files, original=original, how=how, changed=when)
        self._shared.letters[number] = kept
        return kept

    async def read_file(self, path: Path) -> Attachment:
        if not path.is_file():
            raise BadMessage("attachment-unreadable", f"“{path.name}” cannot be read.")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return Attachment(path.name, path.read_bytes(), kind)

    async def attach(self, letter_id: int, file: Attachment, *, original: bool) -> AttachedFile:
        if letter_id not in self._shared.letters:
            raise UserFacingError("draft-unknown", "The letter is not there any more.")
        held = sum(f.size for f in self._shared.letters[letter_id].files)
        if held + len(file.content) > MOST_OCTETS:
            raise BadMessage("attachment-too-large", "It is too large.")
        kept = AttachedFile(self._next(), file.name, len(file.content), file.mime_type)
        self._shared.files[kept.id] = _Held(letter_id, original, file.content, kept)
        return kept

    async def content(self, file_id: int) -> bytes:
        if file_id not in self._shared.files:
            raise UserFacingError("draft-unknown", "The attached file is not there any more.")
        return self._shared.files[file_id].content

    async def drop(self, letter_id: int) -> None:
        self._shared.letters.pop(letter_id, None)
        for number, held in tuple(self._shared.files.items()):
            if held.letter == letter_id:
                del self._shared.files[number]

    async def names(self) -> tuple[NameOf, ...]:
        return tuple(self._shared.names.values())

    async def note_names(self, names: Sequence[NameOf]) -> None:
        for one in names:
            key = address_key(one.address)
            before = self._shared.names.get(key, NameOf(key))
            self._shared.names[key] = NameOf(
                key, one.name or before.name, one.forgotten or before.forgotten
            )

    async def close(self) -> None:
        pass

    def _next(self) -> int:
        self._shared.last += 1
        return self._shared.last

    def _belongs(self, file: AttachedFile, letter: int, original: bool) -> bool:
        held = self._shared.files.get(file.id)
        return held is not None and held.letter == letter and held.original is original
