"""From a silence to a Diagnosis: name, port, TLS or peer failed, and there is no reply.

Owns the differential reading: what other ports, other servers and other networks showed.
Knows nothing of texts of servers.
"""

from dataclasses import dataclass

from roammail.core.consequence import VERDICTS, remedies_for
from roammail.core.diagnosis import Alternative, Confidence, Context, Diagnosis, Kind, Party, Scope
from roammail.core.differential import ISSUER_HERE
from roammail.core.failure import Failure, FailureKind
from roammail.core.profile import Security
from roammail.core.stage import Stage

_F, _K = FailureKind, Kind

#: The plain reading of each failure, before anything else is known.
_PLAIN: dict[FailureKind, tuple[Kind, Confidence]] = {
    _F.DNS_NOT_FOUND: (_K.DNS_FAILED, Confidence.CERTAIN),
    _F.DNS_TEMPORARY: (_K.DNS_FAILED, Confidence.LIKELY),
    _F.REFUSED: (_K.UNREACHABLE, Confidence.LIKELY),
    _F.UNREACHABLE: (_K.UNREACHABLE, Confidence.LIKELY),
    _F.TIMED_OUT: (_K.TIMED_OUT, Confidence.LIKELY),
    _F.CONNECTION_LOST: (_K.CONNECTION_LOST, Confidence.LIKELY),
    _F.GARBAGE: (_K.PROTOCOL_ERROR, Confidence.LIKELY),
    _F.TOO_LONG: (_K.PROTOCOL_ERROR, Confidence.LIKELY),
    _F.UNSOLICITED: (_K.PROTOCOL_ERROR, Confidence.LIKELY),
    _F.PLAINTEXT_INJECTED: (_K.INTERCEPTED, Confidence.LIKELY),
    _F.STARTTLS_MISSING: (_K.STARTTLS_STRIPPED, Confidence.GUESS),
    _F.TLS_FAILED: (_K.TLS_FAILED, Confidence.LIKELY),
    _F.CERTIFICATE_UNTRUSTED: (_K.CERTIFICATE_UNTRUSTED, Confidence.CERTAIN),
    _F.CERTIFICATE_EXPIRED: (_K.CERTIFICATE_UNTRUSTED, Confidence.CERTAIN),
    _F.CERTIFICATE_WRONG_NAME: (_K.CERTIFICATE_UNTRUSTED, Confidence.CERTAIN),
    _F.AUTH_NOT_OFFERED: (_K.AUTH_MECHANISM, Confidence.CERTAIN),
    _F.AUTH_NO_COMMON_MECHANISM: (_K.AUTH_MECHANISM, Confidence.CERTAIN),
    _F.SMTPUTF8_MISSING: (_K.SMTPUTF8_UNSUPPORTED, Confidence.CERTAIN),
    _F.EIGHT_BIT_MISSING: (_K.PROTOCOL_ERROR, Confidence.CERTAIN),
    _F.SIZE_EXCEEDED: (_K.TOO_LARGE, Confidence.CERTAIN),
    _F.ADDRESS_INVALID: (_K.RECIPIENT_INVALID, Confidence.CERTAIN),
    _F.PORTAL: (_K.CAPTIVE_PORTAL, Confidence.CERTAIN),
    _F.SECRET_MISSING: (_K.AUTH_FAILED, Confidence.CERTAIN),
    _F.PAUSED: (_K.AUTH_FAILED, Confidence.CERTAIN),
}

_SILENT = frozenset({_F.REFUSED, _F.UNREACHABLE, _F.TIMED_OUT, _F.CONNECTION_LOST})
#: What every look-up and connection ends in without a network; a refusal has an author.
_NOWHERE = frozenset({_F.DNS_NOT_FOUND, _F.DNS_TEMPORARY, _F.UNREACHABLE, _F.TIMED_OUT})
_CERTIFICATE = frozenset(
    {_F.CERTIFICATE_UNTRUSTED, _F.CERTIFICATE_EXPIRED, _F.CERTIFICATE_WRONG_NAME}
)
#: Why a certificate was not believed, for the words.
_REASONS = {
    _F.CERTIFICATE_UNTRUSTED: "issuer",
    _F.CERTIFICATE_EXPIRED: "expired",
    _F.CERTIFICATE_WRONG_NAME: "name",
    _F.SECRET_MISSING: "secret-missing",
    _F.PAUSED: "paused",
    _F.AUTH_NOT_OFFERED: "not-offered",
    _F.AUTH_NO_COMMON_MECHANISM: "no-common-mechanism",
}
_EARLY = frozenset({Stage.RESOLVE, Stage.CONNECT, Stage.GREET, Stage.ENCRYPT})


@dataclass(frozen=True, slots=True)
class _Reading:
    kind: Kind
    confidence: Confidence
    evidence: tuple[str, ...] = ()
    scope: Scope | None = None
    party: Party | None = None
    others: tuple[Kind, ...] = ()


