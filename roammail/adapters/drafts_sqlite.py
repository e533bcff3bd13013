"""Letters that are being written, with copies of their files, in SQLite: what was kept is there
again after a crash, also when an attached file was moved or deleted meanwhile.

Owns `drafts.db`. Must not know what becomes of a letter.
"""

import mimetypes
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from roammail.adapters import outbox_rows as rows
from roammail.adapters.database import Database, Notice
from roammail.adapters.drafts_schema import DRAFTS
from roammail.core.address import address_key
from roammail.core.composing import How
from roammail.core.contacts import NameOf
from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.letter import MOST_FIELD, MOST_OCTETS, MOST_TEXT, AttachedFile, Letter
from roammail.core.mime_parts import Attachment

_LETTER = "id, sender, to_, cc, bcc, subject, body, how, sent_as, changed"
_FILE = "id, name, size, mime_type"
#: Octets that go into the file at a time.
_PIECE = 1024 * 1024


class SqliteDrafts:
    """The port DraftStore over `drafts.db` in `folder` (made 0700 where it is missing).

    Raises UserFacingError with the codes `drafts-full`, `drafts-locked`, `drafts-unwritable`.
    `notice` is told, on the database's thread, when a damaged file was set aside.
    """

    def __init__(
        self, folder: Path, *, busy_seconds: float = 10.0, notice: Notice | None = None
    ) -> None:
        self._database = Database(folder, DRAFTS, busy_seconds=busy_seconds, notice=notice)

    async def letters(self) -> tuple[Letter, ...]:
        """See the port."""
        return await self._database.run(_letters, write=False)

    async def keep(self, letter: Letter, when: datetime) -> Letter:
        """See the port."""
        if len(letter.body) > MOST_TEXT:
            raise BadMessage("letter-too-long", "The text is too long for a mail.")
        return await self._database.run(partial(_keep, letter=letter, when=when))

    async def attach(self, letter_id: int, file: Attachment, *, original: bool) -> AttachedFile:
        """See the port."""
        return await self._database.run(
            partial(_attach, letter_id=letter_id, file=file, original=original)
        )

    async def read_file(self, path: Path) -> Attachment:
        """See the port."""
        return await self._database.on_thread(partial(_read, path))

    async def content(self, file_id: int) -> bytes:
        """See the port."""
        return await self._database.run(partial(_content, file_id=file_id), write=False)

    async def drop(self, letter_id: int) -> None:
        """See the port."""
        await self._database.run(partial(_drop, letter_id=letter_id))

    async def names(self) -> tuple[NameOf, ...]:
        """See the port."""
        return await self._database.run(_names, write=False)

    async def note_names(self, names: Sequence[NameOf]) -> None:
        """See the port."""
        await self._database.run(partial(_note_names, names=names))

    async def close(self) -> None:
        """Closes file and thread."""
        await self._database.close()


def _letters(connection: sqlite3.Connection) -> tuple[Letter, ...]:
    files: dict[int, list[AttachedFile]] = {}
    originals: dict[int, AttachedFile] = {}
    for letter_id, original, *row in connection.execute(
        f"SELECT letter, original, {_FILE} FROM files WHERE position IS NOT NULL"  # noqa: S608
        " ORDER BY letter, position"
    ):
        if original:
            originals[letter_id] = AttachedFile(*row)
        else:
            files.setdefault(letter_id, []).append(AttachedFile(*row))
    found = connection.execute(
        f"SELECT {_LETTER} FROM letters ORDER BY changed DESC, id DESC"  # noqa: S608
    )
    return tuple(_letter(row, files.get(row[0], []), originals.get(row[0])) for row in found)


def _letter(
    row: tuple[object, ...], files: list[AttachedFile], original: AttachedFile | None
) -> Letter:
    number, sender, to, cc, bcc, subject, body, how, sent_as, changed = row
    known = next((one for one in How if one.value == how), How.NEW)
    return Letter(
        id=int(str(number)),
        from_=str(sender),
        to=str(to),
        cc=str(cc),
        bcc=str(bcc),
        subject=str(subject),
        body=str(body),
        files=tuple(files),
        how=known if original else How.NEW,
        original=original,
        sent_as=str(sent_as),
        changed=rows.moment(changed),
    )


