"""Addresses: what is taken, what is refused with which word, and that nothing else escapes."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roammail.core.address import (
    MAX_LOCAL,
    Mailbox,
    address_key,
    ascii_form,
    check_address,
    domain_of,
    needs_smtputf8,
    parse_mailbox,
    parse_mailboxes,
)
from roammail.core.errors import BadMessage
from tests.core.counted_work import LINEAR, growth


@pytest.mark.parametrize(
    ("typed", "name", "address"),
    [
        ("ana@x.example", "", "ana@x.example"),
        ("  ana@x.example ", "", "ana@x.example"),
        ("Ana <ana@x.example>", "Ana", "ana@x.example"),
        ('"Roe, Ana \\"A\\"" <ana@x.example>', 'Roe, Ana "A"', "ana@x.example"),
        ('"a < b" <ana@x.example>', "a < b", "ana@x.example"),
        ("ana@x.example (Ana)", "Ana", "ana@x.example"),
        ("Jürgen <jürgen@bücher.example>", "Jürgen", "jürgen@bücher.example"),
        ("<@relay.example:ana@x.example>", "", "ana@x.example"),
        ('"an a"@x.example', "", '"an a"@x.example'),
        ('"a@b"@x.example', "", '"a@b"@x.example'),
        ("ana@[192.0.2.1]", "", "ana@[192.0.2.1]"),
        ("ana@[IPv6:2001:db8::1]", "", "ana@[IPv6:2001:db8::1]"),
        ("Ana <ana@[IPv6:2001:db8::1]>", "Ana", "ana@[IPv6:2001:db8::1]"),
        ("ana+tag@localhost", "", "ana+tag@localhost"),
        ("ana@BÜCHER.example", "", "ana@bücher.example"),
        ("=?utf-8?Q?Roe,_Ana?= <a=b@x.example>", "=?utf-8?Q?Roe,_Ana?=", "a=b@x.example"),
        ("ju\u0308rgen@x.example", "", "j\u00fcrgen@x.example"),  # NFC
    ],
)
def test_taken(typed: str, name: str, address: str) -> None:
    assert parse_mailbox(typed) == Mailbox(name, address)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("ana", "no @"),
        ("@x.example", "before the @"),
        ("ana@", "after the @"),
        ("ana@x..example", "domain"),
        ("ana@-x.example", "domain"),
        ("ana@x_y.example", "domain"),
        ("ana@x.example.", "domain"),
        ("ana@" + "a" * 64 + ".example", "domain"),
        ("ana@" + ".".join(["a" * 60] * 5), "longer"),
        (".ana@x.example", "dot"),
        ("a..na@x.example", "dot"),
        ("an a@x.example", "not allowed"),
        ("an\u00a0a@x.example", "not allowed"),
        ("a" * (MAX_LOCAL + 1) + "@x.example", "64"),
        ("ü" * 33 + "@x.example", "64"),
        ('"ana@x.example', "no @|quoted"),
        ('"a"b@x.example', "quoted"),
        ("ana@192.0.2.1", "brackets"),
        ("ana@[192.0.2.300]", "IP address"),
        ("ana@[IPv6:1]", "IP address"),
        ("ana@[192.0.2.1", "IP address"),
        ("ana@💩.example", "international"),
        ("Ana <ana@x.example", "not closed"),
        ("<ana@x.example> junk", "after the >"),
        ("<a@x.example> <b@x.example>", "after the >"),
        ("a@x.example, b@x.example", "several"),
        ("a@b.c\r\nRCPT TO:<z@y.x>", "colon"),
        ("an\0a@x.example", "control"),
        ("ana\udce4@x.example", "control"),
        ("ana@x\udce4.example", "international"),
        ("<>", "no @"),
    ],
)
def test_refused(typed: str, reason: str) -> None:
    with pytest.raises(BadMessage, match=reason) as caught:
        parse_mailbox(typed)
    assert caught.value.code == "address-invalid"
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", []),
        ("a@x.example, , b@y.example,", ["a@x.example", "b@y.example"]),
        ('"Roe, A" <a@x.example>, b@y.example', ["a@x.example", "b@y.example"]),
        (
            "Friends: a@x.example, B <b@y.example>;, c@z.example",
            ["a@x.example", "b@y.example", "c@z.example"],
        ),
        ("undisclosed-recipients:;", []),
        ("a@x.example; b@y.example", ["a@x.example", "b@y.example"]),
    ],
)
def test_lists(text: str, addresses: list[str]) -> None:
    assert [box.address for box in parse_mailboxes(text)] == addresses


def test_forms() -> None:
    assert ascii_form("ana@bücher.example") == "ana@xn--bcher-kva.example"
    assert ascii_form("jürgen@x.example") is None
    assert needs_smtputf8("jürgen@x.example")
    assert not needs_smtputf8("ana@bücher.example")
    assert domain_of("ana@x.example") == "x.example"
    assert domain_of("") == ""
    assert address_key("Ana@X.Example") == "Ana@x.example"
    assert address_key("a@bücher.example") == address_key("a@xn--bcher-kva.example")
    assert address_key("Ana@x.example") != address_key("ana@x.example")


@given(st.text(max_size=60) | st.text(alphabet='a@.<>"(),;:[]\\ \r\nü', max_size=60))
def test_whatever_is_typed(text: str) -> None:
    """Either BadMessage, or addresses that are safe on an SMTP line and stay as they are."""
    try:
        boxes = parse_mailboxes(text)
    except BadMessage:
        return
    for box in boxes:
        assert not set(box.address) & set("\r\n\0<") or box.address.startswith('"')
        assert not set(box.address) & set("\r\n\0")
        assert check_address(box.address) == box.address
        assert len(box.address.rpartition("@")[0].encode()) <= MAX_LOCAL


HOSTILE = ['"\\', "<", "(", "(\\", "[", '<"', "a@b.c,", ",", "=?", "=?x?q?", '"a" <a@b.c>,']


def _read(piece: str, length: int) -> None:
    with contextlib.suppress(BadMessage):
        parse_mailboxes(piece * (length // len(piece)))


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_lists_take_linear_time(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert growth(monkeypatch, lambda length: _read(piece, length)) <= LINEAR


@pytest.mark.parametrize("piece", HOSTILE)
def test_long_hostile_lists_have_an_answer(piece: str) -> None:
    _read(piece, 300_000)
