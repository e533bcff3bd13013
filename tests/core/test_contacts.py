"""Whom the user writes to: order, completion, forgetting."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.address import Mailbox, parse_mailbox
from roammail.core.contacts import Correspondent, NameOf, as_typed, matching, ranked
from roammail.core.errors import BadMessage

NOW = datetime(2026, 5, 4, tzinfo=UTC)


def used(address: str, uses: int = 1, days: float = 0) -> Correspondent:
    return Correspondent(address, uses, NOW - timedelta(days=days))


def test_use_and_recency_order() -> None:
    found = ranked(
        [
            used("once@x.example"),
            used("often@x.example", 20, days=3),
            used("long-ago@x.example", 20, days=400),
        ],
        [],
        NOW,
    )
    assert [c.mailbox.address for c in found] == [
        "often@x.example",
        "once@x.example",
        "long-ago@x.example",
    ]


def test_who_is_forgotten_comes_back_with_the_next_mail() -> None:
    names = [NameOf("a@x.example", "Ana", forgotten=NOW - timedelta(days=1))]
    assert ranked([used("a@X.example", 5, days=2)], names, NOW) == ()
    (again,) = ranked([used("a@X.example", 6)], names, NOW)
    assert again.text == "Ana <a@X.example>"


CONTACTS = ranked(
    [used("ana.silva@post.example", 9), used("bjoern@x.example", 5), used("info@silva.example")],
    [NameOf("ana.silva@post.example", "Ana Silva"), NameOf("bjoern@x.example", "Björn Öst")],
    NOW,
)


@pytest.mark.parametrize(
    ("typed", "addresses"),
    [
        ("", []),
        ("  ", []),
        ("an", ["ana.silva@post.example"]),
        ("SIL", ["ana.silva@post.example", "info@silva.example"]),
        ("ost", ["bjoern@x.example", "ana.silva@post.example"]),
        ("bjorn", ["bjoern@x.example"]),
        ("silva.ex", ["info@silva.example"]),
        ("nobody", []),
    ],
)
def test_completion(typed: str, addresses: list[str]) -> None:
    assert [c.mailbox.address for c in matching(CONTACTS, typed)] == addresses


def test_completion_is_short() -> None:
    many = ranked([used(f"u{n}@x.example") for n in range(50)], [], NOW)
    assert len(matching(many, "u", 5)) == 5


@given(st.text(max_size=60))
def test_what_is_typed_for_a_mailbox_reads_the_same(name: str) -> None:
    box = Mailbox(" ".join(name.split()), "a@x.example")
    try:
        again = parse_mailbox(as_typed(box))
    except BadMessage:
        return  # a name that no header may carry
    assert again.address == box.address
