"""How many refusals are read rightly: wordings of many products in many languages."""

import json
from pathlib import Path

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Kind
from roammail.core.explain import explain_text, stage_from_word

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("refusals.jsonl").read_text("utf-8").splitlines()
]
#: Kinds that send a person to quite different remedies: never confused in silence.
HEART = {
    "relay-denied",
    "auth-required",
    "auth-failed",
    "sender-not-allowed",
    "ip-blocked",
}


def _accepted(row: dict[str, str]) -> set[str]:
    return {row["kind"], *row.get("or", [])}


def test_rows_are_many_and_name_known_kinds() -> None:
    assert len(ROWS) > 2_400
    known = {kind.value for kind in Kind}
    assert all(_accepted(row) <= known for row in ROWS)
    assert all(stage_from_word(row["stage"]) or row["stage"] == "unknown" for row in ROWS)


def test_first_answers_are_right() -> None:
    rules = load_rules()
    wrong, strict = [], 0
    for row in ROWS:
        kind = explain_text(row["reply"], stage_from_word(row["stage"]), None, rules).kind.value
        strict += kind == row["kind"]
        if kind not in _accepted(row):
            wrong.append((kind, row))
    assert len(wrong) <= len(ROWS) * 0.01, wrong
    assert strict >= len(ROWS) * 0.97


@pytest.mark.parametrize("row", [r for r in ROWS if r["kind"] in HEART], ids=lambda r: r["id"])
def test_the_heart_is_never_confused_without_saying_so(row: dict[str, str]) -> None:
    found = explain_text(row["reply"], stage_from_word(row["stage"]), None, load_rules())
    said = {found.kind.value, *(other.kind.value for other in found.alternatives)}
    assert said & _accepted(row)


def test_stage_need_not_be_known_for_most() -> None:
    rules = load_rules()
    right = sum(
        explain_text(row["reply"], None, None, rules).kind.value in _accepted(row) for row in ROWS
    )
    assert right >= len(ROWS) * 0.92
