"""What a call costs, counted in lines of our code and in steps of its patterns.

Owns the counting alone. What the interpreter does for a line (to copy, to search a text) is not
counted; `tests/bench/test_linear.py` measures it.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

import roammail.core
from roammail.adapters.rule_files import load_rules
from tests.core.pattern_steps import Matcher

#: Times the work that twice the text may take; growth by the square would take four.
LINEAR = 2.2

_HERE = str(Path(roammail.core.__file__).parent)


@dataclass
class Work:
    """Lines and steps so far."""

    lines: int = 0
    steps: int = 0

    @property
    def all(self) -> int:
        """Both together."""
        return self.lines + self.steps

    def of(self, call: Callable[[], object]) -> int:
        """What this call costs. The patterns of `roammail.core` must have been replaced."""
        self.lines = self.steps = 0
        before = sys.gettrace()
        sys.settrace(self._trace)
        try:
            call()
        finally:
            sys.settrace(before)
        return self.all

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(_HERE):
            return None  # not followed
        self.lines += 1
        return self._trace


class Counting:
    """A pattern as the module under test knows it, that also counts what each use costs."""

    def __init__(self, pattern: "re.Pattern[Any]", work: Work) -> None:
        self._pattern = pattern
        self._matcher = Matcher(pattern)
        self._work = work

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pattern, name)

    @contextmanager
    def _on(self, text: Any) -> Iterator[Matcher]:
        tracing = sys.gettrace()
        sys.settrace(None)  # what counts is not counted
        before = self._matcher.steps
        try:
            self._matcher.read(text)
            yield self._matcher
        finally:
            self._work.steps += self._matcher.steps - before
            sys.settrace(tracing)

    def match(self, text: Any, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        with self._on(text[:endpos]) as matcher:
            matcher.match(pos)
        return self._pattern.match(text, pos, endpos)

    def fullmatch(self, text: Any) -> Any:
        with self._on(text) as matcher:
            matcher.match(0, whole=True)
        return self._pattern.fullmatch(text)

    def search(self, text: Any, pos: int = 0, endpos: int = sys.maxsize) -> Any:
        with self._on(text[:endpos]) as matcher:
            matcher.search(pos)
        return self._pattern.search(text, pos, endpos)

    def finditer(self, text: Any) -> Any:
        self._every(text)
        return self._pattern.finditer(text)

    def findall(self, text: Any) -> Any:
        self._every(text)
        return self._pattern.findall(text)

    def split(self, text: Any, maxsplit: int = 0) -> Any:
        self._every(text, maxsplit)
        return self._pattern.split(text, maxsplit)

    def sub(self, new: Any, text: Any, count: int = 0) -> Any:
        self._every(text, count)
        return self._pattern.sub(new, text, count)

    def _every(self, text: Any, most: int = 0) -> None:
        with self._on(text) as matcher:
            matcher.every(most)


class CountingRe:
    """The functions of `re` for patterns that are written where they are used."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def __getattr__(self, name: str) -> Any:
        return getattr(re, name)

    def compile(self, pattern: Any, flags: int = 0) -> Counting:
        return Counting(re.compile(pattern, flags), self._work)

    def search(self, pattern: Any, text: Any, flags: int = 0) -> Any:
        return self.compile(pattern, flags).search(text)

    def split(self, pattern: Any, text: Any, maxsplit: int = 0, flags: int = 0) -> Any:
        return self.compile(pattern, flags).split(text, maxsplit)

    def sub(self, pattern: Any, new: Any, text: Any, count: int = 0, flags: int = 0) -> Any:
        return self.compile(pattern, flags).sub(new, text, count)


def core_modules() -> list[ModuleType]:
    """Every module of `roammail.core`."""
    found = pkgutil.iter_modules(roammail.core.__path__)
    return [importlib.import_module(f"roammail.core.{one.name}") for one in found]


def counted(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Replaces every pattern of `roammail.core` by one that counts."""
    work = Work()
    for module in core_modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, name, Counting(value, work))
            elif value is re:
                monkeypatch.setattr(module, name, CountingRe(work))
    return work


def growth(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[int], object], length: int = 500
) -> float:
    """How many times as much it costs to `read` a text of twice this length.

    What the core remembers of texts is forgotten before each: it would be cheaper another time.
    """
    read(2)  # rules and what else is read once
    work = counted(monkeypatch)
    costs = []
    for size in (length, 2 * length):
        _forget()
        costs.append(work.of(lambda size=size: read(size)))  # type: ignore[misc]
    return costs[1] / costs[0]


def _forget() -> None:
    for module in core_modules():
        for value in vars(module).values():
            if callable(forget := getattr(value, "cache_clear", None)):
                forget()
    rules = load_rules()
    lexicon, tree = rules.lexicon, rules.lexicon._tree
    for of_rules in (rules._around, rules._fitting, rules._standing, rules._guesses):
        of_rules.clear()
    for of_words in (lexicon._latest, lexicon._chunks, tree._shapes, tree._senses, tree._alike):
        of_words.clear()
