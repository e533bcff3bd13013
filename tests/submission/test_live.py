"""Live mode: a program waits after its dot, and the server's last word is its answer. Never is
the same refusal told twice, never is a message sent twice, whoever hangs up or ends.
"""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from roammail.adapters.system_clock import SystemClock
from roammail.core.delivery import Standing
from roammail.core.envelope import OutboxEntry
from roammail.core.events import MessageStands
from roammail.core.failure import FailureKind
from roammail.core.settings import Settings
from roammail.engine import tasks
from roammail.ports import Ring
from roammail.submission.session import limits_of
from tests.adapters.scripted_server import say
from tests.engine.world import FROM, TO, World, message, states
from tests.fakes.smtp import FakeServer, Word
from tests.outbox.killable import Hotel
from tests.submission.desk import QUICK, Desk, Talk, open_desk
from tests.submission.office import Office, office

PATIENT = replace(QUICK, live=30.0)  # seconds; nobody waits so long in these tests
HASTY = replace(QUICK, live=0.05)
OTHER = "other@elsewhere.example"
REFUSED = "550 5.1.1 No such user here"
SPAM = "554 5.7.1 Spam message rejected"


class Held:
    """A server that answers at one stage only when it is let."""

    def __init__(self, word: Word = None) -> None:
        self.reached, self.let = asyncio.Event(), asyncio.Event()
        self._word = word

    async def __call__(self, _: str) -> Word:
        self.reached.set()
        await self.let.wait()
        return self._word


@asynccontextmanager
async def live_desk(limits=PATIENT) -> AsyncIterator[tuple[Desk, FakeServer]]:  # type: ignore[no-untyped-def]
    """A desk on a network where the one profile has worked already."""
    world = World(clock=SystemClock())  # type: ignore[arg-type]
    server = world.server("mx.example")
    async with open_desk(limits, world=world) as desk:
        await world.send()
        server.messages.clear()
        world.events.clear()
        yield desk, server
        await world.engine.close()


async def hand_in(talk: Talk, *recipients: str) -> None:
    """Everything but the reply to the dot."""
    assert (await talk.say(f"MAIL FROM:<{FROM}>")).startswith("250")
    for one in recipients or (TO,):
        assert (await talk.say(f"RCPT TO:<{one}>")).startswith("250")
    assert (await talk.say("DATA")).startswith("354")
    await talk.raw(f"From: {FROM}\r\n\r\nHello.\r\n.\r\n".encode())


async def entry(desk: Desk, number: int = 2) -> OutboxEntry:
    return await desk.world.engine.entry(number)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.005)


def told(desk: Desk) -> list[Standing]:
    return [event.standing for event in desk.world.events if isinstance(event, MessageStands)]


async def test_the_program_hears_the_servers_words() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["dot"] = "250 2.6.0 <42@mx> Queued mail for delivery"
        await hand_in(talk)
        assert await talk.reply() == "250 2.6.0 <42@mx> Queued mail for delivery"
        assert states(await entry(desk)) == {TO: "sent"}
        assert told(desk) == [Standing.SENT]
        await hand_in(talk)  # and the conversation goes on
        assert (await talk.reply()).startswith("250 2.6.0")
    assert len(server.messages) == 2


async def test_a_final_refusal_is_the_programs_and_nobody_elses() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["rcpt"] = REFUSED
        await hand_in(talk, TO, OTHER)
        assert await talk.reply() == REFUSED
        assert desk.world.engine.workplace.occupied() is False
        kept = await entry(desk)
        assert states(kept) == {TO: "refused", OTHER: "refused"}
        assert kept.answered is not None
        assert told(desk) == []
        server.answers.clear()
        await desk.world.engine.worker().run(once=True)  # it is not tried again
    assert server.messages == []


async def test_a_refusal_of_the_message_keeps_its_code() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["dot"] = "554-5.7.1 Spam\n554 5.7.1 Spam message rejected"
        await hand_in(talk)
        assert await talk.reply() == "554 5.7.1 Spam Spam message rejected"


async def test_a_refusal_without_a_servers_words() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.extensions = ("SIZE 10", "8BITMIME")
        await hand_in(talk)
        assert (await talk.reply()).startswith("552 5.3.4 ")


async def test_a_mixture_is_taken_and_told_by_the_outbox() -> None:
    async def rcpt(argument: str) -> Word:
        return REFUSED if argument == OTHER else None

    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["rcpt"] = rcpt
        await hand_in(talk, TO, OTHER)
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 2"
        kept = await entry(desk)
        assert states(kept) == {TO: "sent", OTHER: "refused"}
        assert kept.answered is None
        assert told(desk) == [Standing.REFUSED]


async def test_put_off_is_taken() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["mail"] = "451 4.3.0 Busy"
        await hand_in(talk)
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 2"
        assert states(await entry(desk)) == {TO: "deferred"}
        assert told(desk) == []  # the worker says so when its own try has failed
        await hand_in(talk)  # there is no way known any more
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 3"
        assert states(await entry(desk, 3)) == {TO: "queued"}


async def test_in_doubt_is_taken() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["dot"] = FailureKind.CONNECTION_LOST
        await hand_in(talk)
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 2"
        assert states(await entry(desk)) == {TO: "uncertain"}
        assert told(desk) == [Standing.UNCERTAIN]


async def test_where_no_way_is_known_nobody_waits() -> None:
    world = World(clock=SystemClock())  # type: ignore[arg-type]
    server = world.server("mx.example")
    async with open_desk(PATIENT, world=world) as desk, desk.signed_in() as talk:
        await hand_in(talk)
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 1"
        assert await world.engine.workplace.heard() == {Ring.MAIL}
        assert states(await entry(desk, 1)) == {TO: "queued"}
    assert server.dialled == 0


