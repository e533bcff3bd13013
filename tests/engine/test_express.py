"""The content in the flight of its envelope: only where one profile alone is asked, one climb at
a time, and never twice (rules 2 and 7)."""

import asyncio

import pytest

from roammail.core.failure import FailureKind
from roammail.core.profile import Endpoint, Security
from roammail.core.report import Word
from roammail.engine import tasks
from tests.engine.world import TO, World, message, states, tried
from tests.fakes.smtp import FakeServer

BOTH = ("SIZE 10240000", "8BITMIME", "PIPELINING", "CHUNKING")
PIPELINING = BOTH[:3]
POSTFIX = "220 smtp.home.example ESMTP Postfix (Debian/GNU)"
OTHER = "other@elsewhere.example"


@pytest.fixture
async def world() -> World:
    return World()


def handing(server: FakeServer) -> list[str]:
    """What was said from MAIL on."""
    first = next((n for n, c in enumerate(server.commands) if c.startswith("mail")), None)
    return [] if first is None else [c.split()[0] for c in server.commands[first:]]


def last_chunks(server: FakeServer) -> int:
    """How many contents were completed by BDAT LAST."""
    return server.commands.count("bdat last")


async def test_a_first_meeting_shows_a_line_before_it_gives_the_rest(world: World) -> None:
    server = world.server("smtp.home.example", extensions=BOTH)
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send()) == {TO: "sent"}
    assert handing(server)[:4] == ["mail", "rcpt", "bdat", "bdat"]
    assert server.messages[0].content.startswith(b"From: ")


