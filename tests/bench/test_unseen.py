"""How many refusals are read rightly that nobody learned from. `make bench` prints it.

`unseen.jsonl` was written by somebody who knew neither rules nor weights, from public text, with
a second blind pass over its labels. It stays a measure only while nobody looks at what is missed
in it: no rule, no row of `packaging/wordings/` and no weight may come from it. Some of its replies
say, but for names, numbers and capitals, what a learned one says too, as the commonest wordings do
everywhere; the rest is told apart. `public.jsonl` came later and in the same way, from providers'
pages, pasted bounces and filters: nothing was left out because a row said it already.

`gathered.jsonl` came last, in one go, from servers' sources, vendors' and providers' pages and
pasted bounces in eighteen languages, when rules and weights were done.

Of several good answers, which comes first is told differently by different readers, in up to one
refusal of ten: `second` and `third` are what readers who saw no label say first. In the two older
files the measure is the first reader's answer; the others were added when the figures were known,
and such readers have also labelled rows that are learned from. For `gathered.jsonl` it was fixed
before a row was there: what most of the readers say, and where all differ the first, who alone
saw where the text comes from.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Diagnosis
from roammail.core.explain import explain_text, stage_from_word

FILES = ("unseen.jsonl", "public.jsonl", "gathered.jsonl")
_ROOT = Path(__file__).parents[2]
LEARNED = (
    _ROOT / "tests/core/refusals.jsonl",
    _ROOT / "tests/core/tongues.jsonl",
    *_ROOT.glob("packaging/wordings/*.jsonl"),
)


def by_most(row: dict[str, Any]) -> str:
    """What most readers say first; the first reader's answer where each says another."""
    told = [row["kind"], row["second"], row.get("third", row["kind"])]
    return Counter(told).most_common(1)[0][0]


READERS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "the second reader": itemgetter("second"),
    "the third reader": lambda row: row.get("third"),
    "most of the readers": by_most,
}
#: Kinds that send a person to quite different remedies, in groups.
GROUPS = {
    "relay-denied": "relay",
    "auth-required": "sign-in",
    "auth-failed": "sign-in",
    "app-password-required": "sign-in",
    "auth-mechanism": "sign-in",
    "sender-not-allowed": "sender",
    "sender-invalid": "sender",
    "sender-policy": "sender",
    "ip-blocked": "IP",
}


def accepted(row: dict[str, Any]) -> set[str]:
    return {row["kind"], *row.get("or", ())}


def bare(text: str) -> str:
    """The words alone, as nobody would word them anew."""
    return re.sub(r"[\W\d_]+", " ", text.casefold()).strip()


@pytest.mark.parametrize("file", FILES)
def test_unseen_refusals(file: str) -> None:
    rules = load_rules()
    unseen = Path(__file__).with_name(file).read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in unseen]
    lines = [line for path in LEARNED for line in path.read_text("utf-8").splitlines()]
    learned = {bare(json.loads(line)["reply"]) for line in lines}
    read = [
        (row, explain_text(row["reply"], stage_from_word(row["stage"]), None, rules))
        for row in rows
    ]
    alone = rules.read_with(None)
    plainly = [
        (row, explain_text(row["reply"], stage_from_word(row["stage"]), None, alone))
        for row in rows
    ]
    for name, part in (
        (file, read),
        ("all, by rules and weights without the close reader", plainly),
        ("English", [(row, found) for row, found in read if row["lang"] == "en"]),
        ("in words that were not learned", [i for i in read if bare(i[0]["reply"]) not in learned]),
        ("other languages", [(row, found) for row, found in read if row["lang"] != "en"]),
    ):
        right = sum(found.kind in accepted(row) for row, found in part)
        strict = sum(found.kind == row["kind"] for row, found in part)
        say(
            f"{name}: {len(part)} replies, accepted {right / len(part):.1%}, "
            f"strictly {strict / len(part):.1%}"
        )
    for reader, first in READERS.items():
        judged = [(row, found.kind, first(row)) for row, found in read if first(row)]
        said = sum(kind == answer for _, kind, answer in judged)
        same = sum(row["kind"] == answer for row, _, answer in judged)
        say(
            f"strictly by {reader}, {len(judged)} replies: {said / len(judged):.1%} "
            f"(the same first answer as the first reader's: {same / len(judged):.1%})"
        )
    say(
        "in the kinds of relay, sign-in, sender and IP: "
        + ", ".join(
            f"{number} {what}" for what, number in Counter(map(_heart, read)).items() if what
        )
    )


def _heart(item: tuple[dict[str, Any], Diagnosis]) -> str:
    """Right, or taken for another group, in silence or not; "" for rows of other kinds."""
    row, found = item
    if row["kind"] not in GROUPS:
        return ""
    if found.kind in accepted(row):
        return "right"
    if GROUPS.get(found.kind) in (None, GROUPS[row["kind"]]):
        return "taken for a kind outside of these, or of the same group"
    named = {other.kind.value for other in found.alternatives}
    return "confused, the right one named" if named & accepted(row) else "confused in silence"


def say(line: str) -> None:
    print(line)  # noqa: T201
