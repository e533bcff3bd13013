"""What becomes of profiles that come in from a file: which are added, renamed or skipped.
Decides only; must not store anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from roammail.core.profile import Profile
from roammail.core.profile_check import MAX_NAME
from roammail.core.profile_codec import StoredProfile

#: Characters of a file that is imported; a thousand profiles are far below that.
MAX_TRANSFER = 10_000_000


class ImportOutcome(StrEnum):
    """What happened to one profile of the file."""

    ADDED = "added"
    RENAMED = "renamed"  # its name was taken by another profile
    SKIPPED = "skipped"  # the very same profile is here already


@dataclass(frozen=True, slots=True)
class ImportedProfile:
    """`name` is the one in the file; `profile` what was stored, or the one that is here."""

    name: str
    outcome: ImportOutcome
    profile: Profile
    has_secret: bool


@dataclass(frozen=True, slots=True)
class ImportResult:
    """Every profile of the file, in its order."""

    profiles: tuple[ImportedProfile, ...]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One profile of the file, with the name under which it shall be stored."""

    name: str
    outcome: ImportOutcome
    stored: StoredProfile


def plan_import(
    incoming: Sequence[StoredProfile], present: Sequence[StoredProfile], taken: Iterable[str]
) -> tuple[Arrival, ...]:
    """`taken` are all names here, also of profiles that cannot be read."""
    here = {item.profile.name.casefold(): item for item in present}
    names = {name.casefold() for name in taken}
    plan: list[Arrival] = []
    for item in incoming:
        name = item.profile.name
        known = here.get(name.casefold())
        if known is not None and _same(item, known):
            plan.append(Arrival(name, ImportOutcome.SKIPPED, known))
            continue
        free = _free_name(name, names)
        renamed = StoredProfile(replace(item.profile, name=free), item.secret)
        outcome = ImportOutcome.ADDED if free == name else ImportOutcome.RENAMED
        plan.append(Arrival(name, outcome, renamed))
        names.add(free.casefold())
        here[free.casefold()] = renamed
    return tuple(plan)


def _same(incoming: StoredProfile, known: StoredProfile) -> bool:
    """Same settings; and the same secret, or none in the file."""
    plain = replace(known.profile, id="", secret_revision="", name=incoming.profile.name)
    settings = replace(incoming.profile, id="", secret_revision="") == plain
    return settings and incoming.secret in (None, known.secret)


def _free_name(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        tail = f" ({number})"
        free = name[: MAX_NAME - len(tail)].rstrip() + tail
    return free
