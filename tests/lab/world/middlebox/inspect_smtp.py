"""An old firewall that "inspects" SMTP: it hides the banner and takes STARTTLS away."""

import asyncio

from tests.lab.world.middlebox.way import meant_for, pump, until_one_ends

_EXTENSIONS = (b"STARTTLS", b"CHUNKING", b"PIPELINING", b"SMTPUTF8")


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes the client's words on, and the server's as it likes them."""
    far_reader, far_writer = await asyncio.open_connection(*meant_for(writer))
    try:
        await until_one_ends(pump(reader, far_writer), _masked(far_reader, writer))
    finally:
        far_writer.close()


async def _masked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    first = True
    while line := await reader.readline():
        writer.write(_starred(line) if first else _without_extensions(line))
        first = False
        await writer.drain()


def _starred(banner: bytes) -> bytes:
    text = banner[4:].rstrip(b"\r\n")
    return banner[:4] + bytes(octet if octet in b"2 0" else ord("*") for octet in text) + b"\r\n"


def _without_extensions(line: bytes) -> bytes:
    for name in _EXTENSIONS:
        if line[:3] == b"250" and line[4:].upper().startswith(name):
            return line[:4] + b"X" * (len(name) - 1) + b"A\r\n"
    return line
