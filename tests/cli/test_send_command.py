"""`roammail send` and `forward`: what goes out, what is told, and what stays in the outbox."""

import gc
import io
import signal
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path

import pytest
from rich.console import Console, Group

from roammail.cli.delivering import attempts
from roammail.cli.result import Look
from roammail.core.envelope import AttemptEntry
from roammail.core.errors import ExitCode, StoreLocked, UserFacingError
from roammail.core.failure import FailureKind
from roammail.words import Words
from tests.cli.world import Cli, write
from tests.fakes.smtp import FakeServer

DENIED = "554 5.7.1 <x@test.example>: Relay access denied"
LINE = ["send", "-f", "ada@home.example", "-t", "bob@other.example", "-s", "Hello"]


def test_it_goes_through_the_one_that_works(cli: Cli) -> None:
    cli.add_refusing("campus", DENIED)
    home = cli.add_working("home")
    ran = cli.run(*LINE)
    shown = " ".join(ran.out.split())
    assert ran.code == 0, shown
    assert "Sent to bob@other.example through “home”" in shown
    assert "Relay access denied" in shown
    assert len(home.messages) == 1


def test_who_was_not_waited_for_is_shown_and_blamed_for_nothing() -> None:
    when = datetime(2026, 5, 4, tzinfo=UTC)
    history = [
        AttemptEntry(name, name, f"{name}.example", 465, "implicit-tls", outcome, None, when, 2.0)
        for name, outcome in (("slow", "not-waited-for"), ("late", "not-needed"), ("it", "sent"))
    ]
    drawn = attempts(history, Words("en"), Look(unicode=False))
    console = Console(file=io.StringIO(), width=80)
    console.print(Group(*drawn))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "- slow" in shown
    assert "No answer yet; not waited for." in shown
    assert "Would have taken it too; not needed." in shown
    assert "NO" not in shown


def test_json_keeps_the_contract(cli: Cli) -> None:
    cli.add_refusing("campus", DENIED)
    cli.add_working("home")
    data = cli.run(*LINE, "--json").data
    assert data["profile"] == "home"
    assert data["endpoint"]["host"] == "smtp.home.example"
    assert data["message_id"].startswith("<")
    assert [(item["address"], item["state"]) for item in data["recipients"]] == [
        ("bob@other.example", "sent")
    ]
    assert {item["profile"]: item["diagnosis"] for item in data["attempts"]}["home"] is None
    outcomes = {item["profile"]: item["outcome"] for item in data["attempts"]}
    assert outcomes == {"campus": "failed", "home": "sent"}
    refused = next(item for item in data["attempts"] if item["profile"] == "campus")
    assert refused["diagnosis"]["kind"] == "relay-denied"
    assert refused["endpoint"]["port"] == 465


def test_text_copies_and_files_go_along(cli: Cli, tmp_path: Path) -> None:
    home = cli.add_working()
    body = write(tmp_path, "body.txt", "Grüße\n")
    image = write(tmp_path, "photo.jpg", b"\xff\xd8octets")
    line = ["send", "-f", "Ada <ada@home.example>", "-t", "b@x.example", "c@x.example"]
    line += ["--cc", "d@x.example", "--bcc", "e@x.example", "-s", "Two", "--attach", image]
    assert cli.run(*line, "--body", body).code == 0
    (sent,) = home.messages
    assert len(sent.recipients) == 4
    message = message_from_bytes(sent.content, policy=modern)
    assert message["Bcc"] is None
    assert b"e@x.example" not in sent.content
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().strip() == "Grüße"
    (photo,) = message.iter_attachments()
    assert (photo.get_filename(), photo.get_content_type()) == ("photo.jpg", "image/jpeg")


def test_the_text_comes_from_standard_input(cli: Cli) -> None:
    home = cli.add_working()
    assert cli.run(*LINE, "--body", "-", stdin="from a pipe\n").code == 0
    assert b"from a pipe" in home.messages[0].content


