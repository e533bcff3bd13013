"""The window beside a bare one of PySide6: time until it is painted, and memory; and how long the
window's own thread is kept busy in one piece while much happens. `make bench` prints it."""

import statistics
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets")

_ROUNDS = 3
#: What the issue asks: memory against the bare window.
_MEMORY = 2.5
#: Alone on a machine the ratio of CPU time is 1.6 to 1.8; where it is more, something heavy is
#: loaded before the window is painted.
_START = 2.4


def measured(kind: str) -> dict[str, tuple[float, float, float]]:
    """Medians by name: CPU seconds, clock seconds, megabytes."""
    runs: dict[str, list[tuple[float, ...]]] = {}
    for _ in range(_ROUNDS):
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.window_child", kind],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        for line in ran.stdout.splitlines():
            name, *numbers = line.split()
            runs.setdefault(name, []).append(tuple(map(float, numbers)))
    return {
        name: tuple(statistics.median(run[index] for run in found) for index in range(3))
        for name, found in runs.items()
    }  # type: ignore[misc]


@pytest.mark.timeout(300)
def test_the_window_beside_a_bare_one() -> None:
    subprocess.run(  # both once before, so that everything is compiled and in memory
        [sys.executable, "-m", "tests.bench.window_child", "ours"], capture_output=True, check=True
    )
    bare, ours = measured("bare")["painted"], measured("ours")
    lines = [f"bare: {bare[0]:.2f} s CPU, {bare[1]:.2f} s, {bare[2]:.0f} MB"]
    for name, what in (("painted", "painted"), ("profiles", "ten profiles, engine open")):
        cpu, wall, megabytes = ours[name]
        lines.append(
            f"ours, {what}: {cpu:.2f} s CPU ({cpu / bare[0]:.2f} times), "
            f"{wall:.2f} s ({wall / bare[1]:.2f} times), "
            f"{megabytes:.0f} MB ({megabytes / bare[2]:.2f} times)"
        )
    print("\n" + "\n".join(lines))  # noqa: T201
    assert ours["profiles"][2] <= _MEMORY * bare[2]
    assert ours["painted"][0] <= _START * bare[0]
