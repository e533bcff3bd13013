"""An SMTP server in a mood. Arguments: the mood, a file, the port.

`in-data`, `after-the-dot`: it stops in the middle of a message, says so with the file, and then
waits to be cut off. `busy`: it takes no recipient until the file is there.
"""

import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


def _converse(client: socket.socket, mood: str, file: Path) -> None:
    with client.makefile("rb") as lines:
        client.sendall(b"220 sink.example ESMTP\r\n")
        while line := lines.readline():
            word = line.strip().upper()
            if word.startswith(b"EHLO"):
                client.sendall(b"250-sink.example\r\n250 8BITMIME\r\n")
            elif word.startswith(b"RCPT") and mood == "busy" and not file.exists():
                client.sendall(b"451 4.3.2 Not now, try again later\r\n")
            elif word == b"DATA":
                client.sendall(b"354 Go on\r\n")
                _content(lines, mood)
                if mood != "busy":
                    file.write_text("now")
                    client.recv(1)  # until the end
                    return
                client.sendall(b"250 2.0.0 Taken\r\n")
            else:
                client.sendall(b"250 Ok\r\n")


def _content(lines: BinaryIO, mood: str) -> None:
    while line := lines.readline():
        if mood == "in-data" or line == b".\r\n":
            return


def main(mood: str, file: str, port: str) -> None:
    """Serves one client after the other."""
    with socket.create_server(("0.0.0.0", int(port))) as server:
        # So little that a message of some size cannot have left the laptop.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while True:
            client, _ = server.accept()
            with client, suppress(ConnectionError):  # who tests a server may leave at any time
                _converse(client, mood, Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
