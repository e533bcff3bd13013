"""Frozen results to JSON: the shapes that programs may rely on (DESIGN, "Command line").

More fields may come beside these; none goes or changes its meaning without a new version of
the envelope. No secret has a way in here: a Profile holds none.
"""

from collections.abc import Mapping
from datetime import datetime

from roammail.cli.result import Json
from roammail.core.diagnosis import Diagnosis, Remedy
from roammail.core.envelope import AttemptEntry, OutboxEntry, RecipientEntry
from roammail.core.network import Network, NetworkKey
from roammail.core.profile import BrokenProfile, Endpoint, Profile
from roammail.core.reply import Reply
from roammail.core.report import EndpointReport, ProbeReport, ProfileReport, Step
from roammail.words import Words


def instant(when: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return when.isoformat() if when is not None else None


def endpoint(value: Endpoint) -> dict[str, Json]:
    """Host, port, security."""
    return {"host": value.host, "port": value.port, "security": value.security.value}


def reply(value: Reply | None) -> dict[str, Json] | None:
    """What the server said, as it said it."""
    if value is None:
        return None
    return {"code": value.code, "enhanced": value.enhanced, "lines": list(value.lines)}


def remedy(value: Remedy, words: Words) -> dict[str, Json]:
    """One thing to do; `by_app` tells that RoamMail can do it itself."""
    return {
        "kind": value.kind.value,
        "text": words.remedy(value),
        "by_app": value.by_app,
        "params": dict(value.params),
    }


def diagnosis(value: Diagnosis | None, words: Words) -> dict[str, Json] | None:
    """The whole diagnosis with its words."""
    if value is None:
        return None
    failure = value.failure
    return {
        "kind": value.kind.value,
        "scope": value.scope.value,
        "party": value.party.value,
        "confidence": value.confidence.value,
        "headline": words.headline(value),
        "explanation": words.explanation(value),
        "remedies": [remedy(item, words) for item in value.remedies],
        "alternatives": [
            {"kind": item.kind.value, "scope": item.scope.value, "party": item.party.value}
            for item in value.alternatives
        ],
        "stage": value.stage.value if value.stage else None,
        "reply": reply(value.reply),
        "failure": {"kind": failure.kind.value, "detail": failure.detail} if failure else None,
        "evidence": list(value.evidence),
    }


def network(value: Network, key: NetworkKey | None, *, visited: bool | None) -> dict[str, Json]:
    """Where we are; null and `unknown` where it is not known."""
    return {
        "name": value.name,
        "medium": value.medium.value,
        "portal": value.portal.value,
        "portal_url": value.portal_url,
        "gateway": value.gateway,
        "interface": value.interface,
        "prefix": value.prefix,
        "dns_suffix": value.dns_suffix,
        "dns_servers": list(value.dns_servers),
        "ssid": value.ssid,
        "metered": value.metered,
        "key": key,
        "visited": visited,
        "sources": list(value.sources),
        "unknown": [
            {"field": item.field, "reason": item.reason, "detail": item.detail}
            for item in value.unknown
        ],
    }


def step(value: Step) -> dict[str, Json]:
    """One rung, seconds with microseconds."""
    return {
        "stage": value.stage.value,
        "outcome": value.outcome.value,
        "seconds": round(value.seconds, 6),
        "detail": value.detail,
    }


def endpoint_report(value: EndpointReport, words: Words) -> dict[str, Json]:
    """One endpoint, climbed as far as it went."""
    return {
        "endpoint": endpoint(value.endpoint),
        "address": value.address or None,
        "works": value.works,
        "diagnosis": diagnosis(value.diagnosis, words),
        "steps": [step(item) for item in value.steps],
        "seconds": round(value.seconds, 6),
    }


def profile_report(value: ProfileReport, words: Words) -> dict[str, Json]:
    """One profile of a probe."""
    return {
        "name": value.name,
        "outcome": value.outcome.value,
        "endpoint": endpoint(value.endpoint),
        "diagnosis": diagnosis(value.diagnosis, words),
        "steps": [step(item) for item in value.steps],
        "tried": [endpoint_report(item, words) for item in value.tried],
    }


def probe(value: ProbeReport, words: Words, *, visited: bool | None = None) -> dict[str, Json]:
    """`test`: profiles in order of preference, and the winner's name."""
    names = {item.profile_id: item.name for item in value.profiles}
    return {
        "profiles": [profile_report(item, words) for item in value.profiles],
        "winner": names.get(value.winner) if value.winner else None,
        "network": network(value.network, value.key, visited=visited),
        "seconds": round(value.seconds, 6),
    }


def profile(value: Profile, *, signs_in: bool | None = None) -> dict[str, Json]:
    """A profile; `has_secret` where it was looked up, never the secret."""
    shape: dict[str, Json] = {
        "name": value.name,
        "id": value.id,
        **endpoint(value.endpoint),
        "alternatives": [endpoint(item) for item in value.alternatives],
        "auth": value.auth.value,
        "username": value.username,
        "senders": list(value.senders),
    }
    if signs_in is not None:
        shape["has_secret"] = signs_in
    return shape


def broken_profile(value: BrokenProfile) -> dict[str, Json]:
    """A profile that cannot be read."""
    return {"name": value.name, "id": value.id, "reason": value.reason}


def recipient(value: RecipientEntry, words: Words) -> dict[str, Json]:
    """One recipient's state."""
    return {
        "address": value.address,
        "state": value.state.value,
        "diagnosis": diagnosis(value.diagnosis, words),
        "changed": instant(value.changed),
    }


def attempt(value: AttemptEntry, words: Words) -> dict[str, Json]:
    """One try to hand the message over."""
    return {
        "profile": value.profile_name,
        "endpoint": _attempt_endpoint(value),
        "outcome": value.outcome,
        "diagnosis": diagnosis(value.diagnosis, words),
        "started": instant(value.started),
        "seconds": round(value.seconds, 6),
    }


def outbox_entry(value: OutboxEntry, words: Words) -> dict[str, Json]:
    """`send` and `outbox show`: through which profile it went, each recipient, each attempt."""
    taken = delivering_attempt(value)
    return {
        "id": value.id,
        "message_id": value.message_id,
        "profile": taken.profile_name if taken else None,
        "endpoint": _attempt_endpoint(taken) if taken else None,
        "recipients": [recipient(item, words) for item in value.recipients],
        "attempts": [attempt(item, words) for item in value.attempts],
        "sender": value.sender,
        "from": value.from_address,
        "subject": value.subject,
        "size": value.size,
        "created": instant(value.created),
        "tries": value.tries,
        "next_try": instant(value.next_try),
        "held_until": instant(value.held_until),
        "answered": instant(value.answered),
        "content_kept": value.purged is None,
    }


def delivering_attempt(value: OutboxEntry) -> AttemptEntry | None:
    """The last attempt in which a server took the message for somebody."""
    taken = [item for item in value.attempts if item.outcome in {"sent", "partial"}]
    return taken[-1] if taken else None


def _attempt_endpoint(value: AttemptEntry) -> Mapping[str, Json]:
    return {"host": value.host, "port": value.port, "security": value.security}
