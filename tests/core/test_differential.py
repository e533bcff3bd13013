"""What other networks and other servers tell of a failure."""

from dataclasses import replace
from datetime import UTC, datetime

from roammail.core.diagnosis import Context, Kind, Party, RemedyKind
from roammail.core.differential import from_elsewhere, from_here
from roammail.core.failure import CertificateFacts, Failure, FailureKind
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Security
from roammail.core.report import EndpointReport, Offer, Step, StepOutcome
from roammail.core.seen import diagnose_failure
from roammail.core.stage import Stage

HOME, HOTEL = NetworkKey("home"), NetworkKey("hotel")
AT_587 = Endpoint("smtp.a.example", 587, Security.STARTTLS)
AT_465 = Endpoint("smtp.a.example", 465, Security.IMPLICIT_TLS)
OTHER_587 = Endpoint("smtp.b.example", 587, Security.STARTTLS)


def seen(key: NetworkKey, endpoint: Endpoint, offer: Offer, works: bool = True) -> Memory:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Memory(key, "p", endpoint, works, None, None, offer, 1.0, when)


LADDER = (Stage.CONNECT, Stage.GREET, Stage.ENCRYPT)


def report(endpoint: Endpoint, connected: bool, usable: bool = True) -> EndpointReport:
    def outcome(stage: Stage) -> StepOutcome:
        done = connected and (usable or stage is not Stage.ENCRYPT)
        return StepOutcome.DONE if done else StepOutcome.FAILED

    return EndpointReport(endpoint, tuple(Step(s, outcome(s), 0.1) for s in LADDER), None)


def untrusted(endpoint: Endpoint, issuer: str) -> tuple[EndpointReport, Failure]:
    facts = CertificateFacts("", issuer, (), "", "", "")
    failure = Failure(FailureKind.CERTIFICATE_UNTRUSTED, certificate=facts)
    diagnosis = diagnose_failure(failure, Stage.ENCRYPT, Context(host=endpoint.host))
    return replace(report(endpoint, connected=True, usable=False), diagnosis=diagnosis), failure


def test_starttls_seen_at_home_counts_here() -> None:
    memories = [seen(HOME, AT_587, Offer(starttls=True, certificate_issuer="Good CA"))]
    context = from_elsewhere(Context(), memories, HOTEL, AT_587)
    assert context.elsewhere_starttls is True
    assert context.worked_elsewhere is True
    assert ("elsewhere_issuer", "Good CA") in context.extra


def test_what_was_seen_here_is_not_elsewhere() -> None:
    context = from_elsewhere(Context(), [seen(HOTEL, AT_587, Offer(starttls=True))], HOTEL, AT_587)
    assert context.elsewhere_starttls is None
    assert context.worked_elsewhere is None


def test_another_port_of_the_same_host_says_nothing_of_starttls() -> None:
    context = from_elsewhere(Context(), [seen(HOME, AT_465, Offer(starttls=False))], HOTEL, AT_587)
    assert context.elsewhere_starttls is None


def test_another_port_of_ours_answered_and_no_other_server_does_on_this_one() -> None:
    dead, alive = report(AT_587, connected=False), report(AT_465, connected=True)
    other = report(OTHER_587, connected=False)
    context = from_here(Context(), AT_587, [dead, alive], [other])
    assert context.other_port_answered == 465
    assert context.same_port_works_elsewhere_here is False


def test_nothing_else_was_tried() -> None:
    context = from_here(Context(), AT_587, [report(AT_587, connected=False)], [])
    assert context.other_port_answered is None
    assert context.same_port_works_elsewhere_here is None


def test_another_port_whose_certificate_failed_is_no_way() -> None:
    dead = report(AT_587, connected=False)
    answered_by_a_portal = report(AT_465, connected=True, usable=False)
    context = from_here(Context(), AT_587, [dead, answered_by_a_portal], [])
    assert context.other_port_answered is None


def test_another_profile_at_the_same_host_shows_the_port_that_works() -> None:
    dead, alive = report(AT_587, connected=False), report(AT_465, connected=True)
    context = from_here(Context(host="smtp.a.example"), AT_587, [dead], [alive])
    found = diagnose_failure(Failure(FailureKind.TIMED_OUT), Stage.CONNECT, context)
    assert found.kind is Kind.PORT_OR_NETWORK_BLOCKED
    first = found.remedies[0]
    assert (first.kind, dict(first.params)["port"]) == (RemedyKind.USE_ENDPOINT, "465")


def test_one_unknown_issuer_for_servers_of_two_organizations_is_in_between() -> None:
    ours, failure = untrusted(AT_587, "O=Company")
    theirs, _ = untrusted(OTHER_587, "O=Company")
    alone = from_here(Context(host="smtp.a.example"), AT_587, [ours], [])
    kind = diagnose_failure(failure, Stage.ENCRYPT, alone).kind
    assert kind is Kind.CERTIFICATE_UNTRUSTED
    both = from_here(Context(host="smtp.a.example"), AT_587, [ours], [theirs])
    found = diagnose_failure(failure, Stage.ENCRYPT, both)
    assert (found.kind, found.party) == (Kind.INTERCEPTED, Party.NETWORK)


def test_one_unknown_issuer_within_an_organization_is_its_own() -> None:
    ours, failure = untrusted(AT_587, "O=A")
    sister, _ = untrusted(Endpoint("mail.a.example", 465, Security.IMPLICIT_TLS), "O=A")
    context = from_here(Context(host="smtp.a.example"), AT_587, [ours], [sister])
    assert diagnose_failure(failure, Stage.ENCRYPT, context).kind is Kind.CERTIFICATE_UNTRUSTED
