"""Replies with what surrounds them: the same words mean other things elsewhere."""

from typing import Any

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.consequence import VERDICTS
from roammail.core.diagnosis import Confidence, Context, Diagnosis, Kind, Party, RemedyKind, Scope
from roammail.core.profile import AuthMethod, Security
from roammail.core.refusal import diagnose_reply
from roammail.core.reply import parse
from roammail.core.stage import Stage


def read(code: int, text: str, stage: Stage | None, **known: object) -> Diagnosis:
    context = Context(**known)  # type: ignore[arg-type]
    return diagnose_reply(parse(code, text), stage, context, load_rules())


def test_relay_denied_condemns_the_route_alone() -> None:
    found = read(554, "5.7.1 <bob@b.example>: Relay access denied", Stage.RELAY)
    assert (found.kind, found.scope, found.party) == (Kind.RELAY_DENIED, Scope.ROUTE, Party.SERVER)
    assert found.confidence is Confidence.CERTAIN
    assert any("relay" in words for words in found.evidence)
    assert found.remedies[0].kind is RemedyKind.USE_OTHER_PROFILE


def test_relay_denied_without_sign_in_suggests_sign_in_first() -> None:
    found = read(550, "relay not permitted", Stage.RELAY, auth=AuthMethod.NONE)
    assert found.remedies[0].kind is RemedyKind.TURN_ON_SIGN_IN


def test_no_sign_in_is_offered_to_who_signed_in() -> None:
    found = read(530, "Authentication required", Stage.SENDER, auth=AuthMethod.PASSWORD)
    assert RemedyKind.TURN_ON_SIGN_IN not in {remedy.kind for remedy in found.remedies}


@pytest.mark.parametrize("port", [587, 465])
def test_client_host_rejected_on_a_submission_port_means_sign_in(port: int) -> None:
    text = "5.7.1 <laptop[192.0.2.4]>: Client host rejected: Access denied"
    found = read(554, text, Stage.RELAY, port=port, signed_in=False)
    assert found.kind is Kind.AUTH_REQUIRED


def test_a_bare_policy_refusal_before_sign_in_means_sign_in() -> None:
    found = read(550, "5.7.1 Sorry", Stage.RELAY, port=587, signed_in=False)
    assert found.kind is Kind.AUTH_REQUIRED
    assert found.alternatives


def test_a_bare_policy_refusal_of_the_sender_after_sign_in_is_about_the_sender() -> None:
    found = read(550, "5.7.1 Sorry", Stage.SENDER, port=587, signed_in=True)
    assert found.kind is Kind.SENDER_NOT_ALLOWED


def test_product_in_the_banner_takes_part() -> None:
    banner = "220 ************************"
    found = read(500, "Command unrecognized: XXXXXXXX", Stage.ENCRYPT, banner=banner)
    assert found.kind is Kind.PORT_OR_NETWORK_BLOCKED


@pytest.mark.parametrize(
    ("code", "text", "stage", "scope"),
    [
        (450, "4.1.1 <b@b.example>: User unknown", Stage.RELAY, Scope.TEMPORARY),
        (550, "5.1.1 <b@b.example>: User unknown", Stage.RELAY, Scope.RECIPIENT),
        (452, "4.2.2 Mailbox full", Stage.RELAY, Scope.TEMPORARY),
        (552, "5.2.2 Mailbox full", Stage.RELAY, Scope.RECIPIENT),
        (454, "4.7.1 <b@b.example>: Relay access denied", Stage.RELAY, Scope.ROUTE),
        (450, "4.7.1 Relaying temporarily denied", Stage.RELAY, Scope.TEMPORARY),
        (421, "Domain x.example is not allowed to send: Sandbox", Stage.CONTENT, Scope.CREDENTIAL),
        (535, "5.7.8 Authentication failed", Stage.SIGN_IN, Scope.CREDENTIAL),
        (421, "", Stage.GREET, Scope.TEMPORARY),
        (451, "hm", Stage.CONTENT, Scope.TEMPORARY),
        (550, "5.5.0 Daily sending limit exceeded", Stage.SENDER, Scope.TEMPORARY),
        (552, "5.3.4 Message too big", Stage.SENDER, Scope.MESSAGE),
        (553, "5.7.1 Sender address rejected: not owned by user bob", Stage.SENDER, Scope.SENDER),
    ],
)
def test_scope_follows_kind_and_class(code: int, text: str, stage: Stage, scope: Scope) -> None:
    assert read(code, text, stage).scope is scope


def test_restricted_group_is_the_recipients_affair() -> None:
    text = "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required"
    found = read(550, text, Stage.RELAY)
    assert (found.kind, found.scope) == (Kind.SENDER_NOT_ALLOWED, Scope.RECIPIENT)


def test_the_same_words_of_two_products() -> None:
    words = "Recipient address rejected: Access denied"
    assert read(550, f"5.4.1 {words}", Stage.RELAY).kind is Kind.RECIPIENT_UNKNOWN
    assert read(554, f"5.7.1 <b@b.example>: {words}", Stage.RELAY).kind is Kind.RELAY_DENIED


def test_ambiguity_is_said() -> None:
    found = read(450, "4.7.1 Relaying denied. IP name lookup failed [192.0.2.4]", Stage.RELAY)
    assert found.kind is Kind.RELAY_DENIED
    assert Kind.IP_BLOCKED in {other.kind for other in found.alternatives}


