"""The marker that every secret in the suite carries, and the search for it.

Owns what counts as a leak. Knows nothing of pytest: `tests/conftest.py` feeds it.
"""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

MARKER = "S3cr3t-"

#: A file below a folder of this name holds a secret in clear because a test put it there.
ON_PURPOSE = "in-clear-on-purpose"

_CHUNK = 1 << 20


def secret(name: str) -> str:
    """A test secret that the search will recognise wherever it turns up."""
    return f"{MARKER}{name}-canary"


def _base64_shapes(text: bytes) -> Iterator[bytes]:
    """The inner part of `text` in base64 at each of the three alignments.

    AUTH PLAIN and LOGIN carry secrets so; the first and last characters depend on their
    neighbours and are left out.
    """
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + text)
        start = -(-shift * 8 // 6)
        yield whole[start : (shift + len(text)) * 8 // 6]


PATTERNS: tuple[bytes, ...] = (MARKER.encode(), *_base64_shapes(MARKER.encode()))


def found_in(data: bytes | str) -> bool:
    """Whether a secret shows in `data`, in clear, as UTF-16 or in base64."""
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    wide = MARKER.encode("utf-16-le")
    return any(pattern in raw for pattern in PATTERNS) or wide in raw


def leaking_files(root: Path) -> Iterator[Path]:
    """Every file below `root` in which a secret shows, but for those put there on purpose."""
    for folder, folders, names in os.walk(root):
        if ON_PURPOSE in folders:
            folders.remove(ON_PURPOSE)
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink() and _leaks(path):
                yield path


def _leaks(path: Path) -> bool:
    overlap = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if found_in(overlap + chunk):
                    return True
                overlap = chunk[-64:]
    except OSError:  # a socket's or a server's own file that vanished while we looked
        return False
    return False
