"""From a server's reply to a Diagnosis: rules first, then what the surroundings know better.

Owns how context changes the reading of a reply. The rules are data (`rulebook.py`), what a
kind means for the next step is `consequence.py`'s.
"""

import re
from dataclasses import replace

from roammail.core.address import domain_of
from roammail.core.consequence import VERDICTS, remedies_for, scope_of
from roammail.core.diagnosis import Alternative, Confidence, Context, Diagnosis, Kind, Party, Scope
from roammail.core.differential import same_organization
from roammail.core.profile import AuthMethod, Security
from roammail.core.reply import Reply
from roammail.core.rulebook import Circumstances, Match, Rule, RuleBook
from roammail.core.stage import Stage
from roammail.core.vote import FAIR, voted

#: "(#5.1.1)", "#5.7.1".
_HASHED = re.compile(r"#([245]\.\d{1,3}\.\d{1,3})\b")

#: Other readings shown beside the first.
MOST_ALTERNATIVES = 4

_LATER = ("later", "temporar", "again", "retry", "später", "vorübergehend", "plus tard")
_SURE, _CLOSE = 76, 6


def diagnose_reply(
    reply: Reply, stage: Stage | None, context: Context, rules: RuleBook
) -> Diagnosis:
    """What a refusal means, the likeliest reading first, the others beside it."""
    around = Circumstances(
        stage=_reading_stage(stage),
        signed_in=context.signed_in,
        tls=context.tls if context.tls is not None else _tls(context),
        port=context.port,
        code=reply.code,
        enhanced=status_of(reply),
    )
    products = 0
    if context.banner or context.hello:
        products = rules.products(f"{context.banner} {' '.join(context.hello)}".strip())
    words = reply.text
    text = f"{reply.code} {reply.enhanced or ''} {words}" if reply.code else words
    found = voted(rules.read(text, around, products), reply, around, rules)
    matches = _in_context(found, reply, around, context)
    if not matches:
        return _unknown(reply, stage, context)
    return _diagnosis(matches, reply, stage, context, said_later(words))


def status_of(reply: Reply) -> str | None:
    """The enhanced code; also one inside of the text, as qmail and appliances write it."""
    if reply.enhanced is not None or "#" not in reply.text:
        return reply.enhanced
    hashed = _HASHED.search(reply.text)
    return hashed.group(1) if hashed and hashed.group(1)[0] == str(reply.code)[:1] else None


def _reading_stage(stage: Stage | None) -> Stage | None:
    """The greeting is what a server says to a connection: rules know one name for it."""
    return Stage.GREET if stage in (Stage.RESOLVE, Stage.CONNECT) else stage


def _tls(context: Context) -> bool | None:
    if context.security is None:
        return None
    return context.security is not Security.PLAINTEXT


def _in_context(
    matches: tuple[Match, ...], reply: Reply, around: Circumstances, context: Context
) -> list[Match]:
    """Moves to the front what the surroundings make likelier."""
    ranked = list(matches)
    if not ranked:
        return ranked
    first = ranked[0].rule.kind
    signed_in, port = context.signed_in, context.port
    if first is Kind.AUTH_REQUIRED and signed_in and reply.code != 530:
        return _promote(ranked, Kind.SENDER_NOT_ALLOWED, Kind.RELAY_DENIED)
    if first is Kind.RECIPIENT_UNKNOWN and _knows_nobody_there(reply, around, context):
        return _insert(ranked, Kind.RELAY_DENIED)
    at_envelope = around.stage in (Stage.SENDER, Stage.RELAY)
    submission = signed_in is False and port in (587, 465)
    host = ranked[0].rule.name.startswith("postfix-client-host")
    if first is Kind.IP_BLOCKED and at_envelope and submission and host:
        return _promote(ranked, Kind.AUTH_REQUIRED)
    bare = ranked[0].rule.weight < FAIR
    if bare and at_envelope and submission and _policy(reply):
        return _insert(ranked, Kind.AUTH_REQUIRED)
    if bare and around.stage is Stage.SENDER and signed_in and _policy(reply):
        return _insert(ranked, Kind.SENDER_NOT_ALLOWED)
    return ranked


