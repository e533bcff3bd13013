"""What will probably become of a mail that is sent from here, before it is sent. Pure: from the
profiles, the author, and what is remembered of this network."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from roammail.core.memory import Memory
from roammail.core.network import PortalState
from roammail.core.profile import Profile
from roammail.core.ranking import candidates, remembered_winner


class Way(StrEnum):
    """What is known of the way."""

    WORKED = "worked"  # `profile` worked on this network
    UNTRIED = "untried"  # nobody knows yet; `profile` is tried first
    NONE_WORKED = "none-worked"  # every one that may send was refused here
    PORTAL = "portal"  # the network wants a sign-in first
    NO_NETWORK = "no-network"
    NO_SENDER = "no-sender"  # no profile may send as this address
    NO_PROFILE = "no-profile"  # there is none at all


@dataclass(frozen=True, slots=True)
class Outlook:
    """`limit`: octets that the server of `profile` takes (RFC 1870), None if it is not known."""

    way: Way
    profile: Profile | None = None
    limit: int | None = None


def outlook(
    profiles: Sequence[Profile],
    author: str,
    memories: Sequence[Memory],
    portal: PortalState,
) -> Outlook:
    """`memories` are those of this network; without an `author` every profile counts."""
    if not profiles:
        return Outlook(Way.NO_PROFILE)
    able = candidates(profiles, author) if author else tuple(profiles)
    if not able:
        return Outlook(Way.NO_SENDER)
    known = remembered_winner(able, memories)
    best = known.profile if known else able[0]
    limit = _limit(best, memories)
    if portal is PortalState.REQUIRED:
        return Outlook(Way.PORTAL, best, limit)
    if portal is PortalState.OFFLINE:
        return Outlook(Way.NO_NETWORK, best, limit)
    if known:
        return Outlook(Way.WORKED, best, limit)
    failed = {memory.profile_id for memory in memories if not memory.works}
    if all(profile.id in failed for profile in able):
        return Outlook(Way.NONE_WORKED, None, limit)
    return Outlook(Way.UNTRIED, best, limit)


def _limit(profile: Profile, memories: Sequence[Memory]) -> int | None:
    """The smallest SIZE that its servers have named; 0 there means no fixed limit."""
    sizes = []
    for memory in memories:
        if memory.profile_id != profile.id:
            continue
        for line in memory.offer.extensions:
            word, _, value = line.partition(" ")
            digits = value.strip()
            if (
                word.upper() == "SIZE"
                and digits.isascii()
                and digits.isdecimal()
                and len(digits) < 16
                and int(digits)
            ):
                sizes.append(int(digits))
    return min(sizes, default=None)
