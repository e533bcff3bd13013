"""The log of the command line: warnings, and the details of an unexpected exception.

Keeps no value of any variable. The text of an exception may hold what it failed on, a password
included. So the text is kept only for those kinds that speak of code and files, never of data.
"""

import errno
import logging
import os
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roammail import __version__

if TYPE_CHECKING:  # what only a crash needs is imported there: a window is open sooner without
    from roammail.cli.result import Problem

_SPEAK_OF_CODE = (
    TypeError,
    AttributeError,
    NameError,
    ImportError,
    AssertionError,
    NotImplementedError,
)

LOG_NAME = "roammail.log"

#: Octets; an older log is kept once under another name.
_LIMIT = 512 * 1024


class _Formatter(logging.Formatter):
    """An exception that was logged keeps its text on the same terms as one that nobody caught."""

    def format(self, record: logging.LogRecord) -> str:
        """Never what another handler has made of it: that holds the text."""
        plain = logging.makeLogRecord({**vars(record), "exc_text": None})
        return super().format(plain)

    def formatException(self, ei: Any) -> str:  # noqa: N802  (logging's name)
        """Where it happened, and of which kind it is."""
        return "".join(_chain(ei[1])).rstrip("\n") if ei[1] is not None else ""


class LogFile(logging.Handler):
    """Warnings and worse go to the file, not into the person's terminal."""

    def emit(self, record: logging.LogRecord) -> None:
        """Appends the record; a log that cannot be written stops nobody's mail."""
        with suppress(OSError):
            _append(f"{self.format(record)}\n")


def install() -> None:
    """Sends what is logged to the file, once in a process."""
    root = logging.getLogger()
    if any(isinstance(item, LogFile) for item in root.handlers):
        return
    handler = LogFile(logging.WARNING)
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)


def note_crash(error: BaseException) -> "Problem":
    """Appends the traceback to the log and returns what to tell. Never raises OSError."""
    kind = type(error).__name__
    try:
        path = _append(_describe(error))
    except OSError as trouble:
        from roammail.cli.result import Problem

        return Problem(
            "internal-error",
            f"Something unexpected went wrong in RoamMail ({kind}), and its log could not be "
            f"written either ({trouble.strerror}).",
        )
    from roammail.cli.result import Problem

    return Problem(
        "internal-error",
        f"Something unexpected went wrong in RoamMail ({kind}). The details are in {path}; they "
        "hold no password and no mail.",
    )


def _append(text: str) -> Path:
    try:
        from roammail.home import home_folder
    except ImportError as error:  # the very thing that went wrong may be a missing part
        raise OSError(errno.ENOENT, "a part of RoamMail is missing") from error
    path = home_folder() / LOG_NAME
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > _LIMIT:
        path.replace(path.with_suffix(".log.old"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        file.write(text)
    return path


def _describe(error: BaseException) -> str:
    import platform

    when = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
    system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    return "".join([f"--- {when} RoamMail {__version__}, {system}\n", *_chain(error)])


def _chain(error: BaseException) -> list[str]:
    lines: list[str] = []
    chain: BaseException | None = error
    while chain is not None and len(lines) < 500:
        lines += traceback.format_tb(chain.__traceback__)
        lines.append(f"{type(chain).__qualname__}: {_safe_text(chain)}\n")
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return lines


def _safe_text(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error.errno} {error.strerror}"
    return str(error) if isinstance(error, _SPEAK_OF_CODE) else "(text left out)"
