"""The service as mail programs meet it: what it takes, what it says, what it keeps."""

import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from roammail.core.dsn import EnvelopeReport, RecipientReport, Return
from roammail.core.envelope import ReadyMessage
from roammail.core.errors import ExitCode, StoreLocked, UserFacingError
from tests.engine.world import FROM, TO
from tests.submission.desk import Desk, open_desk

LETTER = f"From: Ada <{FROM}>\r\nTo: {TO}\r\nBcc: hidden@x.example\r\nSubject: Hi\r\n\r\nHello.\r\n"


async def kept(desk: Desk, number: int = 1) -> ReadyMessage:
    return await desk.world.outbox.message(number)


def by_smtplib(desk: Desk, raw: bytes, to: list[str], options: list[str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", desk.service.port, timeout=60) as client:
        client.login("roammail", desk.password)
        client.sendmail(FROM, to, raw, options or [])


async def test_a_letter_is_kept_with_its_envelope() -> None:
    async with open_desk() as desk:
        await asyncio.to_thread(by_smtplib, desk, LETTER.encode(), [TO, "hidden@x.example"])
        message = await kept(desk)
    assert message.envelope.sender == FROM
    assert message.envelope.recipients == (TO, "hidden@x.example")
    header, _, body = message.content.partition(b"\r\n\r\n")
    assert header.startswith(b"Received: from localhost by localhost (RoamMail)\r\n\twith ESMTPA;")
    assert b"hidden" not in header
    assert b"\r\nSubject: Hi\r\n" in header
    assert b"\r\nMessage-ID: <" in header
    assert b"\r\nDate: " in header
    assert body == b"Hello.\r\n"
    assert (message.from_address, message.subject) == (FROM, "Hi")


async def test_both_families() -> None:
    async with open_desk() as desk, desk.talk(host="::1") as talk:
        assert (await talk.say("NOOP")).startswith("250")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_signs_in_by(mechanism: str) -> None:
    def login(desk: Desk) -> None:
        with smtplib.SMTP("127.0.0.1", desk.service.port, timeout=60) as client:
            client.ehlo()
            client.user, client.password = "roammail", desk.password
            how = getattr(client, f"auth_{mechanism.lower()}")
            assert client.auth(mechanism.lower(), how)[0] == 235

    async with open_desk() as desk:
        await asyncio.to_thread(login, desk)


async def test_offers_what_programs_look_for() -> None:
    async with open_desk() as desk, desk.talk() as talk:
        offered = await talk.say("EHLO again")
    for word in ("SIZE 1000000", "8BITMIME", "SMTPUTF8", "PIPELINING", "DSN", "AUTH LOGIN PLAIN"):
        assert word in offered
    assert "STARTTLS" not in offered


async def test_everything_in_one_piece() -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        await talk.raw(f"MAIL FROM:<{FROM}>\r\nRCPT TO:<{TO}>\r\nDATA\r\n".encode())
        replies = [await talk.reply() for _ in range(3)]
        assert [reply[:3] for reply in replies] == ["250", "250", "354"]
        await talk.raw(LETTER.encode() + b".\r\nNOOP\r\nQUIT\r\n")
        replies = [await talk.reply() for _ in range(3)]
        assert [reply[:3] for reply in replies] == ["250", "250", "221"]


async def test_reports_are_kept() -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        mail = f"MAIL FROM:<{FROM}> BODY=8BITMIME RET=hdrs ENVID=Ab+2B1 AUTH=<>"
        assert (await talk.say(mail)).startswith("250")
        rcpt = f"RCPT TO:<{TO}> NOTIFY=success,DELAY ORCPT=rfc822;Friend@elsewhere.example"
        assert (await talk.say(rcpt)).startswith("250")
        assert (await talk.say("RCPT TO:<b@x.example>")).startswith("250")
        assert (await talk.say("DATA")).startswith("354")
        assert (await talk.say(LETTER.encode() + b".")).startswith("250")
        message = await kept(desk)
    assert message.report == EnvelopeReport(Return.HEADERS, "Ab+2B1")
    asked = RecipientReport("SUCCESS,DELAY", "rfc822;Friend@elsewhere.example")
    assert message.reports == ((TO, asked),)


async def test_long_lines_dots_and_eight_bits_come_through() -> None:
    body = (
        b"." + b"x" * 5000 + b"\r\n.\r\n..\r\n\xff\xfe end\r\n".replace(b"\r\n.\r\n", b"\r\n. \r\n")
    )
    async with open_desk() as desk:
        await asyncio.to_thread(by_smtplib, desk, LETTER.encode() + body, [TO])
        message = await kept(desk)
    assert message.content.endswith(b"Hello.\r\n" + body)


async def test_international_addresses() -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = FROM, "jürgen@bücher.example", "Grüße"
    letter.set_content("Hallo")

    def send(desk: Desk) -> None:
        with smtplib.SMTP("127.0.0.1", desk.service.port, timeout=60) as client:
            client.login("roammail", desk.password)
            client.send_message(letter)

    async with open_desk() as desk:
        await asyncio.to_thread(send, desk)
        message = await kept(desk)
    assert message.envelope.recipients == ("jürgen@bücher.example",)
    assert b"with UTF8SMTPA;" in message.content


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("MAIL FROM:<nobody>", "553 5.1.3"),
        ("MAIL FROM:ada@x.example", "501 5.5.4"),
        ("MAIL FROM:<ada@x.example> SIZE=x", "501"),
        ("MAIL FROM:<ada@x.example> SIZE=99999999", "552 5.3.4"),
        ("MAIL FROM:<ada@x.example> RET=ALL", "501"),
        ("MAIL FROM:<ada@x.example> WISH=1", "555"),
        ("MAIL FROM:<ada@x.example> RET=FULL RET=FULL", "501"),
        ("MAIL", "501"),
        ("RCPT TO:<a@x.example>", "503"),
        ("DATA", "503"),
        ("MAIL FROM:<\udcff@x.example>", "553"),
    ],
)
async def test_refuses(command: str, reply: str) -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        assert (await talk.say(command.encode("utf-8", "surrogateescape"))).startswith(reply)
        assert (await talk.say("NOOP")).startswith("250")


