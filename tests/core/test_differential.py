"""What other networks and other servers tell of a failure."""

from datetime import UTC, datetime

from roammail.core.diagnosis import Context
from roammail.core.differential import from_elsewhere, from_here
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Security
from roammail.core.report import EndpointReport, Offer, Step, StepOutcome
from roammail.core.stage import Stage

HOME, HOTEL = NetworkKey("home"), NetworkKey("hotel")
AT_587 = Endpoint("smtp.a.example", 587, Security.STARTTLS)
AT_465 = Endpoint("smtp.a.example", 465, Security.IMPLICIT_TLS)
OTHER_587 = Endpoint("smtp.b.example", 587, Security.STARTTLS)


def seen(key: NetworkKey, endpoint: Endpoint, offer: Offer, works: bool = True) -> Memory:
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Memory(key, "p", endpoint, works, None, None, offer, 1.0, when)


def report(endpoint: Endpoint, connected: bool) -> EndpointReport:
    outcome = StepOutcome.DONE if connected else StepOutcome.FAILED
    return EndpointReport(endpoint, (Step(Stage.CONNECT, outcome, 0.1),), None)


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
