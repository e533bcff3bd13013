"""The portal check against real HTTP servers on loopback, most of them ill-meaning."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import trustme

from roammail.adapters.portal_http import Expected, HttpPortalCheck
from roammail.core.network import Network, PortalState, Unknown, WhyUnknown

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reply(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Site:
    """A server that gives every request the same octets, and keeps what was asked."""

    def __init__(self, answer: bytes | Handler) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.port = 0
        self.serving: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving[asyncio.current_task()] = writer
        with suppress(OSError, asyncio.IncompleteReadError):
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(self.answer, bytes):
                writer.write(self.answer)
                await writer.drain()
            else:
                await self.answer(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def stop(self) -> None:
        for writer in self.serving.values():
            writer.transport.abort()
        await asyncio.gather(*(task for task in self.serving if task))


@asynccontextmanager
async def site(answer: bytes | Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    place = Site(answer)
    server = await asyncio.start_server(place.serve, "127.0.0.1", 0, ssl=tls)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        await place.stop()


async def ask(place: Site, network: Network = Network(), **options: object) -> Network:  # noqa: B008
    expected = Expected(200, "way is free")
    return await HttpPortalCheck(place.address, expected, **options).check(network)  # type: ignore[arg-type]


def why(network: Network) -> tuple[str, str]:
    (entry,) = [u for u in network.unknown if u.field == "portal"]
    return entry.reason, entry.detail


async def test_the_expected_answer_means_no_portal() -> None:
    before = Network(unknown=(Unknown("portal", WhyUnknown.NOT_CHECKED),))
    async with site(reply("200 OK", b"<p>the way is free</p>")) as place:
        network = await ask(place, before)
    assert network.portal is PortalState.NONE
    assert network.portal_url is None
    assert network.unknown == ()
    (request,) = place.asked
    assert b"cookie" not in request.lower()
    assert b"authorization" not in request.lower()


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (reply("204 No Content"), PortalState.NONE),
        (reply("200 OK", b"success"), PortalState.REQUIRED),
    ],
)
async def test_204_without_a_body_can_be_what_is_expected(
    answer: bytes, state: PortalState
) -> None:
    async with site(answer) as place:
        network = await HttpPortalCheck(place.address, Expected.of_text("")).check(Network())
    assert network.portal is state


@pytest.mark.parametrize(
    ("location", "page"),
    [
        ("https://portal.hotel.example/login?mac=1", "https://portal.hotel.example/login?mac=1"),
        ("/login", "http://127.0.0.1:{port}/login"),
        ("", None),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://bank.example@evil.example/", None),
        ("http://[broken/", None),
        ("http://portal.example:99999/", None),
        ("http://portal.example/\x1b]0;x", None),
        ("http://portal.example/" + "a" * 2048, None),
    ],
)
async def test_a_redirect_is_a_portal_and_its_page_is_used_if_it_is_safe(
    location: str, page: str | None
) -> None:
    async with site(reply("302 Found", Location=location)) as place:
        network = await ask(place)
    assert network.portal is PortalState.REQUIRED
    assert network.portal_url == (page.format(port=place.port) if page else place.address)
    assert len(place.asked) == 1


@pytest.mark.parametrize("status", ["200 OK", "203 Altered", "511 Network Authentication Required"])
async def test_a_page_that_is_not_ours_is_a_portal(status: str) -> None:
    async with site(reply(status, b"<form>Room number</form>")) as place:
        network = await ask(place)
    assert (network.portal, network.portal_url) == (PortalState.REQUIRED, place.address)


@pytest.mark.parametrize("status", ["404 Not Found", "503 Busy", "403 Forbidden"])
async def test_an_error_says_nothing(status: str) -> None:
    async with site(reply(status, b"sorry")) as place:
        network = await ask(place)
    assert network.portal is PortalState.UNKNOWN
    assert why(network) == (WhyUnknown.UNEXPECTED_ANSWER, f"{place.address}: {status[:3]}")


async def test_an_endless_body_is_cut() -> None:
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while sent < 64 * 1024 * 1024:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    async with site(flood) as place:
        network = await ask(place)
    assert network.portal is PortalState.REQUIRED
    assert sent < 32 * 1024 * 1024


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nthe"])
async def test_a_server_that_hangs_is_left(start: bytes) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        await reader.read()

    async with site(hang) as place:
        network = await ask(place, seconds=0.2)
    assert network.portal is PortalState.UNKNOWN
    assert why(network)[0] in (WhyUnknown.TIMED_OUT, WhyUnknown.NO_ANSWER)


async def test_a_server_that_trickles_is_left_in_time() -> None:
    async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with site(trickle) as place, asyncio.timeout(60):
        network = await ask(place, seconds=0.3)
    assert why(network)[0] == WhyUnknown.TIMED_OUT


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"220 mail.example ESMTP\r\n",
        b"\x00\xff" * 500,
        b"HTTP/1.1 200 OK\r\nX: " + b"h" * 400_000,
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_garbage_says_nothing(octets: bytes) -> None:
    async with site(octets) as place:
        network = await ask(place, seconds=20)
    assert network.portal is PortalState.UNKNOWN
    assert why(network)[0] == WhyUnknown.NO_ANSWER
    assert "\n" not in why(network)[1]


async def test_nobody_is_asked_without_an_address() -> None:
    network = await HttpPortalCheck(None).check(Network())
    assert why(network) == (WhyUnknown.NO_CHECK_ADDRESS, "")
    network = await HttpPortalCheck("ftp://x/").check(Network())
    assert why(network) == (WhyUnknown.NO_CHECK_ADDRESS, "ftp://x/")


async def test_nobody_is_asked_while_offline() -> None:
    offline = Network(portal=PortalState.OFFLINE)
    async with site(reply("200 OK")) as place:
        assert await ask(place, offline) == offline
    assert place.asked == []


async def test_our_own_request_overrules_the_systems_state() -> None:
    async with site(reply("200 OK", b"the way is free")) as place:
        network = await ask(place, Network(portal=PortalState.REQUIRED))
    assert network.portal is PortalState.NONE
    async with site(reply("302 Found", Location="http://portal.example/")) as place:
        network = await ask(place, Network(portal=PortalState.NONE))
    assert network.portal is PortalState.REQUIRED


@pytest.mark.parametrize("state", [PortalState.NONE, PortalState.REQUIRED, PortalState.LIMITED])
async def test_without_an_answer_the_systems_state_stands(state: PortalState) -> None:
    async with site(b"") as place:
        network = await ask(place, Network(portal=state))
    assert network.portal is state
    assert network.portal_url == (place.address if state is PortalState.REQUIRED else None)


API = "application/captive+json"
SIGN_IN = b'{"captive": true, "user-portal-url": "https://portal.example/in"}'


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def ask_api(place: Site, tls: ssl.SSLContext | None, address: str | None = None) -> Network:
    network = Network(portal_api=f"https://127.0.0.1:{place.port}/api")
    return await HttpPortalCheck(address, seconds=20, tls=tls).check(network)


async def test_the_networks_own_api_names_the_page(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with site(reply("200 OK", SIGN_IN, Content_Type=API), server_tls) as place:
        network = await ask_api(place, client_tls)
    assert network.portal is PortalState.REQUIRED
    assert network.portal_url == "https://portal.example/in"
    assert b"Accept: application/captive+json" in place.asked[0]


async def test_the_api_may_say_that_the_way_is_free(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with site(reply("200 OK", b'{"captive":false}', Content_Type=API), server_tls) as place:
        assert (await ask_api(place, client_tls)).portal is PortalState.NONE
        async with site(reply("302 Found", Location="http://portal.example/")) as other:
            network = await ask_api(place, client_tls, other.address)
    assert network.portal is PortalState.REQUIRED  # what really happens counts for more


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (SIGN_IN, "text/html"),
        (b'{"captive": "yes"}', API),
        (b"{}", API),
        (b"[]", API),
        (b"[" * 60_000, API),
        (b'{"captive": true' + b" " * 70_000 + b"}", API),
        (b"\xff\xfe", API),
    ],
)
async def test_an_api_that_makes_no_sense_is_not_believed(
    body: bytes, kind: str, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with site(reply("200 OK", body, Content_Type=kind), server_tls) as place:
        network = await ask_api(place, client_tls)
    assert network.portal is PortalState.UNKNOWN
    assert network.portal_url is None


async def test_an_unsafe_page_is_dropped_and_the_portal_is_believed(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    body = b'{"captive": true, "user-portal-url": "javascript:alert(1)"}'
    async with site(reply("200 OK", body, Content_Type=API), server_tls) as place:
        network = await ask_api(place, client_tls)
    assert (network.portal, network.portal_url) == (PortalState.REQUIRED, None)


async def test_an_api_with_an_untrusted_certificate_is_not_believed(
    server_tls: ssl.SSLContext,
) -> None:
    async with site(reply("200 OK", SIGN_IN, Content_Type=API), server_tls) as place:
        network = await ask_api(place, ssl.create_default_context())
    assert network.portal is PortalState.UNKNOWN
    assert place.asked == []
