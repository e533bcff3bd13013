"""One window a person: a second start hands what it was given to the first, and ends.

Knows where the first one's door is (`door.py`), and what is said there.
"""

import os
from collections.abc import Sequence
from pathlib import Path

#: Milliseconds: the first window answers at once, or it is not there.
_PATIENCE = 1000
#: Octets of one call.
LIMIT = 65536
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


def hand_over(home: Path, what: Sequence[str]) -> bool:
    """Gives `what` to the window that is there already; False where there is none."""
    if os.name == "posix" and not _is_ours(door_name(home)):
        return False  # nearly every start: nothing more need be loaded
    import json

    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(door_name(home))
    if not socket.waitForConnected(_PATIENCE):
        return False
    socket.write(json.dumps({"open": list(what)}).encode() + b"\n")
    socket.waitForBytesWritten(_PATIENCE)
    answered = socket.waitForReadyRead(_PATIENCE) and socket.readAll().data() == ANSWER
    socket.disconnectFromServer()
    return answered


def _is_ours(path: str) -> bool:
    """Whether something of this user's is there. A long home has its door where all users may
    make files: what is handed over is no business of theirs."""
    try:
        return os.lstat(path).st_uid == os.getuid()
    except OSError:
        return False
