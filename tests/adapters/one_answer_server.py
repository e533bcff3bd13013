"""A web server that answers every request with what a file holds at that moment.

Run as a program: ADDRESS PORT FILE. Needs nothing but Python itself.
"""

import socket
import sys
from pathlib import Path


def serve(address: str, port: int, answer: Path) -> None:
    with socket.create_server((address, port)) as server:
        sys.stdout.write("listening\n")
        sys.stdout.flush()
        while True:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(answer.read_bytes())


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