def _keep(connection: sqlite3.Connection, *, letter: Letter, when: datetime) -> Letter:
    fields = [letter.from_, letter.to, letter.cc, letter.bcc, letter.subject]
    typed = [_storable(text[:MOST_FIELD]) for text in fields]
    values = [*typed, _storable(letter.body), letter.how.value, letter.sent_as, rows.stamp(when)]
    number = connection.execute(
        f"INSERT OR REPLACE INTO letters ({_LETTER})"  # noqa: S608
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (letter.id, *values),
    ).lastrowid
    # What was taken off is only let go of with the letter: the person may want it back.
    connection.execute("UPDATE files SET position = NULL WHERE letter = ?", (number,))
    held = [*letter.files, *([letter.original] if letter.original else [])]
    for position, file in enumerate(held):
        connection.execute(
            "UPDATE files SET position = ? WHERE id = ? AND letter = ?",
            (position, file.id, number),
        )
    return _one(connection, int(number or 0))


def _one(connection: sqlite3.Connection, letter_id: int) -> Letter:
    return next(letter for letter in _letters(connection) if letter.id == letter_id)


def _attach(
    connection: sqlite3.Connection, *, letter_id: int, file: Attachment, original: bool
) -> AttachedFile:
    held = connection.execute(
        "SELECT coalesce(sum(size), 0), coalesce(max(position), 0) + 1 FROM files"
        " WHERE letter = ? AND position IS NOT NULL",
        (letter_id,),
    ).fetchone()
    if held[0] + len(file.content) > MOST_OCTETS:
        raise _too_large(file.name)
    name = _storable(file.name)[:255] or "file"
    number = connection.execute(
        "INSERT INTO files (letter, position, original, name, mime_type, size, content)"
        " SELECT id, ?, ?, ?, ?, ?, zeroblob(?) FROM letters WHERE id = ?",
        (
            held[1],
            original,
            name,
            file.mime_type,
            len(file.content),
            len(file.content),
            letter_id,
        ),
    )
    if number.rowcount != 1 or number.lastrowid is None:
        raise UserFacingError("draft-unknown", "The letter is not there any more.")
    with connection.blobopen("files", "content", number.lastrowid) as blob:
        view = memoryview(file.content)
        for start in range(0, len(view), _PIECE):
            blob.write(view[start : start + _PIECE])
    return AttachedFile(number.lastrowid, name, len(file.content), file.mime_type)


def _read(path: Path) -> Attachment:
    """Raises BadMessage (`attachment-unreadable`, `attachment-too-large`)."""
    try:
        if path.is_dir():
            raise BadMessage(
                "attachment-unreadable", f"“{path.name}” is a folder. Pack it into one file first."
            )
        if path.exists() and not path.is_file():  # a pipe would be waited for, by every letter
            raise BadMessage("attachment-unreadable", f"“{path.name}” is no file.")
        with path.open("rb") as file:
            content = file.read(MOST_OCTETS + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "no such file"
        raise BadMessage(
            "attachment-unreadable", f"“{path.name}” cannot be read: {reason.lower()}."
        ) from error
    if len(content) > MOST_OCTETS:
        raise _too_large(path.name)
    kind, encoding = mimetypes.guess_type(path.name)
    if kind is None or encoding is not None:
        kind = "application/octet-stream"
    return Attachment(path.name, content, kind)


def _too_large(name: str) -> BadMessage:
    return BadMessage(
        "attachment-too-large",
        f"With “{name}” the letter is larger than {MOST_OCTETS // (1024 * 1024)} MB, which no "
        "mail server takes. Send a link instead.",
    )


def _content(connection: sqlite3.Connection, file_id: int) -> bytes:
    known = connection.execute("SELECT 1 FROM files WHERE id = ?", (file_id,)).fetchone()
    if known is None:
        raise UserFacingError("draft-unknown", "The attached file is not there any more.")
    with connection.blobopen("files", "content", file_id, readonly=True) as blob:
        return blob.read()


def _drop(connection: sqlite3.Connection, *, letter_id: int) -> None:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("DELETE FROM files WHERE letter = ?", (letter_id,))
    connection.execute("DELETE FROM letters WHERE id = ?", (letter_id,))


def _names(connection: sqlite3.Connection) -> tuple[NameOf, ...]:
    found = connection.execute("SELECT address, name, forgotten FROM names")
    return tuple(
        NameOf(str(address), str(name), rows.moment(forgotten))
        for address, name, forgotten in found
    )


def _note_names(connection: sqlite3.Connection, *, names: Sequence[NameOf]) -> None:
    connection.executemany(
        "INSERT INTO names (address, name, forgotten) VALUES (?, ?, ?) ON CONFLICT (address)"
        " DO UPDATE SET name = coalesce(nullif(excluded.name, ''), name),"
        " forgotten = coalesce(excluded.forgotten, forgotten)",
        [
            (address_key(one.address), _storable(one.name[:200]), rows.stamp(one.forgotten))
            for one in names
        ],
    )


def _storable(text: str) -> str:
    """Lone surrogates cannot be kept."""
    return text.encode("utf-8", "replace").decode()
