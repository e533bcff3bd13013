"""Finds ideas ("relay", "refused", "sender") in a server's text, in many languages at once.

Owns the grammar of terms, folding of text and the index that makes it fast. Terms are compiled
to plain substring tests wherever they can be; the few that need a regular expression use
bounded gaps only, so every search is linear in the text. Knows nothing of rules and replies.
"""

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

#: Longer text is not read: no server explains itself in more, and work stays bounded (rule 9).
TEXT_LIMIT = 4096

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "’": "'", "‘": "'"})
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
_TOKEN = re.compile(
    r"(https?://\S{1,2000})"
    r"|(<?[^\s<>@:,;\"'()\[\]]{1,320}@[^\s<>@:,;\"'()\[\]]{1,255}>?)"
    r"|(\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\]?|\[?(?:ipv6:)?[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){3,8}\]?)"
    r"|([^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){1,20})"
    r"|[^\W_]+"
)
_TOP_LEVEL = re.compile(
    r"\.(?:com|net|org|edu|gov|info|biz|example|invalid|test|local|cloud|[a-z]{2})$"
)
_NEGATION = re.compile(r"\b(?:(ca)n't|(wo)n't|([a-z]+)n't)\b")
_ELEMENT = re.compile(r"(\([^()]*\))([?*]?)|(\S+?)(?=\s|\(|$)")
_WIDE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힣ᄀ-ᇿ]")
_STEM, _SHORT_STEM = 4, 3
_RUN = re.compile(r"[^\W_]+")
_ANYWHERE = ""  # where terms stand that begin no word
_KEPT_WORDS, _KEPT_TEXTS = 20_000, 512
_GAP = r" (?:[^ ]{1,60} ){0,4}?"


class TermError(ValueError):
    """A term that the grammar of `00-words.toml` does not know."""


def fold(text: str) -> str:
    """Case, accents and compatibility forms removed; at most TEXT_LIMIT characters."""
    text = text[:TEXT_LIMIT].casefold()
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in parts if not unicodedata.combining(c))
        text = text.translate(_LETTERS)[:TEXT_LIMIT]
    return text


def _negate(found: re.Match[str]) -> str:
    can, will, other = found.groups()
    return f"{'can' if can else 'will' if will else other} not"


def _name(token: tuple[str, str, str, str], whole: str) -> str:
    url, mail, number, host = token
    if url:
        return "_url_"
    if mail:
        return "_mail_"
    if number:
        return "_ip_"
    if host and (host.count(".") > 1 or _TOP_LEVEL.search(host)):
        return "_host_"
    return whole.replace(".", " ").replace("-", " ").replace("_", " ")


def words(folded: str) -> list[str]:
    """The text's words; addresses, hosts, links and IP numbers become placeholders."""
    if "'" in folded:
        folded = _NEGATION.sub(_negate, folded)
    if "cannot" in folded:
        folded = folded.replace("cannot", "can not")
    if "-mail" in folded:
        folded = folded.replace("e-mail", "email")
    out: list[str] = []
    for chunk in folded.split():
        bare = chunk.rstrip(".,:;!")
        if bare.isalpha() or bare.isdecimal():
            out.append(bare)
        else:
            out.extend(_tokens(chunk))
    return out


def _tokens(chunk: str) -> list[str]:
    out: list[str] = []
    for found in _TOKEN.finditer(chunk):
        whole = found.group()
        if found.lastindex is None:
            out.append(whole)
        else:
            url, mail, number, host = found.groups(default="")
            out.extend(_name((url, mail, number, host), whole).split())
    return out


class _Test(NamedTuple):
    """One compiled term: a substring, or a pattern where a stem or a gap stands inside."""

    idea: int
    needle: str
    pattern: str = ""


