"""What is said of the way before a mail is sent."""

from datetime import UTC, datetime

import pytest

from roammail.core.memory import Memory
from roammail.core.network import NetworkKey, PortalState
from roammail.core.outlook import Way, outlook
from roammail.core.profile import Endpoint, Profile, Security
from roammail.core.report import Offer

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ME = "me@x.example"


def profile(name: str, *senders: str) -> Profile:
    endpoint = Endpoint(f"{name}.example", 465, Security.IMPLICIT_TLS)
    return Profile(name, name, endpoint, username=ME, senders=senders)


def memory(of: Profile, works: bool, *extensions: str) -> Memory:
    offer = Offer(extensions=extensions)
    return Memory(NetworkKey("k"), of.id, of.endpoint, works, None, None, offer, 1.0, NOW)


A, B, C = profile("a"), profile("b"), profile("c", "@other.example")


@pytest.mark.parametrize(
    ("profiles", "memories", "portal", "way", "chosen"),
    [
        ((), (), PortalState.NONE, Way.NO_PROFILE, None),
        ((C,), (), PortalState.NONE, Way.NO_SENDER, None),
        ((A, B), (), PortalState.NONE, Way.UNTRIED, A),
        ((A, B), (memory(A, False),), PortalState.NONE, Way.UNTRIED, A),
        ((A, B), (memory(A, False), memory(B, True)), PortalState.NONE, Way.WORKED, B),
        ((A, B), (memory(A, False), memory(B, False)), PortalState.NONE, Way.NONE_WORKED, None),
        ((A, B, C), (memory(C, True),), PortalState.NONE, Way.UNTRIED, A),
        ((A,), (memory(A, True),), PortalState.REQUIRED, Way.PORTAL, A),
        ((A,), (memory(A, True),), PortalState.OFFLINE, Way.NO_NETWORK, A),
        ((A,), (memory(A, True),), PortalState.UNKNOWN, Way.WORKED, A),
    ],
)
def test_ways(
    profiles: tuple[Profile, ...],
    memories: tuple[Memory, ...],
    portal: PortalState,
    way: Way,
    chosen: Profile | None,
) -> None:
    found = outlook(profiles, ME, memories, portal)
    assert (found.way, found.profile) == (way, chosen)


def test_without_an_author_every_profile_counts() -> None:
    assert outlook((C, A), "", (), PortalState.NONE).profile == C


@pytest.mark.parametrize(
    ("lines", "limit"),
    [
        (("SIZE 35882577", "PIPELINING"), 35882577),
        (("size 1000",), 1000),
        (("SIZE", "8BITMIME"), None),
        (("SIZE 0",), None),
        (("SIZE ١٢",), None),
        (("SIZE 99999999999999999999",), None),
        ((), None),
    ],
)
def test_the_limit_of_the_server(lines: tuple[str, ...], limit: int | None) -> None:
    assert outlook((A,), ME, (memory(A, True, *lines),), PortalState.NONE).limit == limit
