"""Connections kept for the next message: used, proven, closed in time, and never a danger."""

import asyncio
from dataclasses import replace

import pytest

from roammail.core.events import ProfilesChanged
from roammail.core.failure import FailureKind
from roammail.core.power import Saving
from roammail.engine.battery import BELIEVED, Battery
from roammail.engine.warm import FRESH_SECONDS, MOST, Keeper
from tests.engine.world import (
    FROM,
    HOME,
    HOTEL,
    PASSWORD,
    TO,
    FixedWatcher,
    OwnClock,
    World,
    message,
    states,
)
from tests.fakes.power import FakePower
from tests.fakes.smtp import FakeServer

BOTH = ("SIZE 10240000", "8BITMIME", "PIPELINING", "CHUNKING")
PIPELINING = BOTH[:3]
POSTFIX = {"greeting": "220 smtp.home.example ESMTP Postfix"}


class StillClock(OwnClock):
    """Stands still until the test moves it: whoever sleeps wakes up then, and not before."""

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        while self.monotonic() < until:
            moved = asyncio.get_running_loop().create_future()
            self._wakers.append((until, next(self._number), moved))
            await moved

    async def go(self, seconds: float) -> None:
        """Time passes."""
        self.advance(seconds)
        wakers, self._wakers = self._wakers, []
        for _, _, waiter in wakers:
            if not waiter.done():
                waiter.set_result(None)
        for _ in range(20):
            await asyncio.sleep(0)


class Warm:
    """A world that keeps connections, with one profile."""

    def __init__(self, power: FakePower | None = None) -> None:
        self.clock = StillClock()
        self.world = World(clock=self.clock, watcher=FixedWatcher(HOTEL))
        battery = Battery(power, self.clock) if power else None
        self.keeper = Keeper(self.clock, 60.0, battery=battery)
        vars(self.world.engine)["_tools"].keeper = self.keeper

    async def server(self, extensions: tuple[str, ...] = BOTH) -> FakeServer:
        """Its server, and the profile."""
        made = self.world.server("smtp.home.example", extensions=extensions, answers=dict(POSTFIX))
        await self.world.profile("Home", "smtp.home.example")
        return made

    async def send(self, expected: str = "sent") -> None:
        """One message."""
        assert states(await self.world.send()) == {TO: expected}


@pytest.fixture
async def warm() -> Warm:
    return Warm()


def since(server: FakeServer, count: int) -> list[str]:
    """The stages that were heard after the first `count`."""
    return [command.split()[0] for command in server.commands[count:]]


