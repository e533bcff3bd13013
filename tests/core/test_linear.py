"""No text takes long: what hostile words cost grows as their length does, for every rule.

Steps are counted, as counts do not depend on what else the machine does.
"""

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core import term_tree
from roammail.core.lexicon import TEXT_LIMIT, Lexicon, words
from roammail.core.rulebook import Circumstances
from roammail.core.stage import Stage
from roammail.core.term_tree import GAP, Hit, Node, Sense
from tests.core.counted_work import LINEAR, growth
from tests.core.plain_patterns import ideas_one_by_one, spelled, terms

LONG, SHORT = 100_000, 12_500
#: Steps in the tree that one word may cost, in the worst text for the worst idea.
STEPS_A_WORD = 20
SAMPLE = [
    json.loads(line)["reply"]
    for line in Path(__file__).with_name("refusals.jsonl").read_text("utf-8").splitlines()
][::23]


class Steps:
    """Counts the steps through the tree; each looks at a bounded number of words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken = 0
        walk = term_tree.walk

        def counted(
            node: Node, at: int, senses: Sequence[Sense], start: int, hits: list[Hit]
        ) -> None:
            self.taken += 1
            walk(node, at, senses, start, hits)

        monkeypatch.setattr(term_tree, "walk", counted)

    def of(self, lexicon: Lexicon, folded: str) -> int:
        """The steps that a text costs, without the limit that texts from outside meet."""
        self.taken = 0
        lexicon._find(folded)
        return self.taken


def almost(plain: str) -> list[str]:
    """A term's words without its last: stems are completed, gaps filled with its own words."""
    parts = plain.replace("*", "x").split()[:-1]
    fixed = [part for part in parts if part != ".."]
    filler = itertools.cycle(fixed or ["x"])
    said: list[str] = []
    for part in parts:
        said += itertools.islice(filler, GAP) if part == ".." else [part]
    return said or [plain.replace("*", "x")]


def baits() -> dict[str, list[list[str]]]:
    """For each idea, what comes near each of its terms again and again and never fits."""
    every: dict[str, list[list[str]]] = defaultdict(list)
    for idea, term in terms():
        every[idea] += [
            [plain[1:]] if plain.startswith("=") else almost(plain) for plain in spelled(term)
        ]
    return every


def repeated(said: Sequence[str], length: int) -> str:
    line = f"{' '.join(said)} "
    return (line * (length // len(line) + 1))[:length]


@pytest.mark.timeout(600)  # some 30 MB are read
def test_every_rule_reads_its_worst_text_in_linear_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of an idea's terms, one after another, each again and again to 100 kB."""
    steps = Steps(monkeypatch)
    lexicon = load_rules().lexicon
    known = baits()
    assert set(known) == set(lexicon.ideas)
    for idea, near in known.items():
        worst = max(near, key=lambda said: steps.of(lexicon, repeated(said, 400)))
        small = steps.of(lexicon, repeated(worst, SHORT))
        large = repeated(worst, LONG)
        taken = steps.of(lexicon, large)
        assert taken <= 8.2 * small + 100, (idea, worst)
        assert taken <= STEPS_A_WORD * len(large.split()), (idea, worst)


def test_all_terms_of_an_idea_together_are_linear_too(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps(monkeypatch)
    lexicon = load_rules().lexicon
    for idea, near in baits().items():
        text = repeated([word for said in near for word in said], SHORT)
        assert steps.of(lexicon, text) <= STEPS_A_WORD * len(text.split()), idea


@pytest.mark.parametrize(
    "bait",
    [
        "a", "n", "n'", "n't", "can't ", "é", "拒绝", "ab.", "a-", "a_", "1.", "1.1.1.", "[1.1.1.1",
        "<a", "a@", "<a@b", "@", "http://", "https://x", "ff:", "::", "cannot", "e-mail", ".",
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", [words, lambda text: load_rules().lexicon._find(text)])
def test_any_characters_are_split_in_linear_time(
    bait: str, read: Callable[[str], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(bait * (LONG // len(bait)))  # has an answer
    assert growth(monkeypatch, lambda length: read(repeated([bait], length)), 250) <= LINEAR


def test_what_comes_from_outside_is_cut_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rules, here = load_rules(), Circumstances(Stage.RELAY, code=550)
    steps = Steps(monkeypatch)
    for rule in rules.rules:
        rules.read(f"{rule.name.replace('-', ' ')} " * 5_000, here)
    assert steps.taken <= len(rules.rules) * TEXT_LIMIT // 2 * STEPS_A_WORD


def test_the_quick_way_finds_what_patterns_one_by_one_find() -> None:
    lexicon = load_rules().lexicon
    for text in SAMPLE:
        mask = lexicon.find(text).mask
        quick = {idea for at, idea in enumerate(lexicon.ideas) if mask >> at & 1}
        assert quick == ideas_one_by_one(text), text
