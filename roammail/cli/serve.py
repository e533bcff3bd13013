"""`roammail serve`: the outbox worker and the submission service, without a window."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click

from roammail.cli.app import common
from roammail.cli.result import Result
from roammail.cli.session import Session, session_of
from roammail.core.events import Event, MessageStands
from roammail.engine import tasks
from roammail.engine.engine import Engine
from roammail.engine.outbox_worker import OutboxWorker
from roammail.engine.submission_password import USER_NAME
from roammail.ports import Ring

#: Seconds for hand-overs that are under way when the end is asked for.
_GRACE = 20.0
#: Seconds between two looks whether another process still works the outbox.
_ANOTHER_LOOK = 2.0


@click.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), help="Instead of the setting; 0: any.")
@click.option("--no-submission", is_flag=True, help="Only work the outbox.")
@click.option("--once", is_flag=True, help="Work the outbox until nothing is due, then end.")
@common
@click.pass_context
def serve_command(ctx: click.Context, port: int | None, no_submission: bool, once: bool) -> Result:
    """Work the outbox and take mail from other programs, until it is told to end."""
    session = session_of(ctx)

    async def work(engine: Engine) -> Result:
        if once:
            return await _once(engine)
        await _serve(engine, session, None if no_submission else _port(engine, port))
        return Result(data={"ended": True})

    return session.with_engine(work)


def _port(engine: Engine, given: int | None) -> int:
    return engine.settings.submission_port if given is None else given


async def _once(engine: Engine) -> Result:
    """One pass over the outbox; whoever works it already is told to look instead."""
    if not await engine.workplace.take():
        engine.workplace.ring(Ring.MAIL)
        return Result(data={"worked": False})
    try:
        await engine.worker().run(once=True)
    finally:
        await engine.workplace.leave()
    return Result(data={"worked": True})


async def _serve(engine: Engine, session: Session, port: int | None) -> None:
    """`port` None: without the submission service."""
    from roammail.submission.service import SubmissionService
    from roammail.submission.session import limits_of

    service = SubmissionService(engine, limits_of(engine.settings))
    unsubscribe = engine.events.subscribe(lambda event: _tell(session, event))
    with _asked_to_end() as ended:
        asked = tasks.start(ended.wait(), "the end")
        try:
            if port is not None:
                await engine.submission_password.get()  # there from now on, or said at once
                _say_where(session, await service.start(port), service.port)
            await _work_until(engine, session, asked)
        finally:
            await service.stop()
            await tasks.stop([asked])
            unsubscribe()


async def _work_until(engine: Engine, session: Session, asked: "asyncio.Task[bool]") -> None:
    """Works the outbox as soon as nobody else does."""
    workplace, said = engine.workplace, False
    while not await workplace.take():
        if not said:
            session.renderer.note("Another RoamMail works the outbox; this one waits for its end.")
            said = True
        done, _ = await asyncio.wait([asked], timeout=_ANOTHER_LOOK)
        if done:
            return
    worker = engine.worker()
    run = tasks.start(worker.run(), "outbox worker")
    try:
        await asyncio.wait([run, asked], return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _end(worker, run)
        await workplace.leave()


def _say_where(session: Session, places: tuple[str, ...], port: int) -> None:
    session.renderer.note(
        f"Takes mail from other programs on {' and '.join(places)}, port {port}, user name "
        f"{USER_NAME}; “roammail submission password” shows the password. Ctrl+C ends it."
    )


def _tell(session: Session, event: Event) -> None:
    if isinstance(event, MessageStands):
        session.renderer.note(f"Message {event.outbox_id}: {event.standing}.")


async def _end(worker: OutboxWorker, run: "asyncio.Task[None]") -> None:
    """What is under way may end; then, or after a while, the worker stops."""
    worker.stop()
    await asyncio.wait([run], timeout=_GRACE)
    await tasks.stop([run])
    if not run.cancelled():
        run.result()  # what stopped the worker, if it was an error


@contextmanager
def _asked_to_end() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def ask(*_: object) -> None:
        loop.call_soon_threadsafe(ended.set)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
