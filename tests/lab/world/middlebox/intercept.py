"""A company's TLS inspection: every encrypted connection ends here and begins anew.

The certificates are made for whatever name the client asks for, by an authority of its own.
"""

import asyncio
import ssl

import trustme

from roammail.engine.tasks import start, stop
from tests.lab.world.middlebox.way import meant_for, pump, until_one_ends

_ENCRYPTED_AT_ONCE = (443, 465)


class Interceptor:
    """One authority, and a certificate for each name."""

    def __init__(self, organization: str) -> None:
        self._authority = trustme.CA(organization_name=organization)
        self._known: dict[str, ssl.SSLContext] = {}
        self._front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("unnamed.invalid").configure_cert(self._front)
        self._front.sni_callback = self._choose
        # It trusts whoever it finds behind itself: that is what such devices are blamed for.
        self._back = ssl.create_default_context()
        self._back.check_hostname = False
        self._back.verify_mode = ssl.CERT_NONE

    def _choose(self, asked: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if not name:
            return
        if name not in self._known:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(name).configure_cert(context)
            self._known[name] = context
        asked.context = self._known[name]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation, read in between."""
        host, port = meant_for(writer)
        if port in _ENCRYPTED_AT_ONCE:
            await writer.start_tls(self._front)
            far_reader, far_writer = await asyncio.open_connection(host, port, ssl=self._back)
        else:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        try:
            answers = start(pump(far_reader, writer), "answers")
            while line := await reader.readline():
                if line.strip().upper() != b"STARTTLS" or port in _ENCRYPTED_AT_ONCE:
                    far_writer.write(line)
                    continue
                await stop([answers])
                await self._both_encrypt(far_reader, far_writer, writer)
                await until_one_ends(pump(reader, far_writer), pump(far_reader, writer))
                return
        finally:
            await stop([answers])
            far_writer.close()

    async def _both_encrypt(
        self,
        far_reader: asyncio.StreamReader,
        far_writer: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> None:
        far_writer.write(b"STARTTLS\r\n")
        ready = await far_reader.readline()
        await far_writer.start_tls(self._back)
        writer.write(ready)
        # At once: the client's next octets are its part of the handshake.
        await writer.start_tls(self._front)
