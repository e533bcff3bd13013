"""The worker's place: one at a time, freed by death, rung from other processes."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from roammail.adapters.workplace import HomeWorkplace
from roammail.engine.alone import Alone
from roammail.ports import Ring, Workplace

Make = Callable[[], Workplace]


@pytest.fixture(params=["alone", "home"])
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Make]:
    """The same place, as one process or another sees it."""
    alone = Alone()
    made: list[Workplace] = []

    def one() -> Workplace:
        made.append(alone if request.param == "alone" else HomeWorkplace(tmp_path / "home"))
        return made[-1]

    yield one
    for place in made:
        await place.leave()


async def test_one_at_a_time(make: Make) -> None:
    first, second = make(), make()
    assert not first.occupied()
    assert await first.take()
    assert second.occupied()
    assert not await second.take()
    await first.leave()
    assert not second.occupied()
    assert await second.take()


async def test_calls_are_joined_and_heard(make: Make) -> None:
    worker, other = make(), make()
    assert await worker.take()
    for _ in range(50):
        other.ring(Ring.MAIL)
    assert await asyncio.wait_for(worker.heard(), 30) == {Ring.MAIL}
    other.ring(Ring.PROFILES)
    heard = await asyncio.wait_for(worker.heard(), 30)
    while Ring.PROFILES not in heard:  # a datagram of the first calls may still be on its way
        heard = await asyncio.wait_for(worker.heard(), 30)
    worker.ring(Ring.MAIL)
    assert await asyncio.wait_for(worker.heard(), 30) == {Ring.MAIL}


async def test_ringing_where_nobody_works_is_no_error(tmp_path: Path) -> None:
    place = HomeWorkplace(tmp_path / "nowhere")
    place.ring(Ring.MAIL)
    (tmp_path / "worker.bell").write_bytes(b"\xff\xfe 99999999 x")
    HomeWorkplace(tmp_path).ring(Ring.MAIL)
    (tmp_path / "worker.bell").write_text("70000 word")
    HomeWorkplace(tmp_path).ring(Ring.MAIL)


async def test_who_does_not_know_the_word_is_not_heard(tmp_path: Path) -> None:
    place = HomeWorkplace(tmp_path)
    assert await place.take()
    file = tmp_path / "worker.bell"
    assert file.stat().st_mode & 0o777 == 0o600
    port, _, word = file.read_text().strip().partition(" ")
    with socket.socket(type=socket.SOCK_DGRAM) as stranger:
        for octets in (b"", b"mail", b"wrong mail", word.encode(), f"{word} fire".encode()):
            stranger.sendto(octets, ("127.0.0.1", int(port)))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(place.heard(), 0.2)
        stranger.sendto(f"{word} mail".encode(), ("127.0.0.1", int(port)))
        assert await asyncio.wait_for(place.heard(), 30) == {Ring.MAIL}
    await place.leave()
    assert not file.exists()


CHILD = """
import asyncio, pathlib, sys
from roammail.adapters.workplace import HomeWorkplace
async def main():
    place = HomeWorkplace(pathlib.Path(sys.argv[1]))
    print(await place.take(), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_killed_owner_leaves_the_place(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "True\n"
        place = HomeWorkplace(tmp_path)
        assert place.occupied()
        assert not await place.take()
        os.kill(child.pid, signal.SIGKILL)
        child.wait(30)
    place.ring(Ring.MAIL)  # the dead one's bell hangs there still
    assert await place.take()
    HomeWorkplace(tmp_path).ring(Ring.MAIL)
    assert await asyncio.wait_for(place.heard(), 30) == {Ring.MAIL}
    await place.leave()
