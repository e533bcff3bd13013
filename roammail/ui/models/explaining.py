"""What the Explain page makes of an answer: recipients by reason, whose profile it concerns, and
which words of the text gave it away. No words of its own, no Qt.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from roammail.core.bounced import Action
from roammail.core.diagnosis import Diagnosis, Kind
from roammail.core.explain import RecipientDiagnosis
from roammail.core.profile import Profile
from roammail.engine.explainer import Explained
from roammail.ui.models.way import UNKNOWN_WAY, Way, way_of

#: Reasons that are listed; a bounce has rarely more than two.
MOST_REASONS = 50
#: Characters of a text in which words are looked for.
_SEARCHED = 20_000
#: Words that gave it away, and how often each is marked.
_EVIDENCE, _TIMES = 6, 3
#: The command with which a recipient is named, and how Postfix and others begin their answer.
_RECIPIENT = re.compile(
    r"(?:RCPT TO: ?|\b[45]\d\d(?: [245]\.\d{1,3}\.\d{1,3})? )"
    r"<([^\s<>@]{1,64}@[^\s<>@]{1,190})>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Recipients who did not get the message for the same reason. `first` is hostile text."""

    diagnosis: Diagnosis
    first: str
    number: int
    host: str = ""


def reasons(explained: Explained) -> tuple[Reason, ...]:
    """A bounce's recipients by reason, those of most recipients first; none for a plain text."""
    groups: dict[object, list[RecipientDiagnosis]] = {}
    for item in explained.recipients:
        if item.recipient.action in _ARRIVED:
            continue
        found = item.diagnosis
        groups.setdefault((found.kind, found.scope, found.stage, found.party), []).append(item)
    largest = sorted(groups.values(), key=len, reverse=True)
    return tuple(_reason(group) for group in largest[:MOST_REASONS])


_ARRIVED = frozenset({Action.DELIVERED, Action.RELAYED, Action.EXPANDED})


def _reason(group: Sequence[RecipientDiagnosis]) -> Reason:
    first = group[0]
    return Reason(first.diagnosis, first.recipient.address, len(group), first.recipient.host)


def way_shown(diagnosis: Diagnosis) -> Way:
    """Where the way is broken; unknown where nothing was recognised."""
    return UNKNOWN_WAY if diagnosis.kind is Kind.OTHER else way_of(diagnosis)


def concerned(text: str, profiles: Sequence[Profile]) -> Profile | None:
    """The profile whose server the text names; the only one there is, if it names none."""
    said = text[:_SEARCHED].casefold()
    named = [
        profile
        for profile in profiles
        if any(endpoint.host.casefold() in said for endpoint in profile.endpoints)
    ]
    if len(named) == 1:
        return named[0]
    return profiles[0] if len(profiles) == 1 else None


def addressed(text: str) -> str:
    """The recipient that a pasted text names, "" where it names none. Hostile text."""
    found = _RECIPIENT.search(text[:_SEARCHED])
    return found.group(1) if found else ""


def telling(text: str, diagnosis: Diagnosis) -> tuple[tuple[int, int], ...]:
    """Begin and length of the words in the text that gave it away."""
    low = text[:_SEARCHED].lower()
    found = []
    for words in diagnosis.evidence[:_EVIDENCE]:
        wanted, at = words.strip().lower(), 0
        if len(wanted) < 3:
            continue
        for _ in range(_TIMES):
            at = low.find(wanted, at)
            if at < 0:
                break
            found.append((at, len(wanted)))
            at += len(wanted)
    return tuple(found)
