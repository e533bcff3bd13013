"""What is worked out late finds what is spelled out at once, and the same terms are refused."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.adapters.rule_files import load_rules
from roammail.core import term_tree
from roammail.core.late_terms import LateLexicon
from roammail.core.lexicon import Lexicon, TermError
from roammail.core.term_tree import Node, Rest
from tests.core.plain_patterns import terms

SAMPLE = [
    json.loads(line)["reply"]
    for line in Path(__file__).with_name("refusals.jsonl").read_text("utf-8").splitlines()
][::7]

_WORDS = ("no", "mail", "ma*", "mail*", "für", "relay", "拒绝")
_words = st.sampled_from(_WORDS)
_runs = st.lists(st.sampled_from((*_WORDS, "..")), max_size=3).map(" ".join)
_groups = st.builds(
    lambda runs, mark: f"({'|'.join(runs)}){mark}",
    st.lists(_runs, min_size=1, max_size=3),
    st.sampled_from(("", "", "?", "*")),
)
_odd = st.sampled_from(("..", "(", ")", "a*b", "=mail", "*", "a..", "no)"))
_pieces = st.one_of(_words, _words, _groups, _groups, st.just(".."), _odd)
_terms = st.builds(str.join, st.sampled_from((" ", " ", "")), st.lists(_pieces, max_size=5))
_texts = st.lists(st.sampled_from(("no", "ma", "mail", "mails", "fuer", "relay", "拒绝", "x")))


def filled(lexicon: Lexicon, listed: list[str]) -> Lexicon | str:
    """The lexicon with an idea for each term; or what it says is wrong with one."""
    try:
        for number, term in enumerate(listed):
            lexicon.add(f"idea {number}", [term])
    except TermError as error:
        return str(error)
    return lexicon


def seen(lexicon: Lexicon, text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The ideas in a text, each with the words that show it."""
    found = lexicon.find(text)
    ideas = ((at, idea) for at, idea in enumerate(lexicon.ideas) if found.mask >> at & 1)
    return [(idea, found.shown(1 << at)) for at, idea in ideas]


@given(st.lists(_terms, min_size=1, max_size=4), st.lists(_texts, max_size=6))
def test_any_terms_mean_what_they_mean_spelled_out(
    listed: list[str], texts: list[list[str]]
) -> None:
    late, early = filled(LateLexicon(), listed), filled(Lexicon(), listed)
    if isinstance(late, str) or isinstance(early, str):
        assert late == early
        return
    for words in texts:
        assert seen(late, " ".join(words)) == seen(early, " ".join(words))


def test_the_shipped_terms_mean_what_they_mean_spelled_out() -> None:
    early = Lexicon()
    for idea in load_rules().lexicon.ideas:
        early.add(idea, ())
    for idea, term in terms():
        early.add(idea, [term])
    for text in SAMPLE:
        assert seen(load_rules().lexicon, text) == seen(early, text), text


@pytest.mark.parametrize(
    "term",
    ["", "(", ")", "(a", "a) b", "(a (b) c)", "..", ".. a", "a ..", "(the)? .. word",
     "word .. (a)?", "(.. a|b) word", "ab*", "(ab*|word)", "(word)? ab*", "wo*rd",
     "(wo*rd|a) word", "(word)?"],
)  # fmt: skip
def test_what_is_no_term_is_refused(term: str) -> None:
    with pytest.raises(TermError):
        LateLexicon().add("idea", [term])


def test_choices_are_not_multiplied() -> None:
    """A term may stand for more runs of words than there is memory."""
    lexicon = LateLexicon()
    lexicon.add("many", [" ".join(["(one|two|three|four)"] * 40)])
    assert lexicon.find("two four " * 20).mask
    assert not lexicon.find("two four " * 19).mask


def test_who_comes_while_a_place_is_worked_out_sees_nothing_half_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each step of the work is interrupted by another reader of the same text."""
    lexicon = LateLexicon()
    lexicon.add("one", ["mail (is|was) (not )?.. (refused|denied)"])
    lexicon.add("two", ["mail was .. not"])
    text = "mail was surely not denied"
    inside: list[int] = []
    ways = term_tree._ways

    def interrupted(rest: Rest, leaping: bool = False) -> Iterator[tuple[str, bool, Rest]]:
        for way in ways(rest, leaping):
            yield way
            with monkeypatch.context() as alone:
                alone.setattr(term_tree, "_ways", ways)
                inside.append(lexicon._find(text).mask)
                lexicon._tree._shapes.clear()

    monkeypatch.setattr(term_tree, "_ways", interrupted)
    assert lexicon.find(text).mask == 0b11
    assert inside
    assert set(inside) == {0b11}


def test_a_place_is_worked_out_once() -> None:
    lexicon = LateLexicon()
    lexicon.add("idea", ["mail (is|was) refused"])
    start = lexicon._tree._starts["mail"]
    assert start.waiting
    assert not start.following
    lexicon.find("mail is here")
    assert set(start.following) == {"is", "was"}
    assert not start.waiting
    untouched: Node = start.following["was"]
    assert untouched.waiting
    assert not untouched.following
