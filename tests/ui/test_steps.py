"""What the Explain page proposes: which steps a button does, and whom a pasted text names."""

import pytest

from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Remedy, RemedyKind, Scope
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.ui.models.explaining import addressed
from roammail.ui.models.steps import Act, letter_through, needs_profile, steps

R = RemedyKind


def profile(name: str, **more: object) -> Profile:
    server = Endpoint(f"mail.{name}.example", 587, Security.STARTTLS)
    return Profile(name, name, server, **more)  # type: ignore[arg-type]


def diagnosis(*kinds: RemedyKind) -> Diagnosis:
    remedies = tuple(Remedy(kind) for kind in kinds)
    return Diagnosis(
        Kind.RELAY_DENIED, Scope.ROUTE, Party.SERVER, Confidence.LIKELY, remedies=remedies
    )


ONE, TWO = profile("one"), profile("two")


def test_another_profile_is_the_first_that_works_and_is_not_the_one_that_failed() -> None:
    told = diagnosis(R.USE_OTHER_PROFILE)
    assert [s.act for s in steps(told, ONE, (ONE, TWO), (ONE, TWO))] == [Act.WRITE, Act.REPORT]
    assert steps(told, ONE, (ONE, TWO), (ONE, TWO))[0].profile == TWO
    assert steps(told, None, (ONE, TWO), (ONE,))[0].profile == ONE
    assert steps(told, ONE, (ONE, TWO), (ONE,))[0].act is Act.TEST
    assert steps(told, ONE, (ONE,), (ONE,))[0].act is Act.ADD
    assert steps(told, None, (), ())[0].act is Act.ADD


def test_what_concerns_a_profile_has_a_button_only_where_it_is_known() -> None:
    told = diagnosis(R.ENTER_PASSWORD, R.GET_APP_PASSWORD, R.ASK_PROVIDER, R.CORRECT_RECIPIENT)
    known = steps(told, ONE, (ONE, TWO), ())
    assert [(s.act, s.profile) for s in known] == [
        (Act.REMEDY, ONE),
        (Act.ADVICE, None),
        (Act.REPORT, None),
    ]
    assert steps(told, None, (ONE, TWO), ())[0].act is Act.ADVICE
    assert needs_profile(told)
    assert not needs_profile(diagnosis(R.TRY_LATER, R.USE_OTHER_PROFILE))


@pytest.mark.parametrize(
    ("made", "sender"),
    [
        (profile("a", senders=("@a.example", "me@a.example")), "me@a.example"),
        (profile("a", senders=("@a.example",), username="me@a.example"), "me@a.example"),
        (profile("a", auth=AuthMethod.NONE), ""),
    ],
)
def test_a_letter_is_from_an_address_that_the_profile_may_use(made: Profile, sender: str) -> None:
    letter = letter_through(made, "ana@friend.example")
    assert (letter.from_, letter.to) == (sender, "ana@friend.example")


@pytest.mark.parametrize(
    ("said", "recipient"),
    [
        ("after RCPT TO:<ana@friend.example>:\n550 relay not permitted", "ana@friend.example"),
        ("554 5.7.1 <ana@friend.example>: Relay access denied", "ana@friend.example"),
        ("550 <ana@friend.example> No such user", "ana@friend.example"),
        ("MAIL FROM:<me@one.example> 550 who?", ""),
        ("550 relay not permitted", ""),
        ("RCPT TO:<>", ""),
    ],
)
def test_the_recipient_that_a_text_names(said: str, recipient: str) -> None:
    assert addressed(said) == recipient
