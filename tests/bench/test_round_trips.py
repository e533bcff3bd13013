"""How many round trips a message takes, beside msmtp and nullmailer in the same run, over a link
of 200 ms. A real Postfix is at its end.

Time counts from the first connection until the sender knows that the server has taken the
message (a peer: until it ends, so that msmtp's waiting for the answer to QUIT counts as it does
for its user); where profiles are dead or the connection is warm, from the call. Those of one
message are medians of three. `make bench` prints the table and appends a line to RESULTS.md.
"""

import asyncio
import socket
import statistics
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import pytest
from rich.console import Console
from rich.table import Table

from roammail.adapters.rule_files import load_rules
from roammail.core.profile import Profile, Security
from roammail.demo.servers import BlockedPort
from roammail.engine import tasks
from roammail.engine.engine import Engine
from tests.bench.link import Link, link
from tests.bench.post import (
    Names,
    keep_figures,
    message,
    msmtp,
    nullmailer,
    profile,
    seconds,
    traveller,
)
from tests.lab.conftest import MailServer
from tests.lab.place import free_ports

ROUND_TRIP = 0.2  # seconds
QUEUE = 100  # messages
TIMES = 3
KEPT = 60  # seconds

pytestmark = [
    pytest.mark.needs("root", "postfix", "dovecot", "msmtp"),
    pytest.mark.timeout(0),
]


@contextmanager
def chunking(server: MailServer, *, offered: bool) -> Iterator[None]:
    """With or without CHUNKING in the answer to EHLO."""
    config = str(server.postfix.folder / "etc")
    hidden = "smtpd_discard_ehlo_keywords=" + ("" if offered else "chunking")
    subprocess.run(["postconf", "-c", config, "-e", hidden], check=True)
    subprocess.run(["postfix", "-c", config, "reload"], check=True, capture_output=True)
    yield


@contextmanager
def line(port: int) -> Iterator[Link]:
    """The slow link to that port."""
    with link(port, ROUND_TRIP) as there:
        yield there


@contextmanager
def silent_ipv6(port: int) -> Iterator[None]:
    """The same port on ::1 that swallows every attempt."""
    with socket.socket(socket.AF_INET6) as there:
        there.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        there.bind(("::1", port))
        there.listen(0)
        fillers = [socket.socket(socket.AF_INET6) for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("::1", port))
        yield
        for filler in fillers:
            filler.close()


