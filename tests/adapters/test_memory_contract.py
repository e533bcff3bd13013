"""What every MemoryStore keeps to; the fake and the real one pass the same tests."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roammail.adapters.memory_sqlite import SqliteMemory
from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Scope
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Security
from roammail.core.report import Offer
from roammail.core.stage import Stage
from roammail.ports import Memory, MemoryStore
from tests.fakes.memory import FakeMemory

NOW = datetime(2026, 5, 4, 3, 2, 1, 5, tzinfo=UTC)
HOME, CAFE = NetworkKey("home"), NetworkKey("cafe")
WRONG = Diagnosis(Kind.AUTH_FAILED, Scope.CREDENTIAL, Party.ACCOUNT, Confidence.CERTAIN)
OFFER = Offer("220 hé", False, ("PLAIN", "LOGIN"), ("SIZE 5", "8BITMIME"), "CA", "mx.example")


@pytest.fixture(params=["fake", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MemoryStore]:
    made: MemoryStore = FakeMemory() if request.param == "fake" else SqliteMemory(tmp_path / "m")
    yield made
    await made.close()


def a_memory(profile: str = "p", key: NetworkKey = HOME, seconds: int = 0) -> Memory:
    endpoint = Endpoint("mx.example", 587, Security.STARTTLS)
    when = NOW + timedelta(seconds=seconds)
    return Memory(key, profile, endpoint, False, "relay-denied", Stage.RELAY, OFFER, 0.5, when)


async def test_remembers_the_last_of_each(store: MemoryStore) -> None:
    old = a_memory()
    new = replace(old, works=True, kind=None, stage=None, offer=Offer(), when=NOW)
    other = replace(old, endpoint=Endpoint("mx.example", 465, Security.IMPLICIT_TLS))
    for memory in (old, other, new):
        await store.remember(memory)
    assert set(await store.recall()) == {new, other}


async def test_recalls_newest_first(store: MemoryStore) -> None:
    for profile, key, seconds in (("a", HOME, 5), ("b", CAFE, 9), ("c", HOME, 7)):
        await store.remember(a_memory(profile, key, seconds))
    assert [memory.profile_id for memory in await store.recall()] == ["b", "c", "a"]
    assert [memory.profile_id for memory in await store.recall(HOME)] == ["c", "a"]
    assert await store.recall(NetworkKey("nowhere")) == ()


async def test_forgets_a_profile(store: MemoryStore) -> None:
    await store.remember(a_memory("a"))
    await store.remember(a_memory("b"))
    await store.pause("a", "1", WRONG)
    await store.forget("a")
    assert [memory.profile_id for memory in await store.recall()] == ["b"]
    assert await store.paused("a", "1") is None


async def test_forgets_a_network_and_its_name(store: MemoryStore) -> None:
    await store.remember(a_memory("a", HOME))
    await store.remember(a_memory("b", HOME))
    await store.remember(a_memory("a", CAFE))
    await store.name_network(HOME, "Zu Hause")
    await store.name_network(CAFE, "Café")
    await store.pause("a", "1", WRONG)
    await store.forget_network(HOME)
    assert [memory.key for memory in await store.recall()] == [CAFE]
    assert await store.network_names() == {CAFE: "Café"}
    assert await store.paused("a", "1") == WRONG
    await store.forget_network(NetworkKey("nowhere"))


async def test_a_network_has_the_name_that_was_given_last(store: MemoryStore) -> None:
    assert await store.network_names() == {}
    await store.name_network(HOME, "one")
    await store.name_network(HOME, "two")
    assert await store.network_names() == {HOME: "two"}
    await store.name_network(HOME, "")
    assert await store.network_names() == {}


async def test_a_pause_lasts_until_the_secret_changes(store: MemoryStore) -> None:
    assert await store.paused("p", "1") is None
    await store.pause("p", "1", WRONG)
    assert await store.paused("p", "1") == WRONG
    assert await store.paused("p", "2") is None
    assert await store.paused("q", "1") is None
    await store.pause("p", "2", WRONG)
    assert await store.paused("p", "1") is None
    assert await store.paused("p", "2") == WRONG


async def test_the_salt_is_made_once(store: MemoryStore) -> None:
    salt = await store.salt()
    assert len(salt) == 32
    assert await store.salt() == salt


async def test_all_processes_have_one_salt_and_one_memory(tmp_path: Path) -> None:
    one, two = SqliteMemory(tmp_path), SqliteMemory(tmp_path)
    assert await one.salt() == await two.salt()
    await one.pause("p", "1", WRONG)
    assert await two.paused("p", "1") == WRONG
    await one.close()
    await two.close()
    again = SqliteMemory(tmp_path)
    assert await again.paused("p", "1") == WRONG
    await again.close()


async def test_a_file_of_the_first_version_is_kept(tmp_path: Path) -> None:
    """The names came later: what was remembered before stays."""
    old = SqliteMemory(tmp_path)
    await old.remember(a_memory())
    await old.close()
    with closing(sqlite3.connect(tmp_path / "memory.db")) as connection:
        connection.execute("DROP TABLE names")
        connection.execute("PRAGMA user_version = 1")
    new = SqliteMemory(tmp_path)
    assert await new.recall() == (a_memory(),)
    await new.name_network(HOME, "home")
    assert await new.network_names() == {HOME: "home"}
    await new.close()
