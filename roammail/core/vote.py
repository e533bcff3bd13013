"""Rules and trained weights vote on what a refusal means.

Owns who is heard first and who is named beside. Both are right more often together than either
alone on wordings that neither was made with. Knows nothing of what surrounds a reply but the
circumstances that rules ask for.
"""

import math
from dataclasses import replace
from functools import lru_cache

from roammail.core.diagnosis import Confidence, Kind
from roammail.core.fallback import Guess
from roammail.core.reply import Reply
from roammail.core.rulebook import Circumstances, Match, Rule, RuleBook
from roammail.core.stage import Stage

#: From this weight on a reading is likely, below it a guess.
FAIR = 44

#: Shares of a trained guess: said at all, said of what may be no reply, added beside another, said
#: as likely. Of guesses at the last share, about nine of ten are right on servers that were not
#: learnt.
_WORTH_SAYING, _SAID_OF_VAGUE, _WORTH_ADDING, _LIKELY_SHARE = 0.3, 0.6, 0.05, 0.75

#: A text in which fewer ideas of the lexicon show may be anything with a number before it.
_IDEAS_OF_A_REFUSAL = 2

#: Beyond so many words a text without any code is prose, unless every third shows an idea. Of 113
#: unseen refusals that only the weights read, code and status taken away, 111 are none; of 511
#: paragraphs of manuals and licences 474 are.
_WORDS_OF_A_REPLY, _WORDS_TO_AN_IDEA = 12, 3

#: From these shares on, weights alone and weights that agree with the rules are not in doubt.
_SURE, _SURE_IF_AGREED = 0.9, 0.6

#: Kinds that send a person to quite different remedies, and what is easily taken for what where
#: a refusal is spoken. Where the evidence is weak, the others are named.
_HEART = frozenset(
    {
        Kind.RELAY_DENIED,
        Kind.AUTH_REQUIRED,
        Kind.AUTH_FAILED,
        Kind.APP_PASSWORD_REQUIRED,
        Kind.AUTH_MECHANISM,
        Kind.SENDER_NOT_ALLOWED,
        Kind.SENDER_INVALID,
        Kind.SENDER_POLICY,
        Kind.IP_BLOCKED,
    }
)
_EASILY_TAKEN: dict[Stage | None, tuple[Kind, ...]] = {
    Stage.SIGN_IN: (Kind.AUTH_FAILED, Kind.APP_PASSWORD_REQUIRED, Kind.AUTH_MECHANISM),
    Stage.SENDER: (
        Kind.SENDER_NOT_ALLOWED,
        Kind.SENDER_INVALID,
        Kind.AUTH_REQUIRED,
        Kind.IP_BLOCKED,
    ),
    Stage.RELAY: (Kind.RELAY_DENIED, Kind.AUTH_REQUIRED, Kind.IP_BLOCKED),
}
_WEAK, _AT_SEA, _NAMED, _WORTH_NAMING = 76, 46, 2, 0.08

#: A rule of this weight is not voted on. A weaker one counts in a logarithm against the trained
#: shares: one of 90 two and a half times as much as one of 80, for so much oftener is it right
#: where they contradict it.
#: A rule of codes alone counts by its plain weight in hundredths.
_BEYOND_VOTE, _VOICE, _BENT, _CODES_VOICE, _NO_SHARE = 95, 4.0, 8, 1.0, 1e-6


def voted(
    matches: tuple[Match, ...], reply: Reply, around: Circumstances, rules: RuleBook
) -> tuple[Match, ...]:
    """The readings of a reply, the likeliest first, from the rules that fit and the weights.

    Where no rule knows the words, the weights speak, and codes stay beside them.
    """
    # Words at no known stage may be no reply at all ("550 King Street", a title).
    vague = around.stage is None and around.enhanced is None
    if vague and not reply.code and _is_prose(reply.text, rules):
        return _doubted(matches)
    first = matches[0].rule if matches else None
    if first is not None and first.weight >= _BEYOND_VOTE:
        return matches
    found = matches[0].found if matches else None
    codes = (bool(reply.code) + bool(reply.enhanced)) if found and reply.code else 0
    ranked = rules.guess(reply.text, around, found, codes) if reply.text else ()
    if _in_doubt(first, ranked) and not (vague and _is_noise(first, ranked, reply, rules)):
        ranked = rules.closely(ranked, reply.text, around, found, codes)
    if first is not None and (not first.wordless or first.weight >= FAIR):
        return _with_others(_outweighed(matches, ranked), ranked, around)
    if not ranked or ranked[0].share < (_SAID_OF_VAGUE if vague else _WORTH_SAYING):
        return _with_others(matches, ranked, around)
    if first is not None and _holds(first, ranked):
        return _with_others(matches, ranked, around)
    heard = [guess for guess in ranked[:4] if guess.share >= _WORTH_ADDING]
    said = tuple(Match(_as_rule(guess)) for guess in heard)
    kinds = {guess.kind for guess in heard}
    rest = (match for match in matches if match.rule.kind not in kinds)
    return _with_others((*said, *rest), ranked, around)


