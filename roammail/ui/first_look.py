"""The profiles, read before the engine is open: all that the engine is made of takes longer to
load than a keyring to answer, and the profiles are what one wants to see.

Runs on the engine's thread, as the first thing there.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from roammail.core.errors import UserFacingError
from roammail.core.profile import ProfileList
from roammail.engine import tasks

_log = logging.getLogger(__name__)

Look = Callable[[], Awaitable[ProfileList]]
#: Is given what was found, or why nothing was, and what to call when it has been shown.
Tell = Callable[[ProfileList | UserFacingError, Callable[[], None]], None]

#: Seconds that the engine waits for the keyring, which may be asking for a password, and for
#: the window to show what it said: both threads share one interpreter.
_HEAD_START = 2.0


@asynccontextmanager
async def first_look(look: Look, tell: Tell, end: asyncio.Event) -> AsyncIterator[None]:
    """Entered when what was found is shown, when that takes too long, or at the `end`; the look
    may go on inside, and ends with it."""
    shown, loop = asyncio.Event(), asyncio.get_running_loop()

    def mark_shown() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(shown.set)

    async def at_work() -> None:
        tell(await _found(look), mark_shown)

    looking = tasks.start(at_work(), "a first look at the profiles")
    waiting = [tasks.start(event.wait(), "for the first look") for event in (shown, end)]
    try:
        await asyncio.wait(waiting, timeout=_HEAD_START, return_when=asyncio.FIRST_COMPLETED)
        yield
    finally:
        await tasks.stop([looking, *waiting])


async def _found(look: Look) -> ProfileList | UserFacingError:
    try:
        return await look()
    except UserFacingError as error:
        return error
    except Exception as error:  # noqa: BLE001  (a task's edge: the window says it)
        _log.exception("the profiles could not be read")
        kind = type(error).__name__
        return UserFacingError(
            "internal-error", f"Something unexpected went wrong in RoamMail ({kind})."
        )
