"""How soon a command is there, beside an empty Python and msmtp: by the clock, and in processor
time, which a busy machine changes less. `make bench` prints it.
"""

import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.lab.conftest import MailServer
from tests.lab.letters import letter
from tests.lab.person import Person
from tests.lab.test_serve import command, serving

TIMES = 9

pytestmark = [
    pytest.mark.needs(
        "root", "namespaces", "ip", "postfix", "dovecot", "gnome-keyring", "dbus-daemon", "msmtp"
    ),
    pytest.mark.timeout(0),
]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of a program: on the wall, the median; of the processor, the least."""

    wall: float
    processor: float


def took(words: list[str], stdin: bytes = b"", env: dict[str, str] | None = None) -> Took:
    """Of several runs."""
    walls, processors = [], []
    for _ in range(TIMES):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run(words, input=stdin, env=env, capture_output=True, check=True)
        walls.append(time.monotonic() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processors.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    return Took(statistics.median(walls), min(processors))


def test_start(person: Person, town: MailServer) -> None:
    empty = took([sys.executable, "-c", "pass"])
    rows = {
        "python -c pass": empty,
        "roammail --version": took([str(Path(sys.executable).with_name("roammail")), "--version"]),
        "msmtp --version": took(["msmtp", "--version"]),
    }
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)
    words, environment = command(person, "roammail-sendmail", "-t", "-oi")
    with serving(person):
        # Until the message is kept and the worker told.
        rows["sendmail hand-over with a worker"] = took(words, letter("handed"), environment)
    table = Table("command", "ms", "times an empty Python", "ms of the processor")
    for name, one in rows.items():
        times = f"{one.wall / empty.wall:.1f}"
        table.add_row(name, f"{one.wall * 1000:.0f}", times, f"{one.processor * 1000:.0f}")
    Console(width=100).print(table)
