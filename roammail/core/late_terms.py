"""A lexicon that is filled quickly: choices in a term stay choices until a text calls for them.

Owns which terms may stay so. Every other term, and each that looks wrong, goes the way of
`lexicon.py`, which spells out all that a term stands for and says what is wrong with it; either
way the same is found. Knows nothing of rules and files.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from roammail.core.lexicon import Lexicon, expand, spellings
from roammail.core.term_tree import SHORTEST_STEM, Choices

#: A group with its mark, a word, or a parenthesis that has no other.
_PIECE = re.compile(r"\([^()]*\)[?*]?|[^\s(]+|\(")

#: A star within a word, a gap where a choice begins or ends, a parenthesis in a word, mere
#: characters.
_ODD = re.compile(r"\*[^\s|)]|[(|]\s*\.\.|\.\.\s*[|)]|^[^(]*\)|(?:^|[(|]\s*)=")

#: From here on there are letters of scripts that are found in another way than by the tree.
_WIDE_LETTERS = "\u1100"


class _Piece(NamedTuple):
    """A word of a term or a group of choices, and what is certain of it whatever is chosen."""

    said: str | Choices
    sound: bool  # its stars, gaps and letters are such as the tree knows
    said_always: bool
    strong: bool  # more than a gap or a short stem


class LateLexicon(Lexicon):
    """A Lexicon of equal answers, filled in a quarter of the time."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: dict[str, _Piece] = {}

    def add(self, idea: str, terms: Iterable[str]) -> int:
        """Adds an idea (or more terms to it) and returns its bit number. Raises TermError.

        All terms are added before the first text is read.
        """
        number = super().add(idea, ())
        for term in terms:
            spelled = [self._split(text) for text in spellings(term)]
            if not all(map(_is_plain, spelled)):
                super().add(idea, (term,))
                continue
            for pieces in spelled:
                self._tree.add(number, [piece.said for piece in pieces])
        return number

    def _split(self, spelling: str) -> list[_Piece]:
        """The term's pieces, each read once, as many terms have it; none of mere characters."""
        if spelling.startswith("="):
            return []
        known = self._pieces
        pieces = []
        for text in _PIECE.findall(spelling):
            piece = known.get(text)
            if piece is None:
                piece = known[text] = _group(text) if text[0] == "(" else _word(text)
            pieces.append(piece)
        return pieces


def _word(text: str) -> _Piece:
    return _Piece(text, _stands(text), text != "..", _is_strong(text))


def _group(text: str) -> _Piece:
    if ")" not in text:
        return _Piece(text, sound=False, said_always=False, strong=False)
    choices = tuple([tuple(run.split()) for run in expand(text)])
    said_always = () not in choices
    strong = said_always and all(_is_strong(run[0]) for run in choices)
    return _Piece(choices, _stands(text), said_always, strong)


def _stands(text: str) -> bool:
    return not _ODD.search(text) and (text.isascii() or max(text) < _WIDE_LETTERS)


def _is_strong(part: str) -> bool:
    return part != ".." and not (len(part) <= SHORTEST_STEM and part.endswith("*"))


def _is_plain(pieces: Sequence[_Piece]) -> bool:
    """Whether all that the pieces stand for are terms that the tree knows how to find."""
    strong = begun = ended = False
    for piece in pieces:
        if not piece.sound:
            return False
        if piece.said == "..":
            if not begun:
                return False
            ended = False
        elif piece.said_always:
            begun = ended = True
            strong = strong or piece.strong
    return strong and ended
