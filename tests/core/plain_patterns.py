"""The rules' terms the plain way: one regular expression each, searched one after another.

What the product does quickly is held against this: it must find the same ideas, and `make bench`
prints how much time it saves.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache

from roammail.core.lexicon import expand, fold, words
from roammail.resource_files import resource

_WIDE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힣ᄀ-ᇿ]")
_TYPED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def terms() -> Iterator[tuple[str, str]]:
    """Every term of the shipped rules with the name of its idea, as the files have them."""
    for file in sorted(resource("rules").iterdir(), key=lambda item: item.name):
        if not file.name.endswith(".toml"):
            continue
        data = tomllib.loads(file.read_text("utf-8"))
        for table in ("ideas", "products"):
            for idea, listed in data.get(table, {}).items():
                yield from ((idea, term) for term in listed)
        for rule in data.get("rule", ()):
            yield from ((f"says:{rule['name']}", term) for term in rule.get("says", ()))


def spelled(term: str) -> list[str]:
    """The runs of words that a term stands for, folded, also with umlauts as ae, oe, ue."""
    lowered = term.casefold()
    return [
        plain
        for text in dict.fromkeys((fold(lowered), fold(lowered.translate(_TYPED))))
        for plain in expand(text)
    ]


def _pattern(plain: str) -> str:
    """One run of words as a regular expression over words with a blank around each."""
    out = ""
    for part in plain.split():
        if part == "..":
            out += r" (?:\S+ ){0,4}?"
            continue
        out += "" if not out or out.endswith("?") else " "
        out += re.escape(part.removesuffix("*")) + (r"\S*" if part.endswith("*") else "")
    return out


@cache
def compiled() -> tuple[tuple[str, str, re.Pattern[str] | str], ...]:
    """Each term as idea, where it is looked for, and what is looked for."""
    every: list[tuple[str, str, re.Pattern[str] | str]] = []
    for idea, term in terms():
        lines = []
        for plain in spelled(term):
            if plain.startswith("="):
                every.append((idea, "folded", plain[1:]))
            elif _WIDE.search(plain):
                every.append((idea, "packed", plain.replace(" ", "").replace("*", "")))
            else:
                lines.append(_pattern(plain))
        if lines:
            every.append((idea, "line", re.compile(f"(?<= )(?:{'|'.join(lines)})(?= )")))
    return tuple(every)


def ideas_one_by_one(text: str) -> set[str]:
    """The ideas in a text: every pattern is searched, one after another."""
    folded = fold(text)
    places = {
        "folded": folded,
        "packed": "" if folded.isascii() else folded.replace(" ", ""),
        "line": f" {' '.join(words(folded))} ",
    }
    found = set()
    for idea, place, wanted in compiled():
        where = places[place]
        if wanted in where if isinstance(wanted, str) else wanted.search(where):
            found.add(idea)
    return found
