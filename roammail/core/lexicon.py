"""Finds ideas ("relay", "refused", "sender") in a server's text, in many languages at once.

Owns the grammar of terms, folding of text and what makes reading fast: words that were met
before are looked up, terms are found by the tree of `term_tree.py`, characters ("=text", wide
scripts) by plain search, each linear in the text. Knows nothing of rules and replies.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from roammail.core.term_tree import SHORTEST_STEM, Sense, Shape, TermTree

#: Longer text is not read: no server explains itself in more, and work stays bounded (rule 9).
TEXT_LIMIT = 4096

_NEAR_LETTERS = 0x3000


class _Plain(dict[int, int | str | None]):
    """For `str.translate`: drops what only marks another letter; learns as it goes, within
    bounds."""

    def __missing__(self, letter: int) -> int | None:
        plain = None if unicodedata.combining(chr(letter)) else letter
        if letter < _NEAR_LETTERS:
            self[letter] = plain
        return plain


_LETTERS = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "’": "'", "‘": "'"}
_PLAIN = _Plain({ord(letter): plain for letter, plain in _LETTERS.items()})
_UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}
_TOKEN = re.compile(
    r"(https?://\S{1,2000})"
    r"|(<?[^\s<>@:,;\"'()\[\]]{1,320}@[^\s<>@:,;\"'()\[\]]{1,255}>?)"
    r"|(\[?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\]?|\[?(?:ipv6:)?[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){3,8}\]?)"
    r"|([^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){1,20})"
    r"|([^\W_]+)"
)
_TOP_LEVEL = re.compile(
    r"\.(?:com|net|org|edu|gov|info|biz|example|invalid|test|local|cloud|[a-z]{2})$"
)
_NEGATION = re.compile(r"\b(?:(ca)n't|(wo)n't|([a-z]+)n't)\b")
_ELEMENT = re.compile(r"(\([^()]*\))([?*]?)|(\S+?)(?=\s|\(|$)")
_WIDE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힣ᄀ-ᇿ]")
_HEADS = (3, 4, 6)  # letters of a run by which characters are filed, fewest first
_RUN = re.compile(r"[^\W_]+")
_ANYWHERE = ""  # where terms stand that begin no word
_KEPT_CHUNKS, _LONGEST_KEPT, _KEPT_TEXTS, _MANY = 8_192, 64, 512, 32


class TermError(ValueError):
    """A term that the grammar of `00-words.toml` does not know."""


def fold(text: str) -> str:
    """Case, accents and compatibility forms removed; at most TEXT_LIMIT characters."""
    text = text[:TEXT_LIMIT].casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_PLAIN)[:TEXT_LIMIT]
    return text


def _negate(found: re.Match[str]) -> str:
    can, will, other = found.groups()
    return f"{'can' if can else 'will' if will else other} not"


def _parts_of_name(host: str) -> list[str]:
    """A host's placeholder, or the words between which somebody left out the blank."""
    if host.count(".") > 1 or _TOP_LEVEL.search(host):
        return ["_host_"]
    return host.replace(".", " ").replace("-", " ").replace("_", " ").split()


def words(folded: str) -> list[str]:
    """The text's words; addresses, hosts, links and IP numbers become placeholders."""
    return [word for chunk in folded.split() for word in _words_of(chunk)]


def _words_of(chunk: str) -> list[str]:
    """The words of what stands between two blanks."""
    if "'" in chunk or "cannot" in chunk or "-mail" in chunk:
        chunk = _NEGATION.sub(_negate, chunk)
        chunk = chunk.replace("cannot", "can not").replace("e-mail", "email")
        return [word for part in chunk.split() for word in _plain_words(part)]
    return _plain_words(chunk)


def _plain_words(chunk: str) -> list[str]:
    bare = chunk.rstrip(".,:;!")
    return [bare] if bare.isalpha() or bare.isdecimal() else _tokens(chunk)


def _tokens(chunk: str) -> list[str]:
    out: list[str] = []
    for _url, mail, number, host, word in _TOKEN.findall(chunk):
        if word:
            out.append(word)
        elif host:
            out += _parts_of_name(host)
        else:
            out.append("_mail_" if mail else "_ip_" if number else "_url_")
    return out


class _Raw(NamedTuple):
    """Characters that show an idea wherever they stand."""

    idea: int
    needle: str


#: What a chunk between blanks holds: its words, what they are to the terms, and characters that
#: are worth looking for where it stands.
_Chunk = tuple[tuple[str, ...], tuple[Sense, ...], tuple[_Raw, ...]]


class Found(NamedTuple):
    """The ideas in a text as a bit mask; the words that showed them are told when asked."""

    mask: int
    words: tuple[str, ...]
    shape: Shape
    raw: Mapping[int, str]

    def shown(self, asked: int) -> tuple[str, ...]:
        """The words that show these ideas, in the text's order; each run of words once."""
        spans = self.shape.spans_of(asked)
        words = self.words
        told = [
            words[start] if end == start + 1 else " ".join(words[start:end]) for start, end in spans
        ]
        if self.raw:
            rest = asked & ~self.shape.mask
            told += [needle for idea, needle in self.raw.items() if rest >> idea & 1]
        return tuple(dict.fromkeys(told) if len(told) > 1 else told)


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


