"""A Diagnosis as plain data (JSON) and back, for the outbox and the memory.

Reading is tolerant: a file may come from a newer RoamMail, with kinds that this one does not
know. What is unknown becomes the most careful known value and is named in `params`.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from roammail.core.diagnosis import (
    Alternative,
    Confidence,
    Diagnosis,
    Kind,
    Party,
    Remedy,
    RemedyKind,
    Scope,
)
from roammail.core.failure import CertificateFacts, Failure, FailureKind
from roammail.core.reply import Reply
from roammail.core.stage import Stage

_E = TypeVar("_E", bound=StrEnum)
_CERTIFICATE = ("subject", "issuer", "not_before", "not_after", "sha256")


def dumps(diagnosis: Diagnosis | None) -> str | None:
    """The diagnosis as JSON text; None stays None."""
    if diagnosis is None:
        return None
    return json.dumps(to_data(diagnosis), ensure_ascii=True, separators=(",", ":"))


def loads(text: str | None) -> Diagnosis | None:
    """The diagnosis of `dumps`. Never raises: broken text gives an OTHER diagnosis."""
    if text is None:
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    return from_data(data)


def to_data(diagnosis: Diagnosis) -> dict[str, object]:
    """Plain dicts, lists, strings and numbers."""
    reply, failure = diagnosis.reply, diagnosis.failure
    return {
        "kind": diagnosis.kind.value,
        "scope": diagnosis.scope.value,
        "party": diagnosis.party.value,
        "confidence": diagnosis.confidence.value,
        "stage": diagnosis.stage.value if diagnosis.stage else None,
        "reply": reply
        and {"code": reply.code, "lines": list(reply.lines), "enhanced": reply.enhanced},
        "failure": failure and _failure_data(failure),
        "evidence": list(diagnosis.evidence),
        "remedies": [
            {"kind": r.kind.value, "by_app": r.by_app, "params": _pairs_data(r.params)}
            for r in diagnosis.remedies
        ],
        "alternatives": [
            {
                "kind": a.kind.value,
                "scope": a.scope.value,
                "party": a.party.value,
                "evidence": a.evidence,
            }
            for a in diagnosis.alternatives
        ],
        "params": _pairs_data(diagnosis.params),
    }


def from_data(data: object) -> Diagnosis:
    """The diagnosis that `to_data` wrote. Never raises."""
    row = _mapping(data)
    kind = _member(Kind, row.get("kind"))
    params = _pairs(row.get("params"))
    if kind is None:
        params = (*params, ("unknown_kind", _text(row.get("kind"))[:80]))
    return Diagnosis(
        kind=kind or Kind.OTHER,
        scope=_member(Scope, row.get("scope")) or Scope.TEMPORARY,
        party=_member(Party, row.get("party")) or Party.SERVER,
        confidence=_member(Confidence, row.get("confidence")) or Confidence.GUESS,
        stage=_member(Stage, row.get("stage")),
        reply=_reply(row.get("reply")),
        failure=_failure(row.get("failure")),
        evidence=_texts(row.get("evidence")),
        remedies=tuple(filter(None, map(_remedy, _rows(row.get("remedies"))))),
        alternatives=tuple(filter(None, map(_alternative, _rows(row.get("alternatives"))))),
        params=params,
    )


def _failure_data(failure: Failure) -> dict[str, object]:
    facts = failure.certificate
    return {
        "kind": failure.kind.value,
        "detail": failure.detail,
        "certificate": facts
        and {
            **{name: getattr(facts, name) for name in _CERTIFICATE},
            "names": list(facts.names),
        },
    }


def _failure(data: object) -> Failure | None:
    row = _mapping(data)
    kind = _member(FailureKind, row.get("kind"))
    if kind is None:
        return None
    facts = _mapping(row.get("certificate"))
    certificate = None
    if facts:
        fields = {name: _text(facts.get(name)) for name in _CERTIFICATE}
        certificate = CertificateFacts(names=_texts(facts.get("names")), **fields)
    return Failure(kind, _text(row.get("detail")), certificate)


def _reply(data: object) -> Reply | None:
    row = _mapping(data)
    code = row.get("code")
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    enhanced = row.get("enhanced")
    return Reply(code, _texts(row.get("lines")), enhanced if isinstance(enhanced, str) else None)


def _remedy(row: Mapping[str, object]) -> Remedy | None:
    kind = _member(RemedyKind, row.get("kind"))
    if kind is None:
        return None
    return Remedy(kind, row.get("by_app") is True, _pairs(row.get("params")))


def _alternative(row: Mapping[str, object]) -> Alternative | None:
    kind = _member(Kind, row.get("kind"))
    scope = _member(Scope, row.get("scope"))
    party = _member(Party, row.get("party"))
    if kind is None or scope is None or party is None:
        return None
    return Alternative(kind, scope, party, _text(row.get("evidence")))


def _member(enum: type[_E], value: object) -> _E | None:
    return next((member for member in enum if member.value == value), None)


def _mapping(data: object) -> Mapping[str, object]:
    return data if isinstance(data, dict) else {}


def _rows(data: object) -> list[Mapping[str, object]]:
    return [_mapping(item) for item in data] if isinstance(data, list) else []


def _text(data: object) -> str:
    return data if isinstance(data, str) else ""


def _texts(data: object) -> tuple[str, ...]:
    return tuple(i for i in data if isinstance(i, str)) if isinstance(data, list) else ()


def _pairs_data(pairs: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[name, value] for name, value in pairs]


def _pairs(data: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(data, list):
        return ()
    return tuple(
        (item[0], item[1])
        for item in data
        if isinstance(item, list) and len(item) == 2 and all(isinstance(i, str) for i in item)
    )
