"""Hostile texts in full length beside half of it, by the processor's clock: all that a text costs,
what is done inside Python's own functions included. `make bench` prints it.

`tests/core` counts the steps of patterns and the lines of code for shorter texts.
"""

import contextlib
import gc
import time
from collections.abc import Callable

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.rule_files import load_rules
from roammail.core.address import parse_mailboxes
from roammail.core.bounce import read_bounce
from roammail.core.errors import BadMessage
from roammail.core.explain import PASTE_LIMIT, explain_bounce, explain_text
from tests.core import test_address, test_bounce, test_explain

_ROUNDS = 3
#: What twice the text may cost; growth by the square would be four times.
_GROWTH = 3.0
#: Seconds that are too short to be compared.
_SHORT = 0.1
_BOUNCE, _LIST = 5_000_000, 300_000


def bounce(raw: bytes) -> None:
    found = read_bounce(raw)
    if found is not None:
        explain_bounce(found, load_rules())


def pasted(bait: str, length: int) -> None:
    explain_text(bait * (length // len(bait)), None, None, load_rules(), load_client_errors())


def addresses(piece: str, length: int) -> None:
    with contextlib.suppress(BadMessage):
        parse_mailboxes(piece * (length // len(piece)))


def cost(read: Callable[[], object]) -> float:
    """Seconds of the processor's time, without the garbage collector's: when it looks through
    all that the process holds is chance, and as long as a short text takes."""
    gc.collect()
    gc.disable()
    try:
        began = time.process_time()
        read()
        return time.process_time() - began
    finally:
        gc.enable()


def beside_half(read: Callable[[int], object], length: int) -> tuple[float, float]:
    """Seconds for the whole and for half of it; of some rounds the best, taken in turn."""
    pairs = [(cost(lambda: read(length)), cost(lambda: read(length // 2))) for _ in range(_ROUNDS)]
    return min(whole for whole, _ in pairs), min(half for _, half in pairs)


def say(what: str, measured: dict[str, tuple[float, float]]) -> None:
    """The slowest and the one that grows most; fails where one grows too much."""
    load = {name: whole / max(half, _SHORT) for name, (whole, half) in measured.items()}
    slowest = max(measured, key=lambda name: measured[name][0])
    steepest = max(load, key=lambda name: load[name])
    print(  # noqa: T201
        f"\n{what}: slowest {slowest} with {measured[slowest][0]:.2f} s CPU; half as long "
        f"{measured[slowest][1]:.2f} s; most growth {load[steepest]:.1f} times with {steepest}"
    )
    assert load[steepest] <= _GROWTH


def test_bounces_of_five_megabytes() -> None:
    measured = {
        f"bait {number} ({bait[:12]!r})": beside_half(
            lambda length, head=head, bait=bait: bounce(head + bait * (length // len(bait))),  # type: ignore[misc]
            _BOUNCE,
        )
        for number, (head, bait) in enumerate(test_bounce.BAITS)
    }
    measured["10,000 recipients"] = beside_half(
        lambda count: bounce(test_bounce.told_of(count)),
        10_000,
    )
    say("bounces of 5 MB", measured)


def test_pasted_texts() -> None:
    baits = {
        repr(bait): beside_half(
            lambda length, bait=bait: pasted(bait, length),  # type: ignore[misc]
            PASTE_LIMIT,
        )
        for bait in test_explain.BAITS
    }
    say("pasted texts of 200 kB", baits)


def test_lists_of_addresses() -> None:
    lists = {
        repr(piece): beside_half(
            lambda length, piece=piece: addresses(piece, length),  # type: ignore[misc]
            _LIST,
        )
        for piece in test_address.HOSTILE
    }
    say("lists of addresses of 300 kB", lists)
