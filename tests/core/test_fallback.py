"""The trained reading: where it speaks, how sure it is, and what its weights must be."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Confidence, Context, Kind
from roammail.core.fallback import (
    HIGHEST,
    LOWEST,
    NOUGHT,
    Fallback,
    FallbackError,
    build_fallback,
    features,
)
from roammail.core.refusal import diagnose_reply
from roammail.core.reply import parse
from roammail.core.stage import Stage

WEIGHTS = Path(__file__).parents[2] / "resources" / "rules" / "fallback.json"
SOUND = {
    "version": 2,
    "kinds": ["relay-denied", "other"],
    "bias": [0.0, 0.0],
    "scale": 0.1,
    "weights": {"w:relay": "uW", "w:no": "XW"},
}


def test_weights_are_small_enough_to_ship() -> None:
    assert WEIGHTS.stat().st_size < 2_000_000


def test_a_word_that_speaks_for_a_kind_is_heard() -> None:
    model = build_fallback(SOUND)
    first, second = model.judge(features(["no", "relay"], (), "relay", 550, None))
    assert first.kind is Kind.RELAY_DENIED
    assert first.share > 0.9
    assert first.share + second.share == pytest.approx(1)


@given(
    st.lists(
        st.text(st.characters(min_codepoint=LOWEST, max_codepoint=HIGHEST), min_size=3, max_size=3),
        min_size=2,
        max_size=60,
    )
)
def test_weights_side_by_side_add_up_as_they_do_alone(rows: list[str]) -> None:
    weights = {f"w:{number}": row for number, row in enumerate(rows)}
    kinds = [Kind.RELAY_DENIED, Kind.IP_BLOCKED, Kind.OTHER]
    sums = [sum(ord(row[at]) - NOUGHT for row in rows) for at in range(3)]
    likeliest = max(sums)
    grown = [math.exp((number - likeliest) * 0.01) for number in sums]
    said = {g.kind: g.share for g in Fallback(kinds, [0.0] * 3, weights, 0.01).judge(weights)}
    for kind, value in zip(kinds, grown, strict=True):
        assert said[kind] == pytest.approx(value / sum(grown))


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1},
        {"kinds": ["no-such-kind", "other"]},
        {"bias": [0.0]},
        {"weights": {"w:relay": "W"}},
        {"weights": {"w:relay": "W/"}},
        {"weights": {"w:relay": "W\u00e4"}},
        {"weights": {"w:relay": [0, 30]}},
        {"weights": {}},
        {"weights": []},
    ],
)
def test_defective_weights_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(FallbackError):
        build_fallback(json.loads(json.dumps({**SOUND, **wrong})))


def test_names_and_numbers_do_not_take_part() -> None:
    left = features(["bounced", "_mail_", "12345"], (), "", 0, None)
    right = features(["bounced", "_mail_", "9"], (), "", 0, None)
    assert left == right


def test_endless_text_stays_bounded() -> None:
    found = features([f"word{number}" * 50 for number in range(5_000)], (), "", 0, None)
    assert len(found) < 5_000


def test_it_is_never_certain_and_says_where_a_reading_comes_from() -> None:
    reply = parse(554, "mail goes outside for our own folk and nobody else")
    found = diagnose_reply(reply, Stage.RELAY, Context(), load_rules())
    assert found.confidence is not Confidence.CERTAIN
    assert dict(found.params)["rule"] == f"trained-{found.kind}"


def test_a_rule_that_knows_the_words_is_not_asked_twice() -> None:
    reply = parse(554, "Relay access denied")
    found = diagnose_reply(reply, Stage.RELAY, Context(), load_rules())
    assert not dict(found.params)["rule"].startswith("trained")


@pytest.mark.parametrize("text", ["", "\0\1\2", "?" * 9_000, "\U0001f4a9" * 300])
def test_senseless_text_has_an_answer(text: str) -> None:
    assert diagnose_reply(parse(599, text), Stage.CONTENT, Context(), load_rules()).kind
