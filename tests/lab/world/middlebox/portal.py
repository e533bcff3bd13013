"""A captive portal: one page for whatever was asked, one button that opens the way.

It answers the TLS ports itself, with a certificate that nobody trusts; who asks for its own name
gets its own, and its API (RFC 8908).
"""

import asyncio
import json
import ssl

import trustme

from tests.lab.world.internet import PORTAL_HOST

_API_TYPE = b"Content-Type: application/captive+json\r\n"
PAGE = b"<html><body><form method=post action=/accept><button>I agree</button></form></body></html>"


class Portal:
    """Until the button is pressed everything ends here."""

    def __init__(self, gateway: str, chain: str) -> None:
        self._gateway = gateway.encode()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA(organization_name="The portal's own").issue_cert(
            "portal.cafe.example"
        ).configure_cert(self._tls)
        self._own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if chain:
            self._own.load_cert_chain(chain)
        self._tls.sni_callback = self._choose

    def _choose(self, asked: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name == PORTAL_HOST:
            asked.context = self._own

    async def serve_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As a web server on a port that somebody took for a mail server's."""
        await writer.start_tls(self._tls)
        asked = await reader.readline()
        if asked.startswith(b"GET /api"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_answer(b"200 OK", _API_TYPE, await _state()))
        elif asked.startswith((b"GET / ", b"POST /accept ")):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(await _opened() if asked.startswith(b"POST") else _page())
        else:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async def serve_web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The page, a redirect to it, or the way opened."""
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST /accept"):
            writer.write(await _opened())
        elif b"host: " + self._gateway in head.lower():
            writer.write(_page())
        else:
            writer.write(_answer(b"302 Found", b"Location: http://" + self._gateway + b"/\r\n"))
        await writer.drain()


async def _opened() -> bytes:
    done = await asyncio.create_subprocess_exec("nft", "delete", "table", "inet", "portal")
    await done.wait()
    return _answer(b"200 OK", b"", b"Welcome.")


def _page() -> bytes:
    return _answer(b"200 OK", b"", PAGE)


async def _state() -> bytes:
    quiet = asyncio.subprocess.DEVNULL
    table = ("nft", "list", "table", "inet", "portal")
    looked = await asyncio.create_subprocess_exec(*table, stdout=quiet, stderr=quiet)
    state = {"captive": await looked.wait() == 0, "user-portal-url": f"https://{PORTAL_HOST}/"}
    return json.dumps(state).encode()


def _answer(status: bytes, more: bytes, body: bytes = b"") -> bytes:
    length = str(len(body)).encode()
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: " + length + b"\r\nConnection: close\r\n"
    return head + more + b"\r\n" + body
