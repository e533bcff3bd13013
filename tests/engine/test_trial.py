"""A profile tried before it is kept, one taken away and put back, settings taken over live."""

from dataclasses import replace
from pathlib import Path

import pytest

from roammail.adapters.settings_file import SettingsFile
from roammail.core.errors import BadConfiguration, UserFacingError
from roammail.core.events import ProbeFinished, ProbeStarted, SettingsChanged, StepFinished
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.report import ProfileOutcome
from roammail.core.secret import Secret
from roammail.engine.engine import Engine, Parts
from roammail.engine.profile_removal import put_back, remove
from tests import canary
from tests.engine.world import FROM, PASSWORD, World

WRONG = Secret(canary.secret("trial"))


def fresh(host: str = "smtp.home.example") -> Profile:
    endpoint = Endpoint(host, 465, Security.IMPLICIT_TLS)
    return Profile("trial-1", "New", endpoint, username=FROM, senders=(FROM,))


async def test_a_trial_keeps_and_remembers_nothing() -> None:
    world = World()
    server = world.server("smtp.home.example")
    report = await world.engine.try_out(fresh(), Secret(PASSWORD))
    assert report.outcome is ProfileOutcome.WORKS
    assert (await world.engine.book.all()).profiles == ()
    assert await world.memory.recall() == ()
    assert not any("DATA" in command for command in server.commands)


async def test_its_steps_are_announced_and_no_probe() -> None:
    world = World()
    world.server("smtp.home.example")
    await world.engine.try_out(fresh(), Secret(PASSWORD))
    steps = [event for event in world.events if isinstance(event, StepFinished)]
    assert {event.profile_id for event in steps} == {"trial-1"}
    assert not any(isinstance(event, ProbeStarted | ProbeFinished) for event in world.events)


async def test_a_wrong_password_pauses_nothing() -> None:
    world = World()
    world.server("smtp.home.example")
    report = await world.engine.try_out(fresh(), WRONG)
    assert report.outcome is ProfileOutcome.FAILS
    report = await world.engine.try_out(replace(fresh(), id="trial-2"), Secret(PASSWORD))
    assert report.outcome is ProfileOutcome.WORKS


async def test_the_kept_password_serves_unless_it_was_refused() -> None:
    world = World()
    world.server("smtp.home.example")
    world.server("smtp.other.example")
    kept = await world.profile("home", "smtp.home.example")
    report = await world.engine.try_out(replace(kept, id="trial-1"), None, kept.id)
    assert report.outcome is ProfileOutcome.WORKS
    await world.engine.book.edit(kept, WRONG)
    await world.engine.test([kept.id])
    assert set(await world.engine.paused()) == {kept.id}
    with pytest.raises(UserFacingError) as caught:
        await world.engine.try_out(replace(kept, id="trial-2"), None, kept.id)
    assert caught.value.code == "profile-paused"
    report = await world.engine.try_out(replace(kept, id="trial-3"), Secret(PASSWORD), kept.id)
    assert report.outcome is ProfileOutcome.WORKS


async def test_without_any_password_nothing_is_signed_in() -> None:
    world = World()
    world.server("smtp.home.example")
    report = await world.engine.try_out(fresh(), None, "nobody")
    assert report.outcome is ProfileOutcome.FAILS


async def test_removed_and_put_back_in_its_place() -> None:
    world = World()
    for name in ("one", "two", "three"):
        await world.profile(name, f"smtp.{name}.example")
    second = (await world.engine.book.all()).profiles[1]
    removed = await remove(world.engine, second.id)
    assert PASSWORD not in repr(removed)
    assert [p.name for p in (await world.engine.book.all()).profiles] == ["one", "three"]
    back = await put_back(world.engine, removed)
    assert [p.name for p in (await world.engine.book.all()).profiles] == ["one", "two", "three"]
    assert await world.engine.book.secret(back.id) == Secret(PASSWORD)
    with pytest.raises(BadConfiguration):
        await remove(world.engine, "nobody")


async def test_a_name_that_was_given_away_meanwhile_is_told() -> None:
    world = World()
    only = await world.profile("one", "smtp.one.example")
    removed = await remove(world.engine, only.id)
    await world.profile("one", "smtp.two.example")
    with pytest.raises(BadConfiguration) as caught:
        await put_back(world.engine, removed)
    assert caught.value.code == "profile-name-taken"


async def test_settings_that_can_change_while_running_do(tmp_path: Path) -> None:
    world = World()
    engine = Engine(with_file(world.engine, tmp_path))
    await engine.preferences.set("connect_seconds", 3)
    await engine.preferences.set("language", "de")
    assert engine.settings.connect_seconds == 3
    assert engine.settings.language == ""  # from the next start
    assert sum(isinstance(event, SettingsChanged) for event in world.events) == 2
    change = await engine.preferences.reset("connect_seconds")
    assert (change.value, change.restart, engine.settings.connect_seconds) == (10, False, 10)
    with pytest.raises(BadConfiguration):
        await engine.preferences.set("connect_seconds", 0)
    known = {s.setting.key: s.value for s in await engine.preferences.all()}
    assert (known["language"], known["connect_seconds"]) == ("de", 10)


def with_file(engine: Engine, folder: Path) -> Parts:
    return replace(engine._parts, settings_store=SettingsFile(folder))


async def test_an_engine_without_them_says_so() -> None:
    world = World()
    with pytest.raises(BadConfiguration, match="settings"):
        _ = world.engine.preferences
    with pytest.raises(BadConfiguration, match="providers"):
        _ = world.engine.suggester