def test_a_message_goes_as_it_is(cli: Cli, tmp_path: Path) -> None:
    home = cli.add_working()
    raw = (
        b"From: ada@home.example\r\nTo: bob@other.example\r\nSubject: x\r\n"
        b"Date: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@home.example>\r\n\r\nbody\r\n"
    )
    assert cli.run("send", "--eml", write(tmp_path, "m.eml", raw)).code == 0
    assert home.messages[0].content == raw
    assert home.messages[0].recipients == ("bob@other.example",)
    assert cli.run("send", "--eml", "-", "-t", "eve@other.example", stdin=raw).code == 0
    assert home.messages[1].recipients == ("eve@other.example",)


@pytest.mark.parametrize("how", ["attachment", "inline", "resent"])
def test_forwarding(cli: Cli, tmp_path: Path, how: str) -> None:
    home = cli.add_working()
    raw = b"From: c@x.example\r\nTo: ada@home.example\r\nSubject: News\r\n\r\nthe text\r\n"
    line = ["forward", "--eml", write(tmp_path, "m.eml", raw), "-t", "bob@other.example"]
    assert cli.run(*line, "--as", how).code == 0
    (sent,) = home.messages
    assert sent.sender == "ada@home.example"
    assert b"the text" in sent.content
    message = message_from_bytes(sent.content, policy=modern)
    assert message["Subject"] == ("News" if how == "resent" else "Fwd: News")


def test_queue_only_sends_nothing(cli: Cli) -> None:
    home = cli.add_working()
    ran = cli.run(*LINE, "--queue-only")
    assert ran.code == 0
    assert home.dialled == 0
    assert "number 1" in ran.out
    assert cli.run("outbox", "flush").code == 0
    assert len(home.messages) == 1


def test_no_route_now_is_75_and_nothing_is_lost(cli: Cli) -> None:
    campus = cli.add_refusing("campus", DENIED)
    ran = cli.run(*LINE)
    shown = " ".join(ran.out.split())
    assert ran.code == 75
    assert "nothing is lost" in shown
    assert "The next try is due at" in shown
    assert cli.run("outbox", "list", "--json").data["messages"][0]["recipients"][0]["state"] == (
        "deferred"
    )
    campus.answers = {}
    assert cli.run("outbox", "flush").code == 0
    assert len(campus.messages) == 1


def test_a_refused_sign_in_is_77(cli: Cli) -> None:
    cli.add("home", "smtp.home.example", server=FakeServer(users={"ada@home.example": "other"}))
    ran = cli.run(*LINE, "--json")
    assert (ran.code, ran.error) == (77, "credentials-refused")
    assert ran.data["recipients"][0]["state"] == "deferred"


def test_an_unknown_recipient_is_65_and_the_others_get_it(cli: Cli) -> None:
    home = cli.add_working()

    async def answer(address: str) -> str | None:
        return "550 5.1.1 No such user here" if "eve" in address else None

    home.answers = {"rcpt": answer}
    ran = cli.run(*LINE, "eve@other.example", "--json")
    assert ran.code == 64  # a subject takes one value
    line = [*LINE[:5], "eve@other.example", *LINE[5:], "--json"]
    ran = cli.run(*line)
    assert (ran.code, ran.envelope["status"], ran.error) == (65, "partial", "refused")
    states = {item["address"]: item["state"] for item in ran.data["recipients"]}
    assert states == {"bob@other.example": "sent", "eve@other.example": "refused"}


def test_a_lost_last_reply_is_said_and_not_sent_twice(cli: Cli) -> None:
    home = cli.add_working()
    home.answers = {"dot": FailureKind.CONNECTION_LOST}
    cli.add_working("second")
    ran = cli.run(*LINE, "--json")
    assert (ran.code, ran.error) == (75, "uncertain")
    assert ran.data["recipients"][0]["state"] == "uncertain"
    ran = cli.run("outbox", "retry", "1")
    assert ran.code == 64
    assert "--same-profile" in ran.err
    home.answers = {}
    assert cli.run("outbox", "retry", "1", "--same-profile").code == 0


