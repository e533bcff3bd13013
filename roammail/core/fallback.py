"""A trained reading for wordings that no rule knows: weights are data, arithmetic is here.

Owns the features of a refusal and the sum over their weights. The weights come from
`packaging/train_fallback.py`. Knows nothing of rules, files and what a kind means; its
confidence is a calibrated share of right answers, never certainty.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from roammail.core.diagnosis import Kind

#: Words of a text that are looked at: what matters stands early, and work stays bounded.
WORDS = 80
_GRAM, _WIDE_GRAM = 4, 2
_LONGEST = 24
_VERSION = 1
#: Features of the text itself, and how many of them must be known before it is judged.
_TEXTUAL, _KNOWN = "wbci", 2


class FallbackError(ValueError):
    """A defect in the shipped weights."""


class Guess(NamedTuple):
    """One kind with its calibrated probability, 0 to 1."""

    kind: Kind
    share: float


class Fallback:
    """A linear model over features; safe to share, as it never changes."""

    def __init__(
        self,
        kinds: Sequence[Kind],
        bias: Sequence[float],
        weights: Mapping[str, Sequence[int]],
        scale: float,
    ) -> None:
        self._kinds = tuple(kinds)
        self._bias = tuple(bias)
        self._weights = weights
        self._scale = scale

    def judge(self, found: Iterable[str]) -> tuple[Guess, ...]:
        """All kinds, likeliest first, for the features of `features`; () for unknown words."""
        sums = [0] * len(self._kinds)
        known = 0
        weights = self._weights
        for name in found:
            if name in weights:
                known += name[0] in _TEXTUAL and "_" not in name  # names alone say nothing
                numbers = iter(weights[name])
                for at, number in zip(numbers, numbers, strict=True):  # pairs in a row
                    sums[at] += number
        if known < _KNOWN:
            return ()
        logits = [b + self._scale * s for b, s in zip(self._bias, sums, strict=True)]
        top = max(logits)
        grown = [math.exp(value - top) for value in logits]
        total = sum(grown)
        ranked = sorted(zip(self._kinds, grown, strict=True), key=lambda item: -item[1])
        return tuple([Guess(kind, value / total) for kind, value in ranked])


def features(
    words: Sequence[str], ideas: Iterable[str], stage: str, code: int, enhanced: str | None
) -> set[str]:
    """What the model looks at: words, pairs and letters of them, ideas, and circumstances.

    `words` are those of `lexicon.words`, with names already masked; `stage` is "" if unknown.
    """
    found = {f"i:{idea}" for idea in ideas}
    found.update(_around(stage, code, enhanced))
    before = "^"
    for whole in words[:WORDS]:
        word = "0" if whole.isdecimal() else whole[:_LONGEST]
        found.add(f"b:{before} {word}")
        before = word
        found.update(_alone(word))
    return found


@lru_cache(maxsize=4096)
def _alone(word: str) -> tuple[str, ...]:
    """What a word shows without its neighbours: itself and runs of its letters."""
    itself = f"w:{word}"
    if not word.isascii() and _is_wide(word):
        return (itself, *(f"c:{word[at : at + _WIDE_GRAM]}" for at in range(len(word) - 1)))
    if len(word) < _GRAM or word.startswith("_"):
        return (itself,)
    closed = f"<{word}>"
    runs = (closed[at : at + _GRAM] for at in range(len(closed) - _GRAM + 1))
    return (itself, *(f"c:{run}" for run in runs))


def _is_wide(word: str) -> bool:
    return any("\u3040" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" for letter in word)


def _around(stage: str, code: int, enhanced: str | None) -> tuple[str, ...]:
    detail = enhanced.split(".", 1)[1] if enhanced else ""
    group = str(code)[:1] if code else ""
    return (
        f"s:{stage}",
        f"k:{code}",
        f"e:{detail}",
        f"sk:{stage} {code}",
        f"sg:{stage} {group}",
        f"se:{stage} {detail}",
    )


def build_fallback(data: Mapping[str, Any]) -> Fallback:
    """The model from its parsed file. Raises FallbackError where the file is not sound."""
    try:
        if data["version"] != _VERSION:
            raise FallbackError(f"weights of version {data['version']!r} are not known")
        kinds = [Kind(name) for name in data["kinds"]]
        bias = [float(value) for value in data["bias"]]
        weights = data["weights"]
        scale = float(data["scale"])
    except (KeyError, TypeError, ValueError) as error:
        raise FallbackError(f"weights: {error}") from error
    if not kinds or len(kinds) != len(bias) or not isinstance(weights, dict):
        raise FallbackError("weights: kinds, bias and weights do not fit together")
    whole, places = frozenset({int}), frozenset(range(len(kinds)))
    for name, pairs in weights.items():  # many thousands: each is looked at by sets, not by loops
        sound = isinstance(pairs, list) and len(pairs) % 2 == 0
        if not sound or not whole.issuperset(map(type, pairs)):
            raise FallbackError(f"weights: {name!r} must hold pairs of whole numbers")
        if not places.issuperset(pairs[::2]):
            raise FallbackError(f"weights: {name!r} names a kind that is not there")
    return Fallback(kinds, bias, weights, scale)
