"""Locks between processes: waited for, given back, never left behind by who was cancelled."""

import asyncio
from pathlib import Path

import pytest

from roammail.adapters.exclusive import exclusive, sign_in_door
from roammail.adapters.file_lock import FileLock


async def enter(door, profile: str, inside: asyncio.Event, leave: asyncio.Event) -> bool:  # type: ignore[no-untyped-def]
    async with door(profile) as alone:
        inside.set()
        await leave.wait()
        return bool(alone)


async def test_one_process_a_profile(tmp_path: Path) -> None:
    mine, other = sign_in_door(tmp_path / "home"), sign_in_door(tmp_path / "home")
    first, second, third, leave = (asyncio.Event() for _ in range(4))
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        one = group.create_task(enter(mine, "../p", first, leave))
        await first.wait()
        two = group.create_task(enter(other, "../p", second, leave))
        three = group.create_task(enter(other, "another", third, leave))
        await third.wait()
        assert not second.is_set()
        leave.set()
    assert [one.result(), two.result(), three.result()] == [True, True, True]
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "home" / "sign-in.locks").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("turns", range(6))
async def test_who_is_cancelled_leaves_no_lock_behind(tmp_path: Path, turns: int) -> None:
    hold = exclusive(tmp_path, "profiles")

    async def held() -> None:
        async with hold():
            await asyncio.Event().wait()

    task = asyncio.get_running_loop().create_task(held())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    lock = FileLock(tmp_path / "profiles.lock")
    assert lock.take()
    lock.release()


async def test_a_folder_that_cannot_be_written_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with sign_in_door(tmp_path / "file")("p") as alone:
        assert alone
