"""A program that writes or removes one value in the real keyring and kills itself (SIGKILL)
before the change whose number it was given.

    python -m tests.adapters.killed_write write|delete SERVICE LENGTH CHANGES
"""

import os
import signal
import sys

from keyring.backend import KeyringBackend
from keyring.backends import SecretService

from roammail.adapters.keyring_parts import delete_value, write_value

NEW = "n"  # the new value is made of this character


class Deadly(KeyringBackend):
    """Passes everything on to the Secret Service until the last change is due."""

    priority = 0.1  # type: ignore[assignment]  # never chosen by itself

    def __init__(self, changes: int) -> None:
        super().__init__()
        self._inner = SecretService.Keyring()
        self._left = changes

    def get_password(self, service: str, username: str) -> str | None:
        return self._inner.get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._count()
        self._inner.set_password(service, username, password)

    def delete_password(self, service: str, username: str) -> None:
        self._count()
        self._inner.delete_password(service, username)

    def _count(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def main() -> None:
    what, service, length, changes = sys.argv[1:]
    ring = Deadly(int(changes))
    if what == "write":
        write_value(ring, service, NEW * int(length))
    else:
        delete_value(ring, service)


if __name__ == "__main__":
    main()
