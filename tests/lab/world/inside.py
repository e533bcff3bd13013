"""The tests' side of the lab: starts its process in fresh namespaces and talks to its door."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.lab.person import Said
from tests.lab.place import open_folder
from tests.lab.world.namespace import await_true
from tests.lab.world.servers import FRIEND, TRAVELLER
from tests.lab.world.unpacked import PROGRAMS

ROOT = Path(__file__).parents[3]
#: What a test in the lab needs of this system; see packaging/system-packages.txt.
ROAMING_TOOLS = pytest.mark.needs(
    *("users", "namespaces", "ip", "nft", "dnsmasq", "postfix", "dovecot", "NetworkManager"),
    *("nmcli", "dhclient", "gnome-keyring", "dbus-daemon"),
    *("openssl", *map(str, PROGRAMS)),
)
#: The first is the one on which the profiles were entered.
_NUMBERS = count(2)
_PATIENCE = 240.0  # seconds for one request


def entering() -> list[str]:
    """How a command gets into fresh namespaces, of which nothing is left when it has ended."""
    command = ["unshare", *_as_root(), "--net", "--mount", "--uts", "--pid", "--fork"]
    return [*command, "--kill-child", "--mount-proc"]


def _as_root() -> tuple[str, ...]:
    # Servers run as users of their own: one mapped user is not enough.
    return ("--user", "--map-root-user", "--map-auto") if os.geteuid() else ()


@contextmanager
def lab_folder() -> Iterator[Path]:
    """A folder for a lab, also for what its users leave in it."""
    with open_folder() as folder:
        try:
            yield folder
        finally:
            if os.geteuid():
                emptied = ["find", str(folder), "-mindepth", "1", "-delete"]
                subprocess.run(["unshare", *_as_root(), *emptied], check=True)


@dataclass(frozen=True, slots=True)
class Carried:
    """One laptop, seen from a test. `memory` names what it remembers of networks and mail: each
    name is a RoamMail that was never started before; the profiles are the laptop's."""

    folder: Path
    number: int

    def move(self, place: str) -> None:
        """Carries it to a place."""
        _call(self.folder, "move", place=place, number=self.number)

    def unplug(self) -> None:
        """Cuts the cable."""
        _call(self.folder, "unplug", number=self.number)

    def sleep(self) -> None:
        """Shuts the lid."""
        _call(self.folder, "sleep", number=self.number)

    def wake(self) -> None:
        """Opens it."""
        _call(self.folder, "wake", number=self.number)

    def connections(self) -> int:
        """How many mail connections it has begun so far."""
        begun: int = _call(self.folder, "connections", number=self.number)
        return begun

    def remember_as(self, memory: str, known: str) -> None:
        """Begins `memory` with all that `known` remembers."""
        _call(self.folder, "remember_as", number=self.number, memory=memory, known=known)

    def ask(self, memory: str, *words: str, stdin: str = "") -> Said:
        """`roammail WORDS --json`."""
        command = ["roammail", *words, "--json"]
        code, output, errors = self.run(memory, *command, stdin=stdin)
        assert "Traceback" not in errors, errors
        return Said(code, json.loads(output), errors)

    def run(self, memory: str, *command: str, stdin: str = "") -> tuple[int, str, str]:
        """Any command on the laptop; exit code, output, errors."""
        done = _call(
            self.folder,
            "run",
            number=self.number,
            memory=memory,
            command=list(command),
            stdin=stdin,
        )
        return done[0], done[1], done[2]

    def test(self, memory: str, *names: str) -> Said:
        """`roammail test`, asking whether the friend would be reached."""
        return self.ask(memory, "test", *names, "--rcpt", FRIEND)

    def send(self, memory: str, subject: str, body: str = "Hello.\n") -> Said:
        """`roammail send` to the friend."""
        words = ["-f", TRAVELLER, "-t", FRIEND, "-s", subject, "--body", "-"]
        return self.ask(memory, "send", *words, stdin=body)


@dataclass(frozen=True, slots=True)
class RoamingLab:
    """The lab, seen from a test."""

    folder: Path

    def laptop(self, dhcp: str = "internal") -> Carried:
        """Another laptop, with the traveller's profiles in its keyring; `dhcp` is the client
        that its NetworkManager uses."""
        made = Carried(self.folder, next(_NUMBERS))
        self.call("prefer_dhcp", number=made.number, client=dhcp)
        return made

    def call(self, name: str, **arguments: object) -> Any:
        """A method of Lab."""
        return _call(self.folder, name, **arguments)

    def arrived(self, message_id: str) -> str:
        """The message as the friend got it, once; waits for it."""
        await_true(f"{message_id} arrives", lambda: bool(self.copies(message_id)))
        (text,) = self.copies(message_id)
        return text

    def copies(self, message_id: str) -> list[str]:
        """Every copy that has arrived so far."""
        found: list[str] = self.call("arrived", message_id=message_id)
        return found


def _call(folder: Path, name: str, **arguments: object) -> Any:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(_PATIENCE)
        door.connect(str(folder / "door"))
        door.sendall(json.dumps({"call": name, "with": arguments}).encode() + b"\n")
        with door.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        raise AssertionError(answer["error"])
    return answer["result"]


@contextmanager
def roaming_lab() -> Iterator[RoamingLab]:
    """A whole lab; all of it is gone at the end."""
    with lab_folder() as folder, (folder / "lab.log").open("wb") as log:
        process = subprocess.Popen(
            [*entering(), sys.executable, "-m", "tests.lab.world.serve", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready == b"ready\n", (folder / "lab.log").read_text("utf-8", "replace")
            yield RoamingLab(folder)
        finally:
            process.stdin.close()
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
            process.stdout.close()
