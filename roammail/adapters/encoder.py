"""Reads a refusal closely: a small transformer encoder (BERT, Devlin et al. 2018), with numpy.

Owns the split into word pieces and the sum over the network. What it knows comes from
`packaging/train_encoder.py`; knows nothing of rules.
"""

import re
from collections.abc import Mapping, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from roammail.core.close_reader import NUMBER
from roammail.core.diagnosis import Kind

#: How our placeholders for names are told to it; the longest word it looks at.
_NAMES = {"_host_": "host", "_mail_": "address", "_ip_": "ip", "_url_": "url"}
_LONGEST = 24
#: Pieces of a text that are read; as many places the network knows.
PIECES = 64
#: What is split from its neighbours: a sign, and a letter of a script without blanks.
_PART = re.compile(r"[^\W_\u3400-\u9fff\uf900-\ufaff]+|[^\s]")
_HEADS = 12
_SMALL = 1e-12  # keeps a layer's norm from dividing by nothing

_Matrix = NDArray[np.float32]


def as_said(words: Sequence[str], place: str, code: int, enhanced: str | None) -> str:
    """A refusal as the network has learned to read it: circumstances, then its words."""
    said = " ".join(
        _NAMES.get(word) or (NUMBER if word.isdecimal() else word[:_LONGEST]) for word in words
    )
    return f"{place or 'unknown'} {code or ''} {enhanced or ''} : {said}"


class WordPieces:
    """The words and parts of words that the network knows, by their numbers (WordPiece)."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(pieces)}
        self._start, self._end, self._unknown = (
            self._numbers[sign] for sign in ("[CLS]", "[SEP]", "[UNK]")
        )

    def split(self, text: str) -> list[int]:
        """At most PIECES numbers, with the signs for start and end."""
        found: list[int] = []
        for part in _PART.findall(text):
            found += self._of_part(part)
            if len(found) > PIECES:
                break
        return [self._start, *found[: PIECES - 2], self._end]

    def _of_part(self, part: str) -> list[int]:
        """Each time the longest piece that is known."""
        found, at = [], 0
        while at < len(part):
            for end in range(len(part), at, -1):
                number = self._numbers.get(part[at:end] if at == 0 else f"##{part[at:end]}")
                if number is not None:
                    break
            else:
                return [self._unknown]
            found.append(number)
            at = end
        return found


class Encoder:
    """The network's numbers, and the sum over them."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises OSError, EOFError, ValueError, KeyError or BadZipFile for an unsound file."""
        with np.load(file, allow_pickle=False) as stored:
            self._take(stored)

    def _take(self, stored: Mapping[str, Any]) -> None:
        self._kinds = [Kind(name) for name in bytes(stored["kinds"]).decode().split("\n")]
        self._pieces = WordPieces(bytes(stored["pieces"]).decode().split("\n"))
        self._embedded, self._scale = stored["embed"], stored["embed_scale"]
        self._places: _Matrix = stored["places"].astype(np.float32) * stored["places_scale"]
        self._after_embedding = _Norm(stored, "embedding")
        self._layers = [_Layer(stored, f"layer{n}") for n in range(int(stored["layers"]))]
        self._head = _Dense(stored, "head")

    def shares(
        self, words: Sequence[str], place: str, code: int, enhanced: str | None
    ) -> Mapping[Kind, float]:
        """As `CloseReader.shares`."""
        numbers = self._pieces.split(as_said(words, place, code, enhanced))
        found = self._embedded[numbers].astype(np.float32) * self._scale[numbers, None]
        state = self._after_embedding(found + self._places[: len(numbers)])
        for layer in self._layers:
            state = layer(state)
        logits = self._head(state.mean(axis=0))
        grown = np.exp(logits - logits.max())
        return dict(zip(self._kinds, (grown / grown.sum()).tolist(), strict=True))


class _Layer:
    """Self-attention, then a feed-forward network: each added to what came in, and normed."""

    def __init__(self, stored: Mapping[str, Any], name: str) -> None:
        self._qkv = _Dense(stored, f"{name}.qkv")
        self._projection = _Dense(stored, f"{name}.projection")
        self._up, self._down = _Dense(stored, f"{name}.up"), _Dense(stored, f"{name}.down")
        self._after_attention = _Norm(stored, f"{name}.attention")
        self._after_all = _Norm(stored, f"{name}.output")

    def __call__(self, state: _Matrix) -> _Matrix:
        count, width = state.shape
        mixed = self._qkv(state).reshape(count, 3, _HEADS, width // _HEADS)
        query, key, value = mixed.transpose(1, 2, 0, 3)
        heed = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width // _HEADS))
        heed = np.exp(heed - heed.max(axis=-1, keepdims=True))
        heed /= heed.sum(axis=-1, keepdims=True)
        attended = (heed @ value).transpose(1, 0, 2).reshape(count, width)
        state = self._after_attention(state + self._projection(attended))
        return self._after_all(state + self._down(_gelu(self._up(state))))


class _Dense:
    """A matrix and what is added. Stored are steps, and for each column how long a step is."""

    def __init__(self, stored: Mapping[str, Any], name: str) -> None:
        self._matrix: _Matrix = stored[name].astype(np.float32) * stored[f"{name}_scale"]
        self._bias: _Matrix = stored[f"{name}_bias"]

    def __call__(self, state: _Matrix) -> _Matrix:
        return state @ self._matrix + self._bias


class _Norm:
    """Each row at mean nought and variance one, then stretched and shifted (layer norm)."""

    def __init__(self, stored: Mapping[str, Any], name: str) -> None:
        self._stretch: _Matrix = stored[f"{name}_norm"]
        self._shift: _Matrix = stored[f"{name}_shift"]

    def __call__(self, state: _Matrix) -> _Matrix:
        state = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((state * state).mean(axis=-1, keepdims=True) + np.float32(_SMALL))
        normed: _Matrix = state / spread
        return normed * self._stretch + self._shift


def _gelu(state: _Matrix) -> _Matrix:
    """The Gaussian error linear unit, by its tanh form (Hendrycks and Gimpel 2016)."""
    inner = np.float32(0.7978845608) * (state + np.float32(0.044715) * state * state * state)
    bent: _Matrix = np.float32(0.5) * state * (1 + np.tanh(inner))
    return bent
