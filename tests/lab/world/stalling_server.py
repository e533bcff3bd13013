"""An SMTP server that stops in the middle of a message, says so with a file, and then waits to be
cut off. Arguments: `in-data` or `after-the-dot`, the file, the port."""

import socket
import sys
from pathlib import Path
from typing import BinaryIO


def _converse(client: socket.socket, when: str, file: Path) -> None:
    with client.makefile("rb") as lines:
        client.sendall(b"220 sink.example ESMTP\r\n")
        while line := lines.readline():
            word = line.strip().upper()
            if word.startswith(b"EHLO"):
                client.sendall(b"250-sink.example\r\n250 8BITMIME\r\n")
            elif word == b"DATA":
                client.sendall(b"354 Go on\r\n")
                _content(lines, when)
                file.write_text("now")
                client.recv(1)  # until the end
                return
            else:
                client.sendall(b"250 Ok\r\n")


def _content(lines: BinaryIO, when: str) -> None:
    while line := lines.readline():
        if when == "in-data" or line == b".\r\n":
            return


def main(when: str, file: str, port: str) -> None:
    """Serves one client after the other."""
    with socket.create_server(("0.0.0.0", int(port))) as server:
        # So little that a message of some size cannot have left the laptop.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while True:
            client, _ = server.accept()
            with client:
                _converse(client, when, Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
