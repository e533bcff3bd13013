"""The one file that knows threads: the engine's loop in a thread of its own, the window's here.

Events and results come over in one queue, in the order in which they happened, and are handed
out on the GUI thread in slices of a few milliseconds. Nothing here ever waits for the engine.
"""

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from roammail.core.errors import UserFacingError
from roammail.ui.collector import Collector

if TYPE_CHECKING:  # the engine is imported by its own thread, when the window is already there
    import asyncio

    from roammail.engine.engine import Engine
    from roammail.ui.background import Background
    from roammail.ui.first_look import Look

T = TypeVar("T")
_log = logging.getLogger(__name__)

Opener = Callable[[Callable[[UserFacingError], None]], "AbstractAsyncContextManager[Engine]"]

#: Milliseconds: events that come closer together are handed out together.
_BATCH = 16
#: Seconds that one hand-out may take before the window gets its turn.
_SLICE = 0.008
#: Seconds after which a thread that works gives the interpreter to one that waits for it. A table
#: asks Python hundreds of times while it is painted, and each time would wait ten times as long
#: for an engine that is busy.
_TURN = 0.0005


class Task(Generic[T]):
    """One use of the engine. Lives on the GUI thread."""

    def __init__(
        self,
        use: "Callable[[Engine], Awaitable[T]]",
        on_ok: Callable[[T], None] | None,
        on_error: Callable[[Exception], None] | None,
        owner: QObject | None,
    ) -> None:
        self.use = use
        self._on_ok, self._on_error, self._owner = on_ok, on_error, owner
        self._running: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owned = owner is not None
        self.cancelled = False
        self.done = False

    def cancel(self) -> None:
        """Asks it to end; neither callback is called any more."""
        if self.done:
            return
        self.cancelled = self.done = True
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._cancel_there)

    def runs_as(self, running: "asyncio.Task[None]", loop: "asyncio.AbstractEventLoop") -> None:
        """Engine's thread: it has begun."""
        self._running, self._loop = running, loop
        if self.cancelled:
            running.cancel()

    def finish(self, value: T | None, error: Exception | None) -> Exception | None:
        """GUI thread: hands out the result; returns an error that nobody asked for."""
        if self.cancelled or (self._owned and not shiboken6.isValid(self._owner)):
            self.done = True
            return None
        self.done = True
        if error is None:
            if self._on_ok is not None:
                self._on_ok(value)  # type: ignore[arg-type]
            return None
        if self._on_error is None:
            return error
        self._on_error(error)
        return None

    def _cancel_there(self) -> None:
        if self._running is not None:
            self._running.cancel()