def _is_prose(text: str, rules: RuleBook) -> bool:
    """Whether a text speaks of mail at most in passing: the weights would find a refusal in it,
    for they have never read anything else."""
    words = len(text.split())
    ideas = rules.lexicon.find(text).mask.bit_count()
    return words > _WORDS_OF_A_REPLY and words > ideas * _WORDS_TO_AN_IDEA


def _doubted(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """What rules see in prose is likely at most, and a guess where the rule is a weak one."""
    if not matches or matches[0].rule.confidence is Confidence.GUESS:
        return matches
    first = matches[0].rule
    confidence = Confidence.LIKELY if first.weight >= _WEAK else Confidence.GUESS
    return (Match(replace(first, confidence=confidence), matches[0].found), *matches[1:])


def _in_doubt(first: Rule | None, ranked: tuple[Guess, ...]) -> bool:
    """Whether a closer reading could change what is said: not where the weights are sure of
    a kind, and less must they be where the rules name the same."""
    if not ranked or ranked[0].share >= _SURE:
        return False
    agreed = first is not None and not first.wordless and first.kind is ranked[0].kind
    return not agreed or ranked[0].share < _SURE_IF_AGREED


def _is_noise(first: Rule | None, ranked: tuple[Guess, ...], reply: Reply, rules: RuleBook) -> bool:
    """Whether hardly anything says that this is a refusal. The close reader would find one: it
    has never read anything else."""
    if first is not None and not first.wordless:
        return False
    if first is None and not reply.code:
        return ranked[0].kind is Kind.OTHER or ranked[0].share < _WORTH_SAYING
    ideas = rules.lexicon.find(reply.text).mask.bit_count()
    return ideas < _IDEAS_OF_A_REFUSAL and ranked[0].share < _SAID_OF_VAGUE


def _holds(first: Rule, ranked: tuple[Guess, ...]) -> bool:
    """Whether what a code means stands against the trained shares of words that no rule knows."""
    own = next((guess.share for guess in ranked if guess.kind is first.kind), 0.0)
    if ranked[0].kind is first.kind or own < _WORTH_ADDING:
        return False
    return math.log(ranked[0].share / own) <= _CODES_VOICE * first.weight / 100


def _outweighed(matches: tuple[Match, ...], ranked: tuple[Guess, ...]) -> tuple[Match, ...]:
    """The first rule stays first unless the trained shares of another kind outweigh it."""
    if not ranked:
        return matches
    first, best = matches[0].rule, ranked[0]
    if best.kind is first.kind or best.share < _WORTH_SAYING:
        return matches
    own = next((guess.share for guess in ranked if guess.kind is first.kind), 0.0)
    if math.log(best.share / max(own, _NO_SHARE)) <= _VOICE * (first.weight / 100) ** _BENT:
        return matches
    rest = [match for match in matches if match.rule.kind is not best.kind]
    known = next((match for match in matches if match.rule.kind is best.kind), None)
    if known is not None:
        return (Match(replace(known.rule, confidence=Confidence.LIKELY), known.found), *rest)
    return (Match(_as_rule(best)), *rest)


def _with_others(
    matches: tuple[Match, ...], ranked: tuple[Guess, ...], around: Circumstances
) -> tuple[Match, ...]:
    """Beside a weak reading among the kinds of the heart, those that it is easily taken for."""
    if not matches or matches[0].rule.weight >= _WEAK or matches[0].rule.kind not in _HEART:
        return matches
    first = matches[0].rule
    low = first.weight // 2
    kinds = {match.rule.kind for match in matches if match.rule.weight >= low}
    heard = [g.kind for g in ranked if g.share >= _WORTH_NAMING and g.kind in _HEART][:_NAMED]
    if first.weight < _AT_SEA + (around.stage is Stage.SIGN_IN):
        # codes, or a mere guess: nothing was understood
        heard += [kind for kind in _EASILY_TAKEN.get(around.stage, ()) if kind not in heard]
    named = tuple(Match(_named(kind, low)) for kind in heard if kind not in kinds)
    return (matches[0], *named, *(m for m in matches[1:] if m.rule.weight >= low))


@lru_cache(maxsize=1024)
def _named(kind: Kind, weight: int) -> Rule:
    return replace(_as_rule(Guess(kind, _WORTH_NAMING)), name=f"beside-{kind}", weight=weight)


def _as_rule(guess: Guess) -> Rule:
    return _trained(guess.kind, guess.share >= _LIKELY_SHARE)


@lru_cache(maxsize=2 * len(Kind))
def _trained(kind: Kind, likely: bool) -> Rule:
    return Rule(
        name=f"trained-{kind}",
        kind=kind,
        weight=FAIR + 2 if likely else FAIR - 4,
        needs=0,
        one_of=(),
        never=0,
        stages=frozenset(),
        signed_in=None,
        tls=None,
        ports=frozenset(),
        codes=frozenset(),
        enhanced=frozenset(),
        confidence=Confidence.LIKELY if likely else Confidence.GUESS,
    )
