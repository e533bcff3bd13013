"""What a close reader of a refusal is, and how its word is weighed beside the weights'.

Rules and weights know the words that they were given. A close reader also understands words that
no refusal ever showed it, at a cost: it is asked only where they are in doubt (`vote.py`).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from roammail.core.diagnosis import Kind
from roammail.core.fallback import Guess

#: What stands for any number: which one it is says nothing.
NUMBER = "0"

#: How much of the sum is the close reader's, how sharp the sum is, and the least share that
#: anything has: fitted on refusals of servers that neither had learned from.
_ITS_PART, _SHARPNESS, _LEAST = 0.5, 1.2, 1e-4


class CloseReader(Protocol):
    """Reads a refusal as a whole."""

    def shares(
        self, words: Sequence[str], place: str, code: int, enhanced: str | None
    ) -> Mapping[Kind, float]:
        """The probability of each kind, 0 to 1; {} where it cannot tell.

        `words` are those of `lexicon.words`, numbers as NUMBER; `place` is a stage's name, "" if
        unknown.
        """
        ...


def weighed(guesses: Sequence[Guess], closely: Mapping[Kind, float]) -> tuple[Guess, ...]:
    """The guesses of the weights with the close reader's word, likeliest first."""
    if not closely:
        return tuple(guesses)
    sums = [
        (1 - _ITS_PART) * math.log(max(guess.share, _LEAST))
        + _ITS_PART * math.log(max(closely.get(guess.kind, 0.0), _LEAST))
        for guess in guesses
    ]
    most = max(sums)
    grown = [math.exp((value - most) * _SHARPNESS) for value in sums]
    whole = sum(grown)
    ranked = sorted(zip(guesses, grown, strict=True), key=lambda pair: -pair[1])
    return tuple([Guess(guess.kind, value / whole) for guess, value in ranked])
