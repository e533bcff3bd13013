"""The installed command against real servers and a real keyring: the main job, end to end."""

import email.policy
from email.parser import BytesParser
from pathlib import Path

import pytest
import trustme

from tests.canary import secret
from tests.lab.conftest import MailServer
from tests.lab.letters import FRIEND, found, letter, send_letter, without_trace
from tests.lab.person import Person, Said

pytestmark = [
    pytest.mark.needs(
        "root", "namespaces", "ip", "postfix", "dovecot", "gnome-keyring", "dbus-daemon"
    ),
    pytest.mark.xdist_group("mail-server"),
]

LADDER = ["resolve", "connect", "greet", "encrypt", "sign-in", "sender", "relay"]


def add_three(person: Person, town: MailServer) -> None:
    """Two that relay for nobody or work, in an order that makes the first choice fail."""
    person.add("Campus", town.postfix.exchanger, "starttls")
    person.add("Work", town.postfix.starttls, "starttls", town.user, town.password)
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)


def outcomes(said: Said) -> dict[str, str]:
    return {item["name"]: item["outcome"] for item in said.data["profiles"]}


def test_profiles_are_kept_tested_and_used(person: Person, town: MailServer) -> None:
    add_three(person, town)
    listed = person.ask("profiles", "list")
    assert [item["name"] for item in listed.data["profiles"]] == ["Campus", "Work", "Home"]
    assert secret("account") not in str(listed.envelope)

    tested = person.ask("test", "--rcpt", FRIEND)
    assert tested.code == 0
    assert outcomes(tested) == {"Campus": "fails", "Work": "works", "Home": "works"}
    assert tested.data["winner"] == "Work"
    campus, work, _ = tested.data["profiles"]
    assert campus["diagnosis"]["kind"] == "relay-denied"
    assert campus["diagnosis"]["scope"] == "route"
    assert campus["diagnosis"]["remedies"]
    assert [step["stage"] for step in work["steps"]] == LADDER
    assert {step["outcome"] for step in work["steps"]} == {"done"}
    assert work["endpoint"]["port"] == town.postfix.starttls

    sent = send_letter(person, "first")
    assert sent.code == 0, sent
    assert sent.data["profile"] == "Work"
    assert sent.data["message_id"] == "<first@post.example>"
    assert [(r["address"], r["state"]) for r in sent.data["recipients"]] == [(FRIEND, "sent")]
    (arrived,) = found(town, "first")
    assert without_trace(arrived) == letter("first").replace(b"\r\n", b"\n")


def test_a_network_seen_before_uses_what_worked_there(person: Person, town: MailServer) -> None:
    add_three(person, town)
    here = person.ask("network").data["key"]
    assert here
    first = send_letter(person, "unknown-network")
    worked = first.data["profile"]  # both do: which of them is quicker is the machine's affair
    assert worked in ("Work", "Home")
    second = send_letter(person, "known-network")
    assert [(a["profile"], a["outcome"]) for a in second.data["attempts"]] == [(worked, "sent")]
    assert len(found(town, "unknown-network")) == len(found(town, "known-network")) == 1

    assert town.machine is not None
    town.machine.move_to(2)
    there = person.ask("network").data["key"]
    assert there
    assert there != here
    town.machine.move_to(1)
    assert person.ask("network").data["key"] == here


def test_a_wrong_password_is_tried_once(person: Person, town: MailServer) -> None:
    person.add("Work", town.postfix.starttls, "starttls", town.user, secret("wrong"))
    before = town.postfix.refused_sign_ins()
    refused = person.ask("test", "--rcpt", FRIEND)
    assert refused.code == 77
    assert refused.data["profiles"][0]["diagnosis"]["kind"] == "auth-failed"
    assert refused.data["profiles"][0]["diagnosis"]["scope"] == "credential"
    assert person.ask("test", "--rcpt", FRIEND).code == 77
    waiting = send_letter(person, "paused")
    assert waiting.code in (75, 77)
    assert {item["state"] for item in waiting.data["recipients"]} <= {"queued", "deferred"}
    town.postfix.await_refused_sign_ins(before + 1)
    assert town.dovecot.refusals() >= 1

    fixed = person.ask("profiles", "edit", "Work", "--password-stdin", stdin=town.password + "\n")
    assert fixed.code == 0
    assert person.ask("test", "--rcpt", FRIEND).code == 0
    flushed = person.ask("outbox", "flush")
    assert flushed.code == 0, flushed
    assert len(found(town, "paused")) == 1
    assert town.postfix.refused_sign_ins() == before + 1


