"""The worker's place: a lock that dies with its owner, and a bell that any process can ring.

The bell is a datagram socket on loopback, the same on every system. Its port and a random word
stand in a file that only this user can read, so that nobody else can ring; and ringing asks for
nothing but a look. Knows nothing of the outbox.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from roammail.adapters.file_lock import FileLock
from roammail.core.errors import ExitCode, UserFacingError
from roammail.core.ring import Ring

if TYPE_CHECKING:
    from roammail.adapters.worker_bell import Bell

_LARGEST = 256  # octets of the file


class HomeWorkplace:
    """The port Workplace for the RoamMail folder `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = FileLock(home / "worker.lock")
        self._file = home / "worker.bell"
        self._bell: Bell | None = None

    async def take(self) -> bool:
        """See the port. Raises UserFacingError (`home-unwritable`)."""
        from roammail.adapters.worker_bell import Bell

        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._lock.take():
                return False
            self._bell = await Bell.hang()
            self._write(self._bell)
        except OSError as error:
            await self.leave()
            raise UserFacingError(
                "home-unwritable",
                f"RoamMail cannot work in its folder {self._home}: {error.strerror}.",
                ExitCode.CANT_CREATE,
            ) from error
        return True

    def occupied(self) -> bool:
        """Whether some living process works here. Raises no error: an unreadable folder is
        the outbox's to complain about."""
        if self._lock.held:
            return True
        with suppress(OSError):
            if not self._lock.take():
                return True
            self._lock.release()
        return False

    async def leave(self) -> None:
        """See the port."""
        bell, self._bell = self._bell, None
        if bell is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            bell.transport.close()
        self._lock.release()

    def ring(self, why: Ring) -> None:
        """See the port."""
        if self._bell is not None:  # our own ear is nearer than the network
            self._bell.hear(why)
            return
        try:
            with self._file.open("rb") as file:
                port, _, word = file.read(_LARGEST).decode("ascii").strip().partition(" ")
            number = int(port)
        except (OSError, ValueError):
            return  # nobody works there
        with suppress(OSError, OverflowError), socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(f"{word} {why.value}".encode("ascii"), ("127.0.0.1", number))

    async def heard(self) -> frozenset[Ring]:
        """See the port."""
        assert self._bell is not None
        return await self._bell.next()

    def _write(self, bell: "Bell") -> None:
        """In one step: whoever rings reads the old file or the new one."""
        draft = self._file.with_name(f"{self._file.name}.new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{bell.port} {bell.word}\n".encode("ascii"))
        draft.replace(self._file)
