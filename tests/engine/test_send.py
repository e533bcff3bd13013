"""Failover, states and memory of a delivery, on scripted servers."""

import asyncio
from email import message_from_bytes

import pytest

from roammail.core.address import ascii_form
from roammail.core.errors import BadConfiguration, UserFacingError
from roammail.core.events import AttemptFinished, AttemptStarted
from roammail.core.failure import FailureKind
from roammail.core.network import PortalState
from roammail.core.profile import AuthMethod, Endpoint, Security
from roammail.core.secret import Secret
from tests.engine.world import FROM, HOME, TO, World, message, states, tried
from tests.fakes.smtp import Answer

DENIED = "554 5.7.1 <friend@elsewhere.example>: Relay access denied"
OTHER = "other@elsewhere.example"


async def two(world: World, **first: object) -> tuple[object, object]:
    """Two servers with a profile each, in this order of preference."""
    servers = world.server("one.example", **first), world.server("two.example")
    await world.profile("One", "one.example")
    await world.profile("Two", "two.example")
    return servers


async def test_the_most_preferred_that_works_takes_it() -> None:
    world = World()
    one, two_ = await two(world)
    entry = await world.send()
    assert states(entry) == {TO: "sent"}
    assert tried(entry)[-1] == ("One", "sent", None)
    assert [m.content for m in one.messages] == [message().content]
    assert not any(c.startswith("data") for c in two_.commands)


async def test_relay_denied_leads_to_the_next_profile() -> None:
    world = World()
    one, two_ = await two(world, answers={"rcpt": DENIED})
    entry = await world.send()
    assert tried(entry) == [("One", "failed", "relay-denied"), ("Two", "sent", None)]
    assert len(two_.messages) == 1
    assert not one.messages


async def test_nobody_takes_it_and_it_waits_with_the_reason() -> None:
    world = World()
    world.server("one.example", answers={"rcpt": DENIED})
    await world.profile("One", "one.example")
    entry = await world.send()
    assert states(entry) == {TO: "deferred"}
    assert entry.recipients[0].diagnosis.kind == "relay-denied"
    assert entry.tries == 1
    assert entry.next_try > world.clock.now()


async def test_a_lost_reply_to_the_dot_stays_uncertain_and_goes_nowhere_else() -> None:
    world = World()
    _, two_ = await two(world, answers={"dot": FailureKind.CONNECTION_LOST})
    entry = await world.send()
    assert states(entry) == {TO: "uncertain"}
    again = await world.engine.deliver(entry.id)
    assert states(again) == {TO: "uncertain"}
    assert await world.engine.flush() == ()
    assert not two_.messages
    assert not any(c.startswith("data") for c in two_.commands)


async def test_uncertain_is_sent_again_only_on_request_and_by_the_same_profile() -> None:
    world = World()
    one, two_ = await two(world, answers={"dot": [FailureKind.CONNECTION_LOST, "250 2.0.0 ok"]})
    entry = await world.send()
    with pytest.raises(UserFacingError, match="may have been delivered"):
        await world.engine.retry(entry.id)
    entry = await world.engine.retry(entry.id, same_profile=True)
    assert states(entry) == {TO: "sent"}
    assert len(one.messages) == 1
    assert not two_.messages


async def test_uncertain_is_settled_by_the_user() -> None:
    world = World()
    await two(world, answers={"dot": FailureKind.TIMED_OUT})
    entry = await world.send()
    assert states(await world.engine.mark_sent(entry.id)) == {TO: "sent"}
    with pytest.raises(UserFacingError, match="uncertain"):
        await world.engine.mark_sent(entry.id)


@pytest.mark.parametrize("stage", ["data", "content"])
async def test_lost_before_the_dot_goes_on_to_the_next(stage: str) -> None:
    world = World()
    _, two_ = await two(world, answers={stage: FailureKind.CONNECTION_LOST})
    entry = await world.send()
    assert states(entry) == {TO: "sent"}
    assert tried(entry)[0][:2] == ("One", "failed")
    assert len(two_.messages) == 1


