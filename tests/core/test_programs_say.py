"""What mail programs, libraries and devices say themselves, without a server's coded reply.

`programs.jsonl`: messages as people paste them, each with the first answer that an expert would
give (`kind`) and others that are as good (`or`). The sentences of `resources/clients.toml` were
written with them, so this shows that nothing is lost, not how unseen ones are read.
"""

import json
from pathlib import Path

import pytest

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Confidence, Diagnosis, Kind
from roammail.core.explain import explain_text

ROWS = [
    json.loads(line)
    for line in Path(__file__).with_name("programs.jsonl").read_text("utf-8").splitlines()
]


@pytest.fixture(scope="module")
def read() -> list[Diagnosis]:
    rules, clients = load_rules(), load_client_errors()
    return [explain_text(row["text"], None, None, rules, clients) for row in ROWS]


def good(row: dict[str, object]) -> list[Kind]:
    return [Kind(kind) for kind in (row["kind"], *row.get("or", ()))]  # type: ignore[misc]


def test_nearly_all_are_understood(read: list[Diagnosis]) -> None:
    wrong = [
        (row["text"], told.kind.value)
        for row, told in zip(ROWS, read, strict=True)
        if told.kind not in good(row)
    ]
    assert len(wrong) <= 0.02 * len(ROWS), wrong


def test_what_is_certain_is_right(read: list[Diagnosis]) -> None:
    wrong = [
        (row["text"], told.kind.value)
        for row, told in zip(ROWS, read, strict=True)
        if told.confidence is Confidence.CERTAIN and told.kind not in good(row)
    ]
    assert wrong == []
