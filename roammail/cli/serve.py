"""`roammail serve`: the outbox worker and the submission service, without a window."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import click

from roammail.cli.app import common
from roammail.cli.result import Result
from roammail.cli.session import Session, session_of
from roammail.core.errors import ExitCode, UserFacingError
from roammail.core.events import Event, MessageStands
from roammail.engine import tasks
from roammail.engine.engine import Engine
from roammail.engine.outbox_worker import OutboxWorker
from roammail.engine.submission_password import USER_NAME
from roammail.ports import Ring

#: Seconds for hand-overs that are under way when the end is asked for.
_GRACE = 20.0


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
        if not await engine.workplace.take():
            engine.workplace.ring(Ring.MAIL)
            if once:
                return Result(data={"working": "another"})
            raise UserFacingError(
                "already-serving",
                "Another RoamMail works the outbox already. It was told to look.",
                ExitCode.QUEUED,
            )
        try:
            if once:
                await engine.worker().run(once=True)
            else:
                listens = None if no_submission else port
                await _serve(engine, session, listens, submission=not no_submission)
        finally:
            await engine.workplace.leave()
        return Result(data={"working": "done"})

    return session.with_engine(work)


async def _serve(engine: Engine, session: Session, port: int | None, *, submission: bool) -> None:
    from roammail.submission.service import SubmissionService
    from roammail.submission.session import Limits

    worker = engine.worker()
    service = SubmissionService(engine, Limits(octets=_octets(engine)))
    unsubscribe = engine.events.subscribe(lambda event: _tell(session, event))
    with _asked_to_end() as ended:
        run = tasks.start(worker.run(), "outbox worker")
        try:
            if submission:
                wanted = engine.settings.submission_port if port is None else port
                places = await service.start(wanted)
                _say_where(session, places, service.port)
            asked = tasks.start(ended.wait(), "the end")
            await asyncio.wait([run, asked], return_when=asyncio.FIRST_COMPLETED)
            await tasks.stop([asked])
        finally:
            await service.stop()
            await _end(worker, run)
            unsubscribe()


def _octets(engine: Engine) -> int:
    return engine.settings.submission_megabytes * 1_000_000


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