async def test_a_refusal_after_the_dot_is_a_clear_word() -> None:
    world = World()
    _, two_ = await two(world, answers={"dot": "451 4.3.0 Try again later"})
    entry = await world.send()
    assert states(entry) == {TO: "sent"}
    assert len(two_.messages) == 1


async def test_refused_content_is_not_carried_elsewhere() -> None:
    world = World()
    _, two_ = await two(world, answers={"dot": "554 5.6.0 Message contains a virus"})
    entry = await world.send()
    assert states(entry) == {TO: "refused"}
    assert entry.recipients[0].diagnosis.kind == "content-rejected"
    assert not two_.messages


async def no_such(argument: str) -> str | None:
    return "550 5.1.1 User unknown" if argument == OTHER else None


async def relays_one(argument: str) -> str | None:
    return "554 5.7.1 Relay access denied" if argument == OTHER else None


async def relays_the_other(argument: str) -> str | None:
    return "554 5.7.1 Relay access denied" if argument == TO else None


async def test_an_unknown_recipient_is_final_for_that_one_only() -> None:
    world = World()
    one, _ = await two(world, answers={"rcpt": no_such})
    entry = await world.send(TO, OTHER)
    assert states(entry) == {TO: "sent", OTHER: "refused"}
    assert one.messages[0].recipients == (TO,)


async def test_all_recipients_or_the_next_profile() -> None:
    world = World()
    one, two_ = await two(world, answers={"rcpt": relays_one})
    entry = await world.send(TO, OTHER)
    assert states(entry) == {TO: "sent", OTHER: "sent"}
    assert not one.messages
    assert [m.recipients for m in two_.messages] == [(TO, OTHER)]


async def test_a_message_is_split_only_when_nobody_takes_all() -> None:
    world = World()
    one = world.server("one.example", answers={"rcpt": relays_one})
    other = world.server("two.example", answers={"rcpt": relays_the_other})
    await world.profile("One", "one.example")
    await world.profile("Two", "two.example")
    entry = await world.send(TO, OTHER)
    assert states(entry) == {TO: "sent", OTHER: "sent"}
    assert [m.recipients for m in one.messages] == [(TO,)]
    assert [m.recipients for m in other.messages] == [(OTHER,)]


async def test_a_wrong_password_is_tried_once_until_it_changes() -> None:
    world = World()
    one = world.server("one.example", 465)
    world.dialer.servers["one.example", 587] = one
    other_port = Endpoint("one.example", 587, Security.STARTTLS)
    wrong = await world.profile(
        "One", "one.example", alternatives=[other_port], password="S3cr3t-canary-wrong"
    )
    entry = await world.send()
    entry = await world.engine.deliver(entry.id)
    await world.engine.test()
    assert one.sign_ins == [(FROM, False)]
    assert states(entry) == {TO: "deferred"}
    assert entry.recipients[0].diagnosis.scope == "credential"
    await world.engine.book.edit(wrong, Secret("S3cr3t-canary-engine"))
    assert states(await world.engine.deliver(entry.id)) == {TO: "sent"}


async def test_the_second_time_on_a_network_only_the_winner_is_asked() -> None:
    world = World()
    one, two_ = await two(world, answers={"rcpt": DENIED})
    await world.send()
    before = one.dialled, two_.dialled
    await world.send()
    assert (one.dialled - before[0], two_.dialled - before[1]) == (0, 1)


async def test_on_another_network_everything_is_asked_again() -> None:
    world = World()
    one, _ = await two(world, answers={"rcpt": [DENIED, "250 ok"]})
    await world.send()
    world.watcher.network = HOME
    entry = await world.send()
    assert tried(entry)[-1] == ("One", "sent", None)
    assert len(one.messages) == 1