def diagnose_failure(failure: Failure, stage: Stage, context: Context) -> Diagnosis:
    """What a failure without a reply means, given what else was seen from here."""
    reading = _read(failure, stage, context)
    scope = reading.scope or VERDICTS[reading.kind][0]
    party = reading.party or VERDICTS[reading.kind][1]
    detail = (failure.detail,) if failure.detail else ()
    return Diagnosis(
        kind=reading.kind,
        scope=scope,
        party=party,
        confidence=reading.confidence,
        stage=stage,
        failure=failure,
        evidence=(*reading.evidence, *detail),
        remedies=remedies_for(reading.kind, context, scope),
        alternatives=tuple(Alternative(k, *VERDICTS[k]) for k in reading.others),
        params=_params(failure, context),
    )


def uncertain(stage: Stage, context: Context, failure: Failure | None = None) -> Diagnosis:
    """The reply to the final dot was lost (rule 2): never another profile by itself."""
    return Diagnosis(
        kind=Kind.UNCERTAIN,
        scope=Scope.UNCERTAIN,
        party=Party.NETWORK,
        confidence=Confidence.CERTAIN,
        stage=stage,
        failure=failure,
        evidence=(failure.detail,) if failure and failure.detail else (),
        remedies=remedies_for(Kind.UNCERTAIN, context, Scope.UNCERTAIN),
        params=_facts(context),
    )


def _read(failure: Failure, stage: Stage, context: Context) -> _Reading:
    kind = failure.kind
    if context.portal == "required" and stage in _EARLY:
        return _Reading(_K.CAPTIVE_PORTAL, Confidence.CERTAIN, ("portal",))
    if context.portal == "offline" and stage in _EARLY and kind in _NOWHERE:
        return _Reading(_K.UNREACHABLE, Confidence.CERTAIN, ("offline",), scope=Scope.NETWORK)
    if kind in (_F.DNS_NOT_FOUND, _F.DNS_TEMPORARY):
        return _name(kind, context)
    if kind in _SILENT and stage in (Stage.CONNECT, Stage.GREET):
        return _silence(kind, stage, context)
    if kind is _F.STARTTLS_MISSING:
        return _no_starttls(context)
    if kind in _CERTIFICATE:
        return _certificate(failure, context)
    if kind is _F.TLS_FAILED or (kind in _SILENT and stage is Stage.ENCRYPT):
        return _handshake(kind, context)
    if kind in (_F.GARBAGE, _F.TOO_LONG, _F.UNSOLICITED) and stage in _EARLY:
        return _not_smtp(context)
    if kind is _F.ADDRESS_INVALID and stage is Stage.SENDER:
        return _Reading(_K.SENDER_INVALID, Confidence.CERTAIN)
    plain, confidence = _PLAIN[kind]
    party = Party.ACCOUNT if kind in (_F.SECRET_MISSING, _F.PAUSED) else None
    scope = Scope.TEMPORARY if kind in (_F.CONNECTION_LOST, _F.TIMED_OUT) else None
    return _Reading(plain, confidence, scope=scope, party=party)


def _name(kind: FailureKind, context: Context) -> _Reading:
    if kind is _F.DNS_TEMPORARY:
        return _Reading(_K.DNS_FAILED, Confidence.LIKELY, scope=Scope.TEMPORARY)
    if context.worked_elsewhere:
        return _Reading(
            _K.DNS_FAILED, Confidence.LIKELY, ("worked-elsewhere",), others=(_K.CAPTIVE_PORTAL,)
        )
    return _Reading(_K.DNS_FAILED, Confidence.CERTAIN, party=Party.ACCOUNT)


def _silence(kind: FailureKind, stage: Stage, context: Context) -> _Reading:
    """Nobody answers: the port, the whole server, or the whole network?"""
    plain = _PLAIN[kind][0]
    evidence = []
    if context.other_port_answered:
        evidence.append("other-port-answered")
    if context.same_port_works_elsewhere_here is False:
        evidence.append("port-answers-nowhere-here")
    if context.worked_elsewhere:
        evidence.append("worked-elsewhere")
    if context.same_port_works_elsewhere_here is True:
        # The network lets this port through: the server itself is silent.
        return _Reading(plain, Confidence.LIKELY, tuple(evidence), party=Party.SERVER)
    if not evidence:
        return _unexplained(kind, stage, context, plain)
    sure = len(evidence) > 1
    alone = evidence == ["port-answers-nowhere-here"]
    return _Reading(
        _K.PORT_OR_NETWORK_BLOCKED,
        Confidence.CERTAIN if sure else Confidence.GUESS if alone else Confidence.LIKELY,
        tuple(evidence),
        others=(plain,),
    )


def _unexplained(kind: FailureKind, stage: Stage, context: Context, plain: Kind) -> _Reading:
    others = (_K.PORT_OR_NETWORK_BLOCKED,)
    if context.port == 25 and kind is not _F.CONNECTION_LOST:
        # Port 25 is closed to guests on most networks: likelier than a dead server.
        return _Reading(
            _K.PORT_OR_NETWORK_BLOCKED, Confidence.LIKELY, ("port-25",), others=(plain,)
        )
    party = Party.SERVER if kind is _F.REFUSED else None
    return _Reading(plain, Confidence.GUESS, party=party, others=others)


