"""What mail programs say themselves: error numbers and sentences without any reply.

Owns the schema of `resources/clients.toml` and the search in a text. Knows nothing of files,
nor what a kind means for the next step.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roammail.core.diagnosis import Kind
from roammail.core.reply_lines import until_closed
from roammail.core.stage import Stage

_NUMBER = re.compile(
    r"\b(0x8[0-9a-f]{7})\b|(?:error|errno|code)[ :=#(]{0,4}(1[01]\d{3})\b", re.IGNORECASE
)
_CODE = re.compile(r"0x8[0-9a-f]{7}|1[01]\d{3}", re.IGNORECASE)
_FIELDS = frozenset({"stage", "kind", "also", "code", "says", "with_status"})
#: Characters of a text that are looked at: a box is short.
_LIMIT = 20_000
#: Characters between two fragments of a sentence: names of servers and accounts.
_GAP = 300
#: Spaces that do not break, as French has them before a colon.
_SPACES = {0xA0: " ", 0x202F: " "}


class ClientErrorsBroken(ValueError):
    """A defect in the data, with the entry that has it."""


@dataclass(frozen=True, slots=True)
class ClientError:
    """What one number or sentence tells; `kind` None where it tells the stage alone.

    `with_status`: relaying programs put a status code of their own beside it (RFC 3463 section
    3.5), which says less than the words do.
    """

    stage: Stage | None
    kind: Kind | None
    also: tuple[Kind, ...] = ()
    evidence: str = ""
    with_status: bool = False


@dataclass(frozen=True, slots=True)
class ClientErrors:
    """All numbers and sentences. An empty one knows nothing and harms nothing."""

    numbers: Mapping[str, ClientError] = field(default_factory=dict)
    sentences: tuple[tuple[tuple[str, ...], ClientError], ...] = ()
    introductions: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()

    def number_in(self, text: str) -> ClientError | None:
        """The last known error number of the text."""
        known = [(found[1] or found[2]).casefold() for found in _NUMBER.finditer(text[:_LIMIT])]
        return next((self.numbers[n] for n in reversed(known) if n in self.numbers), None)

    def sentence_in(self, text: str, *, with_kind: bool) -> ClientError | None:
        """The first sentence that the text holds; `with_kind`: only those that tell a kind."""
        folded = _folded(text)
        for fragments, error in self.sentences:
            if (error.kind is not None) == with_kind and _holds(folded, fragments):
                return error
        return None

    def server_words(self, text: str) -> str | None:
        """What stands behind the last introduction; None where there is none."""
        text = text[:_LIMIT].translate(_SPACES)
        folded = text.lower()
        if len(folded) != len(text):  # a letter became two: places would not fit
            folded = "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
        start = max(
            (folded.rfind(i) + len(i) for i in self.introductions if i in folded), default=-1
        )
        if start < 0:
            return None
        ends = [at for ending in self.endings if (at := folded.find(ending, start)) >= 0]
        said = text[start : min(ends, default=len(text))].strip()
        said = until_closed(said[1:], said[:1]) or said
        return said.strip("\"'“”„«»").removesuffix(".").strip() or None


def _folded(text: str) -> str:
    return " ".join(text[:_LIMIT].casefold().replace("’", "'").split())


def _holds(text: str, fragments: tuple[str, ...]) -> bool:
    """Whether the fragments follow one another, each not far from the one before."""
    start = text.find(fragments[0])
    if start < 0:
        return False
    place = start + len(fragments[0])
    for fragment in fragments[1:]:
        found = text.find(fragment, place, place + _GAP)
        if found < 0:
            return False
        place = found + len(fragment)
    return True


def build_client_errors(data: Mapping[str, Any]) -> ClientErrors:
    """Checks the parsed data. Raises ClientErrorsBroken naming the entry at fault."""
    if unknown := set(data) - {"introductions", "endings", "number", "sentence"}:
        raise ClientErrorsBroken(f"unknown table {', '.join(sorted(unknown))}")
    numbers: dict[str, ClientError] = {}
    for place, raw in enumerate(data.get("number", ()), 1):
        for code in _texts(f"number {place}", raw, "code"):
            if not _CODE.fullmatch(code) or code.casefold() in numbers:
                raise ClientErrorsBroken(f"number {place}: {code} is no number or stands twice")
            numbers[code.casefold()] = _error(f"number {place}", raw, code)
    sentences = []
    for place, raw in enumerate(data.get("sentence", ()), 1):
        for says in _texts(f"sentence {place}", raw, "says"):
            fragments = tuple(_folded(part) for part in says.split(" .. "))
            # In UTF-8, as two characters of Chinese mean as much as a word.
            if len(fragments[0].encode()) < 4 or not all(fragments):
                raise ClientErrorsBroken(f"sentence {place}: {says!r} is too short to mean it")
            sentences.append((fragments, _error(f"sentence {place}", raw, says)))
    return ClientErrors(
        numbers,
        tuple(sentences),
        tuple(dict.fromkeys(text.lower() for text in data.get("introductions", ()))),
        tuple(text.lower() for text in data.get("endings", ())),
    )


def _texts(where: str, raw: Mapping[str, Any], name: str) -> list[str]:
    texts = raw.get(name)
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise ClientErrorsBroken(f"{where}: {name} must be a list of texts")
    return texts


def _error(where: str, raw: Mapping[str, Any], evidence: str) -> ClientError:
    if unknown := set(raw) - _FIELDS:
        raise ClientErrorsBroken(f"{where}: unknown field {', '.join(sorted(unknown))}")
    with_status = raw.get("with_status", False)
    if not isinstance(with_status, bool):
        raise ClientErrorsBroken(f"{where}: with_status is true or false")
    try:
        return ClientError(
            stage=Stage(raw["stage"]) if "stage" in raw else None,
            kind=Kind(raw["kind"]) if "kind" in raw else None,
            also=tuple(Kind(kind) for kind in raw.get("also", ())),
            evidence=evidence,
            with_status=with_status,
        )
    except ValueError as error:
        raise ClientErrorsBroken(f"{where}: {error}") from error
