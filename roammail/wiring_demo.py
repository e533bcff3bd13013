"""The composition root of the demo: an engine that touches nothing of the person's own."""

import ssl
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from roammail.core.errors import UserFacingError
from roammail.core.settings import Settings
from roammail.demo.network import LoopbackResolver, LoopbackWatcher
from roammail.demo.world import DemoWorld
from roammail.engine.engine import Engine
from roammail.wiring import Options, open_engine, throw_away_store


@asynccontextmanager
async def throw_away_engine(
    world: DemoWorld, notice: Callable[[UserFacingError], None] | None = None
) -> AsyncIterator[Engine]:
    """An engine whose keyring is in memory, whose files are in a temporary folder, and which
    trusts the demo's authority alone."""

    def trusted() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(world.ca_file))

    with tempfile.TemporaryDirectory(prefix="roammail-demo-") as folder:
        # Nobody waits long for a port that is blocked on their own computer.
        quick = Settings(connect_seconds=3, probe_recipient=world.recipient)
        options = Options(
            home=Path(folder),
            store=throw_away_store(),
            watcher=LoopbackWatcher(),
            resolver=LoopbackResolver(),
            settings=quick,
            trusted=trusted,
        )
        if notice is not None:
            options = replace(options, notice=notice)
        async with open_engine(options) as engine:
            yield engine
