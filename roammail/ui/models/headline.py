"""The one sentence of the Here page: which situation this is. No words, no Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from roammail.core.errors import UserFacingError

if TYPE_CHECKING:  # the first page says that it starts before any of it is known
    from roammail.core.network import Network
    from roammail.ui.models.rows import ProfileRow


class HeadlineKind(StrEnum):
    """The situations, the more pressing first."""

    STARTING = "starting"
    KEYRING = "keyring"  # profiles cannot be read: `error` says why
    NO_PROFILES = "no-profiles"
    PORTAL = "portal"
    OFFLINE = "offline"
    CHECKING = "checking"  # and nothing works yet
    WORKS = "works"
    NONE_WORKS = "none-works"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class Headline:
    """The situation and what its sentence needs. `profile` is the one that mail goes through."""

    kind: HeadlineKind
    profile: "ProfileRow | None" = None
    working: int = 0
    total: int = 0
    tested: int = 0
    error: UserFacingError | None = None


def headline_of(
    rows: "Sequence[ProfileRow] | None",
    network: "Network | None",
    error: UserFacingError | None,
) -> Headline:
    """`rows` in order of preference, None while they are not known; `error` why they are not."""
    kinds = HeadlineKind
    if error is not None:
        return Headline(kinds.KEYRING, error=error)
    if rows is None:
        return Headline(kinds.STARTING)
    total = len(rows)
    if not total:
        return Headline(kinds.NO_PROFILES)
    from roammail.core.network import PortalState
    from roammail.ui.models.rows import RowState

    working = [row for row in rows if row.state is RowState.WORKS]
    portal = network.portal if network else PortalState.UNKNOWN
    if portal is PortalState.REQUIRED:
        return Headline(kinds.PORTAL, total=total)
    if portal is PortalState.OFFLINE and not working:
        return Headline(kinds.OFFLINE, total=total)
    if working:
        return Headline(kinds.WORKS, working[0], len(working), total)
    states = {row.state for row in rows}
    if RowState.CHECKING in states:
        tested = sum(row.state is not RowState.CHECKING for row in rows)
        return Headline(kinds.CHECKING, total=total, tested=tested)
    if states & {RowState.UNTESTED, RowState.UNKNOWN, RowState.HELD}:
        return Headline(kinds.UNTESTED, total=total)
    return Headline(kinds.NONE_WORKS, total=total)