def test_a_message_waits_until_a_profile_works(person: Person, town: MailServer) -> None:
    person.add("Campus", town.postfix.exchanger, "starttls")
    waiting = send_letter(person, "waits")
    assert waiting.code == 75, waiting
    assert waiting.data["attempts"][0]["diagnosis"]["kind"] == "relay-denied"
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)
    assert person.ask("outbox", "flush").code == 0
    assert len(found(town, "waits")) == 1
    assert person.ask("outbox", "flush").code == 0
    assert len(found(town, "waits")) == 1


def test_an_unknown_authority_ends_before_the_password(
    person: Person, town: MailServer, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    add_three(person, town)
    before = town.postfix.log.count("sasl_username")
    tested = person.ask("test", "--rcpt", FRIEND, SSL_CERT_FILE=str(other))
    assert tested.code == 69
    kinds = {item["diagnosis"]["kind"] for item in tested.data["profiles"]}
    assert kinds == {"certificate-untrusted"}
    assert town.postfix.log.count("sasl_username") == before


def test_a_composed_message_arrives_without_its_blind_copies(
    person: Person, town: MailServer
) -> None:
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)
    attached = person.folder / "räksmörgås.bin"
    attached.write_bytes(bytes(range(256)) * 40)
    words = ["-f", town.user, "-t", FRIEND, "--bcc", "quiet@third.example", "-s", "Grüße"]
    sent = person.ask("send", *words, "--attach", str(attached), "--body", "-", stdin="Hallo ☕\n")
    assert sent.code == 0, sent
    states = {item["address"]: item["state"] for item in sent.data["recipients"]}
    assert states == {FRIEND: "sent", "quiet@third.example": "sent"}
    wanted = sent.data["message_id"].encode()
    town.postfix.await_delivered(lambda raw: wanted in raw, count=2)
    for raw in (raw for raw in town.postfix.delivered() if wanted in raw):
        below = without_trace(raw)
        assert b"quiet@" not in below
        message = BytesParser(policy=email.policy.default).parsebytes(below)
        assert message["Subject"] == "Grüße"
        text = message.get_body()
        assert text is not None
        assert text.get_content() == "Hallo ☕\n"
        (part,) = message.iter_attachments()
        assert part.get_filename() == attached.name
        assert part.get_content() == attached.read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["send", "-f", "a@b@c", "-t", FRIEND, "-s", "x"], 65),
        (["send", "-f", "me@post.example", "-t", "not an address", "-s", "x"], 65),
        (["send", "-f", "me@post.example", "-t", FRIEND, "-s", "x\r\nBcc: y@z.example"], 65),
        (["send", "-f", "me@post.example", "-t", FRIEND, "-s", "x", "--attach", "/none"], None),
        (["send", "-f", "me@post.example", "-s", "x"], 64),
        (["test", "Nobody"], None),
        (["profiles", "add", "--name", "x", "--host", "h", "--port", "99999"], 64),
        (["nonsense"], 64),
    ],
)
def test_bad_input_is_named_and_nothing_is_queued(
    person: Person, words: list[str], code: int | None
) -> None:
    said = person.ask(*words)
    assert said.code == code if code else said.code in range(64, 79)
    assert said.errors
    assert all(error["message"] for error in said.envelope["errors"])
    kept = person.ask("outbox", "list")
    assert kept.code == 0
    assert not any(kept.data.values())
