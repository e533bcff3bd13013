"""How a close reader's word counts, and when it is asked."""

import math
from collections.abc import Mapping, Sequence

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.bounce import Bounce
from roammail.core.bounced import BouncedRecipient
from roammail.core.close_reader import weighed
from roammail.core.diagnosis import Kind
from roammail.core.explain import explain_bounce, explain_text
from roammail.core.fallback import NOUGHT, Guess, build_fallback
from roammail.core.reply import Reply
from roammail.core.rulebook import RuleBook
from roammail.core.stage import Stage

DOUBT = "the mouse has eaten the cheese of tomorrow"


class Listening:
    """A close reader that is always sure of one kind, and counts how often it is asked."""

    def __init__(self, kind: Kind) -> None:
        self.asked = 0
        self._kind = kind

    def shares(
        self, words: Sequence[str], place: str, code: int, enhanced: str | None
    ) -> Mapping[Kind, float]:
        self.asked += 1
        return {kind: 0.97 if kind is self._kind else 0.001 for kind in Kind}


def book(reader: Listening) -> RuleBook:
    """The shipped rules and weights with another close reader."""
    return load_rules().read_with(reader)


def doubting_book(reader: Listening) -> RuleBook:
    """The shipped rules with weights that are never sure, whatever the shipped ones learn."""
    shares = {Kind.CONTENT_REJECTED: 0.5, Kind.OTHER: 0.3, Kind.GREYLISTED: 0.2}
    weights = build_fallback(
        {
            "version": 2,
            "kinds": [kind.value for kind in shares],
            "bias": [math.log(share) for share in shares.values()],
            "scale": 1.0,
            "weights": {f"w:{word}": chr(NOUGHT) * len(shares) for word in DOUBT.split()},
        }
    )
    shipped = load_rules()
    return RuleBook(shipped.lexicon, shipped.rules, 0, weights, reader)


def test_both_words_count() -> None:
    guesses = (Guess(Kind.IP_BLOCKED, 0.6), Guess(Kind.RELAY_DENIED, 0.3), Guess(Kind.OTHER, 0.1))
    found = weighed(guesses, {Kind.RELAY_DENIED: 0.9, Kind.IP_BLOCKED: 0.1})
    assert found[0].kind is Kind.RELAY_DENIED
    assert found[1].kind is Kind.IP_BLOCKED
    assert sum(guess.share for guess in found) == pytest.approx(1)


def test_without_its_word_the_guesses_stand() -> None:
    guesses = (Guess(Kind.IP_BLOCKED, 0.6), Guess(Kind.RELAY_DENIED, 0.4))
    assert weighed(guesses, {}) == guesses


def test_what_it_has_never_heard_of_keeps_a_chance() -> None:
    guesses = (Guess(Kind.IP_BLOCKED, 1.0), Guess(Kind.RELAY_DENIED, 0.0))
    assert all(guess.share > 0 for guess in weighed(guesses, {Kind.IP_BLOCKED: 1.0}))


def test_it_is_asked_in_doubt_and_once_for_a_wording() -> None:
    reader = Listening(Kind.GREYLISTED)
    rules = doubting_book(reader)
    for number in (1, 2, 30):
        found = explain_text(f"550 {DOUBT} {number}", Stage.CONTENT, None, rules)
        assert found.kind is Kind.GREYLISTED
    assert reader.asked == 1


@pytest.mark.parametrize(
    "sure",
    [
        "550 5.1.1 User unknown in local recipient table",
        "554 5.7.1 <a@b.example>: Relay access denied",
    ],
)
def test_it_is_not_asked_where_nothing_is_in_doubt(sure: str) -> None:
    reader = Listening(Kind.GREYLISTED)
    found = explain_text(sure, Stage.RELAY, None, book(reader))
    assert found.kind in (Kind.RECIPIENT_UNKNOWN, Kind.RELAY_DENIED)
    assert reader.asked == 0


@pytest.mark.parametrize(("stage", "asked"), [(None, 0), (Stage.CONTENT, 1)])
def test_a_number_before_any_words_does_not_make_them_a_refusal(
    stage: Stage | None, asked: int
) -> None:
    reader = Listening(Kind.GREYLISTED)
    explain_text(f"550 {DOUBT}", stage, None, doubting_book(reader))
    assert reader.asked == asked


def test_a_book_without_a_close_reader_reads_on() -> None:
    reader = Listening(Kind.GREYLISTED)
    found = explain_text(f"550 {DOUBT}", Stage.CONTENT, None, book(reader).read_with(None))
    assert found.kind is not Kind.GREYLISTED
    assert reader.asked == 0


def test_of_a_bounce_with_thousands_of_refusals_a_few_are_read_closely() -> None:
    reader = Listening(Kind.GREYLISTED)
    every = [
        BouncedRecipient(f"u{n}@b.example", Reply(550, (f"{DOUBT} {_word(n)}",)), Stage.CONTENT)
        for n in range(3_000)
    ]
    told = explain_bounce(Bounce(tuple(every)), book(reader))
    assert len(told) == 3_000
    assert 1 < reader.asked <= 20


def _word(number: int) -> str:
    """A word of its own for each number."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
