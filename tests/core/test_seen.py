"""Silences: what the same server did elsewhere and other servers do here decides."""

import itertools

import pytest

from roammail.core.diagnosis import Confidence, Context, Kind, Party, RemedyKind, Scope
from roammail.core.failure import CertificateFacts, Failure, FailureKind
from roammail.core.profile import AuthMethod, Security
from roammail.core.seen import diagnose_failure, uncertain
from roammail.core.stage import Stage

F, K = FailureKind, Kind
HELLO = ("mx.example", "XXXXXXXA", "SIZE 100")


def facts(issuer: str) -> CertificateFacts:
    return CertificateFacts("CN=mx.example", issuer, ("mx.example",), "2020", "2030", "00")


@pytest.mark.parametrize(("kind", "stage"), list(itertools.product(FailureKind, Stage)))
def test_every_failure_has_an_answer_at_every_stage(kind: FailureKind, stage: Stage) -> None:
    for portal in ("unknown", "required", "none"):
        found = diagnose_failure(Failure(kind, "detail"), stage, Context(portal=portal))
        assert found.remedies
        assert found.kind is not Kind.OTHER
        assert found.kind is not Kind.UNCERTAIN
        assert found.stage is stage


@pytest.mark.parametrize(
    ("kind", "stage", "known", "expected", "sure"),
    [
        (F.DNS_NOT_FOUND, Stage.RESOLVE, {}, K.DNS_FAILED, Confidence.CERTAIN),
        (F.TIMED_OUT, Stage.CONNECT, {}, K.TIMED_OUT, Confidence.GUESS),
        (F.REFUSED, Stage.CONNECT, {}, K.UNREACHABLE, Confidence.GUESS),
        (F.TIMED_OUT, Stage.CONNECT, {"port": 25}, K.PORT_OR_NETWORK_BLOCKED, Confidence.LIKELY),
        (
            F.TIMED_OUT, Stage.CONNECT, {"other_port_answered": 465, "port": 587},
            K.PORT_OR_NETWORK_BLOCKED, Confidence.LIKELY,
        ),
        (
            F.REFUSED, Stage.CONNECT,
            {"other_port_answered": 465, "same_port_works_elsewhere_here": False},
            K.PORT_OR_NETWORK_BLOCKED, Confidence.CERTAIN,
        ),
        (
            F.TIMED_OUT, Stage.CONNECT, {"same_port_works_elsewhere_here": True},
            K.TIMED_OUT, Confidence.LIKELY,
        ),
        (F.TIMED_OUT, Stage.CONNECT, {"portal": "required"}, K.CAPTIVE_PORTAL, Confidence.CERTAIN),
        (
            F.STARTTLS_MISSING, Stage.ENCRYPT, {"elsewhere_starttls": True},
            K.STARTTLS_STRIPPED, Confidence.CERTAIN,
        ),
        (
            F.STARTTLS_MISSING, Stage.ENCRYPT, {"hello": HELLO},
            K.STARTTLS_STRIPPED, Confidence.CERTAIN,
        ),
        (
            F.STARTTLS_MISSING, Stage.ENCRYPT, {"banner": "220 *****2***"},
            K.STARTTLS_STRIPPED, Confidence.CERTAIN,
        ),
        (F.STARTTLS_MISSING, Stage.ENCRYPT, {}, K.STARTTLS_STRIPPED, Confidence.LIKELY),
        (
            F.STARTTLS_MISSING, Stage.ENCRYPT, {"elsewhere_starttls": False},
            K.TLS_FAILED, Confidence.CERTAIN,
        ),
        (F.CERTIFICATE_EXPIRED, Stage.ENCRYPT, {}, K.CERTIFICATE_UNTRUSTED, Confidence.CERTAIN),
        (
            F.CERTIFICATE_UNTRUSTED, Stage.ENCRYPT, {"worked_elsewhere": True},
            K.INTERCEPTED, Confidence.LIKELY,
        ),
        (F.PLAINTEXT_INJECTED, Stage.ENCRYPT, {}, K.INTERCEPTED, Confidence.LIKELY),
        (F.GARBAGE, Stage.GREET, {"worked_elsewhere": True}, K.INTERCEPTED, Confidence.LIKELY),
        (F.SECRET_MISSING, Stage.SIGN_IN, {}, K.AUTH_FAILED, Confidence.CERTAIN),
        (F.PAUSED, Stage.SIGN_IN, {}, K.AUTH_FAILED, Confidence.CERTAIN),
        (F.AUTH_NOT_OFFERED, Stage.SIGN_IN, {}, K.AUTH_MECHANISM, Confidence.CERTAIN),
        (F.SIZE_EXCEEDED, Stage.SENDER, {}, K.TOO_LARGE, Confidence.CERTAIN),
        (F.SMTPUTF8_MISSING, Stage.SENDER, {}, K.SMTPUTF8_UNSUPPORTED, Confidence.CERTAIN),
    ],
)  # fmt: skip
def test_readings(
    kind: FailureKind, stage: Stage, known: dict[str, object], expected: Kind, sure: Confidence
) -> None:
    found = diagnose_failure(Failure(kind), stage, Context(**known))  # type: ignore[arg-type]
    assert (found.kind, found.confidence) == (expected, sure)


