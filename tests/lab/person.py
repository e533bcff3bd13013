"""A person at a terminal: the installed `roammail` command, run as a program of its own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.network import Machine

_PATIENCE = 60.0  # seconds for one command


@dataclass(frozen=True)
class Said:
    """How one command ended; `envelope` is what it printed with --json."""

    code: int
    envelope: dict[str, Any]
    stderr: str

    @property
    def data(self) -> dict[str, Any]:
        """The envelope's data."""
        data = self.envelope["data"]
        assert isinstance(data, dict), self.envelope
        return data

    @property
    def errors(self) -> list[str]:
        """The codes of the envelope's errors."""
        return [error["code"] for error in self.envelope["errors"]]


@dataclass(frozen=True)
class Person:
    """Home, keyring, network and trust of one person."""

    folder: Path
    machine: Machine
    ca_file: Path
    keyring: Mapping[str, str] = field(repr=False)

    def ask(self, *words: str, stdin: str = "", **changed: str) -> Said:
        """`roammail WORDS --json`; exactly one envelope and nothing else must be printed."""
        done = self.run(*words, "--json", stdin=stdin, **changed)
        try:
            envelope = json.loads(done.stdout)
        except ValueError as error:
            raise AssertionError(f"{words}: {done.stdout!r} {done.stderr!r}") from error
        assert set(envelope) >= {"version", "status", "data", "errors"}
        assert envelope["version"] == 1
        assert (envelope["status"] == "ok") == (done.returncode == 0), envelope
        assert "Traceback" not in done.stderr
        return Said(done.returncode, envelope, done.stderr)

    def run(self, *words: str, stdin: str = "", **changed: str) -> subprocess.CompletedProcess[str]:
        """`roammail WORDS`, as it would be typed."""
        environment = {
            **self.keyring,
            "ROAMMAIL_HOME": str(self.folder / "roammail"),
            "SSL_CERT_FILE": str(self.ca_file),
            "COLUMNS": "100",
            **changed,
        }
        environment.pop("SSL_CERT_DIR", None)
        return subprocess.run(
            [*self.machine.enter, Path(sys.executable).with_name("roammail"), *words],
            input=stdin,
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    def add(self, name: str, port: int, security: str, user: str = "", secret: str = "") -> None:
        """`profiles add` for a server on localhost."""
        words = ["--name", name, "--host", "localhost", "--port", str(port)]
        words += ["--security", security, "--sender", "traveller@post.example"]
        if user:
            words += ["--auth", "password", "--username", user, "--password-stdin"]
        else:
            words += ["--auth", "none"]
        said = self.ask("profiles", "add", *words, stdin=f"{secret}\n")
        assert said.code == 0, said