async def test_the_next_message_takes_the_same_connection(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    heard = len(server.commands)
    await warm.send()
    assert server.dialled == 1
    assert since(server, heard) == ["mail", "rcpt", "bdat"]
    assert len(server.sign_ins) == 1


async def test_an_answer_long_ago_proves_nothing(warm: Warm) -> None:
    """MAIL and RCPT ask whether anybody is there; only then the content goes."""
    server = await warm.server()
    await warm.send()
    await warm.clock.go(FRESH_SECONDS + 1)
    gone = asyncio.Event()

    async def silent(_: str) -> FailureKind:
        gone.set()
        return FailureKind.CONNECTION_LOST

    server.answers["mail"] = [silent, "250 2.1.0 ok"]
    await warm.send()
    assert gone.is_set()
    assert server.dialled == 2
    assert len(server.messages) == 2


@pytest.mark.parametrize("extensions", [BOTH, PIPELINING, BOTH[:2]])
@pytest.mark.parametrize(
    "death",
    [
        FailureKind.CONNECTION_LOST,
        FailureKind.TIMED_OUT,
        "421 4.4.2 Idle for too long",
        "452 4.5.3 So many messages and no more",
        "503 5.5.1 Who are you?",
    ],
)
async def test_a_dead_one_costs_a_quiet_reconnect(
    death: FailureKind | str, extensions: tuple[str, ...], warm: Warm
) -> None:
    server = await warm.server(extensions)
    await warm.send()
    await warm.clock.go(FRESH_SECONDS + 1)
    server.answers["mail"] = [death, "250 2.1.0 ok"]
    entry = await warm.world.send()
    assert states(entry) == {TO: "sent"}
    assert [attempt.outcome for attempt in entry.attempts] == ["sent"]
    assert server.dialled == 2
    assert len(server.messages) == 2


async def test_one_that_closed_is_not_even_tried(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    server.connections[0].close()
    await warm.send()
    assert server.dialled == 2


async def test_a_server_that_answers_nobody_costs_seconds(
    warm: Warm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("roammail.engine.ladder.KEPT_PATIENCE", 0.05)
    server = await warm.server()
    await warm.send()
    await warm.clock.go(FRESH_SECONDS + 1)

    async def for_ever(_: str) -> None:
        if server.dialled == 1:
            await asyncio.Event().wait()

    server.answers["mail"] = for_ever
    await warm.send()
    assert server.dialled == 2


async def test_it_is_closed_when_nobody_needs_it(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    assert not server.connections[0].closed
    await warm.clock.go(61)
    assert server.connections[0].closed
    assert server.commands[-1] == "quit"


async def test_a_computer_that_slept_trusts_nothing(warm: Warm) -> None:
    """Its own seconds stood still, the world's did not."""
    server = await warm.server()
    await warm.send()
    warm.clock._start = warm.clock._start.replace(hour=20)
    await warm.send()
    assert server.dialled == 2


async def test_another_network_needs_another_connection(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    warm.world.watcher.network = HOME
    await warm.send()
    assert server.dialled == 2
    assert server.connections[0].closed


async def test_a_network_change_closes_them_at_once(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    async for _ in warm.world.engine.networks():
        assert server.connections[0].closed


async def test_an_edited_profile_needs_another_connection(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    book = warm.world.engine.book
    profile = (await book.all()).profiles[0]
    await book.edit(replace(profile, senders=(FROM, "@home.example")))
    await warm.send()
    assert server.dialled == 2
    assert server.connections[0].closed


async def test_a_changed_secret_closes_them_at_once(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    warm.world.announce(ProfilesChanged())
    assert server.connections[0].closed


async def test_the_end_says_goodbye(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    await warm.world.engine.close()
    assert server.commands[-1] == "quit"


@pytest.mark.parametrize(("seconds", "metered"), [(0.0, False), (60.0, True)])
async def test_nothing_is_kept_where_that_is_not_wanted(
    seconds: float, metered: bool, warm: Warm
) -> None:
    warm.keeper.seconds, warm.keeper.on_metered = seconds, False
    warm.world.watcher.network = replace(HOTEL, metered=metered)
    server = await warm.server()
    await warm.send()
    assert server.connections[0].closed
    assert not await warm.world.engine.warm_up(FROM)
    assert server.dialled == 1


# Where nothing is to be kept while the battery is saved


async def test_while_the_battery_is_saved_nothing_is_kept() -> None:
    warm = Warm(FakePower(Saving.YES))
    server = await warm.server()
    await warm.send()
    await warm.clock.go(0)
    assert server.connections[0].closed
    assert not await warm.world.engine.warm_up(FROM)
    await warm.send()
    assert server.dialled == 2
    await warm.world.engine.close()


@pytest.mark.parametrize("saving", [Saving.NO, Saving.UNKNOWN])
async def test_what_cannot_be_told_hinders_nothing(saving: Saving) -> None:
    warm = Warm(FakePower(saving))
    server = await warm.server()
    await warm.send()
    await warm.clock.go(BELIEVED + 1)
    await warm.send()
    assert server.dialled == 1
    await warm.world.engine.close()


async def test_no_message_waits_for_the_battery() -> None:
    """The source never answers; what it has not said is not held against anybody."""
    power = FakePower(Saving.YES)
    power.held = asyncio.Event()
    warm = Warm(power)
    server = await warm.server()
    await warm.send()
    await warm.send()
    assert (server.dialled, power.asked) == (1, 1)
    assert warm.clock.monotonic() == 0
    power.held.set()
    await warm.clock.go(0)
    assert server.connections[0].closed
    await warm.world.engine.close()


async def test_the_end_does_not_wait_for_the_battery_either() -> None:
    power = FakePower()
    power.held = asyncio.Event()
    warm = Warm(power)
    await warm.server()
    await warm.send()
    await warm.world.engine.close()


async def test_an_answer_is_believed_for_a_while() -> None:
    power = FakePower(Saving.NO)
    warm = Warm(power)
    await warm.server()
    for _ in range(5):
        await warm.send()
    assert power.asked == 1
    await warm.clock.go(BELIEVED)
    await warm.send()
    assert power.asked == 2
    await warm.world.engine.close()


async def test_a_kept_one_is_closed_when_saving_begins() -> None:
    power = FakePower(Saving.NO)
    warm = Warm(power)
    server = await warm.server()
    await warm.send()
    power.saving = Saving.YES
    await warm.clock.go(BELIEVED)
    assert server.connections[0].closed


async def test_it_is_closed_in_time_also_where_the_battery_is_looked_at() -> None:
    warm = Warm(FakePower(Saving.NO))
    server = await warm.server()
    await warm.send()
    for _ in range(5):
        await warm.clock.go(12)
    assert server.connections[0].closed
    assert server.commands[-1] == "quit"


async def test_a_draft_knows_of_the_battery_before_it_connects() -> None:
    power = FakePower(Saving.NO)
    warm = Warm(power)
    server = await warm.server()
    await warm.send()
    await warm.clock.go(61)
    power.saving = Saving.YES
    assert not await warm.world.engine.warm_up(FROM)
    assert server.dialled == 1


async def test_where_nothing_is_kept_nobody_asks() -> None:
    power = FakePower()
    warm = Warm(power)
    warm.keeper.seconds = 0.0
    await warm.server()
    await warm.send()
    assert not await warm.world.engine.warm_up(FROM)
    assert power.asked == 0


async def test_what_failed_is_not_kept(warm: Warm) -> None:
    server = await warm.server()
    server.answers["rcpt"] = "554 5.7.1 Relay access denied"
    await warm.send("deferred")
    assert server.connections[0].closed


async def test_no_more_than_three_for_one_account(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    engine = warm.world.engine
    numbers = [await engine.queue(message()) for _ in range(5)]
    await asyncio.gather(*(engine.deliver(number) for number in numbers))
    assert len(server.messages) == 6
    assert sum(not connection.closed for connection in server.connections) <= MOST


async def test_a_hundred_messages_over_three_connections(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    engine = warm.world.engine
    for _ in range(100):
        await engine.queue(message())
    assert await engine.workplace.take()
    await engine.worker().run(once=True)
    assert len(server.messages) == 101
    assert server.dialled <= MOST
    # One flight each, and a look at each new connection.
    assert server.commands.count("bdat last") == 101


async def test_a_test_leaves_the_winners_connection(warm: Warm) -> None:
    """Its MAIL and RCPT are taken back before the message begins."""
    server = await warm.server()
    await warm.world.engine.test(rcpt="me@elsewhere.example")
    assert not server.connections[0].closed
    heard = len(server.commands)
    await warm.send()
    assert server.dialled == 1
    assert since(server, heard)[:3] == ["rset", "mail", "rcpt"]
    assert server.messages[0].recipients == (TO,)


async def test_a_test_keeps_no_losers(warm: Warm) -> None:
    await warm.server()
    other = warm.world.server("smtp.other.example", extensions=BOTH)
    await warm.world.profile("Other", "smtp.other.example")
    await warm.world.engine.test(rcpt="me@elsewhere.example")
    assert all(connection.closed for connection in other.connections)


# Before the message


async def test_a_connection_stands_before_the_message_is_written(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    await warm.clock.go(61)
    heard = len(server.commands)
    assert await warm.world.engine.warm_up(FROM)
    assert "mail" not in since(server, heard)
    heard = len(server.commands)
    await warm.send()
    assert since(server, heard) == ["mail", "rcpt", "bdat"]
    assert server.dialled == 2


async def test_whoever_writes_for_long_keeps_it(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    for _ in range(20):
        await warm.clock.go(9)
        assert await warm.world.engine.warm_up(FROM)
    assert server.dialled == 1
    heard = len(server.commands)
    await warm.send()
    assert since(server, heard) == ["mail", "rcpt", "bdat"]


async def test_a_connection_that_died_meanwhile_is_made_anew(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    server.answers["noop"] = FailureKind.CONNECTION_LOST
    await warm.clock.go(9)
    assert await warm.world.engine.warm_up(FROM)
    assert server.dialled == 2


async def test_a_way_that_is_not_known_is_not_tried(warm: Warm) -> None:
    server = await warm.server()
    assert not await warm.world.engine.warm_up(FROM)
    assert server.dialled == 0


async def test_a_success_of_last_week_is_no_reason(warm: Warm) -> None:
    server = await warm.server()
    await warm.send()
    await warm.clock.go(7 * 86_400)
    assert not await warm.world.engine.warm_up(FROM)
    assert server.dialled == 1


async def test_a_refused_password_is_tried_once(warm: Warm) -> None:
    """Rule 4 holds here as well."""
    server = await warm.server()
    await warm.send()
    await warm.clock.go(61)
    server.users = {FROM: f"{PASSWORD}-other"}
    for _ in range(3):
        assert not await warm.world.engine.warm_up(FROM)
    assert server.sign_ins == [(FROM, True), (FROM, False)]