def test_an_issuer_unlike_the_remembered_one_is_an_interception() -> None:
    failure = Failure(F.CERTIFICATE_UNTRUSTED, certificate=facts("CN=Shield"))
    known = Context(extra=(("elsewhere_issuer", "CN=Real CA"),))
    found = diagnose_failure(failure, Stage.ENCRYPT, known)
    assert (found.kind, found.party) == (Kind.INTERCEPTED, Party.NETWORK)
    assert ("issuer", "CN=Shield") in found.params


def test_a_blocked_port_offers_the_one_that_answers() -> None:
    known = Context(host="mx.example", port=587, other_port_answered=465)
    found = diagnose_failure(Failure(F.TIMED_OUT), Stage.CONNECT, known)
    assert found.remedies[0].kind is RemedyKind.USE_ENDPOINT
    assert ("security", "implicit-tls") in found.remedies[0].params


def test_a_port_that_works_for_others_is_the_servers_fault() -> None:
    known = Context(same_port_works_elsewhere_here=True)
    assert diagnose_failure(Failure(F.REFUSED), Stage.CONNECT, known).party is Party.SERVER


def test_implicit_tls_on_a_starttls_port_is_the_profiles_fault() -> None:
    known = Context(port=587, security=Security.IMPLICIT_TLS)
    found = diagnose_failure(Failure(F.TLS_FAILED), Stage.ENCRYPT, known)
    assert found.party is Party.ACCOUNT


def test_a_loss_in_the_conversation_is_temporary() -> None:
    found = diagnose_failure(Failure(F.CONNECTION_LOST), Stage.RELAY, Context())
    assert (found.kind, found.scope) == (Kind.CONNECTION_LOST, Scope.TEMPORARY)


def test_uncertain_leaves_the_choice_to_the_person() -> None:
    found = uncertain(Stage.CONTENT, Context(host="mx.example"))
    assert (found.kind, found.scope) == (Kind.UNCERTAIN, Scope.UNCERTAIN)
    assert [r.kind for r in found.remedies] == [RemedyKind.RETRY_SAME_PROFILE, RemedyKind.MARK_SENT]


def test_offline_is_said_at_once_and_no_other_profile_is_proposed() -> None:
    here = Context(host="mx.example", port=587, portal="offline")
    found = diagnose_failure(Failure(F.DNS_TEMPORARY), Stage.RESOLVE, here)
    assert (found.kind, found.scope) == (K.UNREACHABLE, Scope.NETWORK)
    assert "use-other-profile" not in {str(remedy.kind) for remedy in found.remedies}


def test_a_refusal_has_an_author_even_offline() -> None:
    here = Context(host="localhost", port=25, portal="offline")
    found = diagnose_failure(Failure(F.REFUSED), Stage.CONNECT, here)
    assert found.scope is not Scope.NETWORK


@pytest.mark.parametrize("auth", [AuthMethod.PASSWORD, AuthMethod.NONE])
def test_an_encrypted_port_that_nobody_has_seen_is_no_act_of_ours(auth: AuthMethod) -> None:
    """And a server that takes mail without a sign-in is not said to have one at all."""
    known = Context(host="mx.example", port=25, auth=auth, security=Security.STARTTLS, hello=HELLO)
    found = diagnose_failure(Failure(F.STARTTLS_MISSING), Stage.ENCRYPT, known)
    named = {r.kind: r.by_app for r in found.remedies}
    assert named.get(RemedyKind.USE_TLS_ENDPOINT) == (None if auth is AuthMethod.NONE else False)