#: Ideas that a word shows by itself, and tests that it calls for, by what they look for first.
_Filed = tuple[tuple[int, ...], tuple[tuple[str, tuple[_Test, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """The ideas in a text as a bit mask, with the words that showed each."""

    mask: int
    evidence: Mapping[int, str] = field(default_factory=dict)


def expand(term: str) -> list[str]:
    """A term without parentheses, for every choice that it offers. Raises TermError."""
    if term.startswith("="):
        return [term]
    choices: list[list[str]] = []
    for group, mark, word in _ELEMENT.findall(term):
        if not group:
            choices.append([word])
            continue
        options = [" ".join(part.split()) for part in group[1:-1].split("|")]
        if mark == "*":
            options = [f"{option.rstrip('*')}*" for option in options]
        if mark == "?" or len(options) == 1:
            options.append("")
        choices.append(options)
    if any("(" in c or ")" in c for options in choices for c in options):
        raise TermError(f"parentheses do not pair in {term!r}")
    return sorted({" ".join(" ".join(pick).split()) for pick in itertools.product(*choices)})


def _spellings(term: str) -> set[str]:
    """The folded term, and as German is typed without umlauts."""
    lowered = term.casefold()
    typed = "".join(_UMLAUTS.get(c, c) for c in lowered)
    return {fold(lowered), fold(typed)}


class Lexicon:
    """Ideas by number, compiled for one pass over a text's words."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms: list[tuple[int, list[str]]] = []
        self._single: dict[str, list[int]] = {}
        self._by_word: dict[str, list[_Test]] = {}
        self._by_stem: dict[str, list[_Test]] = {}
        self._wide: list[_Test] = []
        self._filed: dict[str, _Filed] = {}
        self._latest: dict[str, Found] = {}
        self._raw: dict[str, list[_Test]] = {}

    def add(self, idea: str, terms: Iterable[str]) -> int:
        """Adds an idea (or more terms to it) and returns its bit number. Raises TermError."""
        number = self._numbers.setdefault(idea, len(self._numbers))
        for term in terms:
            for plain in expand(term):
                for spelling in _spellings(plain):
                    self._compile(number, spelling)
        return number

    def number(self, idea: str) -> int | None:
        """The bit number of a known idea."""
        return self._numbers.get(idea)

    @property
    def ideas(self) -> tuple[str, ...]:
        """Names, in the order of their bits."""
        return tuple(self._numbers)

    def _compile(self, number: int, term: str) -> None:
        if term.startswith("="):
            self._index_raw(number, term)
            return
        if _WIDE.search(term):
            self._wide.append(_Test(number, term.replace(" ", "").replace("*", "")))
            return
        parts = term.split()
        fixed = [part for part in parts if part != ".."]
        if not fixed or parts[0] == ".." or parts[-1] == ".." or any("*" in p[:-1] for p in fixed):
            raise TermError(f"not a term: {term!r}")
        if all(part.endswith("*") for part in fixed) and len(max(fixed, key=len)) <= _SHORT_STEM:
            raise TermError(f"a stem needs three letters at least: {term!r}")
        self._terms.append((number, parts))

    def _index_raw(self, number: int, term: str) -> None:
        """Files characters under the first letters of a run that begins in them."""
        runs = _RUN.findall(term)
        complete = runs[:-1] if term[-1].isalnum() else runs
        keys = [run for run in complete or runs if len(run) >= _STEM or run in complete]
        key = max(keys, key=len)[:_STEM] if keys else _ANYWHERE
        self._raw.setdefault(key, []).append(_Test(number, term[1:]))

    def seal(self) -> None:
        """Builds the index: each term under the rarest of its words. Call once, before `find`."""
        common = Counter(part for _, parts in self._terms for part in set(parts))
        for number, parts in self._terms:
            fixed = [part for part in parts if part != ".."]
            if len(parts) == 1 and not fixed[0].endswith("*"):
                self._single.setdefault(fixed[0], []).append(number)
                continue
            whole = [part for part in fixed if not part.endswith("*")]
            key = min(whole or fixed, key=lambda part: (common[part], -len(part)))
            others = [part for part in fixed if part != key] or [key]
            test = _test(number, parts, min(others, key=lambda part: common[part]))
            if whole:
                self._by_word.setdefault(key, []).append(test)
            else:
                stem = max(fixed, key=len)[:-1]
                self._by_stem.setdefault(stem[:_STEM], []).append(test)
        self._terms.clear()

    def find(self, text: str) -> Found:
        """The ideas in `text` and the words that showed them; the latest texts are kept."""
        found = self._latest.get(text)
        if found is None:
            found = self._find(fold(text))
            if len(self._latest) >= _KEPT_TEXTS:
                self._latest.clear()
            if len(text) <= TEXT_LIMIT:
                self._latest[text] = found
        return found

    def _find(self, folded: str) -> Found:
        tokens = words(folded)
        line = f" {' '.join(tokens)} "
        seen: dict[int, str] = {}
        for token in set(tokens):
            single, tests = self._filed.get(token) or self._file(token)
            for number in single:
                seen.setdefault(number, token)
            for needle, group in tests:
                if needle in line:
                    _try(group, line, seen)
        for run in {_ANYWHERE, *_RUN.findall(folded)}:
            for idea, needle, _ in self._raw.get(run[:_STEM], ()):
                if needle in folded:
                    seen.setdefault(idea, needle)
        if not folded.isascii():
            self._find_wide(folded, seen)
        mask = 0
        for idea in seen:
            mask |= 1 << idea
        return Found(mask, seen)

    def _file(self, token: str) -> _Filed:
        """The terms under which a word is filed; kept, as texts use few different words."""
        if len(self._filed) > _KEPT_WORDS:
            self._filed.clear()  # hostile texts may hold any number of words
        tests = [
            *self._by_word.get(token, ()),
            *self._by_stem.get(token[:_STEM], ()),
            *(self._by_stem.get(token[:_SHORT_STEM], ()) if len(token) >= _STEM else ()),
        ]
        groups: dict[str, list[_Test]] = {}
        for test in tests:
            groups.setdefault(test.needle, []).append(test)
        filed = (
            tuple(self._single.get(token, ())),
            tuple((needle, tuple(group)) for needle, group in groups.items()),
        )
        self._filed[token] = filed
        return filed

    def _find_wide(self, folded: str, seen: dict[int, str]) -> None:
        packed = folded.replace(" ", "")
        for test in self._wide:
            if test.idea not in seen and test.needle in packed:
                seen[test.idea] = test.needle


def _try(group: tuple[_Test, ...], line: str, seen: dict[int, str]) -> None:
    for idea, needle, pattern in group:
        if idea in seen:
            continue
        if not pattern:
            seen[idea] = needle.strip()
        elif found := _compiled(pattern).search(line):
            seen[idea] = found.group().strip()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when first needed: of thousands of patterns a refusal needs a few."""
    return re.compile(pattern)


def _test(number: int, parts: list[str], first: str) -> _Test:
    """Prepares a term; `first` is the part whose absence is to be noticed first."""
    inner = parts[:-1]
    if ".." not in parts and not any(part.endswith("*") for part in inner):
        return _Test(number, " ".join(["", *inner, _open_end(parts[-1])]))
    pattern = ""
    for part in parts:
        if part == "..":
            pattern += _GAP
            continue
        if not pattern.endswith(_GAP):
            pattern += " "
        pattern += re.escape(part[:-1]) + "[^ ]{0,40}" if part.endswith("*") else re.escape(part)
    return _Test(number, f" {_open_end(first)}", pattern + "(?= )")


def _open_end(part: str) -> str:
    return part[:-1] if part.endswith("*") else f"{part} "
