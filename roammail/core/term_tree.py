"""Terms of several words as one tree, walked from each word of a text.

Owns how a term is found: words, stems ("deni*") and gaps (".."). No regular expression takes
part: from each word the tree allows a bounded number of steps, whatever stands in the text, so
a text is read in time linear in its words. Knows nothing of folding, ideas' names and rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

#: Words that ".." may leap over.
GAP = 4

#: Letters by which stems are filed, and the shortest stem that a term may rest on alone.
_HEAD, SHORTEST_STEM = 2, 3
_KEPT_WORDS, _KEPT_SHAPES, _LONGEST_KEPT = 8_192, 4_096, 64

#: Where something stands: from this word to before that one.
Span = tuple[int, int]

_NO_BRANCHES: Mapping[str, "Node"] = MappingProxyType({})


class Node:
    """A place in the tree: what is shown here, and what may come next."""

    __slots__ = ("after_gap", "following", "ideas")

    def __init__(self) -> None:
        self.ideas = 0
        # Most places are ends: tens of thousands of empty dicts would be megabytes.
        self.following: Mapping[str, Node] = _NO_BRANCHES
        self.after_gap: Mapping[str, Node] = _NO_BRANCHES

    def grow(self, part: str, *, leaping: bool) -> "Node":
        """The place behind `part`, made where there is none."""
        before = self.after_gap if leaping else self.following
        found = before.get(part)
        if found is not None:
            return found
        branches = before if isinstance(before, dict) else {}
        if leaping:
            self.after_gap = branches
        else:
            self.following = branches
        made = branches[part] = Node()
        return made


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """What a word is to the terms; words that are the same to all of them share one."""

    ideas: int = 0  # that the word shows by itself
    parts: tuple[str, ...] = ()  # by which terms know it behind their first word
    starts: tuple[Node, ...] = ()


_NOTHING = Sense()


class Hit(NamedTuple):
    """A term that was found, with the ideas that it shows."""

    ideas: int
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Shape:
    """What a row of senses shows: the same for every text that differs in mere names."""

    mask: int
    hits: tuple[Hit, ...]
    spans: dict[int, tuple[Span, ...]] = field(default_factory=dict)

    def spans_of(self, asked: int) -> tuple[Span, ...]:
        """Where the asked ideas show first, in the text's order; a place is told once."""
        spans = self.spans.get(asked)
        if spans is None:
            spans = self.spans[asked] = self._spans(asked & self.mask)
        return spans

    def _spans(self, left: int) -> tuple[Span, ...]:
        spans: list[Span] = []
        for ideas, start, end in self.hits:
            if ideas & left:
                left &= ~ideas
                if not spans or end > spans[-1][1]:  # else it stands inside of what is told
                    spans.append((start, end))
        return tuple(spans)


class TermTree:
    """All terms, and the memory of words and rows of words that were met lately."""

    def __init__(self) -> None:
        self._root = Node()
        self._stems: dict[str, list[str]] = {}
        self._alone: dict[str, int] = {}
        self._words: set[str] = set()
        self._inner: set[str] = set()
        self._spelled: dict[str, str] = {}
        self._masks: dict[int, int] = {}
        self._senses: dict[str, Sense] = {}
        self._alike: dict[tuple[str, ...], Sense] = {}
        self._shapes: dict[tuple[Sense, ...], Shape] = {}

    def add(self, idea: int, parts: Sequence[str]) -> None:
        """Adds a term: words, stems with their star, and "..", which neither begins nor ends it."""
        for part in parts:
            if part.endswith("*"):
                stems = self._stems.setdefault(part[:-1][:_HEAD], [])
                if part not in stems:
                    stems.append(part)
            elif part != "..":
                self._words.add(part)
        if len(parts) == 1:
            self._alone[parts[0]] = self._alone.get(parts[0], 0) | 1 << idea
            return
        node, leaping = self._root, False
        for part in parts:
            if part == "..":
                leaping = True
                continue
            if node is not self._root:
                self._inner.add(part)
            node, leaping = node.grow(self._same(part), leaping=leaping), False
        ideas = node.ideas | 1 << idea
        node.ideas = self._masks.setdefault(ideas, ideas)  # large numbers, and few of them differ

    def _same(self, part: str) -> str:
        """One string for all places where the part stands."""
        return self._spelled.setdefault(part, part)

    def sense(self, word: str) -> Sense:
        """What a folded word is to the terms."""
        sense = self._senses.get(word)
        if sense is None:
            stems = self._stems.get(word[:_HEAD], ())
            known = [stem for stem in stems if word.startswith(stem[:-1])]
            if word in self._words:
                known.append(word)
            if not known:
                return _NOTHING  # and not kept: names and numbers are without number
            if len(self._senses) >= _KEPT_WORDS:
                self._senses.clear()  # nor is there an end to the words that begin so
            sense = self._senses[word] = self._sense(tuple(known))
        return sense

    def _sense(self, known: tuple[str, ...]) -> Sense:
        sense = self._alike.get(known)
        if sense is None:
            ideas = 0
            for name in known:
                ideas |= self._alone.get(name, 0)
            parts = tuple(name for name in known if name in self._inner)
            starts = self._root.following
            roots = tuple(starts[name] for name in known if name in starts)
            sense = self._alike[known] = Sense(ideas, parts, roots)
        return sense

    def shape(self, senses: tuple[Sense, ...]) -> Shape:
        """What the row shows; rows of usual length are kept."""
        shape = self._shapes.get(senses)
        if shape is None:
            shape = _shape(senses)
            if len(self._shapes) >= _KEPT_SHAPES:
                self._shapes.clear()
            if len(senses) <= _LONGEST_KEPT:
                self._shapes[senses] = shape
        return shape


def _shape(senses: Sequence[Sense]) -> Shape:
    """Finds all that the row shows; of each idea the first place is kept, there the longest."""
    mask = 0
    kept: list[Hit] = []
    for at, sense in enumerate(senses):
        hits = [Hit(sense.ideas, at, at + 1)] if sense.ideas else []
        for node in sense.starts:
            walk(node, at + 1, senses, at, hits)
        if len(hits) > 1:
            hits.sort(key=_length, reverse=True)
        for hit in hits:
            if hit.ideas & ~mask:
                mask |= hit.ideas
                kept.append(hit)
    return Shape(mask, tuple(kept))


def _length(hit: Hit) -> int:
    return hit.end - hit.start


def walk(node: Node, at: int, senses: Sequence[Sense], start: int, hits: list[Hit]) -> None:
    """Follows the tree from a node over the words from `at` on; `hits` takes what is found."""
    if node.ideas:
        hits.append(Hit(node.ideas, start, at))
    if node.following and at < len(senses):
        for part in senses[at].parts:
            if part in node.following:
                walk(node.following[part], at + 1, senses, start, hits)
    if node.after_gap:
        for place in range(at, min(at + GAP + 1, len(senses))):
            for part in senses[place].parts:
                if part in node.after_gap:
                    walk(node.after_gap[part], place + 1, senses, start, hits)
