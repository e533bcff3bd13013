"""One window a person: a second start hands what it was given to the first, and ends.

The first is whoever holds the lock of its home, which dies with its owner. Until the first has
opened its door (`door.py`), which it does when it is painted, the second waits before it. Knows
where that door is, and what is said there.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from roammail.core.errors import ExitCode, UserFacingError

#: Milliseconds for the way to the door, which is on this computer.
_CONNECT = 1000
#: Milliseconds for the answer: a window that is busy gives it when it gets to it.
_PATIENCE = 30_000
#: Seconds before a door that nobody opens, and before a window that takes its leave; between two
#: looks.
_WAIT, _PAUSE = 40.0, 0.05
#: Octets of one call.
LIMIT = 4 * 1024 * 1024
#: Characters that fit into a socket's address everywhere (sun_path).
_PATH_LIMIT = 100
ANSWER = b"ok\n"


def door_name(home: Path) -> str:
    """Where the window of this home listens."""
    path = home / "window.sock"
    if os.name == "posix" and len(str(path)) <= _PATH_LIMIT:
        return str(path)
    import tempfile
    from hashlib import sha256

    short = sha256(str(home.resolve()).encode()).hexdigest()[:24]
    if os.name != "posix":
        return f"roammail-{short}"
    return str(Path(tempfile.gettempdir()) / f"roammail-{os.getuid()}-{short}")


def is_first(take: Callable[[], bool], give: Callable[[], bool]) -> bool:
    """Whether this process is to be the window. If not, what it was given is with the one that is.

    `take` tries the lock, `give` the door. Raises UserFacingError (`window-busy`) where neither
    opens, so that there are never two.
    """
    until = time.monotonic() + _WAIT
    while not take():
        if give():
            return False
        if time.monotonic() >= until:
            raise UserFacingError(
                "window-busy",
                "RoamMail is open already and does not answer. Wait until it does, or end it.",
                ExitCode.UNAVAILABLE,
            )
        time.sleep(_PAUSE)
    return True


def hand_over(home: Path, what: Sequence[str]) -> bool:
    """Gives `what` to the window that is there already; False where none opens."""
    if os.name == "posix" and not _is_ours(door_name(home)):
        return False  # not open yet: nothing more need be loaded
    import json

    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(door_name(home))
    if not socket.waitForConnected(_CONNECT):
        return False
    socket.write(json.dumps({"open": list(what)}).encode() + b"\n")
    while socket.bytesToWrite() and socket.waitForBytesWritten(_PATIENCE):
        pass
    if socket.bytesToWrite():
        return False
    if socket.waitForReadyRead(_PATIENCE):
        return socket.readAll().data() == ANSWER
    # It has everything, and reads it as soon as it can.
    return socket.state() is QLocalSocket.LocalSocketState.ConnectedState


def _is_ours(path: str) -> bool:
    """Whether something of this user's is there. A long home has its door where all users may
    make files: what is handed over is no business of theirs."""
    try:
        return os.lstat(path).st_uid == os.getuid()
    except OSError:
        return False