async def test_a_slow_server_is_not_waited_for_and_not_given_up() -> None:
    async with live_desk(HASTY) as (desk, server), desk.signed_in() as talk:
        server.answers["dot"] = held = Held(SPAM)
        await hand_in(talk)
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 2"
        assert held.reached.is_set()
        assert states(await entry(desk)) == {TO: "uncertain"}  # at the dot, and goes on
        held.let.set()
        await until(lambda: told(desk))
        kept = await entry(desk)
        assert (states(kept), kept.answered) == ({TO: "refused"}, None)
        assert told(desk) == [Standing.REFUSED]  # this one the person must hear


async def test_who_hangs_up_while_waiting_stops_nothing() -> None:
    async with live_desk() as (desk, server):
        server.answers["dot"] = held = Held(SPAM)
        async with desk.signed_in() as talk:
            await hand_in(talk)
            await asyncio.wait_for(held.reached.wait(), 60)
        await until(lambda: not desk.service.answering)
        held.let.set()
        await until(lambda: told(desk))
        kept = await entry(desk)
        assert (states(kept), kept.answered) == ({TO: "refused"}, None)
        assert told(desk) == [Standing.REFUSED]


async def test_the_end_of_the_service_answers_who_waits() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["dot"] = held = Held()
        await hand_in(talk)
        await asyncio.wait_for(held.reached.wait(), 60)
        await desk.service.stop()
        assert await talk.reply() == "250 2.0.0 OK, in the outbox as number 2"
        ending = tasks.start(desk.world.engine.close(), "close")
        held.let.set()
        await ending  # not before the server has answered
        assert states(await entry(desk)) == {TO: "sent"}
    assert len(server.messages) == 1


async def test_the_worker_and_the_live_delivery_never_both_send() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        server.answers["data"] = held = Held()
        await hand_in(talk)
        await asyncio.wait_for(held.reached.wait(), 60)
        worker = desk.world.engine.worker()
        await worker.run(once=True)  # finds it busy
        held.let.set()
        assert (await talk.reply()).startswith("250 2.0.0 Queued")
    assert len(server.messages) == 1


async def test_the_worker_was_faster_and_the_program_hears_it_all_the_same() -> None:
    async with live_desk() as (desk, server), desk.signed_in() as talk:
        engine = desk.world.engine
        server.answers["rcpt"] = held = Held(REFUSED)
        queued = engine.queue

        async def overtaken(*args: object) -> int:
            number = await queued(*args)  # type: ignore[arg-type]
            run.append(tasks.start(engine.worker().run(once=True), "worker"))
            await held.reached.wait()
            return number

        run: list[asyncio.Task[None]] = []
        engine.queue = overtaken  # type: ignore[method-assign,assignment]
        await hand_in(talk)
        await asyncio.wait_for(held.reached.wait(), 60)
        await until(lambda: engine.live.has(2))
        held.let.set()
        assert await talk.reply() == REFUSED
        await asyncio.wait_for(run[0], 60)
        assert told(desk) == []
        assert (await entry(desk)).answered is not None


async def test_too_many_who_wait_are_told_that_it_is_taken() -> None:
    async with live_desk() as (desk, server):
        server.answers["dot"] = held = Held()
        live, ending = desk.world.engine.live, asyncio.Event()
        numbers = [await desk.world.engine.queue(message()) for _ in range(9)]
        waits = [tasks.start(live.answer(n, FROM, 30.0, ending), f"{n}") for n in numbers]
        assert await asyncio.wait_for(waits[-1], 60) is None
        held.let.set()
        answers = await asyncio.gather(*waits[:-1])
        assert all(answer and answer.refusal is None for answer in answers)


def test_the_person_decides_how_long_programs_wait() -> None:
    assert limits_of(Settings()).live == 0.0
    on = limits_of(Settings(submission_live=True, submission_live_seconds=7))
    assert (on.live, on.octets) == (7.0, 50_000_000)


async def test_with_a_real_outbox_and_a_real_server(tmp_path: Path) -> None:
    def hand_in_by_smtplib(where: Office) -> tuple[int, bytes]:
        with smtplib.SMTP("127.0.0.1", where.port, timeout=30) as client:
            client.login("roammail", where.password)
            client.mail("ada@home.example")
            client.rcpt("friend@elsewhere.example")
            return client.data(b"From: ada@home.example\r\n\r\nHello.\r\n")

    async with office(tmp_path, PATIENT, watcher=Hotel) as where:
        code, words = await asyncio.to_thread(hand_in_by_smtplib, where)
        assert (code, words) == (250, b"2.0.0 OK, in the outbox as number 1")  # no way known yet
        await where.arrived(1)
        async with asyncio.timeout(60):
            while not await where.engine.knows_way("ada@home.example"):
                await asyncio.sleep(0.02)
        where.friend.script["dot"] = say("250 2.0.0 Queued as XYZ")
        code, words = await asyncio.to_thread(hand_in_by_smtplib, where)
        assert (code, words) == (250, b"2.0.0 Queued as XYZ")
        assert len(where.friend.messages) == 2
        where.friend.script["rcpt"] = say(REFUSED)
        code, words = await asyncio.to_thread(hand_in_by_smtplib, where)
        assert (code, words) == (550, b"5.1.1 No such user here")
        refused = await where.engine.entry(3)
        assert refused.answered is not None