async def test_a_server_that_is_known_by_name_gets_everything_at_once(world: World) -> None:
    server = world.server("smtp.home.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send()) == {TO: "sent"}
    assert handing(server)[:3] == ["mail", "rcpt", "bdat"]
    memory = (await world.memory.recall())[0]
    assert memory.offer.word is Word.KEPT


async def test_several_recipients_are_answered_before_the_content(world: World) -> None:
    server = world.server("smtp.home.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send(TO, OTHER)) == {TO: "sent", OTHER: "sent"}
    assert handing(server)[:4] == ["mail", "rcpt", "rcpt", "bdat"]


async def test_a_refused_one_of_several_condemns_the_route_before_the_content(
    world: World,
) -> None:
    """Rule 7, with chunks: nothing of the content was said."""

    async def one_of_them(address: str) -> str | None:
        return "554 5.7.1 Relay access denied" if address == OTHER else None

    how = {"greeting": POSTFIX, "rcpt": one_of_them}
    server = world.server("smtp.home.example", extensions=BOTH, answers=how)
    spare = world.server("smtp.spare.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Home", "smtp.home.example")
    await world.profile("Spare", "smtp.spare.example")
    assert states(await world.send(TO, OTHER)) == {TO: "sent", OTHER: "sent"}
    assert "bdat" not in str(server.commands)
    assert server.messages == []
    assert len(spare.messages) == 1


async def test_losers_of_a_race_hear_nothing_of_the_content(world: World) -> None:
    servers = []
    for name in ("one", "two", "three"):
        host = f"smtp.{name}.example"
        servers.append(world.server(host, extensions=BOTH, answers={"greeting": POSTFIX}))
        await world.profile(name, host)
    assert states(await world.send()) == {TO: "sent"}
    taken = [server for server in servers if server.messages]
    assert len(taken) == 1
    for server in servers:
        if server is not taken[0]:
            assert not any(c.startswith(("bdat", "data")) for c in server.commands)


async def test_the_remembered_winner_gets_everything_at_once(world: World) -> None:
    servers = []
    for name in ("one", "two"):
        host = f"smtp.{name}.example"
        servers.append(world.server(host, extensions=BOTH, answers={"greeting": POSTFIX}))
        await world.profile(name, host)
    await world.send()
    winner = next(server for server in servers if server.messages)
    winner.commands.clear()
    assert states(await world.send()) == {TO: "sent"}
    assert handing(winner)[:3] == ["mail", "rcpt", "bdat"]
    assert last_chunks(winner) == 1


async def test_a_refused_recipient_moves_on_to_the_next_profile(world: World) -> None:
    """The doubt that was written for the flight is taken back: nobody was left to deliver to."""
    home = world.server("smtp.home.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send()) == {TO: "sent"}
    spare = world.server("smtp.spare.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Spare", "smtp.spare.example")
    home.answers["rcpt"] = "554 5.7.1 Relay access denied"
    entry = await world.send()
    assert states(entry) == {TO: "sent"}
    assert tried(entry) == [("Home", "failed", "relay-denied"), ("Spare", "sent", None)]
    assert (len(home.messages), len(spare.messages)) == (1, 1)


async def test_an_unknown_recipient_is_refused_for_good(world: World) -> None:
    answers = {"greeting": POSTFIX, "rcpt": "550 5.1.1 No such user"}
    world.server("smtp.home.example", extensions=BOTH, answers=answers)
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send()) == {TO: "refused"}


async def test_a_lost_answer_is_uncertain_and_no_other_profile_is_asked(world: World) -> None:
    home = world.server("smtp.home.example", extensions=BOTH, answers={"greeting": POSTFIX})
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send()) == {TO: "sent"}
    spare = world.server("smtp.spare.example", extensions=BOTH)
    await world.profile("Spare", "smtp.spare.example")
    home.answers["bdat"] = FailureKind.CONNECTION_LOST
    assert states(await world.send()) == {TO: "uncertain"}
    assert spare.messages == []
    memory = next(
        m for m in await world.memory.recall() if m.endpoint.host.endswith("home.example")
    )
    assert memory.offer.word is Word.DOUBTED


async def test_only_one_of_two_doors_gets_the_content(world: World) -> None:
    """The first port is slow to answer RCPT, the second is tried beside it: one at a time."""
    release = asyncio.Event()

    async def slowly(_: str) -> str | None:
        await release.wait()
        return None

    async def connects_late(_: str) -> str | None:
        await world.clock.sleep(3.0)
        return None

    answers = {"greeting": POSTFIX, "connect": connects_late, "bdat": slowly}
    first = world.server("smtp.home.example", 465, extensions=BOTH, answers=answers)
    second = world.server(
        "smtp.home.example", 587, extensions=BOTH, answers={"greeting": POSTFIX, "rcpt": slowly}
    )
    doors = (Endpoint("smtp.home.example", 587, Security.STARTTLS),)
    await world.profile("Home", "smtp.home.example", alternatives=doors)
    outbox_id = await world.engine.queue(message())
    work = tasks.start(world.engine.deliver(outbox_id), "deliver")
    for _ in range(2_000):
        await asyncio.sleep(0)
    release.set()
    assert states(await work) == {TO: "sent"}
    assert len(first.messages) + len(second.messages) == 1
    assert last_chunks(first) + last_chunks(second) == 1


async def test_stopped_in_the_middle_of_a_flight_stays_uncertain(world: World) -> None:
    hung = asyncio.Event()

    async def never(_: str) -> str | None:
        hung.set()
        await asyncio.Event().wait()
        return None

    answers = {"greeting": POSTFIX, "bdat": never}
    server = world.server("smtp.home.example", extensions=BOTH, answers=answers)
    await world.profile("Home", "smtp.home.example")
    outbox_id = await world.engine.queue(message())
    work = tasks.start(world.engine.deliver(outbox_id), "deliver")
    await hung.wait()
    await tasks.stop([work])
    assert states(await world.engine.entry(outbox_id)) == {TO: "uncertain"}
    assert server.messages == []


async def test_without_chunks_data_goes_with_the_envelope(world: World) -> None:
    server = world.server("smtp.home.example", extensions=PIPELINING)
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send(TO, OTHER)) == {TO: "sent", OTHER: "sent"}
    assert handing(server)[:5] == ["mail", "rcpt", "rcpt", "data", "content"]
    assert server.dialled == 1


async def test_data_with_a_refused_one_is_dropped_and_asked_again(world: World) -> None:
    async def one_of_them(address: str) -> str | None:
        return "550 5.1.1 No such user" if address == OTHER else None

    server = world.server("smtp.home.example", extensions=PIPELINING, answers={"rcpt": one_of_them})
    await world.profile("Home", "smtp.home.example")
    assert states(await world.send(TO, OTHER)) == {TO: "sent", OTHER: "refused"}
    assert server.dialled == 2
    assert server.commands.count("dot") == 1
    assert server.messages[0].recipients == (TO,)


async def test_too_many_recipients_are_counted_though_one_comes_later(world: World) -> None:
    """A server that is full may take one more all the same: it must not get it twice."""
    people = tuple(f"p{n}@elsewhere.example" for n in range(4))

    async def full(address: str) -> str | None:
        busy = server.dialled == 1 and address in (people[1], people[2])
        return "452 4.5.3 Too many recipients" if busy else None

    server = world.server(
        "smtp.home.example", extensions=BOTH, answers={"rcpt": full, "greeting": POSTFIX}
    )
    await world.profile("Home", "smtp.home.example")
    assert set(states(await world.send(*people)).values()) == {"sent"}
    got = [to for taken in server.messages for to in taken.recipients]
    assert sorted(got) == sorted(people)
