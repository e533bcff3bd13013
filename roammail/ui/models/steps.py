"""What to do about a diagnosis, step by step: which of them a button does, and which are advice.

Knows what the window can carry out and for which profile; words and buttons are others'. No Qt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from roammail.core.diagnosis import Diagnosis, Remedy, RemedyKind
from roammail.core.profile import Profile

if TYPE_CHECKING:
    from roammail.core.letter import Letter

R = RemedyKind
#: Remedies that change or ask something of one profile.
OF_A_PROFILE = frozenset(
    {
        R.USE_ENDPOINT,
        R.ENTER_PASSWORD,
        R.GET_APP_PASSWORD,
        R.TURN_ON_SIGN_IN,
        R.USE_TLS_ENDPOINT,
        R.CHECK_SETTINGS,
    }
)
#: What the window can carry out; anything else is advice.
DOABLE = OF_A_PROFILE | {R.OPEN_PORTAL, R.TRY_LATER}
#: What the help desk's report does, and what goes without saying.
SILENT = frozenset({R.ASK_PROVIDER, R.ASK_NETWORK})
_PASSWORDS = frozenset({R.ENTER_PASSWORD, R.GET_APP_PASSWORD})


class Act(StrEnum):
    """What a step does."""

    REMEDY = "remedy"  # for `profile`, where it concerns one
    ADVICE = "advice"  # the person's to do
    WRITE = "write"  # a letter that goes out through `profile`
    TEST = "test"  # which of the profiles works here
    ADD = "add"  # a profile
    REPORT = "report"  # for the help desk


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    act: Act
    remedy: Remedy | None = None
    profile: Profile | None = None


def steps(
    diagnosis: Diagnosis,
    concerned: Profile | None,
    profiles: Sequence[Profile],
    working: Sequence[Profile],
) -> tuple[Step, ...]:
    """In the order of the diagnosis's remedies; the report for the help desk is the last.

    `concerned` is the profile that failed, where that is known; `working` those that work here,
    the preferred one first.
    """
    found: list[Step] = []
    asked = False
    for remedy in diagnosis.remedies:
        password = remedy.kind in _PASSWORDS
        if remedy.kind in SILENT or (password and asked):
            continue
        asked = asked or password
        found.append(_step(remedy, concerned, profiles, working))
    found.append(Step(Act.REPORT))
    return tuple(dict.fromkeys(found))


def needs_profile(diagnosis: Diagnosis) -> bool:
    """Whether some remedy could be done if it were known which profile failed."""
    return any(remedy.kind in OF_A_PROFILE for remedy in diagnosis.remedies)


def letter_through(profile: Profile, recipient: str) -> "Letter":
    """An empty letter that this profile may send, to `recipient` where there is one."""
    # With it comes all that makes messages, which the first page can do without.
    from roammail.core.letter import Letter

    own = [sender for sender in profile.senders if not sender.startswith("@")]
    if not own and "@" in profile.username:
        own = [profile.username]
    return Letter(from_=own[0] if own else "", to=recipient)


def _step(
    remedy: Remedy,
    concerned: Profile | None,
    profiles: Sequence[Profile],
    working: Sequence[Profile],
) -> Step:
    if remedy.kind is R.USE_OTHER_PROFILE:
        failed = concerned.id if concerned else ""
        other = next((profile for profile in working if profile.id != failed), None)
        if other is not None:
            return Step(Act.WRITE, remedy, other)
        return Step(Act.TEST if any(p.id != failed for p in profiles) else Act.ADD, remedy)
    if remedy.kind in OF_A_PROFILE:
        if concerned is None:
            return Step(Act.ADVICE, remedy)
        return Step(Act.REMEDY, remedy, concerned)
    return Step(Act.REMEDY if remedy.kind in DOABLE else Act.ADVICE, remedy)
