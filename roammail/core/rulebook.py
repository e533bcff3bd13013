"""The rules by which a refusal is read, built from plain data and checked.

Owns the schema of `resources/rules/*.toml` and the choice of the rules that fit. A rule asks
for ideas (see `lexicon.py`) and for circumstances: stage, sign-in, TLS, port, code, enhanced
code, product. Knows nothing of files, nor what a kind means for the next step.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from roammail.core.close_reader import NUMBER, CloseReader, weighed
from roammail.core.diagnosis import Confidence, Kind, Party, Scope
from roammail.core.fallback import WORDS, Fallback, Guess, features
from roammail.core.late_terms import LateLexicon
from roammail.core.lexicon import Found, Lexicon, TermError
from roammail.core.stage import Stage

#: How sure a rule is, from which the order of answers follows.
WEIGHTS = range(1, 101)

#: Answers kept for the next reply of the same server, at the same stage, with the same ideas.
_KEPT, _KEPT_FITTING, _KEPT_GUESSES = 1024, 8192, 4096

_LISTS = frozenset({"all", "any", "none", "says", "stage", "port", "code", "enhanced", "product"})
_NAMES = frozenset({"name", "kind", "weight", "scope", "party", "confidence", "signed_in", "tls"})


class RuleError(ValueError):
    """A defect in the rules, with the file and the rule that has it."""


class Circumstances(NamedTuple):
    """What is known around a text besides its words."""

    stage: Stage | None = None
    signed_in: bool | None = None
    tls: bool | None = None
    port: int | None = None
    code: int = 0
    enhanced: str | None = None


_Wording = tuple[tuple[str, ...], int, Circumstances]
_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class Rule:
    """One way of speaking, and what it means."""

    name: str
    kind: Kind
    weight: int
    needs: int  # every one of these ideas
    one_of: tuple[int, ...]  # at least one idea of each mask
    never: int  # none of these
    stages: frozenset[Stage | None]  # None: not known
    signed_in: bool | None
    tls: bool | None
    ports: frozenset[int]
    codes: frozenset[str]  # "550", "5", "" when there is none
    enhanced: frozenset[str]  # "5.7.1", "x.7.1", "x.7.x"
    scope: Scope | None = None
    party: Party | None = None
    confidence: Confidence | None = None
    asked: int = 0  # every idea on which it may rest

    @property
    def wordless(self) -> bool:
        """Whether it looks at no word: codes and circumstances alone."""
        return not self.needs and not self.one_of

    def stands(self, around: Circumstances, status: frozenset[str]) -> bool:
        """Whether the circumstances are those that the rule asks for."""
        if self.codes and self.codes.isdisjoint(_code_forms(around.code)):
            return False
        if self.enhanced and self.enhanced.isdisjoint(status):
            return False
        if self.stages and around.stage not in self.stages:
            return False
        if self.ports and around.port not in self.ports:
            return False
        if self.signed_in is not None and around.signed_in is not self.signed_in:
            return False
        return self.tls is None or around.tls is self.tls


class Match(NamedTuple):
    """A rule that fits, and what was found in the text."""

    rule: Rule
    found: Found | None = None

    @property
    def evidence(self) -> tuple[str, ...]:
        """The words that the rule rests on, in the text's order."""
        return self.found.shown(self.rule.asked) if self.found else ()