async def test_a_remembered_winner_that_fails_now_starts_the_race() -> None:
    world = World()
    one, two_ = await two(world)
    two_.answers["rcpt"] = None
    await world.send()
    one.answers["rcpt"] = DENIED
    entry = await world.send()
    assert tried(entry) == [("One", "failed", "relay-denied"), ("Two", "sent", None)]


async def test_a_better_profile_that_once_failed_is_looked_at_in_passing() -> None:
    world = World()
    one, _ = await two(world, answers={"rcpt": DENIED})
    await world.send()
    one.answers.clear()
    world.clock.advance(2 * 3600)
    entry = await world.send()
    assert tried(entry) == [("Two", "sent", None)]
    assert tried(await world.send())[-1] == ("One", "sent", None)


async def test_a_slow_better_profile_is_waited_for_two_thirds_of_what_the_other_took() -> None:
    world = World()

    async def slow(argument: str) -> None:
        await world.clock.sleep(15.0)

    async def quick(argument: str) -> None:
        await world.clock.sleep(3.0)

    one, two_ = world.server("one.example"), world.server("two.example")
    one.answers["greeting"], two_.answers["greeting"] = slow, quick
    await world.profile("One", "one.example")
    await world.profile("Two", "two.example")
    entry = await world.send()
    assert tried(entry) == [("One", "not-waited-for", None), ("Two", "sent", None)]
    assert entry.attempts[0].seconds == pytest.approx(5.0)
    assert world.clock.monotonic() == pytest.approx(5.0)
    assert all(connection.closed for connection in one.connections)


@pytest.mark.parametrize("more", [(), ("Two",)])  # alone all goes in one flight
async def test_an_attempt_lasts_from_its_beginning_to_its_answer(more: tuple[str, ...]) -> None:
    world = World()

    async def takes_three(argument: str) -> None:
        await world.clock.sleep(3.0)

    async def takes_two(argument: str) -> None:
        await world.clock.sleep(2.0)

    for name in ("One", *more):
        answers = {"greeting": takes_three, "dot": takes_two, "quit": takes_two}
        world.server(f"{name.lower()}.example", answers=answers)
        await world.profile(name, f"{name.lower()}.example")
    began = world.clock.now()
    attempt = (await world.send()).attempts[-1]
    assert (attempt.profile_name, attempt.outcome) == ("One", "sent")
    assert attempt.seconds == pytest.approx(5.0)
    assert attempt.started == began


def far_away(world: World, host: str, **slow_too: Answer) -> None:
    """A server that is a second away: handshakes and every flight of commands take one."""

    async def flight(argument: str) -> None:
        await world.clock.sleep(1.0)

    async def greeting(argument: str) -> str:
        await world.clock.sleep(1.0)
        return "220 far.example ESMTP Postfix"  # whose word is believed at the first message

    slow = dict.fromkeys(("connect", "tls", "hello", "auth", "rcpt"), flight)
    answers = slow | {"greeting": greeting} | slow_too
    world.server(host, extensions=("PIPELINING", "CHUNKING"), answers=answers)


async def test_with_three_of_four_dead_it_takes_less_than_twice_the_working_one_alone() -> None:
    alone, world = World(), World()
    far_away(alone, "four.example")  # the content is in the flight of RCPT
    await alone.profile("four", "four.example")
    assert states(await alone.send()) == {TO: "sent"}

    async def flight(argument: str) -> None:
        await world.clock.sleep(1.0)

    async def swallowed(argument: str) -> FailureKind:
        await world.clock.sleep(10.0)
        return FailureKind.TIMED_OUT

    world.server("one.example", answers={"connect": swallowed})
    far_away(world, "three.example", rcpt=DENIED)
    far_away(world, "four.example", bdat=flight)  # and here it waits for the choice
    for name in ("one", "two", "three", "four"):  # at two.example nothing listens
        await world.profile(name, f"{name}.example")
    assert tried(await world.send())[-1] == ("four", "sent", None)
    assert alone.clock.monotonic() == pytest.approx(6.0)
    assert world.clock.monotonic() == pytest.approx(11.0)


