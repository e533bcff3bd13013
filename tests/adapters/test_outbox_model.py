"""The real outbox against a simple model, the fake, under random histories: two stores as two
processes, restarts, moves that are allowed and moves that are not."""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.core.delivery import Move
from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Scope
from roammail.core.envelope import AttemptEntry, Envelope, ReadyMessage
from roammail.ports import OutboxStore
from tests.fakes.outbox import FakeOutbox

START = datetime(2026, 5, 4, tzinfo=UTC)
BUSY = Diagnosis(Kind.SERVER_BUSY, Scope.TEMPORARY, Party.SERVER, Confidence.LIKELY)
ADDRESSES = ("a@x.example", "b@x.example", "c@x.example")

which = st.integers(0, 1)
numbers = st.integers(1, 5)
some = st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=3)


class Outboxes(RuleBasedStateMachine):
    """Does everything to both and compares what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "mail"
        first = FakeOutbox()
        self.model: list[OutboxStore] = [first, first.peer()]
        self.real: list[OutboxStore] = [SqliteOutbox(self.path), SqliteOutbox(self.path)]
        self.when = START
        self.added = 0

    def both(self, which: int, name: str, *given: Any, **named: Any) -> None:
        outcomes = []
        for stores in (self.model, self.real):
            try:
                call: Coroutine[Any, Any, object] = getattr(stores[which], name)(*given, **named)
                outcomes.append((None, self.runner.run(call)))
            except Exception as error:
                outcomes.append((type(error), None))
        assert outcomes[0] == outcomes[1], name

    def now(self, seconds: int) -> datetime:
        self.when += timedelta(seconds=seconds)  # back and forth, as clocks jump
        return self.when

    @precondition(lambda self: self.added < 5)
    @rule(which=which, count=st.integers(1, 3), content=st.binary(max_size=50))
    def add(self, which: int, count: int, content: bytes) -> None:
        self.added += 1
        envelope = Envelope("me@x.example", ADDRESSES[:count])
        message = ReadyMessage(envelope, content, f"<{self.added}@x>", "me@x.example", "s")
        self.both(which, "add", message, self.now(1))

    @rule(which=which, number=numbers, addresses=some, by=st.sampled_from(Move),
          told=st.none() | st.just(BUSY), profile=st.none() | st.just("p"),
          seconds=st.integers(-9999, 9999))  # fmt: skip
    def move(
        self,
        which: int,
        number: int,
        addresses: list[str],
        by: Move,
        told: Diagnosis | None,
        profile: str | None,
        seconds: int,
    ) -> None:
        when = self.now(seconds)
        self.both(which, "move", number, addresses, by, when, profile_id=profile, diagnosis=told)

    @rule(which=which, number=numbers)
    def claim(self, which: int, number: int) -> None:
        self.both(which, "claim", number)

    @rule(which=which, number=numbers)
    def release(self, which: int, number: int) -> None:
        self.both(which, "release", number)

    @rule(which=which)
    def recover(self, which: int) -> None:
        self.both(which, "recover", self.now(1))

    @rule(which=which, number=numbers, tries=st.integers(0, 9), at=st.none() | st.just(START))
    def schedule(self, which: int, number: int, tries: int, at: datetime | None) -> None:
        self.both(which, "schedule", number, at, tries)

    @rule(which=which, number=numbers)
    def note(self, which: int, number: int) -> None:
        entry = AttemptEntry("p", "P", "h", 25, "plaintext", "failed", BUSY, self.when, 0.5)
        self.both(which, "note_attempt", number, entry)

    @rule(which=which)
    def restart(self, which: int) -> None:
        self.both(which, "close")
        self.real[which] = SqliteOutbox(self.path)

    @rule(which=which, number=numbers)
    def look(self, which: int, number: int) -> None:
        self.both(which, "message", number)
        self.both(which, "entry", number)

    @invariant()
    def same(self) -> None:
        self.both(0, "entries")
        self.both(1, "entries", open_only=True)

    def teardown(self) -> None:
        for store in self.real:
            self.runner.run(store.close())
        self.runner.close()
        self.folder.cleanup()


TestOutboxes = Outboxes.TestCase
TestOutboxes.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
