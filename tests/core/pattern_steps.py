"""How many steps a regular expression takes, counted: the machine's speed is no part of it.

A plain backtracking matcher over what `re` parses. It tries what the `re` module tries, without
its short cuts. Bounds of repetitions are lowered, so that what grows by the square up to some
thousand characters would be seen in a short text; unbounded ones stay so.
"""

import re
import sys
from collections.abc import Callable, Iterable
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

#: The highest bound of a repetition that is kept.
BOUND = 6
#: Calls within calls, all of them in Python: each character may add some.
_DEEP = 200_000

Go = Callable[[int], int]
#: Where it ends, from a place and with what must match behind it; -1 if it does not.
Node = Callable[[int, Go], int]
Text = str | bytes


class Matcher:
    """One pattern, on one text at a time; `steps` is what it has cost so far."""

    def __init__(self, pattern: "re.Pattern[Any]", bound: int | None = BOUND) -> None:
        self.text = ""
        self.steps = 0
        self._bound = bound
        self._groups: dict[int, tuple[int, int]] = {}
        tree = parser.parse(pattern.pattern, pattern.flags)
        self._node = self._chain(tree, pattern.flags)

    def read(self, text: Text) -> None:
        """Takes another text; of octets each is one character, as their patterns are ASCII."""
        self.text = text if isinstance(text, str) else text.decode("latin-1")

    def match(self, place: int, *, whole: bool = False) -> int:
        """Where a match that begins here ends; -1 if none does."""
        self._groups = {}
        end, before = len(self.text), sys.getrecursionlimit()
        sys.setrecursionlimit(_DEEP)
        try:
            return self._node(place, lambda at: at if not whole or at == end else -1)
        finally:  # other tests rely on where recursion ends
            sys.setrecursionlimit(before)

    def search(self, place: int = 0) -> tuple[int, int]:
        """The next match from here on; (-1, -1) if there is none."""
        for start in range(place, len(self.text) + 1):
            end = self.match(start)
            if end >= 0:
                return start, end
        return -1, -1

    def every(self, most: int = 0) -> list[tuple[int, int]]:
        """All matches, or the first of them."""
        found: list[tuple[int, int]] = []
        place = 0
        while not most or len(found) < most:
            start, end = self.search(place)
            if start < 0:
                break
            found.append((start, end))
            place = end if end > start else end + 1
        return found

    def _chain(self, items: Iterable[Any], flags: int) -> Node:
        nodes = [self._one(op, value, flags) for op, value in items]
        if not nodes:
            return lambda at, go: go(at)
        chain = nodes[-1]
        for node in reversed(nodes[:-1]):
            chain = self._then(node, chain)
        return chain

    def _then(self, first: Node, rest: Node) -> Node:
        return lambda at, go: first(at, lambda place: rest(place, go))

    def _one(self, op: Any, value: Any, flags: int) -> Node:
        if op in _SINGLE:
            return self._single(op, value, flags)
        if op in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
            return self._repeat(op, value, flags)
        if op is code.AT:
            return self._at(value, flags)
        if op is code.BRANCH:
            return self._branch([self._chain(each, flags) for each in value[1]])
        if op is code.SUBPATTERN:
            number, more, fewer, inner = value
            return self._group(number, self._chain(inner, (flags | more) & ~fewer))
        if op is code.ATOMIC_GROUP:
            return self._atomic(self._chain(value, flags))
        if op in (code.ASSERT, code.ASSERT_NOT):
            back = 0 if value[0] >= 0 else value[1].getwidth()[0]
            return self._look(self._chain(value[1], flags), back, op is code.ASSERT)
        if op is code.GROUPREF:
            return self._again(value)
        if op is code.GROUPREF_EXISTS:
            number, yes, no = value
            return self._whether(number, self._chain(yes, flags), self._chain(no or (), flags))
        raise NotImplementedError(op)

    def _single(self, op: Any, value: Any, flags: int) -> Node:
        fits = _fitting(op, value, flags)

        def node(at: int, go: Go) -> int:
            self.steps += 1
            return go(at + 1) if at < len(self.text) and fits(self.text[at]) else -1

        return node

    def _repeat(self, op: Any, value: Any, flags: int) -> Node:
        low, high, inner = value
        most = None if high is code.MAXREPEAT else high
        if most is not None and self._bound is not None:
            most = max(low, min(most, self._bound))
        if len(inner) == 1 and inner[0][0] in _SINGLE:
            return self._run(_fitting(*inner[0], flags), op, low, most)
        once = self._chain(inner, flags)
        if op is code.POSSESSIVE_REPEAT:
            return self._atomic(self._many(once, low, most, greedy=True))
        return self._many(once, low, most, greedy=op is code.MAX_REPEAT)

    def _run(self, fits: Callable[[str], bool], op: Any, low: int, most: int | None) -> Node:
        """One kind of character again and again."""

        def reach(at: int, limit: int) -> int:
            while at < limit and fits(self.text[at]):
                self.steps += 1
                at += 1
            self.steps += 1
            return at

        def node(at: int, go: Go) -> int:
            limit = len(self.text) if most is None else min(len(self.text), at + most)
            end = reach(at, limit if op is not code.MIN_REPEAT else min(limit, at + low))
            if end - at < low:
                return -1
            if op is code.POSSESSIVE_REPEAT:
                return go(end)
            if op is code.MAX_REPEAT:
                while (found := go(end)) < 0 and end > at + low:
                    end -= 1
                return found
            while (found := go(end)) < 0:
                self.steps += 1
                if end >= limit or not fits(self.text[end]):
                    return -1
                end += 1
            return found

        return node

    def _many(self, once: Node, low: int, most: int | None, *, greedy: bool) -> Node:
        def more(count: int, at: int, go: Go) -> int:
            self.steps += 1
            if most is not None and count >= most:
                return go(at)

            def again(place: int) -> int:
                if place == at and count >= low:
                    return -1  # nothing was taken: no further round
                return more(count + 1, place, go)

            if count < low:
                return once(at, again)
            if greedy:
                found = once(at, again)
                return found if found >= 0 else go(at)
            found = go(at)
            return found if found >= 0 else once(at, again)

        return lambda at, go: more(0, at, go)

    def _branch(self, ways: list[Node]) -> Node:
        def node(at: int, go: Go) -> int:
            self.steps += 1
            for way in ways:
                if (end := way(at, go)) >= 0:
                    return end
            return -1

        return node

    def _group(self, number: int | None, inner: Node) -> Node:
        if number is None:
            return inner

        def node(at: int, go: Go) -> int:
            def close(end: int) -> int:
                before = self._groups.pop(number, None)
                self._groups[number] = (at, end)
                found = go(end)
                if found < 0:
                    del self._groups[number]
                    if before is not None:
                        self._groups[number] = before
                return found

            return inner(at, close)

        return node

    def _atomic(self, inner: Node) -> Node:
        def node(at: int, go: Go) -> int:
            end = inner(at, lambda place: place)
            return go(end) if end >= 0 else -1

        return node

    def _look(self, inner: Node, back: int, wanted: bool) -> Node:
        def node(at: int, go: Go) -> int:
            self.steps += 1
            there = at >= back and inner(at - back, lambda place: place) >= 0
            return go(at) if there is wanted else -1

        return node

    def _again(self, number: int) -> Node:
        def node(at: int, go: Go) -> int:
            self.steps += 1
            start, end = self._groups.get(number, (0, -1))
            same = end >= 0 and self.text.startswith(self.text[start:end], at)
            return go(at + end - start) if same else -1

        return node

    def _whether(self, number: int, yes: Node, no: Node) -> Node:
        return lambda at, go: (yes if number in self._groups else no)(at, go)

    def _at(self, where: Any, flags: int) -> Node:
        multiline = bool(flags & re.MULTILINE)

        def word(at: int) -> bool:
            near = self.text[at : at + 1] if at >= 0 else ""
            return near.isalnum() or near == "_"

        def here(at: int) -> bool:
            text, last = self.text, len(self.text)
            if where is code.AT_BEGINNING:
                return at == 0 or (multiline and text[at - 1] == "\n")
            if where is code.AT_END:
                return at == last or (text[at] == "\n" and (multiline or at == last - 1))
            if where in (code.AT_BEGINNING_STRING, code.AT_END_STRING):
                return at == (0 if where is code.AT_BEGINNING_STRING else last)
            return (word(at - 1) != word(at)) is (where is code.AT_BOUNDARY)

        def node(at: int, go: Go) -> int:
            self.steps += 1
            return go(at) if here(at) else -1

        return node


_SINGLE = frozenset({code.LITERAL, code.NOT_LITERAL, code.ANY, code.IN})


def _fitting(op: Any, value: Any, flags: int) -> Callable[[str], bool]:
    """Whether a character is one that this part of a pattern takes."""
    shown = {
        code.LITERAL: lambda: re.escape(chr(value)),
        code.NOT_LITERAL: lambda: f"[^{re.escape(chr(value))}]",
        code.ANY: lambda: ".",
        code.IN: lambda: f"[{''.join(map(_member, value))}]",
    }[op]()
    kept = flags & (re.IGNORECASE | re.DOTALL)
    ascii_only = not flags & re.UNICODE
    fits = re.compile(shown, kept | (re.ASCII if ascii_only else 0)).match
    known: dict[str, bool] = {}

    def test(character: str) -> bool:
        if character not in known:
            known[character] = fits(character) is not None
        return known[character]

    return test


def _member(item: tuple[Any, Any]) -> str:
    op, value = item
    if op is code.NEGATE:
        return "^"
    if op is code.LITERAL:
        return re.escape(chr(value))
    if op is code.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return _CATEGORIES[value]


_CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
}
