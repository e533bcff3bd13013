"""What keeps a window busy: twenty profiles that are probed, and a thousand events."""

import asyncio

from roammail.core.delivery import RecipientState, Standing
from roammail.core.events import MessageQueued, MessageStands, RecipientChanged
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.engine.engine import Engine
from tests import canary

PROFILES, EVENTS = 20, 1000


async def twenty(engine: Engine) -> None:
    """Profiles at a port that nobody answers."""
    for number in range(PROFILES):
        endpoint = Endpoint("127.0.0.1", 9, Security.IMPLICIT_TLS)
        user = f"me@{number}.example"
        await engine.book.add(
            Profile("", f"Number {number}", endpoint, username=user),
            Secret(canary.secret("window")),
        )


async def much(engine: Engine) -> None:
    """A thousand changes in the outbox, as fast as an engine could make them."""
    for number in range(EVENTS // 4):
        engine.events(MessageQueued(number, f"<{number}@x.example>"))
        for state in (RecipientState.SENDING, RecipientState.SENT):
            engine.events(RecipientChanged(number, "a@b.example", state))
        engine.events(MessageStands(number, Standing.SENT))
        if number % 10 == 0:
            await asyncio.sleep(0)