class Measured:
    """The rows that were measured."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []

    def add(self, what: str, ours: float, asked: str, peers: str = "", unit: str = "") -> None:
        self.rows.append((what, peers, f"{ours:.2f}{unit}", asked))

    def show(self) -> None:
        table = Table("case", "peers", "RoamMail", "asked, at most")
        for row in self.rows:
            table.add_row(*row)
        Console(width=110).print(table)
        figures = "; ".join(f"{what}: {ours}" for what, _, ours, _ in self.rows)
        keep_figures(figures)


async def test_round_trips(mail_server: MailServer) -> None:
    table = Measured()
    await cold(table, mail_server)
    await many_recipients(table, mail_server)
    await warm(table, mail_server)
    await queue(table, mail_server)
    await dead_profiles(table, mail_server)
    await blackholed(table, mail_server)
    table.show()


async def median(measure: Callable[[Link], Awaitable[float]], port: int) -> float:
    """In round trips, over a new link each time."""
    found = []
    for _ in range(TIMES):
        with line(port) as way:
            found.append(await measure(way) / ROUND_TRIP)
    return statistics.median(found)


async def cold(table: Measured, server: MailServer) -> None:
    kinds = (
        ("implicit TLS", server.postfix.implicit, Security.IMPLICIT_TLS, ("6.3", "7.3")),
        ("STARTTLS", server.postfix.starttls, Security.STARTTLS, ("8.3", "9.3")),
    )
    for name, port, security, asked in kinds:
        starttls = security is Security.STARTTLS

        async def ours(way: Link, security: Security = security) -> float:
            async with traveller(server, profile("one", way.port, security)) as engine:
                return await seconds(engine, way=way)

        for offered, limit in zip((True, False), asked, strict=True):
            with chunking(server, offered=offered):
                took = await median(ours, port)
                by_null = await median(partial(nullmailer, server, starttls=starttls), port)
                by_msmtp = await median(partial(msmtp, server, starttls=starttls), port)
            peers = f"nullmailer {by_null:.2f}, msmtp {by_msmtp:.2f}"
            which = "with" if offered else "without"
            table.add(f"cold, {name}, {which} CHUNKING", took, limit, peers)


async def many_recipients(table: Measured, server: MailServer) -> None:
    async def ours(way: Link) -> float:
        async with traveller(server, profile("one", way.port)) as engine:
            return await seconds(engine, recipients=50, way=way)

    with chunking(server, offered=True):
        took = await median(ours, server.postfix.implicit)
        peer = partial(msmtp, server, starttls=False, recipients=50)
        theirs = await median(peer, server.postfix.implicit)
    table.add("cold, 50 recipients", took, "7.5", f"msmtp {theirs:.2f}")


async def warm(table: Measured, server: MailServer) -> None:
    async def ours(way: Link) -> float:
        async with traveller(server, profile("one", way.port), keep=KEPT) as engine:
            await seconds(engine)
            took = await seconds(engine)
            assert way.connections == 1
            return took

    for offered, limit in ((True, "1.2"), (False, "2.2")):
        with chunking(server, offered=offered):
            took = await median(ours, server.postfix.implicit)
        table.add(f"warm, {'with' if offered else 'without'} CHUNKING", took, limit)


async def queue(table: Measured, server: MailServer) -> None:
    with chunking(server, offered=True), line(server.postfix.implicit) as way:
        async with traveller(server, profile("one", way.port), keep=KEPT) as engine:
            for _ in range(QUEUE):
                await engine.queue(message(engine))
            async with working(engine):
                began = time.monotonic()
                while any(await engine.entries(open_only=True)):
                    await asyncio.sleep(0.02)
                took = time.monotonic() - began
        assert way.connections <= 3, way.connections
    each = took / ROUND_TRIP / QUEUE
    table.add(f"{QUEUE} messages, each ({way.connections} connections)", each, "1.5")


async def dead_profiles(table: Measured, server: MailServer) -> None:
    blocked = BlockedPort()
    await blocked.start()
    (closed,) = free_ports(1)
    with (
        chunking(server, offered=True),
        line(server.postfix.implicit) as way,
        line(server.postfix.exchanger) as denies,
    ):
        works = profile("works", way.port)
        dead = (
            profile("dropped", blocked.port),
            profile("refused", closed),
            profile("denied", denies.port, Security.PLAINTEXT),
        )
        found = [await _beside_the_dead(server, works, dead) for _ in range(TIMES)]
    blocked.stop()
    assert blocked.hangs
    first, again = (statistics.median(one) for one in zip(*found, strict=True))
    table.add("new network, 3 of 4 dead, times alone", first, "2", unit=" ×")
    table.add("the same network again, times alone", again, "1.1", unit=" ×")


async def _beside_the_dead(
    server: MailServer, works: Profile, dead: Sequence[Profile]
) -> tuple[float, float]:
    """How many times as long as alone it takes on a new network, and on the same one again."""
    async with traveller(server, works) as engine:
        await engine.network()
        alone = await seconds(engine)
    load_rules.cache_clear()  # a program that has just begun reads them at the first refusal
    async with traveller(server, *dead, works) as engine:
        first, again = await seconds(engine), await seconds(engine)
    return first / alone, again / alone


async def blackholed(table: Measured, server: MailServer) -> None:
    with chunking(server, offered=True), line(server.postfix.implicit) as way:
        both = Names("::1", "127.0.0.1")
        async with traveller(server, profile("one", way.port)) as engine:
            alone = await seconds(engine)
        with silent_ipv6(way.port):
            async with traveller(server, profile("one", way.port), names=both) as engine:
                took = await seconds(engine)
    table.add("IPv6 blackholed, seconds more", took - alone, "0.3", unit=" s")


@asynccontextmanager
async def working(engine: Engine) -> AsyncIterator[None]:
    """The worker runs within the block."""
    assert await engine.workplace.take()
    worker = engine.worker()
    run = tasks.start(worker.run(), "worker")
    try:
        yield
    finally:
        worker.stop()
        await run
        await engine.workplace.leave()