class Bridge(QObject):
    """Runs the engine. `happened` carries each event of `core.events`; it and every callback
    come on the GUI thread."""

    happened = Signal(object)
    ready = Signal()
    failed = Signal(object)
    notice = Signal(object)
    problem = Signal(object)
    #: The profiles, or the UserFacingError why not, before `ready`; only if it was given a `look`.
    looked = Signal(object)
    _wake = Signal()

    def __init__(
        self,
        opener: Opener,
        *,
        look: "Look | None" = None,
        works: bool = True,
        parent: QObject | None = None,
    ) -> None:
        """`look` reads the profiles before the engine is open. `works`: the engine thread also
        works the outbox, when no other process does."""
        super().__init__(parent)
        self._opener, self._look = opener, look
        #: Whether `looked` is still to come.
        self.is_looking = look is not None
        self._works = works
        self._background: Background | None = None
        self._inbox: deque[Callable[[], None]] = deque()
        self._woken = False
        self._lock = threading.Lock()
        self._early: list[Task[Any]] | None = []
        self._failure: UserFacingError | None = None
        self._uses: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._stopping = False
        self._finished: list[Callable[[], None]] = []
        self._thread: threading.Thread | None = None
        self._collector = Collector(self)
        self._turn_before: float | None = None
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._hand_out)
        self._wake.connect(self._soon, Qt.ConnectionType.QueuedConnection)

    @property
    def background(self) -> "Background":
        """What runs beside the window; its coroutines are for `submit`."""
        if self._background is None:
            from roammail.ui.background import Background

            self._background = Background(self._works, self._note)
        return self._background

    def start(self) -> None:
        """Opens the engine in its thread, unless it has been told to end before."""
        if self._thread is not None or self._stopping:
            return
        self._collector.start()
        self._turn_before = sys.getswitchinterval()
        sys.setswitchinterval(_TURN)
        self._thread = threading.Thread(target=self._run, name="roammail-engine", daemon=True)
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Whether the engine is open."""
        return self._early is None and self._failure is None and not self._stopping

    @property
    def has_begun(self) -> bool:
        """Whether `ready` or `failed` has come already."""
        return self._early is None

    def submit(
        self,
        use: "Callable[[Engine], Awaitable[T]]",
        on_ok: Callable[[T], None] | None = None,
        on_error: Callable[[Exception], None] | None = None,
        *,
        owner: QObject | None = None,
    ) -> Task[T]:
        """Runs `use` on the engine's loop. With an `owner`, nothing is called once it is gone.

        An error that no `on_error` takes goes to `problem`.
        """
        task = Task(use, on_ok, on_error, owner)
        if self._early is not None:
            self._early.append(task)
        elif self._failure is not None:
            self._deliver(self._finish(task, None, self._failure))
        else:
            self._begin(task)
        return task

    def stop(self, finished: Callable[[], None]) -> None:
        """Ends the engine; `finished` is called on the GUI thread when it is closed."""
        self._finished.append(finished)
        self._stopping = True
        if self._thread is None or not self._thread.is_alive():
            self._deliver(self._tell_finished)
            return
        loop, end = self._loop, self._end
        if loop is not None and end is not None and not loop.is_closed():
            loop.call_soon_threadsafe(end.set)

    # On the GUI thread

    def _begin(self, task: Task[Any]) -> None:
        loop = self._loop
        if loop is None or loop.is_closed() or self._stopping:
            task.cancel()
            return
        loop.call_soon_threadsafe(self._start_there, task)

    def _soon(self) -> None:
        if not self._timer.isActive():
            # Until the engine is open there is one thing to tell, which the person waits for.
            self._timer.start(_BATCH if self.has_begun else 0)

    def _hand_out(self) -> None:
        with self._lock:
            self._woken = False
        until = time.monotonic() + _SLICE
        try:
            while self._inbox and time.monotonic() < until:
                self._inbox.popleft()()
        finally:  # also where a callback failed
            if self._inbox:
                self._timer.start(0)

    def _finish(
        self, task: Task[Any], value: object, error: Exception | None
    ) -> Callable[[], None]:
        def finish() -> None:
            left = task.finish(value, error)
            if left is not None:
                self.problem.emit(left)

        return finish

    def _opened(self) -> None:
        self._collector.settle()
        early, self._early = self._early or [], None
        for task in early:
            if not task.cancelled:
                self._begin(task)
        self.ready.emit()

    def _not_opened(self, error: UserFacingError) -> None:
        early, self._early = self._early or [], None
        self._failure = error
        self.failed.emit(error)
        for task in early:
            self._finish(task, None, error)()

    def _tell_looked(self, found: object, shown: Callable[[], None]) -> None:
        self.is_looking = False
        self.looked.emit(found)
        QTimer.singleShot(_BATCH, shown)  # painted by then: timers come after all that is posted

    def _tell_finished(self) -> None:
        self._collector.stop()
        if self._turn_before is not None:
            sys.setswitchinterval(self._turn_before)
            self._turn_before = None
        waiting, self._finished = self._finished, []
        for finished in waiting:
            finished()

    # On the engine's thread

    def _deliver(self, act: Callable[[], None]) -> None:
        """Any thread: `act` will run on the GUI thread."""
        self._inbox.append(act)
        with self._lock:
            if self._woken:
                return
            self._woken = True
        if shiboken6.isValid(self):
            self._wake.emit()

    def _run(self) -> None:
        import asyncio

        try:
            asyncio.run(self._main())
        except UserFacingError as error:
            problem = error
            self._deliver(lambda: self._not_opened(problem))
        except Exception as error:  # noqa: BLE001  (a thread's edge)
            _log.exception("the engine ended")
            kind = type(error).__name__
            broken = UserFacingError(
                "internal-error", f"Something unexpected went wrong in RoamMail ({kind})."
            )
            self._deliver(lambda: self._not_opened(broken))
        finally:
            self._deliver(self._tell_finished)

    async def _main(self) -> None:
        import asyncio

        from roammail.engine import tasks

        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        if self._stopping:
            return
        async with AsyncExitStack() as stack:
            await self._first(stack, self._end)
            engine = await stack.enter_async_context(self._opener(self._note))
            stack.callback(engine.events.subscribe(self._announce))
            self._engine = engine
            await stack.enter_async_context(self.background.running(engine))
            self._deliver(self._opened)
            await self._end.wait()
            await tasks.stop(self._uses)

    async def _first(self, stack: AsyncExitStack, end: "asyncio.Event") -> None:
        if self._look is None:
            return
        from roammail.ui.first_look import first_look

        def tell(found: object, shown: Callable[[], None]) -> None:
            self._deliver(lambda: self._tell_looked(found, shown))

        await stack.enter_async_context(first_look(self._look, tell, end))

    def _note(self, notice: UserFacingError) -> None:
        self._deliver(lambda: self.notice.emit(notice))

    def _announce(self, event: object) -> None:
        self._deliver(lambda: self.happened.emit(event))

    def _start_there(self, task: Task[Any]) -> None:
        import asyncio

        from roammail.engine import tasks

        running = tasks.start(self._use(task), "for the window")
        self._uses.add(running)
        running.add_done_callback(self._uses.discard)
        task.runs_as(running, asyncio.get_running_loop())

    async def _use(self, task: Task[Any]) -> None:
        try:
            value = await task.use(self._engine)
        except Exception as error:  # noqa: BLE001  (a task's edge: told to whoever asked)
            if not isinstance(error, UserFacingError):
                _log.exception("the window asked for something that failed")
            self._deliver(self._finish(task, None, error))
        else:
            self._deliver(self._finish(task, value, None))
