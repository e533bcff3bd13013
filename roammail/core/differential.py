"""The differential diagnosis: the same server from other networks, other servers from here.

Pure functions over the memory and the reports at hand; they only add facts to a Context,
the words of a diagnosis stay with `refusal.py` and `seen.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from roammail.core.diagnosis import Context
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint, Security
from roammail.core.report import EndpointReport, StepOutcome
from roammail.core.stage import Stage

#: In Context.extra: who issued the untrusted certificate of another organization's server.
ISSUER_HERE = "issuer_here"


def from_elsewhere(
    context: Context, memories: Sequence[Memory], here: NetworkKey | None, endpoint: Endpoint
) -> Context:
    """Adds what other networks showed of the same server.

    STARTTLS counts for the same host and port only: another port may honestly lack it.
    """
    elsewhere = [m for m in memories if m.key != here and m.endpoint.host == endpoint.host]
    same_port = [m for m in elsewhere if m.endpoint.port == endpoint.port]
    offers = [m.offer.starttls for m in same_port if m.offer.starttls is not None]
    extra = dict(context.extra)
    issuers = [m.offer.certificate_issuer for m in elsewhere if m.offer.certificate_issuer]
    if issuers:
        extra["elsewhere_issuer"] = issuers[0]
    banners = [m.offer.banner for m in same_port if m.offer.banner]
    if banners:
        extra["elsewhere_banner"] = banners[0]
    return replace(
        context,
        elsewhere_starttls=any(offers) if offers else None,
        worked_elsewhere=any(m.works for m in same_port) if same_port else None,
        extra=tuple(extra.items()),
    )


def reached(report: EndpointReport) -> bool:
    """Whether the server was reached at all: CONNECT is done."""
    return any(s.stage is Stage.CONNECT and s.outcome is StepOutcome.DONE for s in report.steps)


def usable(report: EndpointReport) -> bool:
    """Whether a trustworthy conversation began: encrypted, where the endpoint wants that.

    A portal or an interceptor answers on every port; its certificate fails here.
    """
    wanted = Stage.GREET if report.endpoint.security is Security.PLAINTEXT else Stage.ENCRYPT
    done = {s.stage for s in report.steps if s.outcome is StepOutcome.DONE}
    return {Stage.GREET, wanted} <= done


def same_organization(one: str, other: str) -> bool:
    """Whether two host names end alike, in their last two labels: a cautious guess."""
    return one.lower().rstrip(".").split(".")[-2:] == other.lower().rstrip(".").split(".")[-2:]


def from_here(
    context: Context,
    endpoint: Endpoint,
    own: Sequence[EndpointReport],
    others: Sequence[EndpointReport],
) -> Context:
    """Adds what was seen from this network: `own` endpoints of the profile, and `others`'.

    Another profile's endpoint at the same host is as good a witness as an own one.
    """
    same_host = [*own, *(r for r in others if r.endpoint.host == endpoint.host)]
    answered = next(
        (r.endpoint.port for r in same_host if r.endpoint.port != endpoint.port and usable(r)), None
    )
    same_port = [reached(r) for r in others if r.endpoint.port == endpoint.port]
    return replace(
        context,
        other_port_answered=answered,
        same_port_works_elsewhere_here=any(same_port) if same_port else None,
        extra=(*context.extra, *_issuers(endpoint, others)),
    )


def _issuers(endpoint: Endpoint, others: Sequence[EndpointReport]) -> tuple[tuple[str, str], ...]:
    """Whose untrusted certificates servers of other organizations showed from here."""
    found = [
        r.diagnosis.failure.certificate.issuer
        for r in others
        if not same_organization(r.endpoint.host, endpoint.host)
        and r.diagnosis
        and r.diagnosis.failure
        and r.diagnosis.failure.certificate
    ]
    return tuple((ISSUER_HERE, issuer) for issuer in dict.fromkeys(found) if issuer)
