"""Keeps other processes of RoamMail out while several steps must be one, by a lock file."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from roammail.adapters.file_lock import FileLock
from roammail.core.errors import ExitCode, UserFacingError

_PATIENCE = 15.0  # seconds; an unlock prompt in the other process may take that long


def exclusive(folder: Path, name: str) -> Callable[[], AbstractAsyncContextManager[None]]:
    """A context manager that holds `folder/name.lock`, made 0700 and 0600 where missing.

    Raises UserFacingError (`profiles-busy`, `home-unwritable`) on entering.
    """

    @asynccontextmanager
    async def hold() -> AsyncIterator[None]:
        lock = FileLock(folder / f"{name}.lock")
        if not await asyncio.to_thread(_take, lock):
            raise UserFacingError(
                "profiles-busy",
                "Another RoamMail is changing the profiles and has not finished. "
                "Nothing was changed; try again in a moment.",
            )
        try:
            yield
        finally:
            lock.release()

    return hold


def _take(lock: FileLock) -> bool:
    try:
        lock.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lock.take(seconds=_PATIENCE)
    except OSError as error:
        raise UserFacingError(
            "home-unwritable",
            f"RoamMail cannot write to its folder {lock.path.parent}: {error.strerror}. "
            "Nothing was changed.",
            ExitCode.CANT_CREATE,
        ) from error