def _no_starttls(context: Context) -> _Reading:
    starred = "****" in context.banner
    masked = any("XXXX" in line.upper() for line in context.hello)
    if context.elsewhere_starttls or starred or masked:
        evidence = ["offered-elsewhere"] if context.elsewhere_starttls else []
        evidence += ["banner-starred"] if starred else []
        evidence += ["hello-masked"] if masked else []
        return _Reading(_K.STARTTLS_STRIPPED, Confidence.CERTAIN, tuple(evidence))
    if context.elsewhere_starttls is False:
        return _Reading(
            _K.TLS_FAILED, Confidence.CERTAIN, ("not-offered-elsewhere-either",), party=Party.SERVER
        )
    return _Reading(_K.STARTTLS_STRIPPED, Confidence.LIKELY, others=(_K.TLS_FAILED,))


def _certificate(failure: Failure, context: Context) -> _Reading:
    """Another server in the way, or the right server with a bad certificate?"""
    others: tuple[Kind, ...] = (_K.CAPTIVE_PORTAL,) if context.portal == "unknown" else ()
    known = dict(context.extra)
    before, now = known.get("elsewhere_issuer", ""), ""
    if failure.certificate is not None:
        now = failure.certificate.issuer
    if before and now and before != now and failure.kind is not _F.CERTIFICATE_EXPIRED:
        return _Reading(
            _K.INTERCEPTED,
            Confidence.CERTAIN,
            ("issuer-differs-from-memory",),
            others=(_K.CERTIFICATE_UNTRUSTED,),
        )
    unknown_to_us = failure.kind is _F.CERTIFICATE_UNTRUSTED
    if unknown_to_us and now and (ISSUER_HERE, now) in context.extra:
        # Servers of different organizations with one issuer that nobody knows: it is in between.
        return _Reading(
            _K.INTERCEPTED,
            Confidence.LIKELY,
            ("one-issuer-for-several-servers",),
            others=(_K.CERTIFICATE_UNTRUSTED, *others),
        )
    if context.worked_elsewhere and failure.kind is not _F.CERTIFICATE_EXPIRED:
        return _Reading(
            _K.INTERCEPTED,
            Confidence.LIKELY,
            ("verified-elsewhere",),
            others=(_K.CERTIFICATE_UNTRUSTED, *others),
        )
    if failure.kind is _F.CERTIFICATE_WRONG_NAME:
        others = (_K.INTERCEPTED, *others)
    return _Reading(_K.CERTIFICATE_UNTRUSTED, Confidence.CERTAIN, others=others)


def _handshake(kind: FailureKind, context: Context) -> _Reading:
    if context.worked_elsewhere:
        return _Reading(
            _K.PORT_OR_NETWORK_BLOCKED,
            Confidence.LIKELY,
            ("worked-elsewhere",),
            others=(_K.TLS_FAILED, _K.INTERCEPTED),
        )
    confidence = Confidence.LIKELY if kind is _F.TLS_FAILED else Confidence.GUESS
    others = (_K.PORT_OR_NETWORK_BLOCKED,)
    if context.security is Security.IMPLICIT_TLS and context.port in (587, 25):
        return _Reading(_K.TLS_FAILED, confidence, ("port-speaks-starttls",), party=Party.ACCOUNT)
    return _Reading(_K.TLS_FAILED, confidence, others=others)


def _not_smtp(context: Context) -> _Reading:
    """Something answers that does not speak SMTP: a portal, a proxy or a wrong port."""
    if context.worked_elsewhere:
        return _Reading(
            _K.INTERCEPTED,
            Confidence.LIKELY,
            ("worked-elsewhere",),
            others=(_K.CAPTIVE_PORTAL, _K.PROTOCOL_ERROR),
        )
    others: tuple[Kind, ...] = (_K.CAPTIVE_PORTAL, _K.INTERCEPTED)
    if context.portal == "none":
        others = (_K.INTERCEPTED,)
    return _Reading(_K.PROTOCOL_ERROR, Confidence.LIKELY, others=others)


def _facts(context: Context) -> tuple[tuple[str, str], ...]:
    facts = (("host", context.host), ("port", str(context.port or "")))
    return tuple((name, value) for name, value in facts if value)


def _params(failure: Failure, context: Context) -> tuple[tuple[str, str], ...]:
    params = list(_facts(context))
    if failure.kind in _REASONS:
        params.append(("reason", _REASONS[failure.kind]))
    if failure.certificate is not None:
        certificate = failure.certificate
        params += [("issuer", certificate.issuer), ("subject", certificate.subject)]
        params.append(("not_after", certificate.not_after))
    if context.other_port_answered:
        params.append(("other_port", str(context.other_port_answered)))
    return tuple(params)