class RuleBook:
    """All rules, strongest first."""

    def __init__(
        self,
        lexicon: Lexicon,
        rules: Iterable[Rule],
        products: int,
        fallback: Fallback | None = None,
        close_reader: CloseReader | None = None,
    ) -> None:
        self.fallback = fallback
        self.close_reader = close_reader
        self.lexicon = lexicon
        self.rules = tuple(sorted(rules, key=lambda rule: -rule.weight))
        self._products = products
        self._ideas = [
            (at, name) for at, name in enumerate(lexicon.ideas) if not name.startswith("says:")
        ]
        self._called_by, self._wordless = _callers(self.rules)
        self._around: dict[str, int] = {}
        self._standing: dict[Circumstances, int] = {}
        self._fitting: dict[tuple[int, int], tuple[Rule, ...]] = {}
        self._guesses: dict[_Wording, tuple[Guess, ...]] = {}
        self._read_closely: dict[tuple[CloseReader, _Wording], tuple[Guess, ...]] = {}

    def products(self, banner_and_hello: str) -> int:
        """The products that show themselves there, as ideas; the last few hundred are kept."""
        mask = self._around.get(banner_and_hello)
        if mask is None:
            if len(self._around) > _KEPT:
                self._around.clear()
            mask = self.lexicon.find(banner_and_hello).mask & self._products
            self._around[banner_and_hello] = mask
        return mask

    def read(self, text: str, around: Circumstances, products: int = 0) -> tuple[Match, ...]:
        """Every rule that fits, strongest first; one for each kind."""
        found = self.lexicon.find(text)
        standing = self._standing.get(around)
        if standing is None:
            standing = self._stand(around)
        key = (standing, found.mask | products)
        rules = self._fitting.get(key)
        if rules is None:
            if len(self._fitting) > _KEPT_FITTING:
                self._fitting.clear()
            rules = self._fitting[key] = self._fit(*key)
        return tuple([Match(rule, found) for rule in rules])

    def _stand(self, around: Circumstances) -> int:
        """The rules for these circumstances, a bit each, kept for the next reply in them."""
        if len(self._standing) > _KEPT:
            self._standing.clear()
        status = _status_forms(around.enhanced)
        standing = 0
        for at, rule in enumerate(self.rules):
            standing |= rule.stands(around, status) << at
        self._standing[around] = standing
        return standing

    def _fit(self, standing: int, mask: int) -> tuple[Rule, ...]:
        """The rules among those standing that these ideas satisfy, one for each kind."""
        called = self._wordless
        for idea in _bits(mask):
            called |= self._called_by.get(idea, 0)
        absent = ~mask
        taken: dict[Kind, Rule] = {}
        for at in _bits(called & standing):
            rule = self.rules[at]
            if rule.needs & absent or rule.never & mask or rule.kind in taken:
                continue
            if all(choice & mask for choice in rule.one_of):
                taken[rule.kind] = rule
        return tuple(taken.values())

    def guess(
        self, text: str, around: Circumstances, found: Found | None = None, skip: int = 0
    ) -> tuple[Guess, ...]:
        """What the trained weights make of a text, likeliest first; () without weights.

        `found` spares another look at a text that was read with `skip` words of codes before it.
        """
        if self.fallback is None:
            return ()
        found = found or self.lexicon.find(text)
        words = found.words[skip : skip + WORDS]
        if not found.mask and len(words) < 2 and text.isascii():
            return ()  # one word that means nothing: the circumstances know more
        key = (words, found.mask, around)
        guesses = self._guesses.get(key)
        if guesses is None:
            ideas = [name for at, name in self._ideas if found.mask >> at & 1]
            place = self.place(around.stage)
            seen = features(words, ideas, place, around.code, around.enhanced)
            guesses = self.fallback.judge(seen)
            _keep(self._guesses, key, guesses)
        return guesses

    def closely(
        self,
        guesses: tuple[Guess, ...],
        text: str,
        around: Circumstances,
        found: Found | None = None,
        skip: int = 0,
    ) -> tuple[Guess, ...]:
        """The guesses of `guess` with the close reader's word, which takes a while the first time;
        as they are without one."""
        if self.close_reader is None:
            return guesses
        found = found or self.lexicon.find(text)
        shown = found.words[skip : skip + WORDS]
        words = tuple([NUMBER if word.isdecimal() else word for word in shown])
        key = (words, found.mask, around)
        read = self._read_closely.get((self.close_reader, key))
        if read is None:
            place = self.place(around.stage)
            shares = self.close_reader.shares(words, place, around.code, around.enhanced)
            read = weighed(guesses, shares)
            _keep(self._read_closely, (self.close_reader, key), read)
        return read

    def read_with(self, close_reader: CloseReader | None) -> "RuleBook":
        """The same book with another close reader, or with none where many texts come at once."""
        other = copy(self)
        other.close_reader = close_reader
        return other

    @staticmethod
    def place(stage: Stage | None) -> str:
        """The name of a stage for the weights; what precedes the greeting belongs to it."""
        if stage in (Stage.RESOLVE, Stage.CONNECT):
            return str(Stage.GREET)
        return str(stage or "")


def _keep(kept: dict[_Key, tuple[Guess, ...]], key: _Key, guesses: tuple[Guess, ...]) -> None:
    """Remembers the guesses for the next time, with the last few thousand."""
    if len(kept) > _KEPT_GUESSES:
        kept.clear()
    kept[key] = guesses


def _callers(rules: Sequence[Rule]) -> tuple[dict[int, int], int]:
    """For each idea the rules that are worth a look where it shows, a bit each; and the rules
    that ask for no idea. A rule is called by the rarest idea that it needs, or by any of the
    ideas of which it asks one."""
    common = Counter(idea for rule in rules for idea in _bits(rule.needs))
    called_by: dict[int, int] = {}
    wordless = 0
    for at, rule in enumerate(rules):
        if rule.wordless:
            wordless |= 1 << at
        elif rule.needs:
            rarest = min(_bits(rule.needs), key=lambda idea: common[idea])
            called_by[rarest] = called_by.get(rarest, 0) | 1 << at
        else:
            for idea in _bits(rule.one_of[0]):
                called_by[idea] = called_by.get(idea, 0) | 1 << at
    return called_by, wordless


