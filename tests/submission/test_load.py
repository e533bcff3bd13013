"""Postfix's own load generator against the service, while the network goes away and comes back.

`ROAMMAIL_LOAD=300` makes it fewer messages.
"""

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from roammail.ports import Ring
from roammail.submission.door import Door
from roammail.submission.reception import Reception
from roammail.submission.session import Conversation, Limits, Shared
from tests.adapters.scripted_server import Hangup, Session
from tests.submission.office import FRIEND, SENDER, office

MESSAGES = int(os.environ.get("ROAMMAIL_LOAD", "5000"))


class Trusting(Conversation):
    """smtp-source cannot sign in."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.trust()


@pytest.mark.needs("smtp-source")
@pytest.mark.timeout(0)
async def test_twenty_sessions_while_the_network_comes_and_goes(tmp_path: Path) -> None:
    away = False

    async def connect(_: Session) -> None:
        if away:
            raise Hangup

    async with office(tmp_path) as place:
        place.friend.script["connect"] = connect
        loop, limits = asyncio.get_running_loop(), Limits()
        shared = Shared(Reception(place.engine), Door(4 * limits.octets), limits)
        server = await loop.create_server(lambda: Trusting(shared, loop), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        source = asyncio.ensure_future(  # noqa: TID251
            place.run(
                "smtp-source",
                "-s",
                "20",
                "-m",
                str(MESSAGES),
                "-l",
                "1000",
                "-f",
                SENDER,
                "-t",
                FRIEND,
                f"inet:127.0.0.1:{port}",
            )
        )
        while not source.done():
            away = not away
            place.engine.workplace.ring(Ring.PROFILES)  # as after a change of the network
            await asyncio.wait([source], timeout=0.3)
        await source
        away = False
        place.engine.workplace.ring(Ring.PROFILES)
        await place.arrived(MESSAGES, 600)
        async with asyncio.timeout(60):
            while await place.engine.entries(open_only=True):
                await asyncio.sleep(0.05)
        server.close()
        assert len(place.friend.messages) == MESSAGES
        entries = await place.engine.entries()
        assert Counter(r.state for e in entries for r in e.recipients) == {"sent": MESSAGES}
