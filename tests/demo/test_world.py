"""The demo's servers, each asked over a real socket what its story says."""

import asyncio
import os
import smtplib
import ssl
import tempfile
from pathlib import Path

import pytest

from roammail.core.profile import Profile, Security
from roammail.demo.world import DemoWorld
from tests.canary import secret


def _profile(world: DemoWorld, name: str) -> Profile:
    return next(profile for profile, _ in world.profiles if profile.name == name)


def _open(world: DemoWorld, name: str) -> smtplib.SMTP:
    endpoint = _profile(world, name).endpoint
    context = ssl.create_default_context(cafile=world.ca_file)
    if endpoint.security is Security.IMPLICIT_TLS:
        return smtplib.SMTP_SSL("localhost", endpoint.port, "[127.0.0.1]", context=context)
    return smtplib.SMTP("localhost", endpoint.port, "[127.0.0.1]")


def _start_tls(world: DemoWorld, client: smtplib.SMTP) -> None:
    client.starttls(context=ssl.create_default_context(cafile=world.ca_file))
    client.ehlo()


async def test_the_campus_server_relays_for_its_own_network_only() -> None:
    def ask(world: DemoWorld) -> tuple[int, bytes]:
        with _open(world, "Campus") as client:
            client.ehlo()
            assert client.has_extn("starttls")
            _start_tls(world, client)
            assert not client.has_extn("auth")
            assert client.mail(world.sender)[0] == 250
            assert client.rcpt("dean@campus.example")[0] == 250
            return client.rcpt(world.recipient)

    async with DemoWorld() as world:
        assert await asyncio.to_thread(ask, world) == (
            554,
            b"5.7.1 <friend@elsewhere.example>: Relay access denied",
        )


async def test_the_providers_ports_answer_nobody() -> None:
    async with DemoWorld() as world:
        for endpoint in _profile(world, "Provider").endpoints:
            with pytest.raises((TimeoutError, ConnectionRefusedError)) as caught:
                async with asyncio.timeout(0.5 if world.blocked_port_hangs else 60):
                    await asyncio.open_connection("127.0.0.1", endpoint.port)
            assert world.blocked_port_hangs == isinstance(caught.value, TimeoutError)


async def test_starttls_is_overwritten_on_the_way_to_the_club() -> None:
    def ask(world: DemoWorld) -> tuple[bytes, bytes, int]:
        endpoint = _profile(world, "Club").endpoint
        with smtplib.SMTP() as client:
            _, banner = client.connect("localhost", endpoint.port)
            client.ehlo()
            refused, _ = client.docmd("STARTTLS")
            return banner, client.ehlo_resp or b"", refused

    async with DemoWorld() as world:
        banner, hello, refused = await asyncio.to_thread(ask, world)
    assert banner.startswith(b"****")
    assert b"XXXXXXXA" in hello
    assert b"STARTTLS" not in hello
    assert refused >= 400


async def test_the_office_wants_a_sign_in() -> None:
    def ask(world: DemoWorld) -> tuple[int, bytes]:
        with _open(world, "Office") as client:
            client.ehlo()
            _start_tls(world, client)
            assert client.has_extn("auth")
            return client.mail(world.sender)

    async with DemoWorld() as world:
        assert await asyncio.to_thread(ask, world) == (530, b"5.7.0 Authentication required")


async def test_the_relay_service_takes_a_message_after_the_sign_in() -> None:
    password = secret("demo")
    content = b"Subject: x\r\n\r\n.dot\r\n" + "grün".encode() * 1000 + b"\r\n"

    def send(world: DemoWorld) -> None:
        with _open(world, "Relay service") as client:
            client.ehlo()
            assert client.mail(world.sender)[0] == 530
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login(world.sender, secret("wrong"))
            client.login(world.sender, password)
            client.sendmail(world.sender, [world.recipient], content, ["BODY=8BITMIME"])

    async with DemoWorld(password) as world:
        await asyncio.to_thread(send, world)
        (arrived,) = world.inbox
    assert arrived.sender == world.sender
    assert arrived.recipients == (world.recipient,)
    assert arrived.content == content


async def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others use the shared one now
    async with DemoWorld() as world:
        ports = [endpoint.port for profile, _ in world.profiles for endpoint in profile.endpoints]
        reader, writer = await asyncio.open_connection("127.0.0.1", ports[0])
        assert (await reader.readline()).startswith(b"220 smtp.campus.example")
    assert await reader.read() == b""
    writer.close()
    assert world.ca_file.is_relative_to(tmp_path)
    assert not world.ca_file.exists()
    assert os.listdir(tmp_path) == []
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_every_profile_has_its_secret_or_none_and_shows_nothing() -> None:
    async with DemoWorld(secret("demo")) as world:
        assert [profile.name for profile, _ in world.profiles] == [
            "Campus",
            "Provider",
            "Club",
            "Office",
            "Relay service",
        ]
        for profile, kept in world.profiles:
            assert (kept is not None) == bool(profile.username)
            assert profile.id == ""
        assert secret("demo") not in repr(world.profiles)