def _bits(mask: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _code_forms(code: int) -> tuple[str, ...]:
    text = str(code) if code else ""
    return (text, text[:1])


def _status_forms(enhanced: str | None) -> frozenset[str]:
    if not enhanced:
        return frozenset({"none"})
    _, subject, detail = enhanced.split(".")
    return frozenset({enhanced, f"x.{subject}.{detail}", f"x.{subject}.x"})


def build(
    files: Mapping[str, Mapping[str, Any]],
    fallback: Fallback | None = None,
    close_reader: CloseReader | None = None,
) -> RuleBook:
    """Builds the book from parsed files by name. Raises RuleError with file and rule."""
    lexicon = LateLexicon()
    products = 0
    for file, data in files.items():
        for table in ("ideas", "products"):
            for idea, terms in _table(file, data, table).items():
                number = _add(lexicon, file, idea, terms)
                products |= (1 << number) if table == "products" else 0
    rules = [
        _rule(lexicon, file, number, raw, data.get("weight", 50))
        for file, data in files.items()
        for number, raw in enumerate(data.get("rule", ()), 1)
    ]
    names = [rule.name for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RuleError(f"two rules have the same name: {', '.join(twice)}")
    return RuleBook(lexicon, rules, products, fallback, close_reader)


def _table(file: str, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if unknown := set(data) - {"ideas", "products", "rule", "weight"}:
        raise RuleError(f"{file}: unknown table {', '.join(sorted(unknown))}")
    table = data.get(name, {})
    if not isinstance(table, Mapping):
        raise RuleError(f"{file}: [{name}] must be a table of lists")
    return table


def _add(lexicon: Lexicon, file: str, idea: str, terms: object) -> int:
    if not isinstance(terms, list) or not all(isinstance(t, str) and t.strip() for t in terms):
        raise RuleError(f"{file}: {idea}: a list of terms is expected")
    try:
        return lexicon.add(idea, terms)
    except TermError as error:
        raise RuleError(f"{file}: {idea}: {error}") from error


def _rule(lexicon: Lexicon, file: str, number: int, raw: Any, weight: int) -> Rule:
    where = f"{file}: rule {number}"
    if not isinstance(raw, Mapping):
        raise RuleError(f"{where}: a table is expected")
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise RuleError(f"{where}: a name is missing")
    where = f"{file}: rule {name!r}"
    _check_fields(where, raw)
    one_of = [
        _mask(lexicon, where, raw.get("any", ())),
        _mask(lexicon, where, raw.get("product", ())),
    ]
    if "says" in raw:
        one_of.append(1 << _add(lexicon, file, f"says:{name}", raw["says"]))
    needs = _mask(lexicon, where, raw.get("all", ()))
    asked = needs
    for mask in one_of:
        asked |= mask
        needs |= mask if mask.bit_count() == 1 else 0
    weight = raw.get("weight", weight)
    if weight not in WEIGHTS:
        raise RuleError(f"{where}: weight must be 1 to 100")
    try:
        return Rule(
            name=name,
            kind=Kind(raw.get("kind", "")),
            weight=weight,
            needs=needs,
            one_of=tuple(mask for mask in one_of if mask.bit_count() > 1),
            never=_mask(lexicon, where, raw.get("none", ())),
            stages=frozenset(_stage(word) for word in raw.get("stage", ())),
            signed_in=raw.get("signed_in"),
            tls=raw.get("tls"),
            ports=frozenset(raw.get("port", ())),
            codes=frozenset(raw.get("code", ())),
            enhanced=frozenset(raw.get("enhanced", ())),
            scope=Scope(raw["scope"]) if "scope" in raw else None,
            party=Party(raw["party"]) if "party" in raw else None,
            confidence=Confidence(raw["confidence"]) if "confidence" in raw else None,
            asked=asked,
        )
    except ValueError as error:
        raise RuleError(f"{where}: {error}") from error


def _stage(word: str) -> Stage | None:
    return None if word == "unknown" else Stage(word)


def _check_fields(where: str, raw: Mapping[str, Any]) -> None:
    if unknown := set(raw) - _LISTS - _NAMES:
        raise RuleError(f"{where}: unknown field {', '.join(sorted(unknown))}")
    for key in _LISTS & set(raw):
        if not isinstance(raw[key], list) or not raw[key]:
            raise RuleError(f"{where}: {key} must be a list that is not empty")
    for key in ("code", "enhanced"):
        if not all(isinstance(item, str) for item in raw.get(key, ())):
            raise RuleError(f"{where}: {key} must hold texts")
    for key in ("signed_in", "tls"):
        if key in raw and not isinstance(raw[key], bool):
            raise RuleError(f"{where}: {key} must be true or false")


def _mask(lexicon: Lexicon, where: str, ideas: Iterable[str]) -> int:
    mask = 0
    for idea in ideas:
        number = lexicon.number(idea)
        if number is None:
            raise RuleError(f"{where}: no idea is called {idea!r}")
        mask |= 1 << number
    return mask