def test_other_endpoint_that_answered_is_offered_first() -> None:
    found = read(
        554, "No mail from dynamic addresses", Stage.GREET,
        host="mx.example", port=25, other_port_answered=587, security=Security.STARTTLS,
    )  # fmt: skip
    first = found.remedies[0]
    assert first.kind is RemedyKind.USE_ENDPOINT
    assert dict(first.params) == {"host": "mx.example", "port": "587", "security": "starttls"}


def test_every_kind_has_a_verdict_and_acts_of_the_app_come_first() -> None:
    assert set(VERDICTS) == set(Kind)
    for text in ("Relay access denied", "Authentication failed", "blocked using zen.spamhaus.org"):
        order = [remedy.by_app for remedy in read(550, text, Stage.RELAY).remedies]
        assert order == sorted(order, reverse=True)


def test_unknown_words_are_other_and_say_so() -> None:
    found = read(0, "qwertz", None)
    assert (found.kind, found.confidence) == (Kind.OTHER, Confidence.GUESS)


@pytest.mark.parametrize(
    ("seen", "offered"),
    [
        ({"security": Security.PLAINTEXT}, False),
        ({"security": Security.STARTTLS, "tls": True}, False),
        ({"security": Security.IMPLICIT_TLS, "tls": True}, False),
        ({"security": Security.STARTTLS, "tls": False}, True),
        ({"security": Security.PLAINTEXT, "auth_offered": ("PLAIN",)}, True),
        ({"security": Security.PLAINTEXT, "hello": ()}, True),
    ],
)
@pytest.mark.parametrize("text", ["Relay access denied", "Authentication required"])
def test_sign_in_is_no_remedy_where_the_server_has_none(
    text: str, seen: dict[str, object], offered: bool
) -> None:
    known = {"auth": AuthMethod.NONE, "hello": ("SIZE", "PIPELINING"), **seen}
    found = read(550, text, Stage.RELAY, **known)
    acts = [remedy.kind for remedy in found.remedies]
    assert (RemedyKind.TURN_ON_SIGN_IN in acts) is offered
    if not offered:
        assert acts[0] is RemedyKind.USE_OTHER_PROFILE


OPEN_SMTPD = "Invalid recipient: <friend@friend.example>"


@pytest.mark.parametrize(
    ("around", "kind"),
    [
        ({"auth": AuthMethod.NONE, "host": "smtp.company.example"}, Kind.RELAY_DENIED),
        ({"auth": AuthMethod.NONE, "host": "mx.friend.example"}, Kind.RECIPIENT_UNKNOWN),
        ({"auth": AuthMethod.PASSWORD, "host": "smtp.company.example"}, Kind.RECIPIENT_UNKNOWN),
        ({}, Kind.RECIPIENT_UNKNOWN),
    ],
)
def test_a_stranger_cannot_know_the_mailboxes_of_another_domain(
    around: dict[str, Any], kind: Kind
) -> None:
    found = read(550, OPEN_SMTPD, Stage.RELAY, recipient="friend@friend.example", **around)
    assert found.kind is kind
    if kind is Kind.RELAY_DENIED:
        assert found.scope is Scope.ROUTE
        assert Kind.RECIPIENT_UNKNOWN in {other.kind for other in found.alternatives}


def test_an_explicit_word_on_the_recipient_stands() -> None:
    around: dict[str, Any] = {"auth": AuthMethod.NONE, "host": "smtp.company.example"}
    found = read(550, f"5.1.1 {OPEN_SMTPD}", Stage.RELAY, recipient="a@friend.example", **around)
    assert found.kind is Kind.RECIPIENT_UNKNOWN


def named(found: Diagnosis) -> set[Kind]:
    return {found.kind, *(other.kind for other in found.alternatives)}


def test_where_words_are_unknown_what_it_may_be_instead_is_named() -> None:
    found = read(535, "zzyzx qwfp", Stage.SIGN_IN)
    assert {Kind.AUTH_FAILED, Kind.APP_PASSWORD_REQUIRED} <= named(found)
    found = read(553, "zzyzx qwfp", Stage.SENDER)
    assert {Kind.SENDER_NOT_ALLOWED, Kind.AUTH_REQUIRED, Kind.IP_BLOCKED} <= named(found)


@pytest.mark.parametrize(
    ("code", "words", "stage"),
    [
        (550, "Relaying denied", Stage.RELAY),
        (535, "5.7.8 Wrong password", Stage.SIGN_IN),
        (554, "5.7.1 Service unavailable; Client host [192.0.2.1] is listed", Stage.RELAY),
    ],
)
def test_plain_words_are_not_made_ambiguous(code: int, words: str, stage: Stage) -> None:
    assert read(code, words, stage).alternatives == ()


def test_a_code_of_order_outweighs_the_nouns_beside_it() -> None:
    found = read(503, "Nessun destinatario specificato", Stage.CONTENT)
    assert found.kind is Kind.PROTOCOL_ERROR


def test_whoever_is_unknown_while_signing_in_is_oneself() -> None:
    assert read(530, "Utilisateur non trouvé", Stage.SIGN_IN).kind is Kind.AUTH_FAILED
