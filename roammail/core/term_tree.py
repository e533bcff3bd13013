"""Terms of several words as one tree, walked from each word of a text.

Owns how a term is found: words, stems ("deni*"), gaps ("..") and choices. No regular expression
takes part: from each word the tree allows a bounded number of steps, whatever stands in the text,
so a text is read in time linear in its words. Knows nothing of folding, ideas' names and rules.

The tree grows where texts lead: a place is worked out when somebody first comes there. The terms
stand for fifty thousand runs of words, of which all the mail of a day meets a few hundred.
"""

from collections.abc import Iterator, Mapping, Sequence
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

#: Runs of parts, one of which is to be said; an empty one where nothing need be.
Choices = tuple[tuple[str, ...], ...]

#: What a term still asks for: words, stems with their star, "..", and choices.
Rest = tuple[str | Choices, ...]

_NO_BRANCHES: Mapping[str, "Node"] = MappingProxyType({})


class Node:
    """A place in the tree: what is shown here, and what may come next."""

    __slots__ = ("after_gap", "following", "ideas", "waiting")

    def __init__(self) -> None:
        self.ideas = 0
        # Most places are ends: an empty dict for each would be memory for nothing.
        self.following: Mapping[str, Node] = _NO_BRANCHES
        self.after_gap: Mapping[str, Node] = _NO_BRANCHES
        #: Terms that lead here, as their idea's bit and what they ask for from here on.
        self.waiting: list[tuple[int, Rest]] = []

    def open(self) -> None:
        """Works out what is shown here and what comes next, from the terms that wait.

        Another thread may do so at the same time, to the same end: nothing half done is seen.
        """
        ideas = 0
        following: dict[str, Node] = {}
        after_gap: dict[str, Node] = {}
        for idea, rest in self.waiting:
            for part, leaping, then in _ways(rest):
                if not part:
                    ideas = ideas | idea if ideas else idea  # large numbers: one of each is kept
                    continue
                branches = after_gap if leaping else following
                node = branches.get(part)
                if node is None:
                    node = branches[part] = Node()
                node.waiting.append((idea, then))
        self.ideas = ideas
        self.following = following or _NO_BRANCHES
        self.after_gap = after_gap or _NO_BRANCHES
        self.waiting = []  # last, as it is what tells others that the place is ready


def _ways(rest: Rest, leaping: bool = False) -> Iterator[tuple[str, bool, Rest]]:
    """The parts that may come next, whether behind a gap, and what is to come then; no part
    where the term may end."""
    if not rest:
        yield "", leaping, rest
        return
    first, then = rest[0], rest[1:]
    if not isinstance(first, str):
        for choice in first:
            if len(choice) == 1 and choice[0] != "..":
                yield choice[0], leaping, then
            else:
                yield from _ways((*choice, *then), leaping)
    elif first == "..":
        yield from _ways(then, True)
    else:
        yield first, leaping, then


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
        self._starts: dict[str, Node] = {}
        self._stems: dict[str, list[str]] = {}
        self._alone: dict[str, int] = {}
        self._known: set[str] = set()
        self._inner: set[str] = set()
        self._senses: dict[str, Sense] = {}
        self._alike: dict[tuple[str, ...], Sense] = {}
        self._shapes: dict[tuple[Sense, ...], Shape] = {}

    def add(self, idea: int, term: Sequence[str | Choices]) -> None:
        """Adds a term: words, stems with their star, choices, and "..", which neither begins nor
        ends it, whatever is chosen. All terms are added before the first text is read."""
        bit = 1 << idea
        for part, _, then in _ways(tuple(term)):
            if not then:
                self._alone[part] = self._alone.get(part, 0) | bit
                continue
            node = self._starts.get(part)
            if node is None:
                node = self._starts[part] = Node()
            node.waiting.append((bit, then))
        for at, piece in enumerate(term):
            for run in ((piece,),) if isinstance(piece, str) else piece:
                self._learn(run)
                self._inner.update(run if at else run[1:])

    def _learn(self, parts: Sequence[str]) -> None:
        """Files stems under their first letters, by which a word finds them."""
        for part in parts:
            if part not in self._known:
                self._known.add(part)
                if part.endswith("*"):
                    self._stems.setdefault(part[:-1][:_HEAD], []).append(part)

    def sense(self, word: str) -> Sense:
        """What a folded word is to the terms."""
        sense = self._senses.get(word)
        if sense is None:
            stems = self._stems.get(word[:_HEAD], ())
            known = [stem for stem in stems if word.startswith(stem[:-1])]
            if word in self._known:
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
            starts = tuple(self._starts[name] for name in known if name in self._starts)
            sense = self._alike[known] = Sense(ideas, parts, starts)
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
    if node.waiting:
        node.open()
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