async def test_who_would_have_taken_it_too_is_told_as_not_needed() -> None:
    world = World()

    async def slow(argument: str) -> None:
        await world.clock.sleep(0.1)

    one, _ = await two(world)
    one.answers["greeting"] = slow
    entry = await world.send()
    assert tried(entry) == [("Two", "not-needed", None), ("One", "sent", None)]
    finished = [e for e in world.events if isinstance(e, AttemptFinished)]
    started = [e for e in world.events if isinstance(e, AttemptStarted)]
    assert len(finished) == len(started) == 2  # nothing seems to go on for ever


async def test_who_was_let_go_and_is_asked_again_is_told_once() -> None:
    world = World()
    _, two_ = await two(world, answers={"data": FailureKind.CONNECTION_LOST})
    two_.answers["rcpt"] = [None, DENIED]  # type: ignore[list-item]
    entry = await world.send()
    assert [name for name, outcome, _ in tried(entry)] == ["One", "Two"]
    assert {outcome for _, outcome, _ in tried(entry)} == {"failed"}


async def test_behind_a_portal_nothing_is_dialled_and_the_mail_waits() -> None:
    world = World()
    one, _ = await two(world)
    world.portal.state = PortalState.REQUIRED
    entry = await world.send()
    assert states(entry) == {TO: "deferred"}
    assert entry.recipients[0].diagnosis.kind == "captive-portal"
    assert one.dialled == 0


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("greeting", "deferred"),
        ("auth", "deferred"),
        ("mail", "deferred"),
        ("rcpt", "deferred"),
        ("data", "deferred"),
        ("content", "deferred"),
        ("dot", "uncertain"),
    ],
)
async def test_cancelled_at_every_stage_nothing_is_lost_or_doubled(
    stage: str, expected: str
) -> None:
    world = World()
    reached, answered = asyncio.Event(), asyncio.Event()

    async def hang(argument: str) -> None:
        reached.set()
        await answered.wait()

    server = world.server("one.example", answers={stage: hang})
    await world.profile("One", "one.example")
    outbox_id = await world.engine.queue(message())
    delivery = asyncio.ensure_future(world.engine.deliver(outbox_id))  # noqa: TID251
    await reached.wait()
    delivery.cancel()
    with pytest.raises(asyncio.CancelledError):
        await delivery
    entry = await world.engine.entry(outbox_id)
    assert states(entry) == {TO: expected}
    answered.set()  # a password that was shown is answered before the connection is cut
    await world.clock.sleep(0.1)
    assert all(connection.closed for connection in server.connections)
    server.answers.clear()
    entry = await world.engine.deliver(outbox_id)
    assert states(entry) == {TO: "uncertain" if expected == "uncertain" else "sent"}


async def test_a_local_part_that_needs_smtputf8_goes_where_it_is_known() -> None:
    world = World()
    one, two_ = await two(world, extensions=("8BITMIME",))
    entry = await world.send("grüße@elsewhere.example")
    assert tried(entry) == [("One", "failed", "smtputf8-unsupported"), ("Two", "sent", None)]
    assert not one.messages
    assert two_.messages[0].recipients == ("grüße@elsewhere.example",)


async def test_an_international_domain_goes_as_a_labels_without_smtputf8() -> None:
    world = World()
    server = world.server("one.example", extensions=("8BITMIME",))
    await world.profile("One", "one.example")
    entry = await world.send("info@bücher.example")
    assert states(entry) == {"info@bücher.example": "sent"}
    assert server.messages[0].recipients == (ascii_form("info@bücher.example"),)


async def test_eight_bits_are_encoded_for_a_server_that_takes_seven() -> None:
    world = World()
    server = world.server("one.example", extensions=())
    await world.profile("One", "one.example")
    head = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    content = head + b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n"
    assert states(await world.send(content=content)) == {TO: "sent"}
    assert server.messages[0].content.isascii()
    sent = message_from_bytes(server.messages[0].content)
    assert sent.get_payload(decode=True) == "Grüße\r\n".encode()


