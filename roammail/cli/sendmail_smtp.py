"""`sendmail -bs`: the submission service's conversation on standard input and output. Whoever
may start us as this user needs no password.
"""

import asyncio
import re
import socket
import sys
import threading
from contextlib import suppress
from typing import BinaryIO

from roammail.core.errors import ExitCode
from roammail.engine.engine import Engine
from roammail.submission.door import Door
from roammail.submission.reception import Reception
from roammail.submission.session import Conversation, Limits, Shared
from roammail.wiring import Options, open_engine

_PIECE = 64 * 1024
_BARE_LF = re.compile(rb"(?<!\r)\n")


def speak() -> int:
    """One conversation, until the program hangs up or says QUIT."""
    return asyncio.run(_speak())


async def _speak() -> int:
    ours, theirs = socket.socketpair()
    pumps = [
        threading.Thread(target=_in, args=(sys.stdin.buffer, theirs), daemon=True),
        threading.Thread(target=_out, args=(theirs, sys.stdout.buffer), daemon=True),
    ]
    async with open_engine(Options()) as engine:
        conversation = _conversation(engine)
        loop = asyncio.get_running_loop()
        _, _ = await loop.connect_accepted_socket(lambda: conversation, ours)
        for pump in pumps:
            pump.start()
        await conversation.ended.wait()
    await asyncio.to_thread(pumps[1].join, 5.0)
    return ExitCode.OK


class _Inherited(Conversation):
    """A conversation with whoever started us."""

    def __init__(self, shared: Shared, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(shared, loop)
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """No sign-in is needed."""
        super().connection_made(transport)
        self.trust()

    def connection_lost(self, error: Exception | None) -> None:
        """The end of the program."""
        super().connection_lost(error)
        self.ended.set()


def _conversation(engine: Engine) -> _Inherited:
    limits = Limits(octets=engine.settings.submission_megabytes * 1_000_000)
    shared = Shared(Reception(engine), Door(limits.octets), limits)
    return _Inherited(shared, asyncio.get_running_loop())


def _in(source: BinaryIO, sink: socket.socket) -> None:
    """Programs that call us may end lines as this system does; on the wire it is CRLF."""
    before = b""
    with open(source.fileno(), "rb", buffering=0, closefd=False) as raw, suppress(OSError):
        while piece := raw.read(_PIECE):
            whole = _BARE_LF.sub(b"\r\n", before + piece)
            sink.sendall(whole[len(before) :])
            before = b"\r" if piece.endswith(b"\r") else b""
        sink.shutdown(socket.SHUT_WR)


def _out(source: socket.socket, sink: BinaryIO) -> None:
    while piece := source.recv(_PIECE):
        try:
            sink.write(piece)
            sink.flush()
        except OSError:  # nobody listens any more
            return
