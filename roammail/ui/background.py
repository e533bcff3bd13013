"""What runs on the engine's loop beside the window: the outbox worker, as soon as no other
process works the outbox, and the submission service, while it is wanted.

Lives on the engine's thread; the window reaches it through `Bridge.submit`. The worker's end and
the service's are as in `roammail serve`.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roammail.core.errors import UserFacingError
from roammail.core.events import Event, SettingsChanged
from roammail.engine import tasks
from roammail.engine.engine import Engine
from roammail.engine.outbox_worker import OutboxWorker

if TYPE_CHECKING:
    from roammail.submission.service import SubmissionService

_log = logging.getLogger(__name__)

#: Seconds for hand-overs that are under way when the end is asked for.
_GRACE = 5.0
#: Seconds between two looks whether another process still works the outbox.
_ANOTHER_LOOK = 2.0
_AGAIN = 30.0


@dataclass(frozen=True, slots=True)
class Door:
    """Where the submission service takes mail: its addresses, and the port."""

    places: tuple[str, ...]
    port: int


class Background:
    """`async with background.running(engine):` on the engine's loop."""

    def __init__(self, works: bool, tell: Callable[[UserFacingError], None]) -> None:
        """`tell` is told, on the engine's thread, why the door cannot be open."""
        self._works, self._tell = works, tell
        self._settings_changed = asyncio.Event()
        self._engine: Engine | None = None
        self._service: SubmissionService | None = None
        self._worker: OutboxWorker | None = None
        #: Where mail is taken from other programs now; None while that is off.
        self.door: Door | None = None
        #: Whether this process works the outbox.
        self.at_work = False

    @asynccontextmanager
    async def running(self, engine: Engine) -> AsyncIterator[None]:
        """Works until the block is left."""
        self._engine = engine
        run = self._work(engine) if self._works else _follow(engine)
        work = tasks.start(run, "work the outbox")
        keeper = tasks.start(self._keep_door(), "the door for other programs")
        unsubscribe = engine.events.subscribe(self._happened)
        try:
            yield
        finally:
            unsubscribe()
            await tasks.stop([keeper])
            await self.close_door()
            if self.at_work:
                await engine.desk.let_held_go(_GRACE)
            if self._worker is not None:
                self._worker.stop()
                await asyncio.wait([work], timeout=_GRACE)
            await tasks.stop([work])

    def _happened(self, event: Event) -> None:
        if isinstance(event, SettingsChanged):
            self._settings_changed.set()

    async def _keep_door(self) -> None:
        """The door is open while the setting says so; its port and sizes follow the settings."""
        engine, before = self._engine, None
        assert engine is not None
        while True:
            settings = engine.settings
            now = (settings.submission_on, settings.submission_port, settings.submission_megabytes)
            if self._works and now != before:
                await self._adjust_door(now[0], changed=before is not None)
                before = now
            await self._settings_changed.wait()
            self._settings_changed.clear()

    async def _adjust_door(self, wanted: bool, *, changed: bool) -> None:
        try:
            if changed:
                await self.close_door()
            if wanted:
                await self.open_door()
        except UserFacingError as error:
            self._tell(error)

    async def open_door(self, port: int | None = None) -> Door:
        """Starts the submission service (port None: the setting's); the same door if it is open.

        Raises UserFacingError (`port-taken`, `no-keyring`, and what the keyring raises).
        """
        if self.door is not None:
            return self.door
        from roammail.submission.service import SubmissionService
        from roammail.submission.session import limits_of

        engine = self._engine
        assert engine is not None
        await engine.submission_password.get()  # there from now on, or said at once
        service = SubmissionService(engine, limits_of(engine.settings))
        wanted = engine.settings.submission_port if port is None else port
        places = await service.start(wanted)
        self._service, self.door = service, Door(places, service.port)
        return self.door

    async def close_door(self) -> None:
        """Stops the submission service; what it has taken is in the outbox."""
        service, self._service, self.door = self._service, None, None
        if service is not None:
            await service.stop()

    async def _work(self, engine: Engine) -> None:
        while not await self._worked(engine):  # noqa: ASYNC110  (nothing tells when)
            await asyncio.sleep(_AGAIN)

    async def _worked(self, engine: Engine) -> bool:
        """Works until the end is asked for; False where a fault ended it."""
        await self._turn(engine)
        try:
            self.at_work = True
            self._worker = engine.worker()
            await self._worker.run()
        except Exception:  # noqa: BLE001  (a task's edge)
            _log.exception("the outbox worker ended; it starts again in a while")
            return False
        finally:
            self.at_work = False
            await engine.workplace.leave()
        return True

    async def _turn(self, engine: Engine) -> None:
        """Returns when the place is ours. Until then the network is followed by us, afterwards
        by the worker."""
        if await engine.workplace.take():
            return
        follow = tasks.start(_follow(engine), "follow the network")
        try:
            while not await engine.workplace.take():  # noqa: ASYNC110  (another process)
                await asyncio.sleep(_ANOTHER_LOOK)
        finally:
            await tasks.stop([follow])


async def _follow(engine: Engine) -> None:
    """Makes the engine announce where we are; ends where this system announces nothing."""
    while True:
        try:
            async for _ in engine.networks():
                pass
        except Exception:  # noqa: BLE001  (a task's edge)
            _log.exception("the network cannot be watched")
        else:
            return
        await asyncio.sleep(_AGAIN)
