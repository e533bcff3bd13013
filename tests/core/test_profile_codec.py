"""Profiles as JSON: what goes in comes out, what is hostile is refused by name."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roammail.core.address import check_address
from roammail.core.errors import BadConfiguration, BadMessage
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.profile_check import check_name, check_secret, check_sender
from roammail.core.profile_codec import (
    IndexEntry,
    StoredProfile,
    check_profile,
    decode_index,
    decode_stored,
    decode_transfer,
    encode_index,
    encode_stored,
    encode_transfer,
)
from roammail.core.secret import Secret
from tests import canary

GOOD = Profile(
    id="p1",
    name="Work",
    endpoint=Endpoint("smtp.example.org", 465, Security.IMPLICIT_TLS),
    alternatives=(Endpoint("smtp.example.org", 587, Security.STARTTLS),),
    username="me@example.org",
    senders=("me@example.org", "@example.net"),
    secret_revision="r1",
)

_words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
_hosts = st.sampled_from(
    ["smtp.example.org", "192.0.2.1", "2001:db8::1", "bücher.example", "localhost", "例え.テスト"]
)
_secured = st.sampled_from([Security.IMPLICIT_TLS, Security.STARTTLS])
_endpoints = st.builds(Endpoint, _hosts, st.integers(1, 65_535), _secured)
_profiles = st.builds(
    Profile,
    id=st.from_regex(r"\A[A-Za-z0-9_-]{1,64}\Z"),
    name=_words,
    endpoint=_endpoints,
    alternatives=st.lists(_endpoints, max_size=4).map(tuple),
    auth=st.sampled_from(AuthMethod),
    username=_words,
    senders=st.lists(st.sampled_from(["a@b.example", "@b.example", "ü@bücher.example"])).map(tuple),
    secret_revision=st.text(max_size=10),
)
_secrets = st.none() | st.text().map(Secret)


@given(_profiles, _secrets)
def test_a_stored_profile_comes_back(profile: Profile, secret: Secret | None) -> None:
    stored = StoredProfile(profile, secret)
    assert decode_stored(encode_stored(stored)) == stored
    assert check_profile(profile) is profile


@given(st.lists(_profiles, max_size=4))
def test_transferred_profiles_come_back_without_id(profiles: list[Profile]) -> None:
    items = [StoredProfile(profile, Secret("x")) for profile in profiles]
    expected = tuple(
        StoredProfile(replace(item, id="", secret_revision=""), Secret("x")) for item in profiles
    )
    assert decode_transfer(encode_transfer(items)) == expected


@given(st.lists(st.builds(IndexEntry, st.from_regex(r"\A[a-z0-9]{1,9}\Z"), st.text())))
def test_the_index_comes_back_each_id_once(entries: list[IndexEntry]) -> None:
    found = decode_index(encode_index(entries))
    assert [entry.id for entry in found] == list(dict.fromkeys(entry.id for entry in entries))
    assert set(found) <= set(entries)


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadConfiguration):
        decode_stored(text)
    with pytest.raises(BadConfiguration):
        decode_index(text)
    with pytest.raises(BadMessage):
        decode_transfer(text)


def _changed(**fields: Any) -> str:
    data = json.loads(encode_stored(StoredProfile(GOOD, Secret(canary.secret("codec")))))
    data["profile"].update(fields)
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        _changed(id="../index"),
        _changed(id=7),
        _changed(auth="telepathy"),
        _changed(name=None),
        _changed(senders="me@example.org"),
        _changed(senders=[1]),
        _changed(alternatives=[[]]),
        _changed(endpoint={"host": "a", "port": "465", "security": "starttls"}),
        _changed(endpoint={"host": "a", "port": True, "security": "starttls"}),
        _changed(endpoint={"host": "a", "port": 465, "security": "opportunistic"}),
        _changed(endpoint={"host": "a", "port": 465, "security": "starttls", "insecure": True}),
        _changed(surprise=1),
        _changed()[:-5],
        "[" * 100_000,
        '{"version": 0, "profile": {}, "secret": null}',
        '{"version": true, "profile": {}, "secret": null}',
    ],
)
def test_an_unreadable_profile_is_said_without_its_secret(text: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        decode_stored(text)
    assert caught.value.code == "profile-unreadable"
    assert not canary.found_in(str(caught.value))
    assert caught.value.__cause__ is None


def test_a_newer_version_is_named_as_such() -> None:
    with pytest.raises(BadConfiguration) as caught:
        decode_stored('{"version": 2, "profile": {"new": 1}}')
    assert caught.value.code == "profile-newer"
    with pytest.raises(BadConfiguration) as caught:
        decode_index('{"version": 2}')
    assert caught.value.code == "index-newer"
    with pytest.raises(BadMessage) as refused:
        decode_transfer('{"version": 2}')
    assert refused.value.code == "import-newer"


def test_an_export_without_secrets_holds_none() -> None:
    text = encode_transfer([StoredProfile(GOOD)])
    assert "secret" not in text
    assert json.loads(text)["profiles"][0]["name"] == "Work"


def _with(**fields: Any) -> Profile:
    return replace(GOOD, **fields)


def _at(host: str, port: int = 465, security: Security = Security.IMPLICIT_TLS) -> Profile:
    return replace(GOOD, endpoint=Endpoint(host, port, security))


_PLAIN = Endpoint("relay.example.org", 25, Security.PLAINTEXT)


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        (_with(name=""), "profile-name-empty"),
        (_with(name="  "), "profile-name-empty"),
        (_with(name="x" * 101), "profile-name-too-long"),
        (_with(name="a\x1b[31m"), "profile-name-bad"),
        (_with(name="a "), "profile-name-bad"),
        (_with(name="a\u202eb"), "profile-name-bad"),
        (_with(name="HOME"), "profile-name-taken"),
        (_at(""), "host-empty"),
        (_at("a b"), "host-bad"),
        (_at("a\nb"), "host-bad"),
        (_at("smtp://a.example"), "host-bad"),
        (_at("a.example:465"), "host-bad"),
        (_at("a..example"), "host-bad"),
        (_at("-a.example"), "host-bad"),
        (_at("256.1.1.1"), "host-bad"),
        (_at("[::1]"), "host-bad"),
        (_at("fe80::1%eth0"), "host-bad"),
        (_at("x" * 64 + ".example"), "host-bad"),
        (_at("ü" * 64 + ".example"), "host-bad"),
        (_at("a." * 127 + "example"), "host-bad"),
        (_at("."), "host-bad"),
        (_at("\ud800.example"), "host-bad"),
        (_at("a.example", 0), "port-bad"),
        (_at("a.example", 65_536), "port-bad"),
        (_at("a.example", -1), "port-bad"),
        (_with(endpoint=_PLAIN), "plaintext-with-credentials"),
        (_with(alternatives=(_PLAIN,)), "plaintext-with-credentials"),
        (_with(auth=AuthMethod.OAUTH2, endpoint=_PLAIN), "plaintext-with-credentials"),
        (_with(alternatives=tuple(Endpoint("a", n, Security.STARTTLS) for n in range(1, 22))),
         "alternatives-too-many"),
        (_with(username=""), "username-missing"),
        (_with(username="", auth=AuthMethod.OAUTH2), "username-missing"),
        (_with(username="a\0b"), "username-bad"),
        (_with(username="a" * 321), "username-bad"),
        (_with(senders=("me",)), "sender-bad"),
        (_with(senders=("@",)), "sender-bad"),
        (_with(senders=("a b@c.example",)), "sender-bad"),
        (_with(senders=("a@b@c.example",)), "sender-bad"),
        (_with(senders=("a@c.example\r\nBcc: x@y.example",)), "sender-bad"),
        (_with(senders=(".a@c.example",)), "sender-bad"),
        (_with(senders=("a@" + "b" * 250 + ".example",)), "sender-bad"),
        (_with(senders=("@under_score.example",)), "sender-bad"),
        (_with(senders=(" @c.example",)), "sender-bad"),
        (_with(senders=("a\u202eb@c.example",)), "sender-bad"),
        (_with(senders=("a@c.example",) * 201), "senders-too-many"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(profile: Profile, code: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        check_profile(profile, ["Home"])
    assert caught.value.code == code
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "profile",
    [
        GOOD,
        _at("smtp.example.org."),
        _at("my_server"),
        _at("straße.example"),
        _at("2001:db8::25"),
        _with(endpoint=_PLAIN, alternatives=(), auth=AuthMethod.NONE, username=""),
        _with(senders=("o'neil+tag@example.org", "ü@例え.テスト", "@EXAMPLE.org")),
        _with(username="DOMAIN\\me"),
        _with(name="Büro (2) – 仕事"),
    ],
)
def test_what_is_good_stays_as_typed(profile: Profile) -> None:
    assert check_profile(profile, ["Home"]) is profile


def test_names_are_compared_without_case() -> None:
    with pytest.raises(BadConfiguration):
        check_name("STRASSE", ["Straße"])


@pytest.mark.parametrize("text", ["", "a\nb", "a\0", "x" * 16_385, "\ud800"])
def test_secrets_that_cannot_be_sent(text: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        check_secret(Secret(canary.secret("check") + text if text else ""))
    assert not canary.found_in(str(caught.value))


@given(
    st.emails()
    | st.text(alphabet='ab@."[]1_-ü \\', max_size=12)
    | st.text(max_size=8).map(lambda local: f"{local}@x.example")
)
@example("ana@[192.0.2.1]")
@example('"a b"@x.example')
@example("ana@under_score.example")
def test_a_sender_is_what_can_stand_in_from(text: str) -> None:
    try:
        check_sender(text)
    except BadConfiguration:
        good = False
    else:
        good = not text.startswith("@")  # a domain is a sender, and no address
    try:
        possible = check_address(text) is not None and text.isprintable() and text == text.strip()
    except BadMessage:
        possible = False
    assert good is possible
