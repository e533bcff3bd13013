"""What is said of a profile while it is typed: by field, and without Qt."""

from dataclasses import replace

import pytest

from roammail.core.preset import Origin, Suggestion
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.ui.models.profile_draft import (
    Field,
    PortDraft,
    ProfileDraft,
    draft_from,
    draft_of,
    problems,
    profile_of,
    unusual,
)

GOOD = ProfileDraft("Home", "smtp.x.example", "465", username="me@x.example")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": " "}, Field.NAME, "profile-name-empty"),
        ({"name": "work"}, Field.NAME, "profile-name-taken"),
        ({"host": ""}, Field.HOST, "host-empty"),
        ({"host": "smtp://x"}, Field.HOST, "host-bad"),
        ({"port": ""}, Field.PORT, "port-bad"),
        ({"port": "0"}, Field.PORT, "port-bad"),
        ({"port": "٤٦٥"}, Field.PORT, "port-bad"),
        ({"port": "99999999999"}, Field.PORT, "port-bad"),
        ({"security": Security.PLAINTEXT}, Field.SECURITY, "plaintext-with-credentials"),
        ({"username": ""}, Field.USERNAME, "username-missing"),
        ({"senders": "nobody"}, Field.SENDERS, "sender-bad"),
        ({"senders": ", ".join(f"a{n}@x.example" for n in range(300))}, Field.SENDERS, None),
        ({"others": (PortDraft("x", Security.STARTTLS),)}, Field.OTHERS, "port-bad"),
        ({"others": (PortDraft("25", Security.PLAINTEXT),)}, Field.OTHERS, None),
    ],
)
def test_each_field_is_judged_by_itself(
    change: dict[str, object], field: Field, code: str | None
) -> None:
    found = problems(replace(GOOD, **change), ["Work"])  # type: ignore[arg-type]
    assert set(found) == {field}
    assert code is None or found[field] == code


def test_a_good_draft_has_no_problem_and_makes_its_profile() -> None:
    assert problems(GOOD) == {}
    profile = profile_of(replace(GOOD, senders="a@x.example, @y.example\n a@x.example "))
    assert profile.senders == ("a@x.example", "@y.example")
    assert profile.endpoint == Endpoint("smtp.x.example", 465, Security.IMPLICIT_TLS)
    assert problems(GOOD, has_secret=False) == {Field.PASSWORD: "secret-empty"}


def test_plaintext_is_for_relays_without_sign_in_only() -> None:
    relay = replace(GOOD, port="25", security=Security.PLAINTEXT, auth=AuthMethod.NONE)
    assert problems(relay, has_secret=False) == {}
    assert profile_of(relay).username == ""


def test_a_profile_comes_back_as_it_was() -> None:
    first = Endpoint("smtp.x.example", 587, Security.STARTTLS)
    others = (
        Endpoint("smtp.x.example", 465, Security.IMPLICIT_TLS),
        Endpoint("other.x.example", 2525, Security.STARTTLS),
    )
    profile = Profile(
        "id", "X", first, others, AuthMethod.OAUTH2, "me", ("me@x.example",), "revision"
    )
    again = profile_of(draft_of(profile), "id")
    assert again == replace(profile, secret_revision="")


def test_other_ports_move_along_with_the_server() -> None:
    first = Endpoint("old.example", 465, Security.IMPLICIT_TLS)
    profile = Profile("", "X", first, (Endpoint("old.example", 587, Security.STARTTLS),))
    moved = profile_of(replace(draft_of(profile), host="new.example", username="me"))
    assert {endpoint.host for endpoint in moved.endpoints} == {"new.example"}


def test_from_a_suggestion_known_or_not() -> None:
    known = Suggestion(
        "me@x.example",
        Origin.DNS,
        None,
        (Endpoint("smtp.x.example", 465, Security.IMPLICIT_TLS),),
        "me@x.example",
        ("me@x.example",),
        "x.example",
    )
    assert problems(draft_from(known)) == {}
    unknown = draft_from(Suggestion("me@x.example", Origin.UNKNOWN))
    assert set(problems(unknown)) == {Field.HOST}
    assert unknown.username == "me@x.example"


def test_an_unusual_pair_of_port_and_encryption_is_named() -> None:
    assert unusual(GOOD) is None
    assert unusual(replace(GOOD, port="587")) is Security.STARTTLS
    assert unusual(replace(GOOD, port="10465")) is None
    assert unusual(replace(GOOD, port="x")) is None
