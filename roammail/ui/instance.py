"""One window a person: a second start hands what it was given to the first, and ends.

The door is a local socket in RoamMail's own folder, which only its owner can enter, or where the
system has no such files a named pipe for the owner alone. What comes through it is checked.
"""

import json
import logging
import os
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from roammail.ui.handed import accepted

_log = logging.getLogger(__name__)

#: Milliseconds: the first window answers at once, or it is not there.
_PATIENCE = 1000
#: Octets of one call, and calls that may be half-way in at once.
_LIMIT, _CALLERS = 65536, 8
#: Characters that fit into a socket's address everywhere (sun_path).
_PATH_LIMIT = 100
_ANSWER = b"ok\n"


def door_name(home: Path) -> str:
    """Where the window of this home listens."""
    path = home / "window.sock"
    if os.name == "posix" and len(str(path)) <= _PATH_LIMIT:
        return str(path)
    short = sha256(str(home.resolve()).encode()).hexdigest()[:24]
    if os.name != "posix":
        return f"roammail-{short}"
    return str(Path(tempfile.gettempdir()) / f"roammail-{os.getuid()}-{short}")


def hand_over(home: Path, what: Sequence[str]) -> bool:
    """Gives `what` to the window that is there already; False where there is none."""
    socket = QLocalSocket()
    socket.connectToServer(door_name(home))
    if not socket.waitForConnected(_PATIENCE):
        return False
    socket.write(json.dumps({"open": list(what)}).encode() + b"\n")
    socket.waitForBytesWritten(_PATIENCE)
    answered = socket.waitForReadyRead(_PATIENCE) and socket.readAll().data() == _ANSWER
    socket.disconnectFromServer()
    return answered


class Door(QObject):
    """`asked` carries a tuple of mailto: links and .eml files, empty: only come to the front."""

    asked = Signal(object)

    def __init__(self, home: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(_CALLERS)
        self._server.newConnection.connect(self._come_in)
        self._home = home

    def open(self) -> bool:
        """Listens. False where that is impossible: then a second window may open."""
        name = door_name(self._home)
        try:
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            _log.warning("nobody can hand anything over: the folder cannot be made")
            return False
        # Nobody answered there: what is left of it is a dead window's.
        QLocalServer.removeServer(name)
        if not self._server.listen(name):
            _log.warning("nobody can hand anything over: %s", self._server.errorString())
            return False
        return True

    def close(self) -> None:
        """Listens no longer."""
        self._server.close()

    def _come_in(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(lambda s=socket: self._read(s))
            socket.disconnected.connect(socket.deleteLater)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LIMIT:
                socket.abort()
            return
        line = socket.readLine(_LIMIT).data()
        try:
            asked = json.loads(bytes(line))["open"]
            what = accepted([item for item in asked if isinstance(item, str)])
        except (ValueError, KeyError, TypeError):
            socket.abort()
            return
        socket.write(_ANSWER)
        socket.flush()
        socket.disconnectFromServer()
        self.asked.emit(what)
