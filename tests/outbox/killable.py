"""A nursery of processes that can be killed at any step of a message's life. Run as a script:
each line of standard input is an order (JSON), each order a process that is forked from this
one, with everything imported. Lines out: `pid N`, `ready`, `taken TAG`, `end STATUS`.

The faults are put in here, from outside: the product's methods are wrapped in the child, and
the n-th call of one kills the process with SIGKILL before or after it.
"""

import asyncio
import functools
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from roammail import wiring
from roammail.adapters import outbox_content, outbox_intake, outbox_sqlite
from roammail.adapters.memory_sqlite import SqliteMemory
from roammail.adapters.network_null import NullNetworkWatcher
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.adapters.secret_store_memory import MemorySecretStore
from roammail.adapters.smtp import AiosmtplibConnection, AiosmtplibDialer
from roammail.core.envelope import Envelope, ReadyMessage
from roammail.core.network import Network
from roammail.engine.engine import Engine
from roammail.wiring import Options, open_engine

SENDER = "ada@home.example"

_OUTBOX = (
    "add",
    "entries",
    "entry",
    "outgoing",
    "note_attempt",
    "schedule",
    "claim",
    "release",
    "answer",
)
_SMTP = (
    "wrap_tls",
    "greeting",
    "hello",
    "sign_in",
    "mail",
    "rcpt",
    "data",
    "content",
    "final_dot",
    "quit",
)
#: What is said ahead of its answers, where the server offers it.
_AHEAD = ("envelope", "chunk", "next_answer")
_MOVES = ("start", "doubt", "accept", "defer", "refuse")
#: Every step that can be died at; each before and after.
POINTS = (
    *(f"outbox.{name}" for name in _OUTBOX),
    *(f"outbox.move-{name}" for name in _MOVES),
    "outbox.recover",
    "outbox.insert",  # within the transaction
    "outbox.moving",  # likewise
    "content.read",  # a piece of a large one, while it is sent
    "memory.remember",
    "smtp.dial",
    *(f"smtp.{name}" for name in _SMTP),
)
#: The same where the content goes in the flight of its envelope.
POINTS_OF_A_FLIGHT = (
    "outbox.move-doubt",
    "outbox.move-accept",
    "content.read",
    *(f"smtp.{name}" for name in _AHEAD),
)


def say(text: str) -> None:
    """One line, at once, whole."""
    os.write(1, f"{text}\n".encode())


class Hotel(NullNetworkWatcher):
    """One network that is recognised, so that something is remembered of it."""

    async def current(self) -> Network:
        return Network(gateway="10.0.0.1", gateway_mac="02:00:00:00:00:01", prefix="10.0.0.0/24")


class Fault:
    """Kills this process at the n-th passing of a point."""

    def __init__(self, point: str, when: str, number: int) -> None:
        self._wanted = (point, when)
        self._left = number

    def pass_by(self, point: str, when: str) -> None:
        if (point, when) == self._wanted:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def wrap(self, owner: Any, method: str, point: Callable[..., str]) -> None:
        """Puts both passings around an async method."""
        original = getattr(owner, method)

        @functools.wraps(original)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            name = point(*args)
            self.pass_by(name, "before")
            result = await original(*args, **kwargs)
            self.pass_by(name, "after")
            return result

        setattr(owner, method, wrapped)

    def wrap_plain(self, owner: Any, method: str, name: str) -> None:
        """The same for a function."""
        original = getattr(owner, method)

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.pass_by(name, "before")
            result = original(*args, **kwargs)
            self.pass_by(name, "after")
            return result

        setattr(owner, method, wrapped)

    def arm(self) -> None:
        """Around everything that keeps a message or talks to a server."""
        for name in _OUTBOX:
            self.wrap(SqliteOutbox, name, lambda *_, name=name: f"outbox.{name}")
        self.wrap(SqliteOutbox, "recover", lambda *_: "outbox.recover")
        self.wrap(SqliteOutbox, "move", lambda *args: f"outbox.move-{args[3]}")
        self.wrap_plain(outbox_intake, "_insert", "outbox.insert")
        self.wrap_plain(outbox_sqlite, "_move", "outbox.moving")
        self.wrap_plain(outbox_content._Blob, "read", "content.read")
        self.wrap(SqliteMemory, "remember", lambda *_: "memory.remember")
        self.wrap(AiosmtplibDialer, "dial", lambda *_: "smtp.dial")
        for name in (*_SMTP, *_AHEAD):
            self.wrap(AiosmtplibConnection, name, lambda *_, name=name: f"smtp.{name}")


def letter(tag: str) -> ReadyMessage:
    """A message that says its tag; a large one is read while it is sent."""
    to = f"{tag}@elsewhere.example"
    text = f"From: {SENDER}\r\nTo: {to}\r\nMessage-ID: <{tag}@home.example>\r\n\r\n{tag}\r\n"
    lines = 4_000 if tag.startswith("large") else 20
    octets = text.encode() + (b"x" * 998 + b"\r\n") * lines
    return ReadyMessage(Envelope(SENDER, (to,)), octets, f"<{tag}@home.example>", SENDER)


async def live(order: dict[str, Any]) -> None:
    """Takes messages and works the outbox at the same time, then what is left."""
    store = MemorySecretStore()
    store.values = order["store"]
    async with open_engine(Options(home=Path(order["home"]), store=store)) as engine:
        assert await engine.workplace.take()
        say("ready")
        async with asyncio.TaskGroup() as group:
            for tag in order["tags"]:
                group.create_task(take(engine, tag))
            await asyncio.sleep(0)
            group.create_task(engine.worker().run(once=True))
        await engine.worker().run(once=True)
        await engine.workplace.leave()


async def take(engine: Engine, tag: str) -> None:
    number = await engine.queue(letter(tag))
    say(f"taken {tag}")
    if "live" in tag:  # its program waits for the server's answer
        await engine.live.answer(number, SENDER, 5.0, asyncio.Event())
    else:
        engine.call_worker()


def child(order: dict[str, Any]) -> None:
    wiring.network_watcher = Hotel
    if order["kill"]:
        Fault(*order["kill"]).arm()
    asyncio.run(live(order))


def main() -> None:
    rules = wiring.load_rules()  # once for all children
    wiring.load_rules = lambda: rules
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                child(json.loads(line))
                status = 0
            except BaseException:
                traceback.print_exc()
            os._exit(status)
        say(f"pid {pid}")
        say(f"end {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


if __name__ == "__main__":
    main()
