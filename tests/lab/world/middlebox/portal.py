"""A captive portal: one page for whatever was asked, one button that opens the way.

It answers the TLS ports itself, with a certificate that nobody trusts.
"""

import asyncio
import ssl

import trustme

PAGE = b"<html><body><form method=post action=/accept><button>I agree</button></form></body></html>"


class Portal:
    """Until the button is pressed everything ends here."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway.encode()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA(organization_name="The portal's own").issue_cert(
            "portal.cafe.example"
        ).configure_cert(self._tls)

    async def serve_tls(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """As a web server on a port that somebody took for a mail server's."""
        await writer.start_tls(self._tls)
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()

    async def serve_web(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The page, a redirect to it, or the way opened."""
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"POST /accept"):
            done = await asyncio.create_subprocess_exec("nft", "delete", "table", "inet", "portal")
            await done.wait()
            writer.write(_answer(b"200 OK", b"", b"Welcome."))
        elif b"host: " + self._gateway in head.lower():
            writer.write(_answer(b"200 OK", b"", PAGE))
        else:
            writer.write(_answer(b"302 Found", b"Location: http://" + self._gateway + b"/\r\n"))
        await writer.drain()


def _answer(status: bytes, more: bytes, body: bytes = b"") -> bytes:
    length = str(len(body)).encode()
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: " + length + b"\r\nConnection: close\r\n"
    return head + more + b"\r\n" + body