@pytest.mark.parametrize(
    ("sender", "rcpt", "reply"),
    [
        ("stranger@other.example", TO, "550 5.7.1"),
        (FROM, "nobody", "553 5.1.3"),
        (FROM, "a@b..example", "553 5.1.3"),
        (FROM, f"{TO}> NOTIFY=SOMETIMES <", "501"),
    ],
)
async def test_says_at_once_what_can_never_be_sent(sender: str, rcpt: str, reply: str) -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        assert (await talk.say(f"MAIL FROM:<{sender}>")).startswith("250")
        assert (await talk.say(f"RCPT TO:<{rcpt}>".removesuffix("<>"))).startswith(reply)


async def test_from_decides_who_may_send() -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        await talk.say("MAIL FROM:<>")
        await talk.say(f"RCPT TO:<{TO}>")
        await talk.say("DATA")
        reply = await talk.say(b"From: x@other.example\r\n\r\nHello\r\n.")
        assert reply.startswith("550 5.7.1 None of your profiles may send as x@other.example")
        assert await desk.world.outbox.entries() == ()


async def test_the_keyring_is_locked() -> None:
    """From the beginning: try again. Later: what was known goes on being known."""
    locked = StoreLocked("keyring-locked", "The keyring is locked.")

    async def fail(_service: str) -> str:
        raise locked

    async with open_desk() as desk:
        read = desk.world.store.read
        desk.world.store.read = fail  # type: ignore[method-assign]
        async with desk.talk() as talk:
            assert (await talk.say(desk.plain())).startswith("454 4.7.0 The keyring is locked.")
        desk.world.store.read = read  # type: ignore[method-assign]
        async with desk.signed_in() as talk:
            await talk.say(f"MAIL FROM:<{FROM}>")
            assert (await talk.say(f"RCPT TO:<{TO}>")).startswith("250")
        desk.world.store.read = fail  # type: ignore[method-assign]
        reception = desk.service._shared.reception
        reception._password_at = reception._known_at = float("-inf")
        async with desk.signed_in() as talk:
            await talk.say(f"MAIL FROM:<{FROM}>")
            assert (await talk.say(f"RCPT TO:<{TO}>")).startswith("250")
            assert (await talk.say("DATA")).startswith("354")
            assert (await talk.say(LETTER.encode() + b".")).startswith("250")


async def test_without_a_profile_the_program_shall_try_again() -> None:
    async with open_desk(profile=False) as desk, desk.signed_in() as talk:
        await talk.say(f"MAIL FROM:<{FROM}>")
        assert (await talk.say(f"RCPT TO:<{TO}>")).startswith("451 4.3.5")


@pytest.mark.parametrize(
    ("letter", "reply"),
    [
        (b"From: ada@home.example\r\n\r\nx\0y\r\n", "554 5.6.0"),
        (b"no header at all\r\n\r\nx\r\n", "554 5.6.0"),
        (b"From: not an address\r\n\r\nx\r\n", "554 5.6.0"),
        (b"From: ada@home.example\r\n\r\n" + b"x" * 1_000_000 + b"\r\n", "552 5.3.4"),
    ],
)
async def test_bad_messages(letter: bytes, reply: str) -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        await talk.say(f"MAIL FROM:<{FROM}>")
        await talk.say(f"RCPT TO:<{TO}>")
        await talk.say("DATA")
        assert (await talk.say(letter + b".")).startswith(reply)
        assert (await talk.say("RSET")).startswith("250")


async def test_the_disk_is_full_and_the_program_keeps_its_mail() -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        desk.world.outbox.fail_add = UserFacingError("outbox-full", "Full.", ExitCode.IO)
        for reply in ("452 4.3.1 Full.", "250 2.0.0"):
            await talk.say(f"MAIL FROM:<{FROM}>")
            await talk.say(f"RCPT TO:<{TO}>")
            await talk.say("DATA")
            assert (await talk.say(LETTER.encode() + b".")).startswith(reply)
