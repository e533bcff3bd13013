"""Reading what the person named: a file, or "-" for standard input. Bounded; clear errors."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from roammail.core.errors import ExitCode, UserFacingError
from roammail.core.pieces import Pieces

_PIECE = 1024 * 1024  # octets

_MAIL_TOO_LARGE = "which no mail server takes. Send a smaller one, or a link."


@contextmanager
def open_input(name: str) -> Iterator[BinaryIO]:
    """The octets of a file, or of standard input for "-".

    Raises UserFacingError (`file-unreadable`, exit 65).
    """
    if name == "-":
        if sys.stdin is None:  # a parent that closed it
            raise unreadable(name, "it is closed")
        yield sys.stdin.buffer
        return
    try:
        path = Path(name)
        if path.is_dir():
            raise unreadable(name, "it is a folder")
        file = path.open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(name, _why(error)) from error
    with file:
        yield file


def read_input(name: str, limit: int, too_large: str = _MAIL_TOO_LARGE) -> bytes:
    """Everything, at most `limit` octets; `too_large` tells what that much means.

    Raises UserFacingError (`file-unreadable`, `file-too-large`; exit 65).
    """
    with open_input(name) as file:
        try:
            content = file.read(limit + 1)
        except OSError as error:
            raise unreadable(name, _why(error)) from error
    if len(content) > limit:
        raise _too_large(name, limit, too_large)
    return content


def read_pieces(name: str, limit: int) -> Pieces:
    """The same, for what is to be in memory once also when something was made of it."""
    left = limit + 1

    def pieces() -> Iterator[bytes]:
        nonlocal left
        with open_input(name) as file:
            while left and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                yield piece

    try:
        found = Pieces(pieces())
    except OSError as error:
        raise unreadable(name, _why(error)) from error
    if not left:
        raise _too_large(name, limit)
    return found


def unreadable(name: str, why: str) -> UserFacingError:
    """The error for a file that cannot be read."""
    return UserFacingError(
        "file-unreadable", f"{_called(name)} cannot be read: {why}.", ExitCode.DATA
    )


def _too_large(name: str, limit: int, meaning: str = _MAIL_TOO_LARGE) -> UserFacingError:
    return UserFacingError(
        "file-too-large",
        f"{_called(name)} is larger than {limit // (1024 * 1024)} MB, {meaning}",
        ExitCode.DATA,
    )


def _called(name: str) -> str:
    return "Standard input" if name == "-" else f"“{name}”"


def _why(error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return (reason or "that is no file name").lower()
