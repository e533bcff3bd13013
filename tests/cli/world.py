"""A command line over a real Engine whose ports are the suite's fakes: no socket, no keyring.

ran = cli.run("test", "--json")
ran.code, ran.out, ran.err, ran.data
"""

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.adapters.sealed_file import SealedFile
from roammail.adapters.system_clock import SystemClock
from roammail.cli.app import main
from roammail.cli.render import Renderer
from roammail.cli.session import Session
from roammail.core.delivery import Backoff
from roammail.core.network import Medium, Network, PortalState, Unknown
from roammail.core.settings import Settings
from roammail.engine.announce import Announcer
from roammail.engine.engine import Engine, Parts
from roammail.engine.here import Here
from roammail.engine.profile_book import ProfileBook
from roammail.engine.suggest import Suggester
from roammail.engine.tools import Tools
from roammail.ports import Timeouts
from tests import canary
from tests.fakes.memory import FakeMemory
from tests.fakes.network import FakeNetworkWatcher
from tests.fakes.outbox import FakeOutbox
from tests.fakes.secret_store import FakeSecretStore
from tests.fakes.smtp import FakeDialer, FakeResolver, FakeServer

PASSWORD = canary.secret("cli")

HOTEL = Network(
    name="Hotel",
    medium=Medium.WIFI,
    gateway="192.0.2.1",
    gateway_mac="02:00:00:00:00:01",
    prefix="192.0.2.0/24",
    portal=PortalState.NONE,
    unknown=(Unknown("metered", "not-told"),),
)


class NoPortal:
    """The PortalCheck port: finds what the network already says."""

    async def check(self, network: Network) -> Network:
        return network


@dataclass(frozen=True)
class Ran:
    """How one run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def envelope(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        (line,) = self.out.splitlines()
        found: dict[str, Any] = json.loads(line)
        assert set(found) == {"version", "status", "data", "errors"}
        assert found["version"] == 1
        assert found["status"] in {"ok", "partial", "error"}
        assert all(set(item) == {"code", "message"} for item in found["errors"])
        return found

    @property
    def data(self) -> Any:
        """What the envelope carries."""
        return self.envelope["data"]

    @property
    def error(self) -> str:
        """The code of the first error."""
        return str(self.envelope["errors"][0]["code"])


@dataclass
class Cli:
    """Profiles, outbox and memory live from one run to the next, as on a real computer."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    store: FakeSecretStore = field(default_factory=FakeSecretStore)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    memory: FakeMemory = field(default_factory=FakeMemory)
    dialer: FakeDialer = field(default_factory=FakeDialer)
    network: Network = HOTEL
    ids: Any = field(default_factory=itertools.count)
    suggester: Suggester | None = None

    @asynccontextmanager
    async def open_engine(self, _renderer: Renderer) -> AsyncIterator[Engine]:
        """A real Engine, as `wiring.open_engine` gives it."""
        clock, watcher = SystemClock(), FakeNetworkWatcher(self.network)
        tools = Tools(
            resolver=FakeResolver(),
            dialer=self.dialer,
            memory=self.memory,
            clock=clock,
            load_rules=load_rules,
            known_rules=load_rules(),
            announce=Announcer(),
            timeouts=Timeouts(),
            connections=asyncio.Semaphore(8),
        )
        book = ProfileBook(self.store, lambda: f"id{next(self.ids)}", SealedFile())
        here = Here(watcher, NoPortal(), self.memory, clock)
        parts = Parts(book, watcher, self.outbox, here, tools, Settings(), Backoff())
        engine = Engine(replace(parts, suggester=self.suggester))
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()

    def run(self, *args: str, stdin: str | bytes = b"") -> Ran:
        """One command line, standard input no terminal."""
        typed = stdin.encode() if isinstance(stdin, str) else stdin
        self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed), "utf-8"))
        self.capsys.readouterr()
        code = main(list(args), Session(open_engine=self.open_engine))
        shown = self.capsys.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return Ran(code, shown.out, shown.err)

    def add(self, name: str, host: str, *more: str, server: FakeServer | None = None) -> None:
        """A profile that signs in with the test's password, over implicit TLS on 465."""
        line = ["profiles", "add", "--name", name, "--host", host, "--port", "465"]
        line += ["--security", "implicit-tls", "--auth", "password", "--password-stdin"]
        line += ["--username", "ada@home.example", *more]
        ran = self.run(*line, stdin=f"{PASSWORD}\n")
        assert ran.code == 0, ran.err
        if server is not None:
            self.dialer.servers[host, 465] = server

    def add_working(self, name: str = "home") -> FakeServer:
        """A profile whose server takes everything."""
        server = FakeServer(users={"ada@home.example": PASSWORD})
        self.add(name, f"smtp.{name}.example", server=server)
        return server

    def add_refusing(self, name: str, words: str) -> FakeServer:
        """A profile whose server refuses every recipient with these words."""
        server = FakeServer(users={"ada@home.example": PASSWORD}, answers={"rcpt": words})
        self.add(name, f"smtp.{name}.example", server=server)
        return server


def write(folder: Path, name: str, content: str | bytes) -> str:
    """A file, and its name for the command line."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)
