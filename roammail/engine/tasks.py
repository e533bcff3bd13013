"""The one place where tasks start, so that none dies unheard."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")
_log = logging.getLogger(__name__)


def start(work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
    """Starts a named task; what it raises is logged even if nobody ever awaits it."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    task.add_done_callback(_hear)
    return task


def _hear(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.debug("task %s ended with %r", task.get_name(), error)


async def stop(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Cancels the tasks and waits until each has cleaned up. Their errors were logged."""
    pending = [task for task in tasks if not task.done()]
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Lets `work` end even if the caller is cancelled meanwhile; then passes that on."""
    task = start(work, "finish")
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
