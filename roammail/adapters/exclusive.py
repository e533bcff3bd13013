"""Keeps other processes of RoamMail out while several steps must be one, by a lock file."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from roammail.adapters.file_lock import FileLock
from roammail.core.errors import ExitCode, UserFacingError

_log = logging.getLogger(__name__)

_PATIENCE = 15.0  # seconds; an unlock prompt in the other process may take that long
#: Seconds for a sign-in of another process: a server has thirty for each of its answers.
_SIGN_IN = 90.0
_PAUSE = 0.02  # seconds between two tries


def exclusive(folder: Path, name: str) -> Callable[[], AbstractAsyncContextManager[None]]:
    """A context manager that holds `folder/name.lock`, made 0700 and 0600 where missing.

    Raises UserFacingError (`profiles-busy`, `home-unwritable`) on entering.
    """

    @asynccontextmanager
    async def hold() -> AsyncIterator[None]:
        lock = FileLock(folder / f"{name}.lock")
        try:
            taken = await _taken(lock, _PATIENCE)
        except OSError as error:
            raise UserFacingError(
                "home-unwritable",
                f"RoamMail cannot write to its folder {folder}: {error.strerror}. "
                "Nothing was changed.",
                ExitCode.CANT_CREATE,
            ) from error
        if not taken:
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


def sign_in_door(folder: Path) -> Callable[[str], AbstractAsyncContextManager[bool]]:
    """A context manager by profile, which yields whether we are the only process in it.

    It waits for another one for a while. Where the folder cannot be written nobody is kept
    out: what another process learned could not be read from there either.
    """

    @asynccontextmanager
    async def enter(profile_id: str) -> AsyncIterator[bool]:
        # Ids are words from the keyring: no path is made of them.
        name = hashlib.sha256(profile_id.encode()).hexdigest()[:24]
        lock = FileLock(folder / "sign-in.locks" / name)
        try:
            taken = await _taken(lock, _SIGN_IN)
        except OSError as error:
            _log.warning("%s cannot be locked: %s", lock.path, error)
            taken = True
        try:
            yield taken
        finally:
            lock.release()

    return enter


async def _taken(lock: FileLock, seconds: float) -> bool:
    """Takes the lock within so many seconds. Raises OSError. Cancelled, it leaves none behind."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + seconds
    while True:
        trying = loop.run_in_executor(None, _try, lock)
        try:
            if await asyncio.shield(trying):
                return True
        except asyncio.CancelledError:
            await asyncio.wait([trying])  # a thread does not stop half-way
            lock.release()
            raise
        if loop.time() >= limit:
            return False
        await asyncio.sleep(_PAUSE)


def _try(lock: FileLock) -> bool:
    folder = lock.path.parent
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    return lock.take()
