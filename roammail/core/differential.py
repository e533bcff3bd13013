"""The differential diagnosis: the same server from other networks, other servers from here.

Pure functions over the memory and the reports at hand; they only add facts to a Context,
the words of a diagnosis stay with `refusal.py` and `seen.py`.
"""

from collections.abc import Sequence
from dataclasses import replace

from roammail.core.diagnosis import Context
from roammail.core.memory import Memory
from roammail.core.network import NetworkKey
from roammail.core.profile import Endpoint
from roammail.core.report import EndpointReport, StepOutcome
from roammail.core.stage import Stage


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


def from_here(
    context: Context,
    endpoint: Endpoint,
    own: Sequence[EndpointReport],
    others: Sequence[EndpointReport],
) -> Context:
    """Adds what was seen from this network: `own` endpoints of the profile, and `others`'."""
    answered = next(
        (r.endpoint.port for r in own if r.endpoint.port != endpoint.port and reached(r)), None
    )
    same_port = [reached(r) for r in others if r.endpoint.port == endpoint.port]
    return replace(
        context,
        other_port_answered=answered,
        same_port_works_elsewhere_here=any(same_port) if same_port else None,
    )
