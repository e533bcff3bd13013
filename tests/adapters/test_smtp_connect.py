"""Reaching a server: dead first addresses, refusals, and names that do not resolve."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from aiohappyeyeballs import start_connection

from roammail.adapters import smtp_connect
from roammail.adapters.dns import MAX_ADDRESSES, MAX_LOOKUPS, SystemResolver
from roammail.adapters.smtp import AiosmtplibDialer
from roammail.adapters.smtp_commands import hello_literal
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.core.profile import Endpoint, Security
from roammail.ports import Timeouts
from tests.adapters.scripted_server import ScriptedServer
from tests.adapters.smtp_world import QUICK, SHORT


@pytest.fixture
def same_port() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Bound to one port of two addresses: 127.0.0.2, then 127.0.0.1."""
    for _ in range(20):  # a connection of another test may hold the second's port
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.2", 0))
            try:
                second.bind(("127.0.0.1", first.getsockname()[1]))
            except OSError:
                continue
            yield first, second
            return
    pytest.fail("no port is free on both addresses")


@pytest.fixture
def black_hole(same_port: tuple[socket.socket, socket.socket]) -> Iterator[socket.socket]:
    """An address of loopback where connects get no answer: a listener whose queue is full."""
    listener, _ = same_port
    with contextlib.ExitStack() as stack:
        listener.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        yield listener


async def test_a_dead_first_address_costs_a_quarter_of_a_second(
    black_hole: socket.socket,
    same_port: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second is tried beside it after what RFC 8305 section 5 recommends."""
    delays: list[float] = []

    async def start(known: Sequence[Any], *, happy_eyeballs_delay: float) -> socket.socket:
        delays.append(happy_eyeballs_delay)
        return await start_connection(known, happy_eyeballs_delay=happy_eyeballs_delay)

    monkeypatch.setattr(smtp_connect, "start_connection", start)
    port = black_hole.getsockname()[1]
    same_port[1].listen()
    endpoint = Endpoint("two.example", port, Security.PLAINTEXT)
    patient = Timeouts(connect=600)  # the first is not waited for to its end
    connection = await AiosmtplibDialer().dial(endpoint, ("127.0.0.2", "127.0.0.1"), patient)
    assert connection.peer == "127.0.0.1"
    assert delays == [0.25]
    connection.close()


async def test_a_refusal_goes_on_to_the_next_address_at_once() -> None:
    async with ScriptedServer() as server:
        dialer = AiosmtplibDialer("client.example")
        connection = await dialer.dial(server.endpoint, ("127.0.0.9", "127.0.0.1"), QUICK)
        assert connection.peer == "127.0.0.1"
        await connection.greeting()
        await connection.hello()
        assert server.commands == ["EHLO client.example"]
        connection.close()


async def test_only_black_holes_time_out(black_hole: socket.socket) -> None:
    endpoint = Endpoint("dead.example", black_hole.getsockname()[1], Security.PLAINTEXT)
    with pytest.raises(SmtpFailure) as caught:
        await AiosmtplibDialer().dial(endpoint, ("127.0.0.2",), SHORT)
    assert caught.value.failure.kind is FailureKind.TIMED_OUT


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("127.0.0.1", "127.0.0.2")])
async def test_refused_everywhere(addresses: tuple[str, ...]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = Endpoint("closed.example", unused.getsockname()[1], Security.PLAINTEXT)
        with pytest.raises(SmtpFailure) as caught:
            await AiosmtplibDialer().dial(endpoint, addresses, QUICK)
    assert caught.value.failure.kind is FailureKind.REFUSED


@pytest.mark.parametrize("addresses", [(), ("not an address",), ("999.1.1.1",)])
async def test_nothing_that_is_an_address(addresses: tuple[str, ...]) -> None:
    endpoint = Endpoint("odd.example", 25, Security.PLAINTEXT)
    with pytest.raises(SmtpFailure) as caught:
        await AiosmtplibDialer().dial(endpoint, addresses, QUICK)
    assert caught.value.failure.kind is FailureKind.UNREACHABLE


async def test_cancelling_leaves_nothing_open(black_hole: socket.socket) -> None:
    endpoint = Endpoint("dead.example", black_hole.getsockname()[1], Security.PLAINTEXT)
    dialer = AiosmtplibDialer()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await dialer.dial(endpoint, ("127.0.0.2", "127.0.0.2"), Timeouts())


@pytest.mark.parametrize(
    ("local", "said"),
    [
        ("192.0.2.5", "[192.0.2.5]"),
        ("2001:db8::1", "[IPv6:2001:db8::1]"),
        ("fe80::1%eth0", "[IPv6:fe80::1]"),
        ("::ffff:192.0.2.5", "[192.0.2.5]"),
    ],
)
def test_the_name_said_is_an_address(local: str, said: str) -> None:
    assert hello_literal(local) == said


def refuse(errno: int) -> SystemResolver:
    """A resolver whose system says no."""

    def look_up(host: str) -> list[str]:
        raise socket.gaierror(errno, "as the system says")

    return SystemResolver(look_up)


@pytest.mark.parametrize(
    ("errno", "kind"),
    [
        (socket.EAI_NONAME, FailureKind.DNS_NOT_FOUND),
        (socket.EAI_AGAIN, FailureKind.DNS_TEMPORARY),
        (socket.EAI_FAIL, FailureKind.DNS_TEMPORARY),
    ],
)
async def test_no_and_not_now_are_two_answers(errno: int, kind: FailureKind) -> None:
    with pytest.raises(SmtpFailure) as caught:
        await refuse(errno).resolve("x.example", 60.0)
    assert caught.value.failure.kind is kind


async def test_dead_dns_times_out_and_holds_up_nobody_for_ever() -> None:
    release = threading.Event()
    asked: list[str] = []

    def look_up(host: str) -> list[str]:
        asked.append(host)
        release.wait(60)
        return ["192.0.2.1"]

    resolver = SystemResolver(look_up)
    count = MAX_LOOKUPS + 4
    found = await asyncio.gather(
        *(resolver.resolve(f"{n}.example", 1.0) for n in range(count)), return_exceptions=True
    )
    kinds = {one.failure.kind for one in found if isinstance(one, SmtpFailure)}
    assert kinds == {FailureKind.TIMED_OUT}
    assert len(found) == count
    assert len(asked) == MAX_LOOKUPS
    release.set()
    assert await resolver.resolve("again.example", 60.0) == ("192.0.2.1",)


async def test_answers_are_capped_and_names_made_ascii() -> None:
    asked: list[str] = []

    def look_up(host: str) -> list[str]:
        asked.append(host)
        return [f"192.0.2.{n}" for n in range(200)]

    resolver = SystemResolver(look_up)
    assert len(await resolver.resolve("bücher.example", 60.0)) == MAX_ADDRESSES
    assert asked == ["xn--bcher-kva.example"]


@pytest.mark.parametrize("host", ["", "a b", "x\r\ny", "a" * 300, "\u202e.example", "ü" * 80])
async def test_what_is_no_host_name_is_not_asked_for(host: str) -> None:
    def look_up(name: str) -> list[str]:
        raise AssertionError(name)

    with pytest.raises(SmtpFailure) as caught:
        await SystemResolver(look_up).resolve(host, 1.0)
    assert caught.value.failure.kind is FailureKind.DNS_NOT_FOUND


async def test_the_system_itself() -> None:
    found = await SystemResolver().resolve("localhost", 60.0)
    assert set(found) <= {"127.0.0.1", "::1"}
    assert found
