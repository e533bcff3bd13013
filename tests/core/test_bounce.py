"""Bounces of many programs: who was not reached, what was said, and that nothing can hang it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roammail.adapters.rule_files import load_rules
from roammail.core.bounce import Action, Bounce, Form, read_bounce
from roammail.core.explain import explain_bounce
from tests.core.counted_work import LINEAR, growth

HERE = Path(__file__).parent / "bounces"


@dataclass(frozen=True)
class Told:
    """What a fixture tells of one recipient; code 0 where no server said one."""

    address: str
    code: int
    enhanced: str | None
    stage: str | None
    kind: str | None
    action: Action = Action.FAILED


FIXTURES: dict[str, tuple[Form, str, tuple[Told, ...]]] = {
    "broken_mime": (
        Form.POSTFIX,
        "out.sender.example",
        (Told("bob@far.example", 550, "5.7.1", None, "relay-denied"),),
    ),
    "courier": (
        Form.COURIER,
        "co.sender.example",
        (Told("bob@far.example", 513, None, "relay", "relay-denied"),),
    ),
    "dma": (
        Form.DMA,
        "laptop.sender.example",
        (Told("bob@far.example", 550, "5.7.1", "relay", "relay-denied"),),
    ),
    "domino": (
        Form.DOMINO,
        "",
        (Told("bob@far.example", 0, None, None, None),),
    ),
    "domino_coded": (
        Form.DOMINO,
        "",
        (Told("bob@far.example", 554, "5.7.1", None, "relay-denied"),),
    ),
    "exchange_2003": (
        Form.EXCHANGE,
        "",
        (Told("bob@far.example", 550, "5.7.1", None, "relay-denied"),),
    ),
    "exchange_2010": (
        Form.EXCHANGE,
        "ex.sender.example",
        (Told("bob@far.example", 550, "5.1.1", None, "recipient-unknown"),),
    ),
    "exim_delayed": (
        Form.EXIM,
        "",
        (Told("bob@far.example", 451, "4.7.1", "relay", "greylisted", Action.DELAYED),),
    ),
    "exim_mime": (
        Form.EXIM,
        "exim.sender.example",
        (Told("bob@far.example", 554, "5.7.1", "content", "content-rejected"),),
    ),
    "exim_new": (
        Form.EXIM,
        "",
        (Told("bob@far.example", 550, "5.7.1", "relay", "relay-denied"),),
    ),
    "exim_old": (
        Form.EXIM,
        "",
        (
            Told("bob@far.example", 553, "5.7.1", "sender", "sender-not-allowed"),
            Told("carla@near.example", 0, None, None, "recipient-invalid"),
        ),
    ),
    "forwarded": (
        Form.POSTFIX,
        "out.sender.example",
        (Told("bob@far.example", 554, "5.7.1", "relay", "relay-denied"),),
    ),
    "gmail": (
        Form.GMAIL,
        "googlemail.example",
        (Told("bob@far.example", 550, "5.1.1", None, "recipient-unknown"),),
    ),
    "gmail_delay": (
        Form.REPORT,
        "googlemail.example",
        (Told("bob@far.example", 0, "4.4.1", None, None, Action.DELAYED),),
    ),
    "gmail_german": (
        Form.GMAIL,
        "",
        (Told("bob@far.example", 550, "5.7.1", None, "relay-denied"),),
    ),
    "gmail_text": (
        Form.GMAIL,
        "",
        (Told("bob@far.example", 554, "5.7.1", None, "relay-denied"),),
    ),
    "gmx": (
        Form.EXIM,
        "",
        (Told("bob@far.example", 550, "5.7.1", "relay", None),),
    ),
    "hmailserver": (
        Form.HMAILSERVER,
        "",
        (Told("bob@far.example", 550, "5.1.1", "relay", "recipient-unknown"),),
    ),
    "microsoft365": (
        Form.EXCHANGE,
        "DB9.prod.sender.example",
        (Told("bob@far.example", 550, "5.7.54", None, "relay-denied"),),
    ),
    "microsoft365_html_only": (
        Form.EXCHANGE,
        "DB9.prod.sender.example",
        (Told("bob@far.example", 554, "5.7.1", None, "relay-denied"),),
    ),
    "nullmailer": (
        Form.NULLMAILER,
        "laptop.sender.example",
        (Told("bob@far.example", 535, "5.7.8", None, "auth-failed"),),
    ),
    "opensmtpd": (
        Form.OPENSMTPD,
        "",
        (
            Told("bob@far.example", 550, "5.7.1", None, "relay-denied"),
            Told("carla@full.example", 452, "4.2.2", None, "mailbox-full"),
        ),
    ),
    "postfix": (
        Form.POSTFIX,
        "out.sender.example",
        (Told("bob@far.example", 554, "5.7.1", "relay", "relay-denied"),),
    ),
    "postfix_delayed": (
        Form.POSTFIX,
        "out.sender.example",
        (Told("bob@far.example", 450, "4.2.0", "relay", "greylisted", Action.DELAYED),),
    ),
    "postfix_text_only": (
        Form.POSTFIX,
        "out.sender.example",
        (Told("bob@far.example", 550, "5.7.1", "relay", "relay-denied"),),
    ),
    "postfix_three": (
        Form.POSTFIX,
        "out.sender.example",
        (
            Told("bob@far.example", 550, "5.1.1", "relay", "recipient-unknown"),
            Told("carla@full.example", 552, "5.2.2", "content", "mailbox-full"),
            Told("dan@gone.example", 0, "5.4.4", None, "recipient-invalid"),
        ),
    ),
    "qmail": (
        Form.QMAIL,
        "qmail.sender.example",
        (
            Told("bob@far.example", 553, None, "relay", "relay-denied"),
            Told("carla@near.example", 0, "5.1.1", None, "recipient-unknown"),
        ),
    ),
    "qmail_sender": (
        Form.QMAIL,
        "qmail.sender.example",
        (Told("bob@far.example", 550, "5.7.1", "sender", None),),
    ),
    "sendmail": (
        Form.SENDMAIL,
        "sm.sender.example",
        (Told("bob@far.example", 550, "5.7.1", "content", "relay-denied"),),
    ),
    "sendmail_text": (
        Form.SENDMAIL,
        "",
        (
            Told("bob@far.example", 550, "5.1.1", "relay", "recipient-unknown"),
            Told("carla@far.example", 552, "5.2.2", "relay", "mailbox-full"),
            Told("dan@slow.example", 452, "4.3.1", "relay", None, Action.DELAYED),
        ),
    ),
    "smtputf8": (
        Form.REPORT,
        "out.sender.example",
        (Told("jürgen@weit.example", 553, "5.6.7", None, "smtputf8-unsupported"),),
    ),
    "status_only": (
        Form.REPORT,
        "odd.example",
        (Told("bob@far.example", 0, "5.1.1", None, "recipient-unknown"),),
    ),
    "yahoo": (
        Form.YAHOO,
        "",
        (Told("bob@far.example", 550, "5.7.1", None, "relay-denied"),),
    ),
}


def bounce(name: str) -> Bounce:
    found = read_bounce((HERE / f"{name}.eml").read_bytes())
    assert found is not None
    return found


@pytest.mark.parametrize("name", FIXTURES)
def test_each_form_is_read(name: str) -> None:
    form, reporter, wanted = FIXTURES[name]
    found = bounce(name)
    assert (found.form, found.reporter) == (form, reporter)
    assert [item.address for item in found.recipients] == [told.address for told in wanted]
    for item, told in zip(explain_bounce(found, load_rules()), wanted, strict=True):
        assert item.recipient.action is told.action
        assert item.recipient.stage == told.stage
        reply = item.diagnosis.reply
        assert reply is not None
        assert (reply.code, reply.enhanced) == (told.code, told.enhanced)
        if told.kind is not None:
            assert item.diagnosis.kind == told.kind


def test_every_fixture_is_named() -> None:
    assert {path.stem for path in HERE.glob("*.eml")} == {*FIXTURES, "letter"}


def test_a_letter_is_no_bounce() -> None:
    assert read_bounce((HERE / "letter.eml").read_bytes()) is None


@pytest.mark.parametrize("name", sorted(FIXTURES))
def test_line_ends_and_an_mbox_line_change_nothing(name: str) -> None:
    raw = (HERE / f"{name}.eml").read_bytes()
    plain = raw.replace(b"\r\n", b"\n")
    assert read_bounce(plain) == read_bounce(plain.replace(b"\n", b"\r\n"))
    assert read_bounce(b"From MAILER-DAEMON Mon Nov  2 10:00:00 2026\n" + plain) == bounce(name)


@pytest.mark.parametrize("name", ["qmail", "exim_old", "sendmail_text", "opensmtpd", "yahoo"])
def test_the_text_alone_is_enough(name: str) -> None:
    text = (HERE / f"{name}.eml").read_text(encoding="utf-8").split("\n\n", 1)[1]
    found = read_bounce(text.encode())
    assert found is not None
    addresses = [item.address for item in found.recipients]
    assert addresses == [told.address for told in FIXTURES[name][2]]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_report_alone_is_enough(end: bytes) -> None:
    whole = (HERE / "postfix_three.eml").read_bytes().replace(b"\r\n", b"\n")
    report = whole[whole.index(b"Reporting-MTA") :].split(b"\n--", 1)[0]
    found = read_bounce(report.replace(b"\n", end))
    assert found is not None
    form, reporter, wanted = FIXTURES["postfix_three"]
    assert found.reporter == reporter
    assert [item.address for item in found.recipients] == [told.address for told in wanted]
    assert form is not found.form is Form.REPORT  # only the text for people names the program
    for item, told in zip(explain_bounce(found, load_rules()), wanted, strict=True):
        assert item.diagnosis.reply is not None
        assert item.diagnosis.reply.code == told.code


def test_the_source_without_its_header_is_enough() -> None:
    whole = (HERE / "postfix_three.eml").read_bytes().replace(b"\r\n", b"\n")
    assert read_bounce(whole.split(b"\n\n", 1)[1]) == bounce("postfix_three")


def test_a_report_inside_the_letter_that_came_back_is_another_bounce() -> None:
    outer = (HERE / "qmail.eml").read_bytes().split(b"\n\n", 1)[1]
    found = read_bounce(outer + b"\n\n" + (HERE / "postfix_three.eml").read_bytes())
    assert found == read_bounce(outer)
    assert found is not None
    assert len(found.recipients) == 2


def test_a_report_needs_no_header_but_its_type() -> None:
    whole = (HERE / "postfix_three.eml").read_bytes().replace(b"\r\n", b"\n")
    header, body = whole.split(b"\n\n", 1)
    bare = b"MIME-Version: 1.0\n" + header[header.index(b"Content-Type:") :]
    assert read_bounce(bare + b"\n\n" + body) == bounce("postfix_three")


def test_a_letter_about_reports_is_no_bounce() -> None:
    letter = (HERE / "letter.eml").read_bytes()
    assert read_bounce(letter + b"\nFinal-Recipient: rfc822; bob@far.example\n") is None
    assert read_bounce(b"Where is Final-Recipient: bob@far.example? In the report.") is None
    assert read_bounce(b"Reporting-MTA: dns; only.example\n") is None


def test_a_reply_of_several_lines_is_joined() -> None:
    (item,) = bounce("gmail").recipients
    assert item.reply is not None
    assert len(item.reply.lines) == 3
    assert not any(line.startswith("550") for line in item.reply.lines)


def test_a_diagnosis_that_serves_many_names_each_address() -> None:
    many = "".join(
        f"<a{n}@b.example>: host mx[192.0.2.1] said: 550 5.1.1 <a{n}@b.example>: unknown\n\n"
        for n in range(50)
    )
    found = read_bounce(f"This is the mail system at host x.example\n\n{many}".encode())
    assert found is not None
    every = explain_bounce(found, load_rules())
    assert len(every) == 50
    for item in every:
        assert item.recipient.address in str(item.diagnosis.reply)
        assert ("recipient", item.recipient.address) in item.diagnosis.params


_HEAD = (
    b"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nTo: a@b.example\nSubject: Undelivered mail\n"
)
_REPORT = _HEAD + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
_STATUS = _REPORT + b"Content-Type: message/delivery-status\n\n"
BAITS = [
    (_HEAD + b"Content-Type: multipart/report; boundary=b\n\n", b"--b\n"),
    (_HEAD + b"Content-Type: multipart/report", b'; a="b'),
    (_HEAD, b"X: y\n"),
    (_HEAD + b"Subject: x", b"\n x"),
    (_HEAD + b"Content-Type: text/html\n\n", b"<style><"),
    (_HEAD + b"Content-Type: text/html\n\n", b"<a "),
    (_HEAD + b"Content-Type: text/html\n\n", b"&#"),
    (_HEAD + b"Content-Transfer-Encoding: base64\n\n", b"QUFB=\n"),
    (_HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n", b"="),
    (_HEAD + b"\n", b"<a@b.example>:\n"),
    (_HEAD + b"\n", b"a@"),
    (_HEAD + b"\n", b"a@b.example (a@b (a@b "),
    (_HEAD + b"\n<a@b.example>:\n", b"said: 550 x\n"),
    (_HEAD + b"\n", b">>> RCPT TO:<a@b.example>\n"),
    (_STATUS, b"Final-Recipient: x\n"),
    (_STATUS, b"\n \n"),
    (_STATUS, b"Final-Recipient: rfc822;a@b\nDiagnostic-Code: smtp;(550 (550 (550\n\n"),
    (b"Reporting-MTA: dns; x.example\n\n", b"Final-Recipient: rfc822;a@b.example\n\n"),
    (b"Hello\n\n", b"Reporting-MTA:\n"),
    (b"", b"\nFinal-Recipient" + b"\t" * 30),
    (b"", b"\0"),
    (b"", bytes(range(256))),
]


def _read(raw: bytes) -> Bounce | None:
    found = read_bounce(raw)
    if found is not None:
        explain_bounce(found, load_rules())
    return found


@pytest.mark.parametrize(("head", "bait"), BAITS, ids=range(len(BAITS)))
def test_bait_takes_linear_time(head: bytes, bait: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(length: int) -> None:
        _read(head + bait * (length // len(bait)))

    assert growth(monkeypatch, read) <= LINEAR


@pytest.mark.parametrize(("head", "bait"), BAITS, ids=range(len(BAITS)))
def test_five_megabytes_of_bait_have_an_answer(head: bytes, bait: bytes) -> None:
    _read(head + bait * (5_000_000 // len(bait)))


def test_parts_within_parts_without_end() -> None:
    nested = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(50_000)
    )
    assert read_bounce(_HEAD + nested) is not None


def told_of(count: int) -> bytes:
    """A report about so many recipients."""
    groups = b"".join(
        b"Final-Recipient: rfc822; a%d@b.example\nAction: failed\nStatus: 5.1.1\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 <a%d@b.example> unknown\n\n" % (n, n)
        for n in range(count)
    )
    return _STATUS + groups + b"--b--\n"


def test_ten_thousand_recipients() -> None:
    found = read_bounce(told_of(10_000))
    assert found is not None
    assert len(explain_bounce(found, load_rules())) == 10_000


def test_twice_the_recipients_take_twice_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    assert growth(monkeypatch, lambda count: _read(told_of(count)), 20) <= LINEAR


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_any_octets_have_an_answer(raw: bytes) -> None:
    read_bounce(raw)
    read_bounce(_HEAD + b"\n" + raw)
    read_bounce(_STATUS + raw)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(FIXTURES)), st.integers(0, 4000), st.binary(max_size=8), st.booleans()
)
def test_a_damaged_bounce_has_an_answer(name: str, place: int, put: bytes, cut: bool) -> None:
    raw = (HERE / f"{name}.eml").read_bytes()
    found = read_bounce(raw[:place] + put + (b"" if cut else raw[place:]))
    if found is not None:
        explain_bounce(found, load_rules())
