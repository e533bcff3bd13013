"""How far each profile comes, on scripted servers."""

import asyncio

import pytest

from roammail.core.events import ProbeFinished, StepFinished
from roammail.core.failure import FailureKind
from roammail.core.network import PortalState
from roammail.core.profile import AuthMethod, Endpoint, Security
from roammail.core.report import ProfileOutcome, StepOutcome
from roammail.core.stage import PROBE_LADDER, Stage
from tests.engine.world import FROM, HOME, HOTEL, World

ASKED = "me@other.example"


async def test_a_profile_that_works_climbs_the_whole_ladder() -> None:
    world = World()
    server = world.server("one.example")
    profile = await world.profile("One", "one.example")
    report = await world.engine.test(rcpt=ASKED)
    (one,) = report.profiles
    assert report.winner == profile.id
    assert one.outcome is ProfileOutcome.WORKS
    assert [step.stage for step in one.steps] == list(PROBE_LADDER)
    assert {step.outcome for step in one.steps} == {StepOutcome.DONE}
    assert f"rcpt {ASKED}" in server.commands
    assert not any(command.startswith("data") for command in server.commands)
    assert isinstance(world.events[-1], ProbeFinished)


@pytest.mark.parametrize(
    ("stage", "answer", "fell", "kind"),
    [
        ("connect", FailureKind.TIMED_OUT, Stage.CONNECT, "timed-out"),
        ("greeting", "554 5.7.1 Your address is blocked by Spamhaus", Stage.GREET, "ip-blocked"),
        ("greeting", FailureKind.GARBAGE, Stage.GREET, "protocol-error"),
        ("tls", FailureKind.CERTIFICATE_UNTRUSTED, Stage.ENCRYPT, "certificate-untrusted"),
        ("auth", "535 5.7.8 Authentication failed", Stage.SIGN_IN, "auth-failed"),
        ("mail", "553 5.7.1 Sender address rejected: not owned by user", Stage.SENDER, None),
        ("rcpt", "554 5.7.1 Relay access denied", Stage.RELAY, "relay-denied"),
        ("rcpt", FailureKind.CONNECTION_LOST, Stage.RELAY, "connection-lost"),
    ],
)
async def test_where_it_falls_is_told(
    stage: str, answer: object, fell: Stage, kind: str | None
) -> None:
    world = World()
    world.server("one.example", answers={stage: answer})
    await world.profile("One", "one.example")
    report = await world.engine.test(rcpt=ASKED)
    (one,) = report.profiles
    assert report.winner is None
    assert one.outcome is ProfileOutcome.FAILS
    assert one.diagnosis.stage is fell
    assert one.diagnosis.kind == (kind or "sender-not-allowed")
    outcomes = {step.stage: step.outcome for step in one.steps}
    assert outcomes[fell] is StepOutcome.FAILED
    later = [s for s in PROBE_LADDER if s.position > fell.position]
    if fell is not Stage.ENCRYPT and stage != "greeting":
        assert all(outcomes[s] is StepOutcome.SKIPPED for s in later)


async def test_the_other_endpoints_follow_where_the_first_is_out_of_reach() -> None:
    world = World()
    at_2525 = Endpoint("one.example", 2525, Security.IMPLICIT_TLS)
    world.server("one.example", 2525)
    await world.profile("One", "one.example", 465, alternatives=[at_2525])
    report = await world.engine.test(rcpt=ASKED)
    assert report.profiles[0].outcome is ProfileOutcome.WORKS
    assert report.profiles[0].endpoint == at_2525
    assert len(report.profiles[0].tried) == 2


async def test_an_endpoint_that_worked_here_is_tried_first_the_next_time() -> None:
    world = World()
    at_2525 = Endpoint("one.example", 2525, Security.IMPLICIT_TLS)
    world.server("one.example", 2525)
    await world.profile("One", "one.example", 465, alternatives=[at_2525])
    await world.engine.test(rcpt=ASKED)
    world.dialer.dialled.clear()
    await world.engine.test(rcpt=ASKED)
    assert world.dialer.dialled == [at_2525]


async def test_one_wrong_password_one_sign_in_however_many_endpoints() -> None:
    world = World()
    server = world.server("one.example", 465)
    for port in (587, 2525):
        world.dialer.servers["one.example", port] = server
    server.answers["greeting"] = ["421 4.3.2 busy", None]
    others = [Endpoint("one.example", port, Security.IMPLICIT_TLS) for port in (587, 2525)]
    await world.profile("One", "one.example", alternatives=others, password="S3cr3t-canary-no")
    report = await world.engine.test(rcpt=ASKED)
    assert server.sign_ins == [(FROM, False)]
    assert report.profiles[0].diagnosis.scope == "credential"


async def test_nothing_is_probed_behind_a_portal() -> None:
    world = World()
    server = world.server("one.example")
    await world.profile("One", "one.example")
    world.portal.state = PortalState.REQUIRED
    report = await world.engine.test()
    assert report.profiles[0].outcome is ProfileOutcome.SKIPPED
    assert report.profiles[0].diagnosis.kind == "captive-portal"
    assert server.dialled == 0


async def test_an_address_of_ones_own_at_another_domain_is_asked_for() -> None:
    world = World()
    server = world.server("one.example")
    await world.profile("One", "one.example")
    world.server("two.example")
    await world.profile("Two", "two.example", senders=("ada@second.example",))
    await world.engine.test(["One"])
    assert "rcpt ada@second.example" in server.commands


