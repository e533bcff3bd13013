"""Every kind, party, confidence, remedy and stage has words in every language."""

import runpy
import string
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import (
    Alternative,
    Confidence,
    Context,
    Diagnosis,
    Kind,
    Party,
    Remedy,
    RemedyKind,
    Scope,
)
from roammail.core.explain import explain_text
from roammail.core.failure import Failure, FailureKind
from roammail.core.seen import diagnose_failure
from roammail.core.stage import Stage
from roammail.words import Words

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "resources" / "locale").glob("*/LC_MESSAGES/roammail.po"))
LANGUAGES = ["en", *(source.parts[-3] for source in SOURCES)]


@pytest.fixture(params=LANGUAGES)
def said(request: pytest.FixtureRequest) -> Words:
    return Words(request.param)


def plain(kind: Kind) -> Diagnosis:
    return Diagnosis(kind, Scope.ROUTE, Party.SERVER, Confidence.LIKELY)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_worded(said: Words, kind: Kind) -> None:
    assert said.kind(kind)
    assert 1 <= len(said.headline(plain(kind)).split()) <= 10
    assert said.explanation(plain(kind)).count(".") in (1, 2, 3, 4)


@pytest.mark.parametrize("act", RemedyKind)
def test_every_remedy_is_worded(said: Words, act: RemedyKind) -> None:
    names = (("host", "mx.example"), ("port", "465"), ("sender", "a@a.example"))
    params = (*names, ("recipient", "b@b.example"), ("security", "implicit-tls"))
    for remedy in (Remedy(act), Remedy(act, True, params)):
        text = said.remedy(remedy)
        assert text.endswith(".")
        assert "{" not in text


def test_parties_confidence_and_stages_are_worded(said: Words) -> None:
    assert all(said.party(party) for party in Party)
    assert all(said.confidence(sure) for sure in Confidence)
    assert all(said.stage(stage) for stage in Stage)


def test_what_has_alternatives_is_never_called_certain(said: Words) -> None:
    alone = replace(plain(Kind.RELAY_DENIED), confidence=Confidence.CERTAIN)
    other = Alternative(Kind.AUTH_REQUIRED, Scope.ROUTE, Party.ACCOUNT)
    among = replace(alone, alternatives=(other,))
    assert said.confidence(alone) == said.confidence(Confidence.CERTAIN)
    assert said.confidence(among) not in {said.confidence(sure) for sure in Confidence}
    likely = replace(among, confidence=Confidence.LIKELY)
    assert said.confidence(likely) == said.confidence(Confidence.LIKELY)


def test_german_differs_from_english() -> None:
    german, english = Words("de_AT"), Words("en")
    assert all(german.headline(plain(kind)) != english.headline(plain(kind)) for kind in Kind)
    assert german.stage(Stage.SIGN_IN) == "Anmelden"


def test_language_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "xx:de")
    assert Words().stage(Stage.RESOLVE) == "Finden"
    monkeypatch.setenv("LANGUAGE", "en:de")
    assert Words().stage(Stage.RESOLVE) == "Find"
    monkeypatch.setenv("LANGUAGE", "../../etc")
    assert Words().stage(Stage.RESOLVE) == "Find"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.parts[-3])
def test_catalogues_are_whole_compiled_and_keep_their_parameters(source: Path) -> None:
    tool = runpy.run_path(str(ROOT / "packaging" / "compile_catalogues.py"))
    assert source.with_suffix(".mo").read_bytes() == tool["compiled"](source)
    with source.open("rb") as stream:
        catalog = read_po(stream)
    marked = {message.id for message in tool["template"]("words") if message.id}
    assert marked <= {message.id for message in catalog if message.string}
    for message in catalog:
        if message.id:
            assert _fields(str(message.id)) == _fields(str(message.string))


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_known_reasons_have_their_own_words(said: Words) -> None:
    missing = diagnose_failure(Failure(FailureKind.SECRET_MISSING), Stage.SIGN_IN, Context())
    assert said.headline(missing) != said.headline(plain(Kind.AUTH_FAILED))
    expired = diagnose_failure(Failure(FailureKind.CERTIFICATE_EXPIRED), Stage.ENCRYPT, Context())
    assert said.explanation(expired) != said.explanation(plain(Kind.CERTIFICATE_UNTRUSTED))


def test_help_desk_text_names_the_facts_and_shows_hostile_text_safely(said: Words) -> None:
    found = explain_text(
        "550 5.7.1 Relaying denied \x1b[31m\u202e", Stage.RELAY, None, load_rules()
    )
    facts = {"network": "Hotel", "address": "192.0.2.1", "server": "mx.example", "port": "587"}
    text = said.help_desk_text(found, {**facts, "time": "2026-11-22 10:00"})
    assert all(value in text for value in facts.values())
    assert "Relaying denied" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_help_desk_text_calls_words_the_servers_only_where_a_code_says_so() -> None:
    said, rules = Words("en"), load_rules()
    coded = explain_text("550 5.7.1 Relaying denied", Stage.RELAY, None, rules)
    assert "The server's reply: 550 5.7.1 Relaying denied" in said.help_desk_text(coded)
    told = explain_text("The connection to the server timed out.", None, None, rules)
    assert "What was said: The connection to the server timed out" in said.help_desk_text(told)
