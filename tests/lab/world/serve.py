"""The lab as a process of its own, in namespaces of its own, with a door: one JSON request a
connection on a Unix socket. Ends when its standard input does; everything ends with it."""

import json
import os
import socketserver
import sys
import threading
from pathlib import Path
from typing import Any

from tests.lab.world.lab import Lab


class _Door(socketserver.StreamRequestHandler):
    """One request: the name of a method of Lab and its arguments."""

    def handle(self) -> None:
        """Answers with the result, or with what went wrong in words."""
        asked = json.loads(self.rfile.readline())
        answer: dict[str, Any]
        try:
            server = self.server
            assert isinstance(server, _Server)
            answer = {"result": getattr(server.lab, asked["call"])(**asked["with"])}
        except Exception as error:  # told to the test, which fails with it
            answer = {"error": f"{type(error).__name__}: {error}"}
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: str, lab: Lab) -> None:
        self.lab = lab
        super().__init__(path, _Door)


def main(folder: Path) -> None:
    """Builds the lab, says so with one line, and serves."""
    said, sys.stdout = sys.stdout, sys.stderr
    server = _Server(str(folder / "door"), Lab(folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said.write("ready\n")
    said.flush()
    sys.stdin.read()
    os._exit(0)  # the end of process 1 of a namespace is the end of all in it


if __name__ == "__main__":
    main(Path(sys.argv[1]))
