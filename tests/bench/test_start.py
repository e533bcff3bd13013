"""How soon a command is there, beside an empty Python and msmtp. `make bench` prints it."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

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


def median(words: list[str], stdin: bytes = b"", env: dict[str, str] | None = None) -> float:
    """Seconds of a program."""
    found = []
    for _ in range(TIMES):
        began = time.monotonic()
        subprocess.run(words, input=stdin, env=env, capture_output=True, check=True)
        found.append(time.monotonic() - began)
    return statistics.median(found)


def test_start(person: Person, town: MailServer) -> None:
    empty = median([sys.executable, "-c", "pass"])
    version = median([str(Path(sys.executable).with_name("roammail")), "--version"])
    msmtp = median(["msmtp", "--version"])
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)
    words, environment = command(person, "roammail-sendmail", "-t", "-oi")
    with serving(person):
        # Until the message is kept and the worker told.
        hand_over = median(words, letter("handed"), environment)
    print(  # noqa: T201
        f"\npython -c pass {empty * 1000:.0f} ms; roammail --version {version * 1000:.0f} ms "
        f"({version / empty:.1f} times); msmtp --version {msmtp * 1000:.0f} ms; "
        f"sendmail hand-over with a worker "
        f"{hand_over * 1000:.0f} ms ({hand_over / empty:.1f} times)"
    )
