"""When the other endpoints of a profile are due: the first has failed, or is out of reach.

A port that a network swallows is silent until the time-out; nobody should wait for that while
another port of the same server may answer at once.
"""

import asyncio
from typing import Any

from roammail.engine import tasks
from roammail.ports import Clock

#: Seconds that the first endpoint has to be reached before the others are tried beside it.
HEAD_START = 2.0


async def finished_or_silent(
    clock: Clock, task: "asyncio.Task[Any]", reached: asyncio.Event
) -> bool:
    """Waits for `task`; True when it is done, False when its server is silent for HEAD_START.

    Once `reached` is set the server has answered, and its own slowness is no reason to knock
    at its other doors.
    """
    timer = tasks.start(clock.sleep(HEAD_START), "head start")
    contact = tasks.start(reached.wait(), "reached")
    try:
        await asyncio.wait([task, timer, contact], return_when=asyncio.FIRST_COMPLETED)
        if contact.done():
            await asyncio.wait([task])
        return task.done()
    finally:
        await tasks.stop([timer, contact])
