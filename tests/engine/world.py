"""An engine over fakes, with a clock that the test owns. Servers by host; no sockets."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from roammail.adapters.rule_files import load_rules
from roammail.adapters.sealed_file import Cost, SealedFile
from roammail.core.delivery import Backoff
from roammail.core.envelope import Envelope, OutboxEntry, ReadyMessage
from roammail.core.events import Event
from roammail.core.network import Network, PortalState
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.core.settings import Settings
from roammail.engine.announce import Announcer
from roammail.engine.engine import Engine, Parts
from roammail.engine.here import Here
from roammail.engine.profile_book import ProfileBook
from roammail.engine.tools import Tools
from roammail.ports import Timeouts
from tests.fakes.drafts import FakeDrafts
from tests.fakes.memory import FakeMemory
from tests.fakes.outbox import FakeOutbox
from tests.fakes.secret_store import FakeSecretStore
from tests.fakes.smtp import FakeDialer, FakeResolver, FakeServer

FROM = "ada@home.example"
TO = "friend@elsewhere.example"
PASSWORD = "S3cr3t-canary-engine"


class OwnClock:
    """Stands still until somebody sleeps; then it jumps to the earliest waker.

    Time only moves when nothing else can run, so a race of seconds takes no time at all and
    always ends the same way.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._start = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self._number = count()
        self._wakers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._arranged = False

    def monotonic(self) -> float:
        return self._seconds

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._seconds)

    def advance(self, seconds: float) -> None:
        self._seconds += seconds

    async def sleep(self, seconds: float) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._wakers.append((self._seconds + seconds, next(self._number), waiter))
        self._arrange()
        try:
            await waiter
        finally:
            self._wakers = [w for w in self._wakers if w[2] is not waiter]

    #: Turns of the loop after which whatever could run has run.
    _QUIET = 50

    def _arrange(self) -> None:
        if not self._arranged:
            self._arranged = True
            asyncio.get_running_loop().call_soon(self._later, self._QUIET)

    def _later(self, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._later, turns - 1)
            return
        self._arranged = False
        self._wakers = [w for w in self._wakers if not w[2].done()]
        if self._wakers:
            when, _, waiter = min(self._wakers, key=lambda w: w[:2])
            self._seconds = max(self._seconds, when)
            waiter.set_result(None)
            self._arrange()


class FixedWatcher:
    """One network, changed by the test."""

    def __init__(self, network: Network) -> None:
        self.network = network

    async def current(self) -> Network:
        return self.network

    async def changes(self):  # type: ignore[no-untyped-def]
        yield self.network

    async def close(self) -> None:
        pass


class FixedPortal:
    """Says what the test set."""

    state = PortalState.NONE
    asked = 0

    async def check(self, network: Network) -> Network:
        self.asked += 1
        return replace(network, portal=self.state)


HOTEL = Network(
    name="Hotel", gateway="10.0.0.1", gateway_mac="02:00:00:00:00:01", prefix="10.0.0.0/24"
)
HOME = Network(
    name="Home", gateway="10.1.0.1", gateway_mac="02:00:00:00:00:02", prefix="10.1.0.0/24"
)


@dataclass
class World:
    """Everything that a test of the engine touches."""

    clock: OwnClock = field(default_factory=OwnClock)
    dialer: FakeDialer = field(default_factory=FakeDialer)
    resolver: FakeResolver = field(default_factory=FakeResolver)
    memory: FakeMemory = field(default_factory=FakeMemory)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    store: FakeSecretStore = field(default_factory=FakeSecretStore)
    drafts: FakeDrafts = field(default_factory=FakeDrafts)
    portal: FixedPortal = field(default_factory=FixedPortal)
    watcher: FixedWatcher = field(default_factory=lambda: FixedWatcher(HOTEL))
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.announce = Announcer()
        self.announce.subscribe(self.events.append)
        self.engine = self.make_engine()

    def make_engine(self) -> Engine:
        """A second call is a restart: same stores, new engine."""
        ids = count(1)
        tools = Tools(
            resolver=self.resolver,
            dialer=self.dialer,
            memory=self.memory,
            clock=self.clock,
            load_rules=load_rules,
            known_rules=load_rules(),  # no thread: its time is not the test's
            announce=self.announce,
            timeouts=Timeouts(),
            connections=asyncio.Semaphore(8),
        )
        new_id = lambda: f"{id(self)}-{next(ids)}"  # noqa: E731
        book = ProfileBook(self.store, new_id, SealedFile(Cost(2**14, 8, 1)))
        here = Here(self.watcher, self.portal, self.memory, self.clock)
        return Engine(
            Parts(
                book,
                self.watcher,
                self.outbox,
                here,
                tools,
                Settings(),
                Backoff(),
                secrets=self.store,
                drafts=self.drafts,
            )
        )

    def server(self, host: str, port: int = 465, **how: object) -> FakeServer:
        """A server with the one user, listening at host and port."""
        how.setdefault("users", {FROM: PASSWORD})
        server = FakeServer(**how)  # type: ignore[arg-type]
        self.dialer.servers[host, port] = server
        return server

    async def profile(
        self,
        name: str,
        host: str,
        port: int = 465,
        security: Security = Security.IMPLICIT_TLS,
        *,
        alternatives: Sequence[Endpoint] = (),
        auth: AuthMethod = AuthMethod.PASSWORD,
        password: str = PASSWORD,
        senders: tuple[str, ...] = (FROM,),
    ) -> Profile:
        """Adds a profile to the book."""
        signs_in = auth is AuthMethod.PASSWORD
        return await self.engine.book.add(
            Profile(
                id="",
                name=name,
                endpoint=Endpoint(host, port, security),
                alternatives=tuple(alternatives),
                auth=auth,
                username=FROM if signs_in else "",
                senders=senders,
            ),
            Secret(password) if signs_in else None,
        )

    async def send(self, *recipients: str, content: bytes | None = None) -> OutboxEntry:
        """Queues and delivers one message."""
        outbox_id = await self.engine.queue(message(*recipients, content=content))
        return await self.engine.deliver(outbox_id)


def message(*recipients: str, content: bytes | None = None, sender: str = FROM) -> ReadyMessage:
    """A short message."""
    to = recipients or (TO,)
    text = f"From: {sender}\r\nTo: {', '.join(to)}\r\nSubject: Hello\r\n\r\nHello.\r\n"
    return ReadyMessage(
        Envelope(sender, to), content or text.encode(), "<1@home.example>", sender, "Hello"
    )


def states(entry: OutboxEntry) -> dict[str, str]:
    """Recipient → state."""
    return {r.address: str(r.state) for r in entry.recipients}


def tried(entry: OutboxEntry) -> list[tuple[str, str, str | None]]:
    """What was tried: profile, outcome, kind of the diagnosis."""
    return [
        (a.profile_name, a.outcome, str(a.diagnosis.kind) if a.diagnosis else None)
        for a in entry.attempts
    ]
