"""The Write and Outbox pages' plain models: mistakes, sizes, what is foreseen, rows, acts."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from roammail.core import address
from roammail.core.composing import How
from roammail.core.delivery import RecipientState
from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Scope
from roammail.core.envelope import AttemptEntry, OutboxEntry, RecipientEntry
from roammail.core.events import AttemptFinished, AttemptStarted, UploadProgress
from roammail.core.letter import AttachedFile, Letter
from roammail.core.outlook import Outlook, Way
from roammail.core.profile import Endpoint, Profile, Security
from roammail.ui.address_words import REASONS, address_problem
from roammail.ui.models.letter_check import (
    Doubt,
    check_field,
    doubts,
    may_become,
    octets_shown,
    one_line,
    speaks_of_file,
)
from roammail.ui.models.outbox_acts import OutboxAct, acts_for
from roammail.ui.models.outbox_row import RowKind, kind_of, row_of
from roammail.ui.models.outlook_words import foreseen
from roammail.ui.models.sending import Sending, Stand
from roammail.ui.say import Say
from roammail.words import Words

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WORDS = Words("en")
SAY = Say(WORDS)
S = RecipientState
A = OutboxAct
LETTER = Letter(to="a@x.example", subject="Hi", body="Hello")
DENIED = Diagnosis(Kind.RELAY_DENIED, Scope.ROUTE, Party.SERVER, Confidence.CERTAIN)
DOUBT = Diagnosis(Kind.UNCERTAIN, Scope.MESSAGE, Party.SERVER, Confidence.CERTAIN)
DOOR = Endpoint("mx.example", 465, Security.IMPLICIT_TLS)


@pytest.mark.parametrize(
    ("text", "people", "wrong"),
    [
        ("", 0, ""),
        ("a@x.example, Ben <b@x.example>", 2, ""),
        ("friends: a@x.example, b@x.example;", 2, ""),
        ("ana@bücher.example", 1, ""),
        ("half@", 0, "nothing stands after the @"),
        ("a@x.example b@x.example", 0, "not allowed"),
    ],
)
def test_address_fields(text: str, people: int, wrong: str) -> None:
    found = check_field(text)
    assert found.people == people
    assert wrong in found.wrong
    assert bool(found.wrong) is bool(wrong)


@pytest.mark.parametrize(
    "typed",
    [
        "a",
        "Ana Lopez",
        "ana@",
        "ana@x",
        "ana@x.",
        "Ana <",
        "Ana <ana@x",
        '"Ana',
        '"Ana" ',
        "a@[1.2.3",
    ],
)
def test_the_beginning_of_an_address_may_become_one(typed: str) -> None:
    assert may_become("", typed)
    assert may_become("ben@x.example, ", typed)
    assert not may_become("ben@@, ", typed)


@pytest.mark.parametrize("typed", ["a b@x.example", "a@x..", "@x.example", "a@x.example>", "a@b@"])
def test_what_no_more_typing_makes_an_address(typed: str) -> None:
    assert check_field(typed).wrong
    assert not may_become("", typed)


def test_every_reason_has_its_words() -> None:
    """Those that name a length or a word are said in general."""
    source = Path(address.__file__).read_text(encoding="utf-8")
    reasons = re.findall(r'_invalid\((?:text|self\._source), "([^"]+)"\)', source)
    assert set(reasons) == set(REASONS)
    wrong = check_field("ana@" + "x" * 64 + ".example")
    assert address_problem(wrong, Say(Words("de"))).startswith("Was in „ana@xxx")
    wrong = check_field("x" * 70 + "@x.example")
    assert address_problem(wrong, Say(Words("de"))).endswith("“ ist keine Mailadresse.")
    assert address_problem(check_field("ana@x.example"), SAY) == ""


@pytest.mark.parametrize(
    ("pasted", "line"),
    [
        ("a@x.example\nb@x.example\r\n", "a@x.example, b@x.example"),
        ("a@x.example;b@x.example;", "a@x.example, b@x.example"),
        ('"Silva; Ana" <a@x.example>\nb@x.example', '"Silva; Ana" <a@x.example>, b@x.example'),
        ("team: a@x.example, b@x.example;\nc@x.example", None),
        ("a@x.example,\nb@x.example,,", "a@x.example, b@x.example"),
        ("a@x.example\u2028b@x.example", "a@x.example, b@x.example"),
        ("a\x00@x.example", "a @x.example"),
        ("\n\n", ""),
    ],
)
def test_what_is_pasted_becomes_one_line(pasted: str, line: str | None) -> None:
    found = one_line(pasted)
    assert "\n" not in found
    if line is None:
        assert check_field(found).people == 3
    else:
        assert found == line


@pytest.mark.parametrize(
    ("body", "speaks"),
    [
        ("The photos are attached.", True),
        ("I attach the contract", True),
        ("Die Bilder sind im Anhang.", True),
        ("Anbei der Vertrag", True),
        ("ci-joint le contrat", True),
        ("I am attached to this town", True),
        ("We attacked the problem", False),
        ("Fine.\n> the photos are attached", False),
        ("Fine.\n-------- Forwarded message --------\nsee the attachment", False),
        ("", False),
    ],
)
def test_words_that_speak_of_a_file(body: str, speaks: bool) -> None:
    assert speaks_of_file(replace(LETTER, body=body)) is speaks


def test_doubts() -> None:
    file = AttachedFile(1, "a.txt", 3)
    assert doubts(LETTER) == ()
    empty = replace(LETTER, subject=" ", body="attached")
    assert doubts(empty) == (Doubt.NO_SUBJECT, Doubt.NO_FILE)
    assert doubts(replace(empty, files=(file,))) == (Doubt.NO_SUBJECT,)
    assert doubts(replace(empty, how=How.RESENT, original=file)) == ()


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9951, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (25_000_000, "25 MB"),
        (3_400_000_000, "3.4 GB"),
    ],
)
def test_sizes(octets: int, shown: str) -> None:
    assert " ".join(octets_shown(octets)) == shown


PROFILE = Profile("p", "Fastmail", DOOR)


@pytest.mark.parametrize("way", Way)
def test_every_way_has_its_sentence(way: Way) -> None:
    said = foreseen(Outlook(way, PROFILE), LETTER, "a@x.example", SAY)
    assert said.words
    assert "{" not in said.words
    assert bool(said.act) is bool(said.act_words)


def test_what_is_too_large_is_said_before() -> None:
    heavy = replace(LETTER, files=(AttachedFile(1, "film.mp4", 30_000_000),))
    said = foreseen(Outlook(Way.WORKED, PROFILE, 25_000_000), heavy, "", SAY)
    assert said.words == (
        "About 41 MB: Fastmail takes 25 MB at most. Send a link instead of the files."
    )
    fits = foreseen(Outlook(Way.WORKED, PROFILE, 50_000_000), heavy, "", SAY)
    assert fits.words == "Will go through Fastmail."


def entry(*recipients: RecipientEntry, **fields: object) -> OutboxEntry:
    made = OutboxEntry(
        id=7,
        message_id="<1@x>",
        sender="me@x.example",
        from_address="me@x.example",
        subject="Hi",
        size=1,
        created=NOW - timedelta(hours=1),
        tries=0,
        next_try=None,
        recipients=recipients,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def one(state: RecipientState, told: Diagnosis | None = None, name: str = "a") -> RecipientEntry:
    return RecipientEntry(f"{name}@x.example", state, told, "p", NOW)


@pytest.mark.parametrize(
    ("found", "kind", "acts"),
    [
        (entry(one(S.QUEUED)), RowKind.WAITING, (A.TRY_NOW, A.EDIT, A.CANCEL, A.SOURCE)),
        (
            entry(one(S.QUEUED), held_until=NOW + timedelta(seconds=5)),
            RowKind.HELD,
            (A.TRY_NOW, A.EDIT, A.CANCEL, A.SOURCE),
        ),
        (
            entry(one(S.QUEUED), held_until=NOW - timedelta(seconds=5)),
            RowKind.WAITING,
            (A.TRY_NOW, A.EDIT, A.CANCEL, A.SOURCE),
        ),
        (entry(one(S.SENDING), one(S.SENT, name="b")), RowKind.SENDING, (A.SOURCE,)),
        (
            entry(one(S.UNCERTAIN, DOUBT)),
            RowKind.UNCERTAIN,
            (A.MARK_SENT, A.SAME_PROFILE, A.SOURCE),
        ),
        (entry(one(S.REFUSED, DENIED)), RowKind.REFUSED, (A.EDIT, A.TRY_AGAIN, A.SOURCE)),
        (entry(one(S.SENT)), RowKind.SENT, (A.SOURCE,)),
        (entry(one(S.SENT), purged=NOW), RowKind.SENT, ()),
        (entry(one(S.CANCELLED), purged=NOW), RowKind.CANCELLED, ()),
    ],
)
def test_states_and_acts(found: OutboxEntry, kind: RowKind, acts: tuple[OutboxAct, ...]) -> None:
    assert kind_of(found, NOW) is kind
    assert acts_for(found, NOW) == acts


def test_rows_are_worded_and_safe() -> None:
    people = tuple(one(S.DEFERRED, DENIED, f"p{n}") for n in range(5))
    found = entry(*people, subject="a\x1b[31mb", next_try=NOW + timedelta(minutes=5))
    row = row_of(found, {"p": "Fastmail"}, NOW, SAY, WORDS)
    assert row.people == "p0@x.example, p1@x.example, p2@x.example and 2 more"
    assert row.subject == "a<1B>[31mb"
    assert row.why == "This server does not pass on mail from here"
    assert row.when.startswith("Next try ")
    new = row_of(entry(one(S.QUEUED)), {}, NOW, SAY, WORDS)
    assert new.why == "Not tried yet"
    assert new.when.startswith("Since ")
    sent = row_of(entry(one(S.SENT), subject=""), {"p": "Fastmail"}, NOW, SAY, WORDS)
    assert (sent.why, sent.subject) == ("Through Fastmail", "(no subject)")
    doubt = row_of(entry(one(S.UNCERTAIN, DOUBT)), {}, NOW, SAY, WORDS)
    assert doubt.why == "May have been delivered: send again?"


def test_a_sending_from_the_first_event_to_the_last_word() -> None:
    names = {"p": "Fastmail"}
    now = Sending().took(AttemptStarted(7, "p", DOOR), names)
    assert (now.stand, now.profile, now.percent) == (Stand.GOING, "Fastmail", None)
    now = now.took(UploadProgress(7, 50, 200), names)
    assert now.percent == 25
    assert now.took(UploadProgress(7, 0, 0), names) == now
    now = now.took(AttemptFinished(7, "p", DOOR, "failed", DENIED), names)
    assert now.percent is None
    waits = now.stands(entry(one(S.DEFERRED, DENIED)))
    assert (waits.stand, waits.diagnosis) == (Stand.WAITS, DENIED)
    again = waits.took(AttemptStarted(7, "p", DOOR), names)
    took = AttemptEntry("p", "Fastmail", "mx.example", 465, "tls", "sent", None, NOW, 1.0)
    end = again.stands(entry(one(S.SENT), attempts=(took,)))
    assert (end.stand, end.profile) == (Stand.SENT, "Fastmail")
    assert now.stands(entry(one(S.UNCERTAIN, DOUBT))).stand is Stand.UNCERTAIN
