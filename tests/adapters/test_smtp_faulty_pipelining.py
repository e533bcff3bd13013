"""Servers that offer PIPELINING or CHUNKING and break it, over real sockets, through the whole
engine: nothing is lost, nothing is doubled, and each is spoken to plainly from then on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from roammail.core.envelope import OutboxEntry
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.settings import Settings
from roammail.engine.engine import Engine
from roammail.ports import Timeouts
from roammail.wiring import Options, open_engine, throw_away_store
from tests.adapters.faulty_server import (
    BOTH,
    MAIL_OK,
    PIPELINING,
    RCPT_OK,
    FaultyServer,
    by_recipient,
    cut_off,
    hang_up_at_chunk,
    held,
    out_of_step,
    refused_chunk,
    released,
    silent,
    thrown_away,
    unread_chunk,
    waiting,
    when_ahead,
)
from tests.adapters.scripted_server import EXTENSIONS, Action, Session, close, say
from tests.adapters.smtp_world import QUICK
from tests.engine.world import FROM, HOTEL, FixedWatcher, message, states, tried
from tests.fakes.smtp import FakeResolver

TO, OTHER = "friend@elsewhere.example", "gone@elsewhere.example"
Script = dict[str, Action | Sequence[Action]]


@dataclass
class Laptop:
    """A real engine before one faulty server."""

    engine: Engine
    server: FaultyServer

    async def send(self, *to: str, body: str = "Hello.") -> OutboxEntry:
        """Queues and delivers one message."""
        content = f"From: {FROM}\r\nSubject: x\r\n\r\n{body}\r\n".encode()
        outbox_id = await self.engine.queue(message(*to, content=content))
        return await self.engine.deliver(outbox_id)

    @property
    def bodies(self) -> list[str]:
        """What the server took, in its order."""
        return [taken.split(b"\r\n\r\n")[-1].decode().strip() for taken in self.server.messages]

    @property
    def taken_for(self) -> list[list[str]]:
        """The RCPT commands of each session."""
        return [
            [command for command in session.commands if command.startswith("RCPT")]
            for session in self.server.sessions
        ]


@contextlib.asynccontextmanager
async def laptop(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: FaultyServer,
    kept: int = 0,
    patience: Timeouts = QUICK,
) -> AsyncIterator[Laptop]:
    """The engine as it is, but for the patience, the place and the names; every message has a
    connection of its own, unless it is `kept` for the next, seconds."""
    monkeypatch.setattr("roammail.wiring.Timeouts", lambda connect: patience)
    options = Options(
        home=home,
        store=throw_away_store(),
        watcher=FixedWatcher(HOTEL),
        resolver=FakeResolver(default="127.0.0.1"),
        settings=Settings(keep_connection_seconds=kept),
    )
    async with server, open_engine(options) as engine:
        endpoint = Endpoint(server.host, server.port, Security.PLAINTEXT)
        profile = Profile(
            id="", name="it", endpoint=endpoint, auth=AuthMethod.NONE, senders=(FROM,)
        )
        await engine.book.add(profile, None)
        yield Laptop(engine, server)


def _merged() -> Script:
    return {"mail": when_ahead(silent, say(MAIL_OK))}


def _thrown_away() -> Script:
    return {"mail": thrown_away(MAIL_OK)}


def _wrong_order() -> Script:
    store: list[str] = []
    return {"rcpt": held(store, RCPT_OK), "data": _released_data(store)}


def _released_data(store: list[str]) -> Action:
    """354 first, then what it should have come after."""

    async def act(session: Session) -> None:
        if store:
            return await released(store, "354 Go ahead")(session)
        return await getattr(session.server, "_data")(session)  # noqa: B009

    return act


def _answered_twice() -> Script:
    return {"rcpt": when_ahead(say(RCPT_OK, RCPT_OK), say(RCPT_OK))}


def _answer_lost() -> Script:
    return {"rcpt": when_ahead(silent, say(RCPT_OK))}


def _closed_at_chunk() -> Script:
    return {"bdat": hang_up_at_chunk}


def _chunk_unknown() -> Script:
    return {"bdat": unread_chunk("500 5.5.1 Unknown command")}


def _chunk_out_of_place() -> Script:
    return {"bdat": refused_chunk("503 5.5.1 Bad sequence of commands")}


def _spam_trap() -> Script:
    return {"mail": out_of_step("503 5.5.0 Improper use of SMTP command pipelining")}


def _cut_off() -> Script:
    return {"mail": cut_off("554 SMTP synchronization error")}


def _closed_when_ahead() -> Script:
    return {"rcpt": when_ahead(close, say(RCPT_OK))}


def _temporarily_cut_off() -> Script:
    return {"mail": cut_off("421 4.7.0 Too fast: not pipelining here")}


FAULTS: dict[str, tuple[Callable[[], Script], Sequence[str]]] = {
    "answers merged": (_merged, BOTH),
    "answers merged, without chunks": (_merged, PIPELINING),
    "the rest thrown away": (_thrown_away, BOTH),
    "the rest thrown away, without chunks": (_thrown_away, PIPELINING),
    "answers in the wrong order": (_wrong_order, PIPELINING),
    "answers twice": (_answered_twice, BOTH),
    "answers twice, without chunks": (_answered_twice, PIPELINING),
    "an answer lost": (_answer_lost, BOTH),
    "an answer lost, without chunks": (_answer_lost, PIPELINING),
    "closed at the chunk": (_closed_at_chunk, BOTH),
    "chunks unknown": (_chunk_unknown, BOTH),
    "chunks out of place": (_chunk_out_of_place, BOTH),
    "taken for a spammer": (_spam_trap, BOTH),
    "cut off": (_cut_off, PIPELINING),
    "cut off for a while": (_temporarily_cut_off, BOTH),
    "closed when ahead": (_closed_when_ahead, PIPELINING),
}
#: Those that say nothing: it takes a time-out to find them out.
SILENT = {fault for fault in FAULTS if "merged" in fault or "thrown" in fault or "lost" in fault}


def patience_with(fault: str) -> Timeouts:
    """Seconds enough for a busy machine, and no more where nothing will come."""
    return Timeouts(9, 9, command=2.5) if fault in SILENT else QUICK


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_faulty_server_gets_every_message_once(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, extensions = FAULTS[fault]
    server = FaultyServer(make(), extensions=extensions)
    patience = patience_with(fault)
    async with laptop(tmp_path, monkeypatch, server, patience=patience) as here:
        for number in range(2):
            entry = await here.send(TO, body=f"message {number}")
            assert states(entry) == {TO: "sent"}
            assert tried(entry) == [("it", "sent", None)]
        assert here.bodies == ["message 0", "message 1"]
        # Found out at the first message, and spoken to plainly from then on.
        assert len(server.sessions) == 3
        assert server.ahead[0] or "BDAT" in str(server.sessions[0].commands)
        for session, ahead in zip(server.sessions[1:], server.ahead[1:], strict=True):
            assert ahead == []
            assert "DATA" in session.commands


async def test_what_was_found_out_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process too: the memory is on disk."""
    server = FaultyServer(_answered_twice())
    store = throw_away_store()
    monkeypatch.setattr("roammail.wiring.Timeouts", lambda connect: QUICK)
    options = Options(
        home=tmp_path,
        store=store,
        watcher=FixedWatcher(HOTEL),
        resolver=FakeResolver(default="127.0.0.1"),
        settings=Settings(keep_connection_seconds=0),
    )
    monkeypatch.setattr(type(store), "close", _stays)
    async with server:
        for number in range(2):
            async with open_engine(options) as engine:
                if not number:
                    endpoint = Endpoint(server.host, server.port, Security.PLAINTEXT)
                    profile = Profile(
                        id="", name="it", endpoint=endpoint, auth=AuthMethod.NONE, senders=(FROM,)
                    )
                    await engine.book.add(profile, None)
                entry = await engine.deliver(await engine.queue(message(TO)))
                assert states(entry) == {TO: "sent"}
    assert len(server.sessions) == 3
    assert len(server.messages) == 2