async def test_too_large_everywhere_is_final_too_large_here_is_not() -> None:
    world = World()
    world.server("one.example", extensions=("SIZE 20",))
    await world.profile("One", "one.example")
    entry = await world.send()
    assert states(entry) == {TO: "refused"}
    assert entry.recipients[0].diagnosis.kind == "too-large"
    world.server("two.example")
    await world.profile("Two", "two.example")
    assert states(await world.send()) == {TO: "sent"}


async def test_nothing_is_taken_that_no_profile_may_send() -> None:
    world = World()
    with pytest.raises(BadConfiguration, match="no profile yet"):
        await world.engine.queue(message())
    await world.profile("One", "one.example", senders=("@home.example",))
    with pytest.raises(BadConfiguration, match=r"send as eve@evil\.example"):
        await world.engine.queue(message(sender="eve@evil.example"))
    assert await world.engine.entries() == ()


async def test_a_profile_removed_meanwhile_leaves_the_mail_waiting() -> None:
    world = World()
    profile = await world.profile("One", "one.example")
    outbox_id = await world.engine.queue(message())
    await world.engine.remove_profile(profile.id)
    entry = await world.engine.deliver(outbox_id)
    assert states(entry) == {TO: "deferred"}
    assert entry.recipients[0].diagnosis.kind == "sender-not-allowed"


async def test_cancel_keeps_what_was_sent_and_stops_what_waits() -> None:
    world = World()
    world.server("one.example", answers={"rcpt": DENIED})
    await world.profile("One", "one.example")
    entry = await world.send()
    assert states(await world.engine.cancel(entry.id)) == {TO: "cancelled"}
    with pytest.raises(UserFacingError, match="waiting"):
        await world.engine.cancel(entry.id)


async def test_starttls_taken_away_is_never_a_reason_to_go_on_in_clear() -> None:
    world = World()
    server = world.server("one.example", 587, offer_starttls=False)
    await world.profile("One", "one.example", 587, Security.STARTTLS)
    entry = await world.send()
    assert entry.recipients[0].diagnosis.kind == "starttls-stripped"
    assert server.sign_ins == []


async def test_without_sign_in_a_relay_by_address_serves() -> None:
    world = World()
    server = world.server("relay.example", 25, users={})
    await world.profile("Campus", "relay.example", 25, Security.PLAINTEXT, auth=AuthMethod.NONE)
    assert states(await world.send()) == {TO: "sent"}
    assert server.sign_ins == []


async def test_more_recipients_than_fit_go_in_several_transactions() -> None:
    world = World()
    taken: list[str] = []

    async def two_at_most(argument: str) -> str | None:
        taken.append(argument)
        return "452 4.5.3 Too many recipients" if len(taken) % 3 == 0 else None

    one, two_ = await two(world, answers={"rcpt": two_at_most})
    everybody = [f"friend{number}@elsewhere.example" for number in range(5)]
    entry = await world.send(*everybody)
    assert set(states(entry).values()) == {"sent"}
    reached = [address for m in one.messages for address in m.recipients]
    assert sorted(reached) == everybody
    assert len(one.messages) == 3
    assert not two_.messages


async def test_a_route_that_fails_after_all_is_not_remembered_as_working() -> None:
    world = World()
    one, _ = await two(world, answers={"data": "554 5.7.1 Relay access denied"})
    await world.send()
    before = one.dialled
    assert tried(await world.send()) == [("Two", "sent", None)]
    assert one.dialled == before


async def test_only_half_written_profiles_are_named() -> None:
    world = World()
    profile = await world.profile("Old one", "one.example")
    await world.store.delete(f"roammail/profile/{profile.id}")
    with pytest.raises(BadConfiguration, match="Old one"):
        await world.engine.test()