@pytest.mark.parametrize(
    ("args", "code", "error"),
    [
        (["-f", "ada@home.example", "-t", "nobody", "-s", "x"], 65, "address-invalid"),
        (["-f", "ada", "-t", "b@x.example", "-s", "x"], 65, "address-invalid"),
        (["-f", "ada@home.example", "-t", "", "-s", "x"], 65, "recipients-missing"),
        (["-f", "ada@home.example", "-t", "b@x.example", "-s", "x\r\nBcc: e@x"], 65, None),
        (["-f", "Ada\nBcc: e@x.example <ada@home.example>", "-t", "b@x.example"], 65, None),
        (["-f", "ada@home.example", "-t", "b@x.example", "--body", "/nowhere"], 65, None),
        (["-f", "ada@home.example", "-t", "b@x.example", "--attach", "/tmp"], 65, None),
        (["--eml", "/nowhere.eml"], 65, "file-unreadable"),
        (["-f", "eve@away.example", "-t", "b@x.example"], 78, "no-profile-for-sender"),
    ],
)
def test_bad_input_is_refused_before_anything_is_kept(
    cli: Cli, args: list[str], code: int, error: str | None
) -> None:
    cli.add_working()
    ran = cli.run("send", *args, "--json")
    assert ran.code == code
    assert error is None or ran.error == error
    assert cli.run("outbox", "list", "--json").data["messages"] == []
    ran = cli.run("send", *args)
    assert ran.code == code
    assert len(ran.err.strip().splitlines()) == 1


def test_text_that_is_not_utf8_is_refused(cli: Cli) -> None:
    cli.add_working()
    ran = cli.run(*LINE, "--body", "-", "--json", stdin=b"caf\xe9")
    assert (ran.code, ran.error) == (65, "body-encoding")


def test_what_no_server_can_take_is_65(cli: Cli, tmp_path: Path) -> None:
    """60 MB against SIZE 10240000: refused without an octet of it on the way."""
    home = cli.add_working()
    big = write(tmp_path, "big.bin", b"\0" * 60_000_000)
    ran = cli.run(*LINE, "--attach", big, "--json")
    assert (ran.code, ran.error) == (65, "refused")
    assert ran.data["recipients"][0]["diagnosis"]["kind"] == "too-large"
    assert not any(item.startswith("data") for item in home.commands)


def test_no_profiles_is_78(cli: Cli) -> None:
    assert cli.run(*LINE, "--json").error == "no-profiles"


def test_control_c_leaves_the_message_in_the_outbox(cli: Cli) -> None:
    home = cli.add_working()

    async def stop(_argument: str) -> str | None:
        signal.raise_signal(signal.SIGINT)
        return None

    home.answers = {"mail": stop}
    ran = cli.run(*LINE)
    shown = " ".join((ran.out + ran.err).split())
    assert ran.code == 75, shown
    assert "nothing is lost" in shown
    assert home.messages == []
    home.answers = {}
    assert cli.run("outbox", "flush").code == 0
    assert len(home.messages) == 1


def test_what_goes_wrong_after_queueing_says_that_the_message_is_kept(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = cli.add_working()

    async def claim(_outbox_id: int) -> bool:
        return False

    with monkeypatch.context() as busy:
        busy.setattr(cli.outbox, "claim", claim)
        ran = cli.run(*LINE, "--json")
    assert (ran.code, ran.error) == (75, "outbox-busy")
    assert ran.data["recipients"][0]["state"] == "queued"
    assert "nothing is lost" in ran.envelope["errors"][0]["message"]
    assert cli.run("outbox", "flush").code == 0
    assert len(home.messages) == 1


def test_trouble_after_the_server_has_it_does_not_say_that_it_waits(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = cli.add_working()

    async def full(*_: object) -> None:
        raise UserFacingError("outbox-full", "The disk is full.", ExitCode.IO)

    with monkeypatch.context() as disk:
        disk.setattr(cli.outbox, "note_attempt", full)
        ran = cli.run(*LINE, "--json")
    assert ran.code == 0
    assert ran.data["recipients"][0]["state"] == "sent"
    assert len(home.messages) == 1


def test_a_keyring_that_locks_after_queueing_leaves_no_loose_ends(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.add_working()
    add = cli.outbox.add

    async def locked(_service: str) -> str | None:
        raise StoreLocked("keyring-locked", "The keyring is locked.")

    async def added(*what: object) -> int:
        monkeypatch.setattr(cli.store, "read", locked)
        return await add(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(cli.outbox, "add", added)
    ran = cli.run(*LINE, "--json")
    assert (ran.code, ran.error) == (75, "keyring-locked")
    gc.collect()  # a delivery that was never awaited would warn here
