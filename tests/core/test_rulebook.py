"""The rules as data: what is wrong with them is said with file and rule."""

from typing import Any

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Kind
from roammail.core.lexicon import Lexicon, TermError, expand, fold, words
from roammail.core.rulebook import Circumstances, RuleError, build
from roammail.core.stage import Stage

IDEAS = {"relay": ["relay*"], "refused": ["denied", "not (allowed|permitted)"]}


def book(**rule: Any) -> Any:
    return build({"f.toml": {"ideas": IDEAS, "rule": [{"name": "n", "kind": "other", **rule}]}})


def test_shipped_rules_load_and_cover_the_kinds_of_replies() -> None:
    rules = load_rules()
    kinds = {rule.kind for rule in rules.rules}
    silent = {
        Kind.DNS_FAILED, Kind.UNREACHABLE, Kind.TIMED_OUT, Kind.CAPTIVE_PORTAL, Kind.INTERCEPTED,
        Kind.STARTTLS_STRIPPED, Kind.CERTIFICATE_UNTRUSTED, Kind.CONNECTION_LOST, Kind.UNCERTAIN,
    }  # fmt: skip
    assert kinds == set(Kind) - silent


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"kind": "nonsense"}, "nonsense"),
        ({"stage": ["nowhere"]}, "nowhere"),
        ({"all": ["unknown-idea"]}, "unknown-idea"),
        ({"colour": "red"}, "colour"),
        ({"weight": 1000}, "weight"),
        ({"all": []}, "all"),
        ({"code": [550]}, "code"),
        ({"tls": "yes"}, "tls"),
        ({"says": ["(open"]}, "parentheses"),
        ({"says": [".. x"]}, "not a term"),
        ({"name": ""}, "name"),
    ],
)
def test_a_defect_is_named(rule: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=says) as caught:
        book(**rule)
    assert "f.toml" in str(caught.value)


def test_two_rules_of_one_name_and_unknown_tables_are_refused() -> None:
    rule = {"name": "n", "kind": "other"}
    with pytest.raises(RuleError, match="same name"):
        build({"f.toml": {"rule": [rule, rule]}})
    with pytest.raises(RuleError, match="unknown table"):
        build({"f.toml": {"regeln": {}}})


def test_a_rule_asks_for_ideas_and_circumstances() -> None:
    rules = book(all=["relay", "refused"], stage=["relay"], code=["5"], signed_in=False)
    here = Circumstances(Stage.RELAY, signed_in=False, code=550)
    assert rules.read("550 Relaying is not permitted", here)
    assert not rules.read("550 Relaying", here)
    assert not rules.read("Relaying denied", Circumstances(Stage.SENDER, False, code=550))
    assert not rules.read("Relaying denied", Circumstances(Stage.RELAY, True, code=550))
    assert not rules.read("Relaying denied", Circumstances(Stage.RELAY, False, code=450))


def test_enhanced_codes_match_by_class_or_subject() -> None:
    rules = book(enhanced=["x.7.x"])
    assert rules.read("x", Circumstances(enhanced="4.7.1"))
    assert not rules.read("x", Circumstances(enhanced="5.1.1"))
    assert not rules.read("x", Circumstances())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Isn't it <bob@b.example>?", ["is", "not", "it", "_mail_"]),
        ("cannot relay for mx.b.example", ["can", "not", "relay", "for", "_host_"]),
        ("[192.0.2.1] see http://x.example/relay", ["_ip_", "see", "_url_"]),
        ("denied.Please", ["denied", "please"]),
        ("E-Mail über", ["email", "uber"]),
    ],
)
def test_words_hide_names(text: str, expected: list[str]) -> None:
    assert words(fold(text)) == expected


def test_terms_expand() -> None:
    assert expand("not (a|b)* c") == ["not a* c", "not b* c"]
    assert expand("is (very) big") == ["is big", "is very big"]
    with pytest.raises(TermError):
        expand("(a")


def test_umlauts_are_found_however_they_are_typed() -> None:
    lexicon = Lexicon()
    lexicon.add("bad", ["ungültig*"])
    for text in ("ungültige Adresse", "ungueltige Adresse", "UNGULTIG"):
        assert lexicon.find(text).mask


def test_evidence_is_whole_words_in_the_texts_order_each_once() -> None:
    rules = book(all=["relay", "refused"])
    (found,) = rules.read("550 Your relaying: not permitted, denied", Circumstances(code=550))
    assert found.evidence == ("relaying", "not permitted")


def test_terms_with_gaps_and_stems_are_found_within_four_words() -> None:
    rules = book(says=["may* .. (send|pass on) to .. you*"])
    here = Circumstances()
    assert rules.read("it might not: maybe one two three four send to yours", here)
    assert rules.read("may pass on to a b c d you", here)
    assert not rules.read("may one two three four five send to you", here)
    assert not rules.read("may send to a b c d e you", here)
    assert not rules.read("may send it to you", here)
