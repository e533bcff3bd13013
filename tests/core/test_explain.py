"""Where the server's words stand in what people paste."""

import time

import pytest

from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Kind
from roammail.core.explain import explain_text, find_reply, stage_from_word
from roammail.core.stage import Stage

POSTFIX_LOG = (
    "Nov 22 10:00:00 host postfix/smtp[99]: 4ABC: to=<bob@b.example>, relay=mx.b.example"
    "[192.0.2.1]:25, delay=1, dsn=5.7.1, status=bounced (host mx.b.example[192.0.2.1] said: "
    "554 5.7.1 <bob@b.example>: Relay access denied (in reply to RCPT TO command))"
)
EXIM_LOG = (
    "2026-11-22 10:00:00 1abc-0000 ** bob@b.example R=dnslookup T=remote_smtp: SMTP error from "
    "remote mail server after RCPT TO:<bob@b.example>: 550 relay not permitted"
)
THUNDERBIRD = (
    "An error occurred while sending mail. The mail server responded:\n"
    "5.7.1 <bob@b.example>: Relay access denied.\n"
    "Please check the message recipient and try again."
)
OUTLOOK = (
    "Der Server lehnte einen Empfänger ab. Serverantwort: '550 <bob@b.example>... Relaying denied',"
    " Port: 25, Secure (SSL): Nein, Serverfehler: 550, Fehlernummer: 0x800CCC79"
)


@pytest.mark.parametrize(
    ("text", "code", "enhanced", "words"),
    [
        ("550 5.7.1 Relaying denied", 550, "5.7.1", "Relaying denied"),
        ("550-5.7.1 one\n550-5.7.1 two\n550 5.7.1 three", 550, "5.7.1", "one two three"),
        ("550-one\r\n550 two", 550, None, "one two"),
        ("250 ok\n354 go\n554 no", 554, None, "no"),
        ("S: 535 5.7.8 bad", 535, "5.7.8", "bad"),
        ("<<< 550 relay not permitted", 550, None, "relay not permitted"),
        (POSTFIX_LOG, 554, "5.7.1", "<bob@b.example>: Relay access denied"),
        (EXIM_LOG, 550, None, "relay not permitted"),
        ("(535, b'5.7.8 Username and Password not accepted')", 535, "5.7.8", "Username"),
        ("{'b@b.example': (550, b'5.1.1 User\\nunknown')}", 550, "5.1.1", "User unknown"),
        ("msmtp: server message: 530 5.7.0 Authentication required", 530, "5.7.0", "Authentic"),
        ("Diagnostic-Code: smtp; 552 5.2.2 Mailbox full", 552, "5.2.2", "Mailbox full"),
        (THUNDERBIRD, 550, "5.7.1", "<bob@b.example>: Relay access denied"),
    ],
)
def test_the_reply_is_found(text: str, code: int, enhanced: str | None, words: str) -> None:
    found = find_reply(text).reply
    assert (found.code, found.enhanced) == (code, enhanced)
    assert words in found.text


def test_an_error_box_is_understood() -> None:
    found = explain_text(OUTLOOK, None, None, load_rules())
    assert found.kind is Kind.RELAY_DENIED
    assert found.reply is not None
    assert found.reply.code == 550


@pytest.mark.parametrize(
    "text",
    ["please try again in 500 seconds", "the message of 535 kB", "call 550 1234", "", "\x00\xff"],
)
def test_digits_in_a_sentence_are_no_code(text: str) -> None:
    assert find_reply(text).reply.code == 0


def test_words_alone_are_enough() -> None:
    found = explain_text(
        "relaying mail to name@domain.com is not allowed", None, None, load_rules()
    )
    assert found.kind is Kind.RELAY_DENIED


def test_the_text_names_the_stage() -> None:
    assert find_reply(POSTFIX_LOG).stage is Stage.RELAY
    assert find_reply(EXIM_LOG).stage is Stage.RELAY
    assert find_reply("said: 554 5.7.1 x (in reply to end of DATA command)").stage is Stage.CONTENT


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("connect", Stage.GREET),
        ("EHLO", Stage.GREET),
        ("starttls", Stage.ENCRYPT),
        ("auth", Stage.SIGN_IN),
        ("sign_in", Stage.SIGN_IN),
        ("mail", Stage.SENDER),
        ("rcpt", Stage.RELAY),
        ("data", Stage.CONTENT),
        ("relay", Stage.RELAY),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_stage_words(word: str | None, stage: Stage | None) -> None:
    assert stage_from_word(word) is stage


@pytest.mark.parametrize(
    "text",
    [
        "550 " + "a" * 10_000_000,
        "550-" * 200_000,
        "550-x\n" * 500_000,
        "\x1b[2J" * 100_000,
        "(535, b'" * 100_000,
        "said: 5" * 100_000,
        "in reply to " * 100_000,
        '"550 ' * 100_000,
        "\n" * 1_000_000,
        "relay " * 100_000,
        "ﷺ" * 100_000,
        "at@" * 100_000,
        "1.2.3." * 100_000,
        "https://" * 100_000,
    ],
    ids=range(14),
)
def test_bait_is_answered_within_a_second(text: str) -> None:
    began = time.process_time()
    explain_text(text, None, None, load_rules())
    assert time.process_time() - began < 1.0
