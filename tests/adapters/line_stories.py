"""Stories of a line that dies under a connection, told inside a network of the test's own."""

import asyncio
import socket
from pathlib import Path

import pytest

from roammail.adapters import dead_line
from roammail.adapters.smtp_connect import connect
from roammail.core.failure import FailureKind, SmtpFailure
from tests.adapters.namespaces import run


async def _silent(server: socket.socket) -> socket.socket:
    loop = asyncio.get_running_loop()
    peer, _ = await loop.sock_accept(server)
    return peer


async def pulled_after_the_dot(_folder: Path) -> None:
    """The dot is on its way when the cable is pulled: nobody waits ten minutes for its answer."""
    dead_line._SECONDS = 1.0
    run("ip", "link", "set", "lo", "up")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        wire = await connect(("127.0.0.1",), server.getsockname()[1], 5)
        with await _silent(server) as peer:
            peer.sendall(b"220 here\r\n")
            assert (await wire.reply(5)).code == 220
            run("ip", "link", "set", "lo", "down")
            wire.send(b".\r\n")
            with pytest.raises(SmtpFailure, match="dead") as lost:
                await wire.reply(600, follow_progress=True)
    assert lost.value.failure.kind is FailureKind.CONNECTION_LOST


async def only_thinking(_folder: Path) -> None:
    """A server whose system is there and whose buffers are full is waited for."""
    dead_line._SECONDS = 1.0
    run("ip", "link", "set", "lo", "up")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.setblocking(False)
        wire = await connect(("127.0.0.1",), server.getsockname()[1], 5)
        with await _silent(server) as peer:
            peer.sendall(b"220 here\r\n")
            assert (await wire.reply(5)).code == 220
            with pytest.raises(SmtpFailure) as lost:
                await wire.push(b"x" * 5_000_000, 3.0)
    assert lost.value.failure.kind is FailureKind.TIMED_OUT
