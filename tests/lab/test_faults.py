"""A server that fails at a chosen stage, and what becomes of the message: the installed command
against Postfix's smtp-sink, with a real server that works as the second choice."""

import pytest

from tests.lab.conftest import MailServer
from tests.lab.letters import FRIEND, found, send_letter
from tests.lab.person import Person
from tests.lab.sink import sink

pytestmark = [
    pytest.mark.needs("root", "namespaces", "ip", "postfix", "smtp-sink", "dovecot"),
    pytest.mark.needs("gnome-keyring", "dbus-daemon"),
    pytest.mark.xdist_group("mail-server"),
]


@pytest.mark.parametrize("command", ["CONNECT", "EHLO,HELO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("fault", ["-q", "-Q"])
def test_a_server_that_leaves_before_the_message_is_passed_over(
    person: Person, town: MailServer, fault: str, command: str
) -> None:
    """-q hangs up without a word, -Q after a 421."""
    name = f"fault{fault}-{command.split(',')[0]}".replace("Q", "bye")
    with sink(person.folder, person.machine, fault, command) as port:
        person.add("Shaky", port, "plaintext")
        person.add("Work", town.postfix.starttls, "starttls", town.user, town.password)
        sent = send_letter(person, name)
    assert sent.code == 0, sent
    assert sent.data["profile"] == "Work"
    assert [item["state"] for item in sent.data["recipients"]] == ["sent"]
    assert len(found(town, name)) == 1


def test_a_lost_answer_to_the_final_dot_is_never_sent_again_by_itself(
    person: Person, town: MailServer
) -> None:
    with sink(person.folder, person.machine, "-q", ".") as port:
        person.add("Shaky", port, "plaintext")
        sent = send_letter(person, "doubt")
    person.add("Work", town.postfix.starttls, "starttls", town.user, town.password)
    assert sent.code != 0
    assert [item["state"] for item in sent.data["recipients"]] == ["uncertain"]
    flushed = person.ask("outbox", "flush")
    shown = person.ask("outbox", "list")
    assert "uncertain" in str(shown.envelope)
    assert flushed.code in (0, 75)
    send_letter(person, "after-doubt")
    assert len(found(town, "after-doubt")) == 1
    assert not any(b"<doubt@post.example>" in raw for raw in town.postfix.delivered())


@pytest.mark.parametrize(
    ("options", "kind"),
    [((), "starttls-stripped"), (("-P",), "port-or-network-blocked")],
    ids=["not-offered", "inspected"],
)
def test_a_server_without_starttls_gets_no_password(
    person: Person, town: MailServer, options: tuple[str, ...], kind: str
) -> None:
    """-P greets as a firewall's inspection leaves the banner, and knows no EHLO."""
    with sink(person.folder, person.machine, *options) as port:
        person.add("Inspected", port, "starttls", town.user, town.password)
        tested = person.ask("test", "--rcpt", FRIEND)
    assert tested.code == 69, tested
    (report,) = tested.data["profiles"]
    assert report["diagnosis"]["kind"] == kind
    assert report["diagnosis"]["party"] == "network"
    assert [s["outcome"] for s in report["steps"] if s["stage"] == "sign-in"] in ([], ["skipped"])
