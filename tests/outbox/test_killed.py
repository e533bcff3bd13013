"""Rules 1 and 2 under SIGKILL: at every step between "taken" and "sent", and at any instant.

After each kill another process takes over. At the receiving server every message has arrived
exactly once, or at most once and is marked uncertain; none that was taken is lost.
`ROAMMAIL_KILLS=500` sets the number of random instants.
"""

import logging
import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from roammail.core.profile import Security
from tests.adapters.scripted_server import EXTENSIONS
from tests.outbox.killable import POINTS, POINTS_OF_A_FLIGHT
from tests.outbox.nursery import nursery

log = logging.getLogger(__name__).warning  # the table of kill points, for `pytest -rP`
KILLED = -9
INSTANTS = int(os.environ.get("ROAMMAIL_KILLS", "500"))
_KINDS = ("plain", "plainer", "plainest", "slow", "bad")
#: Where a large message is among them.
_LARGE = ("content.read", "outbox.move-doubt", "smtp.content", "smtp.chunk")
AHEAD = (*EXTENSIONS, "PIPELINING", "CHUNKING")
#: Where the reply to the final dot may be lost: only there may a message stay uncertain.
_DOUBT = {
    ("outbox.move-doubt", "after"),
    ("outbox.moving", "after"),
    ("smtp.final_dot", "before"),
    ("smtp.final_dot", "after"),
    ("outbox.move-accept", "before"),
    ("outbox.move-defer", "before"),
    ("outbox.move-refuse", "before"),
}


@pytest.mark.timeout(300)
async def test_killed_at_every_step(tmp_path: Path) -> None:
    steps = [(point, when) for point in POINTS for when in ("before", "after")]
    assert len(set(steps)) >= 25
    async with nursery(tmp_path, Security.IMPLICIT_TLS) as place:
        assert await place.run("plain") == 0  # from now on a way is known here
        for number, (point, when) in enumerate(steps):
            nth = 3 if point in ("outbox.moving", "content.read") else 1
            tags = (f"plain{number}", f"slow{number}", f"bad{number}", f"badlive{number}")
            if point in _LARGE:
                tags += (f"large{number}",)
            if point == "outbox.recover":
                # Something must be there to be recovered.
                await place.run(*(f"{tag}r" for tag in tags), kill=("smtp.rcpt", "after", 1))
            status = await place.run(*tags, kill=(point, when, nth))
            assert status == KILLED, f"{point} was not passed"
            assert await place.run() == 0
        assert await place.run() == 0
        states = await place.judge()
    log("%d steps: %s", len(steps), dict(states))
    assert states["sent"] > len(steps)
    assert states["uncertain"] <= 3 * len(_DOUBT)


@pytest.mark.timeout(120)
async def test_killed_at_every_step_of_a_flight(tmp_path: Path) -> None:
    """Envelope and content in one flight, and the connection kept for the next message."""
    steps = [(point, when) for point in POINTS_OF_A_FLIGHT for when in ("before", "after")]
    async with nursery(tmp_path, Security.PLAINTEXT, AHEAD) as place:
        assert await place.run("plain") == 0
        for number, (point, when) in enumerate(steps):
            for nth in (1, 3):
                kinds = (*_KINDS, "large") if point in _LARGE else _KINDS
                tags = tuple(f"{kind}{number}n{nth}" for kind in kinds)
                status = await place.run(*tags, kill=(point, when, nth))
                assert status == KILLED, f"{point} was not passed"
                assert await place.run() == 0
        assert await place.run() == 0
        states = await place.judge()
    log("%d steps: %s", 2 * len(steps), dict(states))
    assert states["sent"] > len(steps)
    assert place.server.messages
    assert not any(c == "DATA" for c in place.server.commands)


@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    ("extensions", "instants"), [(EXTENSIONS, INSTANTS), (AHEAD, INSTANTS // 5)]
)
async def test_killed_at_any_instant(
    tmp_path: Path, extensions: Sequence[str], instants: int
) -> None:
    chance = random.Random(instants)
    killed = 0
    async with nursery(tmp_path, Security.PLAINTEXT, extensions) as place:
        for number in range(instants):
            tags = (f"plain{number}", f"live{number}", f"slow{number}")
            if number % 5 == 0:
                tags += (f"large{number}",)
            killed += await place.run(*tags, after=chance.uniform(0, 0.12)) == KILLED
        for _ in range(2):
            assert await place.run() == 0
        states = await place.judge()
    log("%d of %d processes were killed: %s", killed, instants, dict(states))
    assert killed > instants / 3