async def _stays(_: object) -> None:
    """For a store that outlives its engine."""


async def test_a_good_server_is_believed_after_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        for number in range(2):
            assert states(await here.send(TO, body=f"message {number}")) == {TO: "sent"}
        assert here.bodies == ["message 0", "message 1"]
        first, second = ([c for c in s.commands if "BDAT" in c] for s in server.sessions)
        assert [len(first), len(second)] == [2, 1]
        assert second[0].endswith("LAST")
        # The content came while MAIL was still being read: everything in one flight.
        assert server.ahead[1][:2] == ["mail", "rcpt"]


async def test_answers_in_odd_pieces_are_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def in_pieces(session: Session) -> None:
        for piece in (b"250-2.1.5 Re", b"cipient\r", b"\n250 2.1", b".5 ok\r\n"):
            await session.write(piece)

    server = FaultyServer({"mail": in_pieces, "rcpt": in_pieces})
    async with laptop(tmp_path, monkeypatch, server) as here:
        for number in range(2):
            assert states(await here.send(TO, body=f"message {number}")) == {TO: "sent"}
        assert here.bodies == ["message 0", "message 1"]
        assert len(server.sessions) == 2


@pytest.mark.parametrize("extensions", [BOTH, PIPELINING])
async def test_answers_that_changed_places_condemn_nobody(
    extensions: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right recipient is refused, the right one gets it: mixed answers are asked for again."""
    store: list[str] = []
    refusal = "550 5.1.1 No such user"

    async def act(session: Session) -> None:
        gone = OTHER in session.commands[-1]
        if gone:
            await released(store, refusal)(session)
        else:
            await held(store, RCPT_OK)(session)

    server = FaultyServer({"rcpt": act}, extensions=extensions)
    async with laptop(tmp_path, monkeypatch, server) as here:
        entry = await here.send(TO, OTHER)
        assert states(entry) == {TO: "sent", OTHER: "refused"}
        assert len(server.messages) == 1


async def test_data_ahead_of_a_refused_recipient_ends_in_no_dot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """354 came, one recipient was refused: only a dot could end it, so the line is dropped."""
    answers = by_recipient(lambda to: "550 5.1.1 No such user" if to == OTHER else RCPT_OK)
    server = FaultyServer({"rcpt": answers}, extensions=PIPELINING)
    async with laptop(tmp_path, monkeypatch, server) as here:
        entry = await here.send(TO, OTHER)
        assert states(entry) == {TO: "sent", OTHER: "refused"}
        assert len(server.messages) == 1
        assert server.sessions[0].commands[-1] == "DATA"
        assert len(server.sessions) == 2


async def test_data_taken_for_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says 354 after it refused the only recipient gets no content."""
    server = FaultyServer({"rcpt": say("554 5.7.1 Relay access denied")}, extensions=PIPELINING)
    async with laptop(tmp_path, monkeypatch, server) as here:
        entry = await here.send(TO)
        assert states(entry) == {TO: "deferred"}
        assert tried(entry) == [("it", "failed", "relay-denied")]
        assert server.messages == []
        assert server.sessions[0].commands[-1] == "DATA"


async def believed(here: Laptop) -> None:
    """One message in good order, so that the next one goes in one flight."""
    assert states(await here.send(TO, body="first")) == {TO: "sent"}


async def test_a_refused_recipient_leaves_nothing_to_deliver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content went along with RCPT, and the route is condemned, not the message."""

    async def chunk(session: Session) -> None:
        if session is session.server.sessions[-1] and len(session.server.sessions) == 2:
            session.server.messages.pop()
            return await say("554 5.5.1 No valid recipients")(session)
        return await say("250 2.0.0 ok")(session)

    server = FaultyServer(
        {"rcpt": [say(RCPT_OK)], "chunk": chunk},
    )
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["rcpt"] = say("554 5.7.1 Relay access denied")
        entry = await here.send(TO, body="second")
        assert states(entry) == {TO: "deferred"}
        assert tried(entry) == [("it", "failed", "relay-denied")]
        assert here.bodies == ["first"]
        server.script = {}
        assert states(await here.engine.retry(entry.id)) == {TO: "sent"}
        assert here.bodies == ["first", "second"]


async def test_a_lost_answer_to_a_content_in_one_flight_stays_uncertain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 2; and from then on this server is met with care."""
    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["chunk"] = close
        assert states(await here.send(TO, body="second")) == {TO: "uncertain"}
        assert here.bodies == ["first", "second"]
        server.script = {}
        assert states(await here.send(TO, body="third")) == {TO: "sent"}
        assert here.bodies == ["first", "second", "third"]
        careful = [c for c in server.sessions[-1].commands if c.startswith("BDAT")]
        assert len(careful) == 2


async def test_a_content_taken_for_a_refused_recipient_makes_no_sense(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["rcpt"] = say("554 5.7.1 Relay access denied")
        assert states(await here.send(TO, body="second")) == {TO: "uncertain"}


async def test_a_refused_content_in_one_flight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["bdat"] = refused_chunk("552 5.3.4 Message too big")
        entry = await here.send(TO, body="second")
        assert states(entry) == {TO: "refused"}
        assert here.bodies == ["first"]


@pytest.mark.parametrize("lenient", [False, True])
async def test_a_refused_first_chunk_is_the_last_word(
    lenient: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 3030 section 2: the rest is kept back, also where a server would take it alone."""
    no = "451 4.7.1 Greylisted, come again in five minutes"
    then = say("250 2.0.0 ok") if lenient else say("503 5.5.1 Bad sequence of commands")
    server = FaultyServer({"chunk": [say(no), then]})
    async with laptop(tmp_path, monkeypatch, server) as here:
        entry = await here.send(TO)
        assert states(entry) == {TO: "deferred"}
        assert tried(entry) == [("it", "failed", "greylisted")]
        assert [c for c in server.commands if "LAST" in c] == []
        assert server.messages == []


async def test_an_end_that_was_taken_without_its_beginning_stays_uncertain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who knows what was delivered; another profile must not send it again by itself."""

    async def chunk(session: Session) -> None:
        if "LAST" in session.commands[-1]:
            return await say("250 2.0.0 ok")(session)
        # Not before all of it is here: else the client keeps the end back.
        while not waiting(session):
            await asyncio.sleep(0.01)
        return await say("552 5.2.2 No room")(session)

    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["chunk"] = chunk
        entry = await here.send(TO, body="\r\n".join(["x" * 70] * 2_000))
        assert states(entry) == {TO: "uncertain"}
        assert len(server.sessions) == 2


async def test_a_server_that_forgot_chunks_is_asked_plainly_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade, a proxy put in between: its word was good, and is no more."""
    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["bdat"] = refused_chunk("502 5.5.1 Not implemented")
        for number in range(2):
            assert states(await here.send(TO, body=f"later {number}")) == {TO: "sent"}
        assert here.bodies == ["first", "later 0", "later 1"]
        assert len(server.sessions) == 4


async def test_a_large_content_that_was_cut_off_is_just_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doubt begins with the last piece of a large content, not with its first."""
    body = "\r\n".join(["x" * 70] * 20_000)

    async def act(session: Session) -> None:
        await session.reader.readexactly(10_000)
        await close(session)

    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        server.script["bdat"] = [act, act]
        entry = await here.send(TO, body=body)
        assert states(entry) == {TO: "sent"}
        assert here.bodies == ["first", body]
        assert [c.split()[0] for c in server.sessions[-1].commands][-2:] == ["DATA", "QUIT"]


async def test_a_large_content_in_one_flight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "\r\n".join(["x" * 70] * 20_000)
    server = FaultyServer()
    async with laptop(tmp_path, monkeypatch, server) as here:
        await believed(here)
        assert states(await here.send(TO, body=body)) == {TO: "sent"}
        assert here.bodies == ["first", body]
        chunks = [c for c in server.sessions[-1].commands if c.startswith("BDAT")]
        assert [c.endswith("LAST") for c in chunks] == [False, True]


@pytest.mark.parametrize("extensions", [BOTH, PIPELINING, EXTENSIONS])
async def test_a_kept_connection_that_the_server_closed_is_replaced_in_silence(
    extensions: Sequence[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = FaultyServer(extensions=extensions)
    async with laptop(tmp_path, monkeypatch, server, kept=60) as here:
        for number in range(2):
            assert states(await here.send(TO, body=f"message {number}")) == {TO: "sent"}
        assert len(server.sessions) == 1
        server.sessions[0].writer.transport.abort()
        entry = await here.send(TO, body="message 2")
        assert states(entry) == {TO: "sent"}
        assert tried(entry) == [("it", "sent", None)]
        assert here.bodies == ["message 0", "message 1", "message 2"]
        assert len(server.sessions) == 2


@pytest.mark.parametrize("fault", sorted(set(FAULTS) - SILENT | {"an answer lost"}))
async def test_faults_on_a_kept_connection(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same servers, with what was kept in between."""
    make, extensions = FAULTS[fault]
    server = FaultyServer(make(), extensions=extensions)
    patience = patience_with(fault)
    async with laptop(tmp_path, monkeypatch, server, kept=60, patience=patience) as here:
        for number in range(3):
            assert states(await here.send(TO, body=f"message {number}")) == {TO: "sent"}
        assert here.bodies == ["message 0", "message 1", "message 2"]
        assert len(server.sessions) == 2
