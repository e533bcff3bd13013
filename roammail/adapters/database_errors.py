"""What SQLite and the file system refuse, in words for the person. One table, no I/O but a look
at the free space."""

import errno
import os
import sqlite3
from pathlib import Path

from roammail.core.errors import ExitCode, UserFacingError

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
    sqlite3.SQLITE_IOERR,
}
_SPARE = 1_000_000  # octets; with less than this an I/O error means that the disk is full


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, 0 if the error is not SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def is_corrupt(error: BaseException) -> bool:
    """Whether the file itself is broken."""
    return isinstance(error, sqlite3.Error) and primary_code(error) in _CORRUPT


def worded(error: Exception, path: Path, name: str) -> UserFacingError | None:
    """The error for the person, with the codes `NAME-full`, `NAME-locked`, `NAME-unwritable`,
    `NAME-corrupt`; None where it is none of these and so a fault of ours."""
    if isinstance(error, OSError):
        full = error.errno in {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
        return _full(path, name) if full else _unwritable(path, name, error.strerror or "")
    if not isinstance(error, sqlite3.Error):
        return None
    code = primary_code(error)
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _no_space(path)):
        return _full(path, name)
    if code in _LOCKED:
        return UserFacingError(
            f"{name}-locked",
            f"Another program holds the {name} ({path}) and does not let go. "
            "Nothing was changed. Try again in a moment; if it stays so, end other programs "
            "that have this file open.",
            ExitCode.IO,
        )
    if code in _UNWRITABLE:
        return _unwritable(path, name, str(error))
    if code in _CORRUPT:
        return UserFacingError(
            f"{name}-corrupt",
            f"The {name} ({path}) is damaged, and another RoamMail has it open. Close every "
            "RoamMail window and service and start one again: it keeps the damaged file aside "
            "and saves what can be saved.",
            ExitCode.IO,
        )
    return None


def newer(path: Path, name: str) -> UserFacingError:
    """The file was written by a RoamMail that knows more than this one."""
    return UserFacingError(
        f"{name}-newer",
        f"The {name} ({path}) was written by a newer RoamMail. Use that one, or update this one.",
        ExitCode.CONFIG,
    )


def _full(path: Path, name: str) -> UserFacingError:
    return UserFacingError(
        f"{name}-full",
        f"The disk is full: nothing could be added to the {name} ({path}), and nothing was "
        "changed. Make room and try again.",
        ExitCode.IO,
    )


def _unwritable(path: Path, name: str, reason: str) -> UserFacingError:
    return UserFacingError(
        f"{name}-unwritable",
        f"The {name} ({path}) cannot be written: {reason}. Nothing was changed. See to it that "
        f"{path.parent} and the files in it belong to you and can be written.",
        ExitCode.CANT_CREATE,
    )


def _no_space(path: Path) -> bool:
    import shutil  # only where something has failed: it loads three kinds of compression

    folder = next((p for p in path.parents if p.exists()), Path(os.sep))
    return shutil.disk_usage(folder).free < _SPARE
