"""Refusals explained a second, beside the same patterns one by one. `make bench` prints it.

The replies are the wordings of the accuracy test, each with names and numbers of its own, so that
no two texts are the same; typical are those in English, which most servers speak. The best of
some rounds is told, in which every wording has been read before. A wording's first time takes
many times as long, above all where it is read closely; it is told apart. The plain way searches
every term of the rules, one regular expression after another, and must find the same ideas. How
long the rules take to load, which a new process does at its first refusal, is told in times of an
empty Python's processor time.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Context
from roammail.core.explain import explain_text, find_reply, stage_from_word
from roammail.core.refusal import diagnose_reply
from tests.core.plain_patterns import compiled, ideas_one_by_one

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "core/refusals.jsonl").read_text("utf-8").splitlines()
]
UNSEEN = [
    json.loads(line)
    for line in Path(__file__).with_name("unseen.jsonl").read_text("utf-8").splitlines()
]
TYPICAL = [row for row in ROWS if row["reply"].isascii()]
_PLAIN = "one by one"
ROUNDS, REPLIES, PLAIN = 5, 5_000, 40
_CLOSELY = "load_rules().close_reader.shares(['relaying', 'denied'], 'relay', 550, None)"
_ROOT = Path(__file__).parents[2]
_IMPORTED = "from roammail.adapters.rule_files import load_rules"


def told(rows: list[dict[str, Any]], start: int, count: int = REPLIES) -> list[tuple[str, Any]]:
    """Replies that nobody gave before, with their stages."""
    made = []
    for number in range(start, start + count):
        row = rows[number * 7 % len(rows)]
        made.append((f"{row['reply']} <u{number}@far.example>", stage_from_word(row["stage"])))
    return made


def rate(items: Iterable[Any], act: Callable[[Any], object]) -> float:
    """How many a second of the processor's time."""
    listed = list(items)
    began = time.process_time()
    for item in listed:
        act(item)
    return len(listed) / (time.process_time() - began)


def test_replies_a_second() -> None:
    rules, context = load_rules(), Context()

    def explain(row: tuple[str, Any]) -> object:
        return explain_text(row[0], row[1], None, rules)

    best: dict[str, float] = {}
    for turn in range(ROUNDS):
        first = turn * 3 * REPLIES
        texts = told(TYPICAL, first)
        parsed = [(find_reply(t).reply, at) for t, at in told(TYPICAL, first + REPLIES)]
        measured = {
            "explained, from text to diagnosis": rate(texts, explain),
            "diagnosed, the reply being parsed": rate(
                parsed, lambda row: diagnose_reply(row[0], row[1], context, rules)
            ),
            "explained, all languages": rate(told(ROWS, first + 2 * REPLIES), explain),
            "explained, the same texts again": rate(texts[:250] * 8, explain),
        }
        measured[_PLAIN] = one_by_one([text for text, _ in told(TYPICAL, first, PLAIN)])
        best = {name: max(speed, best.get(name, 0)) for name, speed in measured.items()}
    plain = best.pop(_PLAIN)
    say(f"\n{len(compiled())} patterns, {_PLAIN}: {plain:,.0f} replies/s")
    for name, speed in best.items():
        say(f"{name}: {speed:,.0f}/s, {speed / plain:,.0f} times as quick")


@pytest.mark.parametrize("closely", [False, True])
@pytest.mark.parametrize("name", ["learned", "unseen"])
def test_first_time(name: str, closely: bool) -> None:
    """Each wording once in a new process, which knows nothing yet."""
    program = f"from tests.bench.test_explain import first_time; first_time({name!r}, {closely})"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=_ROOT)


def first_time(name: str, closely: bool) -> None:
    """What `test_first_time` measures in a process of its own."""
    rules = load_rules() if closely else load_rules().read_with(None)
    rows = {"learned": TYPICAL, "unseen": UNSEEN}[name]
    speed = rate(
        rows, lambda row: explain_text(row["reply"], stage_from_word(row["stage"]), None, rules)
    )
    how = "closely where in doubt" if closely else "by rules and weights alone"
    say(f"{len(rows)} {name} wordings for the first time, {how}: {speed:,.0f}/s")


def test_close_reading() -> None:
    """What a wording costs at its first time where rules and weights are in doubt."""
    rules = load_rules()
    reader = rules.close_reader
    assert reader is not None
    asked: list[float] = []

    class Timed:
        def shares(self, *told: Any) -> Any:
            started = time.process_time()
            found = reader.shares(*told)
            asked.append(time.process_time() - started)
            return found

    book = rules.read_with(Timed())
    for name, rows in (("learned", TYPICAL), ("unseen", UNSEEN)):
        asked.clear()
        for row in rows:
            explain_text(row["reply"], stage_from_word(row["stage"]), None, book)
        say(
            f"of {len(rows)} {name} wordings {len(asked)} are read closely, "
            f"{sum(asked) / len(asked) * 1000:.0f} ms each"
        )


def test_time_to_load() -> None:
    """Of each program the least processor time: the runs take turns, as the machine changes."""
    programs = {"empty": "pass", "import": _IMPORTED, "load": f"{_IMPORTED}; load_rules()"}
    programs["closely"] = f"{programs['load']}; {_CLOSELY}"
    least: dict[str, float] = {}
    for _ in range(2 * ROUNDS):
        for name, program in programs.items():
            least[name] = min(worked(program), least.get(name, float("inf")))
    load = least["load"] - least["import"]
    say(f"\nrules loaded: {load * 1000:.0f} ms, {load / least['empty']:.1f} times python -c pass")
    say(
        f"the first close reading after it: {(least['closely'] - least['load']) * 1000:.0f} ms more"
    )


def worked(program: str) -> float:
    """Seconds of the processor that a Python program takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def one_by_one(texts: list[str]) -> float:
    """How many a second the patterns read one by one; they find what the product finds."""
    lexicon = load_rules().lexicon
    assert compiled()
    for text in texts:
        mask = lexicon.find(text).mask
        found = {idea for at, idea in enumerate(lexicon.ideas) if mask >> at & 1}
        assert found == ideas_one_by_one(text)
    return rate(texts, ideas_one_by_one)


def say(line: str) -> None:
    print(line)  # noqa: T201