def _knows_nobody_there(reply: Reply, around: Circumstances, context: Context) -> bool:
    """Whether "no such recipient" is how a server says that it does not relay for us.

    OpenSMTPD answers "550 Invalid recipient" to whomever none of its rules lets relay. A server
    that we did not sign in to and that is not the recipient's own cannot know that a mailbox
    elsewhere does not exist; were it believed, no other profile would be tried. An enhanced
    code (5.1.1) is an explicit word, and stands.
    """
    if context.auth is not AuthMethod.NONE or around.stage is not Stage.RELAY:
        return False
    domain = domain_of(context.recipient)
    if not domain or not context.host or reply.enhanced is not None:
        return False
    return not same_organization(domain, context.host)


def _policy(reply: Reply) -> bool:
    return reply.enhanced in (None, "5.7.1", "5.7.0") and reply.code in (550, 553, 554)


def _promote(ranked: list[Match], *kinds: Kind) -> list[Match]:
    for kind in kinds:
        for match in ranked:
            if match.rule.kind is kind and match.rule.weight >= FAIR - 12:
                return [match, *(other for other in ranked if other is not match)]
    return ranked


def _insert(ranked: list[Match], kind: Kind) -> list[Match]:
    others = [match for match in ranked if match.rule.kind is not kind]
    rule = replace(ranked[0].rule, name=f"context:{kind}", kind=kind, scope=None, party=None)
    return [Match(rule, ranked[0].found), *others]


def _unknown(reply: Reply, stage: Stage | None, context: Context) -> Diagnosis:
    kind = Kind.SERVER_BUSY if reply.transient else Kind.OTHER
    party = Party.CONTENT if kind is Kind.OTHER and stage is Stage.CONTENT else VERDICTS[kind][1]
    scope = scope_of(kind, reply.code, party, said_later=False)
    return Diagnosis(
        kind=kind,
        scope=scope,
        party=party,
        confidence=Confidence.GUESS,
        stage=stage,
        reply=reply,
        remedies=remedies_for(kind, context, scope),
        params=_params(context),
    )


def _diagnosis(
    matches: list[Match], reply: Reply, stage: Stage | None, context: Context, later: bool
) -> Diagnosis:
    first, *others = matches
    scope, party = _verdict(first.rule, reply, context, later)
    near = [m for m in others if m.rule.weight >= first.rule.weight // 2]
    return Diagnosis(
        kind=first.rule.kind,
        scope=scope,
        party=party,
        confidence=first.rule.confidence or _confidence(first.rule, others),
        stage=stage,
        reply=reply,
        evidence=_evidence(first, reply),
        remedies=remedies_for(first.rule.kind, context, scope),
        alternatives=tuple(
            Alternative(m.rule.kind, *_verdict(m.rule, reply, context, later), _said(m, reply))
            for m in near[:MOST_ALTERNATIVES]
        ),
        params=(*_params(context), ("rule", first.rule.name)),
    )


def _verdict(rule: Rule, reply: Reply, context: Context, later: bool) -> tuple[Scope, Party]:
    party = rule.party or VERDICTS[rule.kind][1]
    if rule.kind is Kind.RELAY_DENIED and context.auth is AuthMethod.NONE and rule.party is None:
        party = Party.NETWORK if context.worked_elsewhere else Party.SERVER
    return rule.scope or scope_of(rule.kind, reply.code, party, later), party


def _confidence(rule: Rule, others: list[Match]) -> Confidence:
    runner_up = others[0].rule.weight if others else 0
    if rule.weight >= _SURE and rule.weight - runner_up > _CLOSE:
        return Confidence.CERTAIN
    return Confidence.LIKELY if rule.weight >= FAIR else Confidence.GUESS


def _evidence(match: Match, reply: Reply) -> tuple[str, ...]:
    if words := match.evidence:
        return words
    return tuple([item for item in (str(reply.code or ""), reply.enhanced or "") if item])


def _said(match: Match, reply: Reply) -> str:
    return ", ".join(_evidence(match, reply))


def said_later(text: str) -> bool:
    """Whether the server itself speaks of another try."""
    folded = text[:2000].casefold()
    for word in _LATER:  # noqa: SIM110  (a generator costs more than the search)
        if word in folded:
            return True
    return False


def _params(context: Context) -> tuple[tuple[str, str], ...]:
    facts = (
        ("host", context.host),
        ("port", str(context.port or "")),
        ("sender", context.sender),
        ("recipient", context.recipient),
    )
    return tuple([fact for fact in facts if fact[1]])
