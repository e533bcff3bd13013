"""What must hold at the worst moment: a cancellation between two lines, a disk that is full, a
server that answers too late or speaks of something else."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from roammail.core.delivery import Move
from roammail.core.errors import UserFacingError
from roammail.core.failure import FailureKind
from roammail.core.profile import Endpoint, Security
from roammail.engine import tasks
from tests.engine.world import FROM, HOME, TO, World, message, states, tried
from tests.fakes.smtp import FakeServer

DENIED = "554 5.7.1 Relay access denied"
WRONG = "S3cr3t-canary-wrong"
FULL = UserFacingError("outbox-full", "The disk is full.")


async def two(world: World, **first: object):  # type: ignore[no-untyped-def]
    """Two servers with a profile each, in this order of preference."""
    servers = world.server("one.example", **first), world.server("two.example")
    await world.profile("One", "one.example")
    await world.profile("Two", "two.example")
    return servers


def after(
    world: World, seconds: float, word: str | None = None
) -> Callable[..., Awaitable[object]]:
    """An answer that takes its time."""

    async def answer(argument: str) -> str | None:
        await world.clock.sleep(seconds)
        return word

    return answer


def nothing_open(world: World) -> bool:
    """Whether every connection is closed and every place is free."""
    servers = world.dialer.servers.values()
    closed = all(c.closed for server in servers for c in server.connections)
    return closed and world.engine._tools.connections._value == 8


def passwords(server: FakeServer) -> int:
    """How often a password was shown to it, answered or not."""
    return sum(command.startswith("auth") for command in server.commands)


# A wrong password is tried once


async def test_a_wrong_password_whose_answer_comes_after_the_race_is_not_shown_again() -> None:
    world = World()
    one = world.server("one.example", answers={"auth": after(world, 10)})
    world.server("two.example")
    await world.profile("One", "one.example", password=WRONG)
    await world.profile("Two", "two.example")
    assert states(await world.send()) == {TO: "sent"}
    world.watcher.network = HOME
    assert states(await world.send()) == {TO: "sent"}
    await world.clock.sleep(20)
    await world.send()
    await world.engine.test()
    assert passwords(one) == 1
    assert nothing_open(world)


async def test_closing_waits_for_the_answer_to_a_password() -> None:
    world = World()
    answered = asyncio.Event()

    async def late(argument: str) -> None:
        await answered.wait()

    one = world.server("one.example", answers={"auth": late})
    world.server("two.example")
    await world.profile("One", "one.example", password=WRONG)
    await world.profile("Two", "two.example")
    assert states(await world.send()) == {TO: "sent"}
    closing = tasks.start(world.engine.close(), "close")
    await asyncio.sleep(0)
    answered.set()
    await closing
    assert nothing_open(world)
    world.engine = world.make_engine()
    await world.engine.test()
    assert passwords(one) == 1


@pytest.mark.parametrize(
    "reply",
    [
        "535 5.7.8 Error: authentication failed",
        "535 user unknown",
        "535 5.7.1 mailbox quota exceeded",
        "535 5.7.0 Relay access denied",
        "535 mechanism not supported",
        "535 Authentication failed: your IP address is blocked",
        "535 rate limit exceeded",
        "535 greylisted, please retry",
        "550 5.1.1 user unknown",
        "535-first\n535 message too large",
    ],
)
async def test_whatever_a_refused_sign_in_speaks_of_it_is_not_tried_again(reply: str) -> None:
    world = World()
    one = world.server("one.example", answers={"auth": reply})
    world.dialer.servers["one.example", 587] = one
    other = Endpoint("one.example", 587, Security.STARTTLS)
    await world.profile("One", "one.example", alternatives=[other])
    entry = await world.send()
    entry = await world.engine.deliver(entry.id)
    await world.engine.test()
    assert len(one.sign_ins) == 1
    assert states(entry) == {TO: "deferred"}
    assert entry.recipients[0].diagnosis.scope == "credential"
    helps = {r.kind for r in entry.attempts[0].diagnosis.remedies}
    assert helps & {"enter-password", "check-account"}  # the latter where the account is named


async def test_a_server_that_hangs_up_on_a_password_is_not_asked_at_its_other_ports() -> None:
    world = World()
    one = world.server("one.example", answers={"auth": FailureKind.CONNECTION_LOST})
    world.dialer.servers["one.example", 587] = one
    other = Endpoint("one.example", 587, Security.STARTTLS)
    await world.profile("One", "one.example", alternatives=[other])
    await world.send()
    await world.engine.test()
    assert passwords(one) == 2  # once for each, and at one port only


async def test_a_pause_that_cannot_be_written_holds_all_the_same() -> None:
    world = World()

    async def full(*_: object) -> None:
        raise UserFacingError("memory-full", "The disk is full.")

    world.memory.pause = full  # type: ignore[method-assign]
    one = world.server("one.example")
    await world.profile("One", "one.example", password=WRONG)
    entry = await world.send()
    await world.engine.deliver(entry.id)
    assert one.sign_ins == [(FROM, False)]


# Nothing stays open


async def test_a_loser_stopped_while_it_is_remembered_is_closed() -> None:
    world = World()
    await two(world)
    last = (await world.engine.profiles())[1].id
    remember = world.memory.remember

    async def slow(memory):  # type: ignore[no-untyped-def]
        await world.clock.sleep(5 if memory.profile_id == last else 0.1)
        await remember(memory)

    world.memory.remember = slow  # type: ignore[method-assign]
    assert tried(await world.send())[-1] == ("One", "sent", None)
    assert nothing_open(world)


async def test_an_endpoint_that_won_is_closed_when_its_profile_has_lost() -> None:
    world = World()
    world.server("one.example", answers={"rcpt": after(world, 1.0)})
    world.server("two.example", 465, answers={"connect": FailureKind.REFUSED})
    world.server("two.example", 587)
    await world.profile("One", "one.example")
    other = Endpoint("two.example", 587, Security.STARTTLS)
    await world.profile("Two", "two.example", alternatives=[other])
    await world.send()
    assert nothing_open(world)


async def test_a_history_that_cannot_be_written_leaves_nothing_open() -> None:
    world = World()
    await two(world, answers={"rcpt": DENIED})

    async def full(*_: object) -> None:
        raise FULL

    world.outbox.note_attempt = full  # type: ignore[method-assign]
    outbox_id = await world.engine.queue(message())
    with pytest.raises(UserFacingError, match="full"):
        await world.engine.deliver(outbox_id)
    assert nothing_open(world)
    assert states(await world.engine.entry(outbox_id)) == {TO: "deferred"}


async def test_a_memory_that_cannot_be_written_stops_neither_a_send_nor_a_test() -> None:
    world = World()

    async def full(*_: object) -> None:
        raise UserFacingError("memory-full", "The disk is full.")

    world.memory.remember = full  # type: ignore[method-assign]
    await two(world)
    assert states(await world.send()) == {TO: "sent"}
    assert (await world.engine.test()).winner
    assert nothing_open(world)


async def test_a_claim_that_was_taken_for_a_cancelled_caller_is_given_back() -> None:
    world = World()
    await two(world)
    outbox_id = await world.engine.queue(message())
    claim, taken = world.outbox.claim, asyncio.Event()

    async def slow(number: int) -> bool:
        got = await claim(number)
        taken.set()
        await asyncio.sleep(0)  # the store's thread does not hear of a cancellation
        return got

    world.outbox.claim = slow  # type: ignore[method-assign]
    delivery = tasks.start(world.engine.deliver(outbox_id), "deliver")
    await taken.wait()
    delivery.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivery
    assert states(await world.engine.deliver(outbox_id)) == {TO: "sent"}


# Around the final dot


def moves(world: World, by: Move, do: Callable[[], Awaitable[None]], *, first: bool) -> None:
    """Does something before or after the store makes this move."""
    move = world.outbox.move

    async def moved(outbox_id, addresses, which, when, **more):  # type: ignore[no-untyped-def]
        if which is by and first:
            await do()
        await move(outbox_id, addresses, which, when, **more)
        if which is by and not first:
            await do()

    world.outbox.move = moved  # type: ignore[method-assign]


async def test_a_disk_that_is_full_after_the_yes_leaves_it_uncertain() -> None:
    world = World()
    one, two_ = await two(world)

    async def full() -> None:
        raise FULL

    outbox_id = await world.engine.queue(message())
    moves(world, Move.ACCEPT, full, first=True)
    with pytest.raises(UserFacingError, match="full"):
        await world.engine.deliver(outbox_id)
    assert states(await world.engine.deliver(outbox_id)) == {TO: "uncertain"}
    assert len(one.messages) == 1
    assert not two_.messages
    assert nothing_open(world)


async def test_a_disk_that_is_full_before_the_dot_keeps_it_back() -> None:
    world = World()
    one, _ = await two(world)
    writable = False

    async def full() -> None:
        if not writable:
            raise FULL

    outbox_id = await world.engine.queue(message())
    moves(world, Move.DOUBT, full, first=True)
    with pytest.raises(UserFacingError, match="full"):
        await world.engine.deliver(outbox_id)
    assert not one.messages
    writable = True
    assert states(await world.engine.deliver(outbox_id)) == {TO: "sent"}
    assert len(one.messages) == 1


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("by", "expected"),
    [(Move.START, "deferred"), (Move.DOUBT, "deferred"), (Move.ACCEPT, "sent")],
)
async def test_stopped_while_the_store_writes(by: Move, expected: str, first: bool) -> None:
    world = World()
    one, two_ = await two(world)
    outbox_id = await world.engine.queue(message())
    delivery: asyncio.Task[object] | None = None
    stopped = False

    async def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            assert delivery is not None
            delivery.cancel()
            await asyncio.sleep(0)

    moves(world, by, stop, first=first)
    delivery = tasks.start(world.engine.deliver(outbox_id), "deliver")
    with pytest.raises(asyncio.CancelledError):
        await delivery
    entry = await world.engine.entry(outbox_id)
    assert states(entry) == {TO: expected}
    known = entry.recipients[0].diagnosis
    assert known is None or known.kind != "uncertain"
    assert nothing_open(world)
    assert states(await world.engine.deliver(outbox_id)) == {TO: "sent"}
    assert len(one.messages) + len(two_.messages) == 1


# Doubt is not forgotten


async def doubtful(world: World) -> int:
    """A message whose last word was lost at One; Two would take it."""
    lost: list[object] = [FailureKind.CONNECTION_LOST, "451 4.3.0 not now", "250 ok"]
    await two(world, answers={"dot": lost})
    entry = await world.send()
    assert states(entry) == {TO: "uncertain"}
    return entry.id


async def test_a_retry_that_fails_stays_with_the_same_profile() -> None:
    world = World()
    outbox_id = await doubtful(world)
    entry = await world.engine.retry(outbox_id, same_profile=True)
    assert states(entry) == {TO: "deferred"}
    assert entry.recipients[0].diagnosis.kind == "uncertain"
    (entry,) = await world.engine.flush()
    assert tried(entry)[-1] == ("One", "sent", None)
    assert not world.dialer.servers["two.example", 465].messages


async def test_others_do_not_wait_for_one_in_doubt() -> None:
    world = World()
    other = "other@elsewhere.example"
    one, two_ = await two(world)
    one.answers = {"dot": FailureKind.CONNECTION_LOST}
    outbox_id = await world.engine.queue(message(TO, other))
    one.answers["rcpt"] = ["250 ok", "452 4.5.3 too many recipients"]
    entry = await world.engine.deliver(outbox_id)
    assert states(entry) == {TO: "uncertain", other: "sent"}
    assert [m.recipients for m in two_.messages] == [(other,)]


async def test_a_cancelled_doubt_is_not_sent_again_unasked() -> None:
    world = World()
    outbox_id = await doubtful(world)
    await world.engine.cancel(outbox_id)
    with pytest.raises(UserFacingError) as told:
        await world.engine.retry(outbox_id)
    assert told.value.code == "outbox-uncertain"
    await world.engine.retry(outbox_id, same_profile=True)
    assert not world.dialer.servers["two.example", 465].messages


@pytest.mark.parametrize("command", ["retry", "cancel", "mark_sent"])
async def test_what_another_process_did_meanwhile_counts(command: str) -> None:
    world = World()
    await two(world, answers={"rcpt": DENIED})
    world.dialer.servers["two.example", 465].answers = {"rcpt": DENIED}
    entry = await world.send()
    assert states(entry) == {TO: "deferred"}
    peer, claim = world.outbox.peer(), world.outbox.claim

    async def late(number: int) -> bool:
        if states(await world.engine.entry(number)) == {TO: "deferred"}:
            for by in (Move.START, Move.DOUBT, Move.ACCEPT):
                await peer.move(number, (TO,), by, world.clock.now())
        return await claim(number)

    world.outbox.claim = late  # type: ignore[method-assign]
    if command == "retry":
        assert states(await world.engine.retry(entry.id)) == {TO: "sent"}
        return
    with pytest.raises(UserFacingError):
        await getattr(world.engine, command)(entry.id)


async def test_a_retry_does_not_overlook_a_doubt_that_came_meanwhile() -> None:
    world = World()
    await two(world, answers={"rcpt": [DENIED, "250 ok"]})
    two_ = world.dialer.servers["two.example", 465]
    two_.answers = {"rcpt": [DENIED, "250 ok"]}
    entry = await world.send()
    peer, claim = world.outbox.peer(), world.outbox.claim

    async def late(number: int) -> bool:
        for by in (Move.START, Move.DOUBT):
            await peer.move(number, (TO,), by, world.clock.now())
        return await claim(number)

    world.outbox.claim = late  # type: ignore[method-assign]
    with pytest.raises(UserFacingError) as told:
        await world.engine.retry(entry.id)
    assert told.value.code == "outbox-uncertain"
    assert not two_.messages


async def test_a_profile_reached_at_its_second_port_takes_the_rest_too() -> None:
    world = World()
    world.server("one.example", 465, answers={"connect": FailureKind.REFUSED})
    limit = ["250 ok", "452 4.5.3 too many recipients", "250 ok"]
    one = world.server("one.example", 587, answers={"rcpt": limit})
    two_ = world.server("two.example")
    other = Endpoint("one.example", 587, Security.STARTTLS)
    await world.profile("One", "one.example", alternatives=[other])
    await world.profile("Two", "two.example")
    entry = await world.send(TO, "other@elsewhere.example")
    assert set(states(entry).values()) == {"sent"}
    assert len(one.messages) == 2
    assert not two_.messages
