"""How many refusals are read rightly in each of twenty-one tongues: the same few thoughts, said
as a server in that tongue would say them."""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.explain import explain_text, stage_from_word

ROWS: dict[str, list[dict[str, str]]] = defaultdict(list)
for line in Path(__file__).with_name("tongues.jsonl").read_text("utf-8").splitlines():
    row = json.loads(line)
    ROWS[row["tongue"]].append(row)


def test_tongues_are_many() -> None:
    assert len(ROWS) >= 21
    assert all(len(rows) >= 30 for rows in ROWS.values())


@pytest.mark.parametrize("tongue", sorted(ROWS))
def test_a_tongue_is_understood(tongue: str) -> None:
    rules = load_rules()
    wrong = []
    for row in ROWS[tongue]:
        kind = explain_text(row["reply"], stage_from_word(row["stage"]), None, rules).kind.value
        if kind not in {row["kind"], *row.get("or", [])}:
            wrong.append((kind, row["reply"]))
    assert len(wrong) <= len(ROWS[tongue]) * 0.03, wrong


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("553 Modtagerens domæne findes ikke", "recipient-invalid"),
        ("553 Modtagerens domaene findes ikke", "recipient-invalid"),
    ],
)
def test_letters_that_are_written_as_two(said: str, meant: str) -> None:
    found = explain_text(said, stage_from_word("rcpt"), None, load_rules())
    assert found.kind.value == meant
