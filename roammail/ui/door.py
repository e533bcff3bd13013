"""The door of the window that is there: what a second start hands over comes in here, checked.

A local socket in RoamMail's own folder, which only its owner can enter, or where the system has
no such files a named pipe for the owner alone.
"""

import json
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from roammail.ui.handed import accepted
from roammail.ui.instance import ANSWER, LIMIT, door_name

_log = logging.getLogger(__name__)

#: Calls that may be half-way in at once.
_CALLERS = 8


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
            if socket.bytesAvailable() > LIMIT:
                socket.abort()
            return
        line = socket.readLine(LIMIT).data()
        try:
            asked = json.loads(bytes(line))["open"]
            what = accepted([item for item in asked if isinstance(item, str)])
        except (ValueError, KeyError, TypeError, RecursionError):
            socket.abort()
            return
        socket.write(ANSWER)
        socket.flush()
        socket.disconnectFromServer()
        self.asked.emit(what)
