"""Eight bits for a server that takes seven: no message may stop there, and no header changes."""

import random
from email import message_from_bytes
from email.policy import default

import pytest

from roammail.core.seven_bit import seven_bit

HEAD = (
    b"From: ada@home.example\r\nDKIM-Signature: v=1; b=" + b"A" * 300 + b"\r\nSubject:  caf? \r\n"
)
PART = b"Content-Type: application/octet-stream\r\n\r\n\xff\x80\r\n"


@pytest.mark.parametrize(
    ("fields", "charset"),
    [
        (b"", "utf-8"),
        (
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
            "utf-8",
        ),
        (b"Content-Type: text/plain; charset=nonsense-8\r\n", "nonsense-8"),
        (b"Content-Type: text/html; charset=us-ascii\r\n", "us-ascii"),
        (b"Content-Type: text/plain; charset*=utf-8''utf-8\r\n", "utf-8"),
        (b"Content-Transfer-Encoding: nonsense\r\n", "utf-8"),
    ],
)
def test_a_text_keeps_its_octets_and_its_header(fields: bytes, charset: str) -> None:
    made = seven_bit(HEAD + fields + b"\r\ncaf\xc3\xa9 = 1\r\n.\r\n")
    assert made.isascii()
    assert made.startswith(HEAD)
    read = message_from_bytes(made, policy=default)
    assert read.get_payload(decode=True) == b"caf\xc3\xa9 = 1\n.\n".replace(b"\n", b"\r\n")
    assert read.get_content_charset() == charset
    assert read["MIME-Version"] == "1.0"


def test_parts_are_encoded_each_in_its_way() -> None:
    content = (
        HEAD + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
        b"Content-Transfer-Encoding: binary\r\n\r\n--b\r\nContent-Type: text/plain;"
        b" charset=iso-8859-1\r\n\r\n\xe9\r\n--b\r\n" + PART + b"--b--\r\n"
    )
    made = seven_bit(content)
    assert made.isascii()
    text, octets = message_from_bytes(made, policy=default).iter_parts()
    assert text.get_content().strip() == "é"
    assert octets.get_payload(decode=True) == b"\xff\x80"


def test_nothing_stops_it() -> None:
    fields = [
        b"Subject: caf\xc3\xa9",
        b"From: \xff <a@b.example>",
        b"Content-Type: multipart/mixed",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: message/external-body",
        b"Content-Type: ;;;",
        b"Content-Type: text/plain; charset=utf-16",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: 8bit",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Message-ID: <[>",
    ]
    bodies = [
        b"\xe9" * 3000 + b"\r\n",
        b"From: a\r\n\r\n\xe9\r\n",
        b"--b\r\n" + PART + b"--b--\r\n",
    ]
    chance = random.Random(7)
    for _ in range(500):
        header = b"\r\n".join(chance.sample(fields, chance.randint(1, 5)))
        assert seven_bit(header + b"\r\n\r\n" + chance.choice(bodies))
