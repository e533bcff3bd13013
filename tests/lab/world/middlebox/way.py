"""A connection that nftables has redirected: where it was meant to go, and the way there."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine

from roammail.engine.tasks import start, stop

_ORIGINAL_DESTINATION = 80  # SO_ORIGINAL_DST, linux/netfilter_ipv4.h

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def meant_for(writer: asyncio.StreamWriter) -> tuple[str, int]:
    """The address that the client dialled."""
    sock: socket.socket = writer.get_extra_info("socket")
    raw = sock.getsockopt(socket.SOL_IP, _ORIGINAL_DESTINATION, 16)
    port, address = struct.unpack("!2xH4s8x", raw)
    return socket.inet_ntoa(address), port


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Passes octets on until one side ends."""
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def until_one_ends(*ways: Coroutine[object, object, None]) -> None:
    """Runs both directions; the end of one is the end of the conversation."""
    running = [start(way, "one way") for way in ways]
    try:
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await stop(running)


def closing(serve: Serve) -> Serve:
    """A conversation whose client is always hung up on at the end; a lost peer is an end."""

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    return served