async def test_without_such_an_address_relaying_is_unknown_and_said_so() -> None:
    world = World()
    world.server("one.example")
    world.server("open.example", 25, users={})
    await world.profile("Signed in", "one.example")
    await world.profile("By address", "open.example", 25, Security.PLAINTEXT, auth=AuthMethod.NONE)
    signed_in, by_address = (await world.engine.test()).profiles
    assert signed_in.outcome is ProfileOutcome.WORKS
    assert signed_in.steps[-1].outcome is StepOutcome.SKIPPED
    assert signed_in.steps[-1].detail
    assert by_address.outcome is ProfileOutcome.SKIPPED


async def test_starttls_seen_at_home_makes_the_missing_one_certain() -> None:
    world = World()
    world.watcher.network = HOME
    server = world.server("one.example", 587)
    await world.profile("One", "one.example", 587, Security.STARTTLS)
    await world.engine.test(rcpt=ASKED)
    world.watcher.network, server.offer_starttls = HOTEL, False
    report = await world.engine.test(rcpt=ASKED)
    assert report.profiles[0].diagnosis.kind == "starttls-stripped"
    assert report.profiles[0].diagnosis.confidence == "certain"
    assert report.profiles[0].diagnosis.party == "network"


async def test_a_port_that_answers_nowhere_here_is_the_networks_doing() -> None:
    world = World()
    at_465 = Endpoint("one.example", 465, Security.IMPLICIT_TLS)
    world.server("one.example", 465)
    await world.profile("One", "one.example", 587, Security.STARTTLS, alternatives=[at_465])
    world.server("one.example", 587, answers={"connect": FailureKind.TIMED_OUT})
    world.server("two.example", 587, answers={"connect": FailureKind.TIMED_OUT})
    await world.profile("Two", "two.example", 587, Security.STARTTLS)
    one, two = (await world.engine.test(rcpt=ASKED)).profiles
    assert one.endpoint == at_465
    blocked = next(r for r in one.tried if r.endpoint.port == 587)
    assert blocked.diagnosis.kind == "port-or-network-blocked"
    assert blocked.diagnosis.party == "network"
    assert two.outcome is ProfileOutcome.FAILS


async def test_a_cancelled_probe_leaves_nothing_open() -> None:
    world = World()
    reached = asyncio.Event()

    async def hang(argument: str) -> None:
        reached.set()
        await asyncio.Event().wait()

    server = world.server("one.example", answers={"mail": hang})
    await world.profile("One", "one.example")
    probe = asyncio.ensure_future(world.engine.test(rcpt=ASKED))  # noqa: TID251
    await reached.wait()
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    assert all(connection.closed for connection in server.connections)


async def test_every_step_is_announced_while_it_runs() -> None:
    world = World()
    world.server("one.example")
    await world.profile("One", "one.example")
    await world.engine.test(rcpt=ASKED)
    finished = [e.step.stage for e in world.events if isinstance(e, StepFinished)]
    assert set(finished) == set(PROBE_LADDER)


async def test_no_secret_in_any_event_or_report() -> None:
    world = World()
    world.server("one.example")
    await world.profile("One", "one.example")
    await world.engine.test(rcpt=ASKED)
    await world.send()
    assert "canary" not in repr(world.events)


async def test_a_silent_port_does_not_keep_the_others_waiting() -> None:
    world = World()

    async def silent(argument: str) -> FailureKind:
        await world.clock.sleep(10.0)
        return FailureKind.TIMED_OUT

    world.server("one.example", 587, answers={"connect": silent})
    world.server("one.example", 465)
    at_465 = Endpoint("one.example", 465, Security.IMPLICIT_TLS)
    await world.profile("One", "one.example", 587, Security.STARTTLS, alternatives=[at_465])
    entry = await world.send()
    assert world.clock.monotonic() == pytest.approx(2.0)
    outcomes = [(a.port, a.outcome, a.diagnosis) for a in entry.attempts]
    assert outcomes == [(587, "not-waited-for", None), (465, "sent", None)]


async def test_a_slow_server_that_was_reached_is_not_knocked_at_elsewhere() -> None:
    world = World()

    async def slow(argument: str) -> None:
        await world.clock.sleep(8.0)

    world.server("one.example", 587, answers={"greeting": slow})
    other = world.server("one.example", 465)
    at_465 = Endpoint("one.example", 465, Security.IMPLICIT_TLS)
    await world.profile("One", "one.example", 587, Security.STARTTLS, alternatives=[at_465])
    await world.engine.test(rcpt=ASKED)
    assert other.dialled == 0


async def test_a_name_that_only_a_search_page_knows_does_not_exist() -> None:
    world = World()
    world.server("gone.example", answers={"connect": FailureKind.REFUSED})
    await world.profile("Gone", "gone.example")
    (plain,) = (await world.engine.test(rcpt=ASKED)).profiles
    assert plain.diagnosis.kind == "unreachable"
    world.resolver.search_page = "192.0.2.1"
    (told,) = (await world.engine.test(rcpt=ASKED)).profiles
    assert (told.diagnosis.kind, told.diagnosis.party) == ("dns-failed", "account")
