"""The locked door (rule 10): other protocols, wrong passwords, smuggling, floods, silence."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from roammail.submission.door import GUESTS, STRANGERS
from roammail.submission.session import MOST_RECIPIENTS, Limits
from tests.engine.world import FROM, TO
from tests.submission.desk import Desk, Talk, open_desk

HEAD = f"From: {FROM}\r\nTo: {TO}\r\n\r\n".encode()


@pytest.mark.parametrize(
    "first",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nEHLO x\r\n",
        b"GET /?EHLO%20x HTTP/1.1\r\n\r\n",
        b"OPTIONS * HTTP/1.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT localhost:25 HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS ClientHello
        b"\x00\x0e\x38\xa3\xcf\x68",
        b"<?xml version='1.0'?>\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"AUTH PLAIN AAAA\r\n",
        b"\r\nEHLO x\r\n",
        b"hello world\r\n",
        b"EHLO x\nMAIL FROM:<a@b.example>\n",
        b"EHLO x\rNOOP\r\n",
        b"E" * 20_000 + b"\r\n",
        b"E" * 200_000,
    ],
)
async def test_the_first_line_of_another_protocol_ends_it(first: bytes) -> None:
    async with open_desk() as desk, desk.talk(greet=False) as talk:
        assert (await talk.reply()).startswith("220 ")
        try:
            await talk.raw(first)
        except ConnectionError:
            return
        assert await talk.gone()


@pytest.mark.parametrize("command", [f"MAIL FROM:<{FROM}>", "RCPT TO:<a@b.example>", "DATA"])
async def test_nothing_without_the_password(command: str) -> None:
    async with open_desk() as desk, desk.talk() as talk:
        assert (await talk.say(command)).startswith("530 5.7.0")


async def test_three_wrong_passwords_are_enough() -> None:
    async with open_desk() as desk, desk.talk() as talk:
        for _ in range(2):
            assert (await talk.say(desk.plain("wrong"))).startswith("535 ")
        assert (await talk.say(desk.plain("wrong"))).startswith("535 ")
        assert (await talk.reply()).startswith("421 ")
        assert await talk.gone()


@pytest.mark.parametrize(
    "line", ["AUTH", "AUTH PLAIN", "AUTH PLAIN =", "AUTH PLAIN %%", "AUTH XOAUTH2 x", "AUTH a b c"]
)
async def test_odd_sign_ins(line: str) -> None:
    async with open_desk() as desk, desk.talk() as talk:
        assert (await talk.say(line))[:3] in {"501", "504", "334", "535"}
        await talk.say("*")
        assert (await talk.say(f"MAIL FROM:<{FROM}>"))[:3] in {"530", "500"}


async def test_a_stranger_has_few_words() -> None:
    async with open_desk() as desk, desk.talk() as talk:
        for _ in range(40):
            try:
                if not await talk.say("NOOP"):
                    break
            except ConnectionError:
                break
        else:
            pytest.fail("it may talk forever")


async def test_a_stranger_has_little_time() -> None:
    async with open_desk(Limits(sign_in=0.05)) as desk, desk.talk(greet=False) as talk:
        await talk.reply()
        assert await talk.gone()


async def test_who_falls_silent_is_forgotten() -> None:
    async with open_desk(Limits(idle=0.2)) as desk, desk.signed_in() as talk:
        assert await talk.gone()
    async with open_desk(Limits(data_progress=0.1)) as desk, desk.signed_in() as talk:
        await begin(talk)
        await talk.raw(HEAD)
        assert await talk.gone()


async def begin(talk: Talk) -> None:
    assert (await talk.say(f"MAIL FROM:<{FROM}>")).startswith("250")
    assert (await talk.say(f"RCPT TO:<{TO}>")).startswith("250")
    assert (await talk.say("DATA")).startswith("354")


ENDS = [
    b"\n.\r\n",
    b"\r\n.\n",
    b"\n.\n",
    b"\r.\r",
    b"\r\n.\r",
    b"\r.\r\n",
    b"\n.\r",
    b"\r\n\0.\r\n",
]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("split", [False, True])
async def test_only_the_true_end_ends_a_message(end: bytes, split: bool) -> None:
    """What is smuggled behind another end stays text of the one message (CVE-2023-51764)."""
    smuggled = b"MAIL FROM:<x@evil.example>\r\nRCPT TO:<y@evil.example>\r\nDATA\r\nFrom: x\r\n\r\n!"
    octets = HEAD + b"one" + end + smuggled + b"\r\n.\r\n"
    async with open_desk() as desk, desk.signed_in() as talk:
        await begin(talk)
        for piece in [octets[n : n + 1] for n in range(len(octets))] if split else [octets]:
            await talk.raw(piece)
            await asyncio.sleep(0)
        reply = await talk.reply()
        assert (await talk.say("NOOP")).startswith("250 ")
        entries = await desk.world.outbox.entries()
        if b"\0" in end:
            assert reply.startswith("554")
            assert entries == ()
            return
        assert reply.startswith("250")
        (entry,) = entries
        assert [one.address for one in entry.recipients] == [TO]
        content = (await desk.world.outbox.message(entry.id)).content
    assert b"RCPT TO:<y@evil.example>" in content
    assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")


async def test_there_is_no_tls_to_carry_anything_over() -> None:
    async with open_desk() as desk, desk.talk() as talk:
        await talk.raw(b"STARTTLS\r\nNOOP\r\n")
        assert (await talk.reply())[:3] in {"454", "500", "502"}
        assert (await talk.reply()).startswith("250")


async def test_recipients_are_bounded() -> None:
    async with open_desk() as desk, desk.signed_in() as talk:
        await talk.say(f"MAIL FROM:<{FROM}>")
        many = "".join(f"RCPT TO:<r{n}@x.example>\r\n" for n in range(MOST_RECIPIENTS + 1))
        await talk.raw(many.encode())
        replies = [await talk.reply() for _ in range(MOST_RECIPIENTS + 1)]
        assert {reply[:3] for reply in replies[:-1]} == {"250"}
        assert replies[-1].startswith("452 4.5.3")


async def test_a_flood_of_strangers_stops_nobody() -> None:
    """Hundreds of silent connections, and a program with the password sends its mail."""
    async with open_desk() as desk, AsyncExitStack() as flood:
        async with desk.signed_in() as before:
            for _ in range(6 * STRANGERS):
                await flood.enter_async_context(desk.talk(greet=False))
            await send(before)
            async with desk.signed_in() as after:
                await send(after)
        assert len(await desk.world.outbox.entries()) == 2


async def send(talk: Talk) -> None:
    await begin(talk)
    assert (await talk.say(HEAD + b"Hello\r\n.")).startswith("250")


async def test_guests_are_bounded() -> None:
    async with open_desk() as desk, AsyncExitStack() as guests:
        for _ in range(GUESTS):
            await guests.enter_async_context(desk.signed_in())
        async with desk.talk() as talk:
            assert (await talk.say(desk.plain())).startswith("421 4.3.2")


async def test_large_messages_wait_for_room_and_small_ones_do_not() -> None:
    limits = Limits(octets=3_000_000)
    async with open_desk(limits) as desk, AsyncExitStack() as hogs:
        for _ in range(4):
            talk = await hogs.enter_async_context(desk.signed_in())
            await begin(talk)
            await talk.raw(HEAD + (b"x" * 998 + b"\r\n") * 2_900)
        async with desk.signed_in() as talk:
            await filled(desk, 11_000_000, 12_000_000)
            await begin(talk)
            reply = await talk.say(HEAD + (b"x" * 998 + b"\r\n") * 2_500 + b".")
            assert reply.startswith("452 4.3.1")
            await send(talk)
    async with open_desk(limits) as desk, desk.signed_in() as talk:
        await begin(talk)
        assert (await talk.say(HEAD + b"x" * 2_000_000 + b"\r\n.")).startswith("250")
        assert desk.service._door._free == 12_000_000


async def filled(desk: Desk, taken: int, of: int) -> None:
    """Waits until the service has read what the hogs wrote."""
    for _ in range(2000):
        if of - desk.service._door._free >= taken:
            return
        await asyncio.sleep(0.005)
    pytest.fail("the hogs' octets were not read")


async def test_who_goes_away_in_the_middle_leaves_nothing_behind() -> None:
    async with open_desk() as desk:
        async with desk.signed_in() as talk:
            await begin(talk)
            await talk.raw(HEAD + b"half of it")
        async with desk.signed_in() as talk:
            await send(talk)
            entries = await desk.world.outbox.entries()
        assert len(entries) == 1
    assert desk.service._door._free == 4_000_000
