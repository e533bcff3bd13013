"""Locks on files that the system takes away when their process dies, however it dies.

Owns what differs between systems (flock, msvcrt). Knows nothing of what is locked. Locks
belong to one FileLock object, so two of them in one process exclude each other too.
"""

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_PAUSE = 0.02  # seconds between two tries for a lock that is held


class FileLock:
    """An advisory lock on one file, which is made (0600) where it is missing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object has the lock."""
        return self._descriptor is not None

    def take(self, *, shared: bool = False, seconds: float = 0.0) -> bool:
        """Takes the lock, or changes between shared and exclusive; False if others hold it.

        Waits at most `seconds`. A change that fails leaves the lock as it was, unless another
        took it in that very moment: look at `held`. Windows knows exclusive locks only: there
        `shared` is granted without a lock. Raises OSError.
        """
        limit = time.monotonic() + seconds
        while not self._try(shared):
            if time.monotonic() >= limit:
                return False
            time.sleep(_PAUSE)
        return True

    def release(self, *, remove: bool = False) -> None:
        """Gives the lock back; `remove` takes the file away too."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            return
        try:
            if remove and sys.platform != "win32":  # while it is still ours: see _same_file
                self.path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def _try(self, shared: bool) -> bool:
        if self._descriptor is not None:
            return _lock(self._descriptor, shared)
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | _CLOSE_ON_EXEC, 0o600)
            if not _lock(descriptor, shared):
                os.close(descriptor)
                return False
            if _same_file(descriptor, self.path):
                self._descriptor = descriptor
                return True
            os.close(descriptor)  # its last owner has removed the file meanwhile


_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)


def _lock(descriptor: int, shared: bool) -> bool:
    if sys.platform == "win32":
        if shared:
            return True
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _same_file(descriptor: int, path: Path) -> bool:
    if sys.platform == "win32":
        return True  # an open file cannot be removed there
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
