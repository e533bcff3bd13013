"""A single daemon thread that runs blocking calls one after the other for an asyncio caller.
It owns the queue and the thread; it must not know what the calls do."""

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: Seconds that `close` waits for calls that are under way (an unlock prompt may never end).
CLOSE_PATIENCE = 5.0

_Job = Callable[[], None]


class OneThread:
    """Calls run in the order in which they were given, each to its end.

    A caller that is cancelled stops waiting, its call does not stop: a write is never cut in
    the middle. The thread is a daemon, so that a program can end while a prompt is open.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, call: Callable[[], T]) -> T:
        """The call's result or error. Raises RuntimeError after `close`."""
        if self._closed:
            raise RuntimeError(f"the thread {self._name} is closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put(lambda: _perform(call, loop, future))
        return await future

    async def close(self, last: Callable[[], None] | None = None) -> None:
        """Lets what was begun end, then `last`, for at most CLOSE_PATIENCE seconds. May be called
        twice. `last` raises nothing."""
        self._closed = True
        if self._thread is None:
            return
        if last is not None:
            self._jobs.put(last)
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join, CLOSE_PATIENCE)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _perform(
    call: Callable[[], T], loop: asyncio.AbstractEventLoop, future: asyncio.Future[T]
) -> None:
    """Runs on the thread; the outcome goes back to the loop."""
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001  (handed to the caller, whatever it is)
        _answer(loop, future, None, error)
    else:
        _answer(loop, future, result, None)


def _answer(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[T],
    result: T | None,
    error: BaseException | None,
) -> None:
    def deliver() -> None:
        if future.done():  # the caller was cancelled
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # T may itself be None

    # A loop that has been closed has nobody left who waits.
    if not loop.is_closed():
        try:
            loop.call_soon_threadsafe(deliver)
        except RuntimeError:
            return
