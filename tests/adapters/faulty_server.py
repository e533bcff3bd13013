"""Ways in which servers break the PIPELINING and CHUNKING that they offer, for ScriptedServer.

Each fault shows only where commands are ahead of their answers, or where a chunk is sent; spoken
to plainly, all these servers are good ones. What was said ahead is in `server.ahead`.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from roammail.core.profile import Security
from tests.adapters.scripted_server import (
    EXTENSIONS,
    Action,
    Hangup,
    ScriptedServer,
    Session,
    say,
    say_and_close,
)

PIPELINING = (*EXTENSIONS, "PIPELINING")
BOTH = (*PIPELINING, "CHUNKING")
MAIL_OK, RCPT_OK = "250 2.1.0 Sender ok", "250 2.1.5 Recipient ok"


class FaultyServer(ScriptedServer):
    """Notes for every command whether more was waiting behind it; keeps who was taken."""

    def __init__(
        self,
        script: dict[str, Action | Sequence[Action]] | None = None,
        *,
        extensions: Sequence[str] = BOTH,
        security: Security = Security.PLAINTEXT,
        **more: Any,
    ) -> None:
        super().__init__(security, script, extensions=extensions, **more)
        self.ahead: list[list[str]] = []  # for each session, the stages with more behind them

    async def _do(self, session: Session, stage: str, otherwise: Action) -> None:
        while len(self.ahead) < len(self.sessions):
            self.ahead.append([])
        if stage in ("mail", "rcpt", "data", "bdat") and waiting(session):
            self.ahead[self.sessions.index(session)].append(stage)
        await super()._do(session, stage, otherwise)


def waiting(session: Session) -> bool:
    """Whether the client has said more than was read."""
    return bool(vars(session.reader)["_buffer"])


def forget(session: Session) -> None:
    """Throws away what was said and not read."""
    vars(session.reader)["_buffer"].clear()


def when_ahead(fault: Action, otherwise: Action) -> Action:
    """The fault where more is waiting, the good answer else."""

    async def act(session: Session) -> None:
        await (fault if waiting(session) else otherwise)(session)

    return act


async def silent(session: Session) -> None:
    """No answer."""
    return


def thrown_away(answer: str) -> Action:
    """Answers, and drops whatever else was read from the network."""

    async def act(session: Session) -> None:
        await asyncio.sleep(0.05)  # until all of the flight is here
        if waiting(session):
            forget(session)
        await say(answer)(session)

    return act


def held(store: list[str], answer: str) -> Action:
    """Keeps its answer for `released`, where more is waiting."""

    async def keep(session: Session) -> None:
        store.append(answer)

    return when_ahead(keep, say(answer))


def released(store: list[str], answer: str) -> Action:
    """Answers, and gives what was held after that: in the wrong order."""

    async def act(session: Session) -> None:
        await say(answer, *store)(session)
        store.clear()

    return act


def by_recipient(answers: Callable[[str], str]) -> Action:
    """Answers RCPT by its address."""

    async def act(session: Session) -> None:
        address = session.commands[-1].partition("<")[2].partition(">")[0]
        await say(answers(address))(session)

    return act


def unread_chunk(answer: str) -> Action:
    """BDAT is not known: what follows is taken for commands, each line answered."""

    async def act(session: Session) -> None:
        await say(answer)(session)

    return act


def refused_chunk(answer: str) -> Action:
    """Reads the chunk, as RFC 3030 section 2 asks also of a server that refuses it."""

    async def act(session: Session) -> None:
        await session.reader.readexactly(int(session.commands[-1].split()[1]))
        await say(answer)(session)

    return act


async def hang_up_at_chunk(session: Session) -> None:
    """Closes as soon as BDAT is heard."""
    raise Hangup


def out_of_step(answer: str) -> Action:
    """Refuses whatever has more behind it, until RSET: as servers do that watch for spammers."""

    async def act(session: Session) -> None:
        await asyncio.sleep(0.05)
        await when_ahead(say(answer), say(MAIL_OK))(session)

    return act


def cut_off(answer: str) -> Action:
    """The same, and closes."""

    async def act(session: Session) -> None:
        await asyncio.sleep(0.05)
        await when_ahead(say_and_close(answer), say(MAIL_OK))(session)

    return act
