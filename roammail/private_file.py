"""Files that only their owner may read. Knows nothing of what is in them."""

import os
from pathlib import Path

from roammail.core.errors import ExitCode, UserFacingError


def write_private(path: Path, text: str) -> None:
    """Replaces the file in one step; nobody else can read it at any moment.

    Raises UserFacingError `file-unwritable` (exit 73).
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UserFacingError(
            "file-unwritable",
            f"“{path}” cannot be written: {(error.strerror or 'unknown').lower()}.",
            ExitCode.CANT_CREATE,
        ) from error