def spellings(term: str) -> set[str]:
    """The folded term, and as German is typed without umlauts."""
    lowered = term.casefold()
    folded = fold(lowered)
    if lowered.isascii():
        return {folded}
    return {folded, fold("".join(_UMLAUTS.get(c, c) for c in lowered))}


class Lexicon:
    """Ideas by number, compiled for one pass over a text's words."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._tree = TermTree()
        self._raw: dict[str, tuple[_Raw, ...]] = {}
        self._wide: dict[str, list[_Raw]] = {}
        self._chunks: dict[str, _Chunk] = {}
        self._latest: dict[str, Found] = {}

    def add(self, idea: str, terms: Iterable[str]) -> int:
        """Adds an idea (or more terms to it) and returns its bit number. Raises TermError.

        All terms are added before the first text is read.
        """
        number = self._numbers.setdefault(idea, len(self._numbers))
        for term in terms:
            for spelling in spellings(term):
                for plain in expand(spelling):
                    self._compile(number, plain)
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
        if wide := _WIDE.search(term):
            needle = term.replace(" ", "").replace("*", "")
            self._wide.setdefault(wide.group(), []).append(_Raw(number, needle))
            return
        parts = term.split()
        fixed = [part for part in parts if part != ".."]
        if not fixed or parts[0] == ".." or parts[-1] == ".." or any("*" in p[:-1] for p in fixed):
            raise TermError(f"not a term: {term!r}")
        if max(map(len, fixed)) <= SHORTEST_STEM and all(part.endswith("*") for part in fixed):
            raise TermError(f"a stem needs three letters at least: {term!r}")
        self._tree.add(number, parts)

    def _index_raw(self, number: int, term: str) -> None:
        """Files characters under the first letters of a run that begins in them, a long one if
        there is any: each text that has such a run is searched for them."""
        runs = _RUN.findall(term)
        open_end = term[-1].isalnum()
        keys = runs[:-1] if open_end else runs
        # A last run may go on in the text: its head must be whole. Alone it may stand in a word.
        if open_end and len(runs[-1]) >= _HEADS[len(runs) == 1 and term[1].isalnum()]:
            keys = runs
        longest = max(reversed(keys), key=len, default=_ANYWHERE)
        key = longest[: max((size for size in _HEADS if size <= len(longest)), default=None)]
        self._raw[key] = (*self._raw.get(key, ()), _Raw(number, term[1:]))

    def find(self, text: str) -> Found:
        """The ideas in `text` and the words that show them; the latest texts are kept."""
        found = self._latest.get(text)
        if found is None:
            found = self._find(fold(text))
            if len(self._latest) >= _KEPT_TEXTS:
                self._latest.clear()
            if len(text) <= TEXT_LIMIT:
                self._latest[text] = found
        return found

    def _find(self, folded: str) -> Found:
        spoken: list[str] = []
        senses: list[Sense] = []
        raw = [*self._raw.get(_ANYWHERE, ())]
        known = self._chunks.get
        for chunk in folded.split():
            said, meant, near = known(chunk) or self._read(chunk)
            spoken += said
            senses += meant
            if near:
                raw += near
        shape = self._tree.shape(tuple(senses))
        if len(raw) > _MANY:
            raw = list(dict.fromkeys(raw))  # a word said again and again calls for one look
        shown = {idea: needle for idea, needle in raw if needle in folded}
        if not folded.isascii():
            self._find_wide(folded, shown)
        mask = shape.mask
        for idea in shown:
            mask |= 1 << idea
        return Found(mask, tuple(spoken), shape, shown)

    def _read(self, chunk: str) -> _Chunk:
        """What a chunk holds; kept, as texts use few different ones."""
        said = tuple(_words_of(chunk))
        near: list[_Raw] = []
        filed = self._raw.get
        for run in _RUN.findall(chunk):
            for size in _HEADS:
                near += filed(run[:size], ())
                if size >= len(run):
                    break
        if len(near) > _MANY:
            near = list(dict.fromkeys(near))
        read = (said, tuple([self._tree.sense(word) for word in said]), tuple(near))
        if len(self._chunks) >= _KEPT_CHUNKS:
            self._chunks.clear()  # hostile texts may hold any number of them
        if len(chunk) <= _LONGEST_KEPT and "@" not in chunk:  # addresses seldom come again
            self._chunks[chunk] = read
        return read

    def _find_wide(self, folded: str, shown: dict[int, str]) -> None:
        packed = folded.replace(" ", "")
        letters = self._wide.keys() & set(packed)
        for letter in sorted(letters):
            for idea, needle in self._wide[letter]:
                if idea not in shown and needle in packed:
                    shown[idea] = needle
