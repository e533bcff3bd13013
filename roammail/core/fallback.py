"""A trained reading of a refusal, beside the rules (`vote.py`): weights are data.

Owns the features of a refusal and the sum over their weights. The weights come from
`packaging/train_fallback.py`. Knows nothing of rules, files and what a kind means; its
confidence is a calibrated share of right answers, never certainty.
"""

import math
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from roammail.core.diagnosis import Kind

#: Words of a text that are looked at: what matters stands early, and work stays bounded.
WORDS = 80
_GRAM, _WIDE_GRAM = 4, 2
_LONGEST = 24
_VERSION = 2
#: A weight is one character: this one stands for none, its neighbours for a step more or less.
NOUGHT, LOWEST, HIGHEST = 87, 48, 126
#: Features of the text itself (names in it say nothing), and how many must be known to judge it.
_TEXTUAL, _KNOWN = "wci", 2
#: As wide as the sum of all weights of a text may grow.
_FIELD = "I"


class FallbackError(ValueError):
    """A defect in the shipped weights."""


class Guess(NamedTuple):
    """One kind with its calibrated probability, 0 to 1."""

    kind: Kind
    share: float


class Fallback:
    """A linear model over features; only what it has looked up before grows in it."""

    def __init__(
        self, kinds: Sequence[Kind], bias: Sequence[float], weights: Mapping[str, str], scale: float
    ) -> None:
        self._kinds = tuple(kinds)
        self._bias = tuple(bias)
        self._weights = weights
        self._scale = scale
        self._rows: dict[str, int] = {}

    def judge(self, found: Iterable[str]) -> tuple[Guess, ...]:
        """All kinds, likeliest first, for the features of `features`; () for unknown words."""
        total = 0
        rows, weights = self._rows, self._weights
        for name in found:
            row = rows.get(name)
            if row is None:
                letters = weights.get(name)
                if letters is None:
                    continue
                row = rows[name] = _as_number(letters, name[0] in _TEXTUAL and "_" not in name)
            total += row
        width = array(_FIELD).itemsize * (len(self._kinds) + 2)
        *sums, known, looked = array(_FIELD, total.to_bytes(width, sys.byteorder))
        if known < _KNOWN:
            return ()
        nought = looked * NOUGHT
        logits = [b + self._scale * (s - nought) for b, s in zip(self._bias, sums, strict=True)]
        top = max(logits)
        grown = [math.exp(value - top) for value in logits]
        all_of_it = sum(grown)
        ranked = sorted(zip(self._kinds, grown, strict=True), key=lambda item: -item[1])
        return tuple([Guess(kind, value / all_of_it) for kind, value in ranked])


def _as_number(letters: str, is_textual: bool) -> int:
    """The weights of a feature side by side in one number: adding two such numbers adds them
    kind by kind, many times as fast as one by one. Two further fields count what was added."""
    fields = array(_FIELD, (*letters.encode("ascii"), is_textual, 1))
    return int.from_bytes(fields.tobytes(), sys.byteorder)


def features(
    words: Sequence[str], ideas: Iterable[str], stage: str, code: int, enhanced: str | None
) -> set[str]:
    """What the model looks at: words and letters of them, ideas, and circumstances.

    `words` are those of `lexicon.words`, with names already masked; `stage` is "" if unknown.
    """
    found = set(_around(stage, code, enhanced))
    for idea in ideas:
        found.add(f"i:{idea}")
        found.add(f"si:{stage} {idea}")
    for whole in words[:WORDS]:
        found.update(_alone("0" if whole.isdecimal() else whole[:_LONGEST]))
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
    if data.get("version") != _VERSION:
        raise FallbackError(f"weights of version {data.get('version')!r} are not known")
    try:
        kinds = [Kind(name) for name in data["kinds"]]
        bias = [float(value) for value in data["bias"]]
        weights = data["weights"]
        scale = float(data["scale"])
    except (KeyError, TypeError, ValueError) as error:
        raise FallbackError(f"weights: {error}") from error
    if not kinds or len(kinds) != len(bias) or not isinstance(weights, dict):
        raise FallbackError("weights: kinds, bias and weights do not fit together")
    rows = weights.values()
    if not all(isinstance(row, str) and len(row) == len(kinds) for row in rows):
        raise FallbackError("weights: a feature must have one letter for each kind")
    letters = frozenset("".join(rows))
    if not letters or min(letters) < chr(LOWEST) or max(letters) > chr(HIGHEST):
        raise FallbackError("weights: a letter that stands for no weight")
    return Fallback(kinds, bias, weights, scale)
