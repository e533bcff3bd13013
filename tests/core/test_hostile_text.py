"""What is no refusal, or was made to hurt: there is an answer, and it claims to know nothing.

How long such texts take is measured in `test_linear.py`; here only what is said of them counts.
"""

import random

import pytest

from roammail.adapters.client_error_files import load_client_errors
from roammail.adapters.rule_files import load_rules
from roammail.core.bounce import read_bounce
from roammail.core.diagnosis import Confidence, Diagnosis, Kind
from roammail.core.explain import explain_bounce, explain_text

_NOISE = random.Random(4).randbytes(200_000)


def explained(text: str) -> Diagnosis:
    return explain_text(text, None, None, load_rules(), load_client_errors())


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\r\n" * 1_000,
        "\0" * 5_000,
        _NOISE.decode("latin-1"),
        _NOISE.decode("utf-8", "replace"),
        "x" * 10_000_000,
        "\x1b]0;title\x07\x1b[2J\x9b31m" * 5_000,
        "\N{RIGHT-TO-LEFT OVERRIDE}\N{ZERO WIDTH SPACE}" * 5_000,
        "550 e" + "\N{COMBINING ACUTE ACCENT}" * 50_000,
        "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 50_000,
        "5" * 100_000,
        "ff:" * 50_000,
        "192.0.2.1 " * 9_000,
        "a@b.example " * 9_000,
        "(550, b'" * 20_000,
    ],
    ids=range(15),
)
def test_what_says_nothing_is_other_and_a_guess(text: str) -> None:
    read = explained(text)
    assert (read.kind, read.confidence) == (Kind.OTHER, Confidence.GUESS)
    assert read.remedies


@pytest.mark.parametrize(
    "text",
    [
        "550 5.7.1 \x1b[2J\x1b]8;;http://x\x07Relay access denied\x1b[0m",
        "550 \N{RIGHT-TO-LEFT OVERRIDE}relay denied\N{ZERO WIDTH SPACE}",
        "550 \udcff\udc80 relaying denied",
        "550 relaying denied\r\n" * 400_000,
    ],
    ids=range(4),
)
def test_what_is_said_between_hostile_characters_is_read(text: str) -> None:
    assert explained(text).kind is Kind.RELAY_DENIED


def report(charset: str, end: str, recipients: int) -> bytes:
    each = "".join(
        f"\r\nFinal-Recipient: rfc822; u{n}@far.example\r\nAction: failed\r\nStatus: 5.7.1\r\n"
        f"Diagnostic-Code: smtp; 550 5.7.1 Relaying denied ({n})\r\n"
        for n in range(recipients)
    )
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: a@b.example\r\nSubject: failure\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report;"
        ' report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset={charset}\r\n\r\nS\xf6rry\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mx.example\r\n{each}\r\n{end}"
    ).encode("latin-1")


@pytest.mark.parametrize("charset", ["klingon-1", "utf-8", "utf-16", '"', "\x1b[2J"])
@pytest.mark.parametrize("end", ["--b--\r\n", "", "--c--\r\n", "--b\r\n" * 50])
def test_a_broken_report_in_any_charset_is_read(charset: str, end: str) -> None:
    bounce = read_bounce(report(charset, end, 3))
    assert bounce is not None
    read = explain_bounce(bounce, load_rules())
    assert [item.diagnosis.kind for item in read] == [Kind.RELAY_DENIED] * 3


def test_ten_thousand_recipients_with_words_of_their_own() -> None:
    bounce = read_bounce(report("utf-8", "--b--\r\n", 10_000))
    assert bounce is not None
    read = explain_bounce(bounce, load_rules())
    assert len(read) == 10_000
    assert {item.diagnosis.kind for item in read} == {Kind.RELAY_DENIED}
