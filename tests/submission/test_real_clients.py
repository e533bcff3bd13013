"""Mail programs as people have them, each through the service to the friend's server."""

import asyncio
import os
import shutil
import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.submission.office import FRIEND, SENDER, Office, office

TEXT = "Grüße aus dem Hotel\n.a line with a dot\n" + "long " * 500 + "\n"
LETTER = (
    f"From: Ada <{SENDER}>\nTo: {FRIEND}\nSubject: Hello\n"
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
    f"Content-Transfer-Encoding: 8bit\n\n{TEXT}"
)


async def check(place: Office, subject: str = "Hello", text: str = TEXT) -> None:
    """The one message has arrived, as it was written."""
    (message,) = await place.arrived(1)
    assert message["Subject"] == subject
    assert message.get_body(("plain",)).get_content().rstrip("\n") == text.rstrip("\n")
    assert SENDER in message["From"]
    assert len(message.get_all("Message-ID")) == len(message.get_all("Date")) == 1
    assert message.get_all("Received")[0].startswith("from localhost by localhost (RoamMail)")
    assert place.recipients()[0][0] == FRIEND
    (entry,) = await place.engine.entries()
    assert entry.from_address == SENDER


@pytest.mark.needs("swaks")
async def test_swaks(tmp_path: Path) -> None:
    async with office(tmp_path) as place:
        place.write(".swaksrc", "auth PLAIN\nauth-user roammail\nauth-password {password}\n")
        letter = tmp_path / "letter"
        letter.write_text(LETTER)
        await place.run(
            "swaks", "--server", f"127.0.0.1:{place.port}", "--from", SENDER, "--to", FRIEND,
            "--data", f"@{letter}", "--pipeline", "--ehlo", "client.example",
        )  # fmt: skip
        await check(place)


@pytest.mark.needs("msmtp")
async def test_msmtp(tmp_path: Path) -> None:
    rc = (
        "account default\nhost ::1\nport {port}\nauth plain\ntls off\nuser roammail\n"
        f"password {{password}}\nfrom {SENDER}\ndsn_notify failure,delay\ndsn_return headers\n"
    )
    async with office(tmp_path) as place:
        place.write(".msmtprc", rc)
        await place.run("msmtp", "-t", stdin=LETTER.encode())
        await check(place)
        assert place.recipients() == [(FRIEND, "NOTIFY=FAILURE,DELAY")]
        assert any("RET=HDRS" in command for command in place.friend.commands)


@pytest.mark.needs("mutt")
async def test_mutt_asks_for_reports(tmp_path: Path) -> None:
    rc = (
        'set smtp_url="smtp://roammail@127.0.0.1:{port}"\nset smtp_pass="{password}"\n'
        "set ssl_starttls=no\nset ssl_force_tls=no\nset copy=no\nset use_domain=no\n"
        f'set from="{SENDER}"\nset realname=Ada\nset dsn_notify="success,delay"\n'
        'set dsn_return=full\nset smtp_authenticators="plain:login"\nset send_charset=utf-8\n'
    )
    async with office(tmp_path) as place:
        muttrc = place.write("muttrc", rc)
        attached = tmp_path / "notes.bin"
        attached.write_bytes(bytes(range(256)))
        await place.run(
            "mutt", "-n", "-F", muttrc, "-s", "Hello", "-a", str(attached), "--", FRIEND,
            stdin=TEXT.encode(),
        )  # fmt: skip
        await check(place)
        (message,) = await place.arrived(1)
        (part,) = message.iter_attachments()
        assert part.get_content() == bytes(range(256))
        assert place.recipients() == [(FRIEND, "NOTIFY=SUCCESS,DELAY")]
        assert any("RET=FULL" in command for command in place.friend.commands)


@pytest.mark.needs("s-nail")
async def test_s_nail(tmp_path: Path) -> None:
    rc = (
        "set v15-compat smtp-auth=plain\n"
        "set mta=smtp://roammail:{password}@127.0.0.1:{port}\n"
        f"set from={SENDER} sendwait nosave\n"
    )
    async with office(tmp_path) as place:
        mailrc = place.write("mailrc", rc)  # it takes root's own home, whatever HOME says
        await place.run(
            "env", f"MAILRC={mailrc}", "s-nail", "-n", "-s", "Hello", FRIEND, stdin=TEXT.encode()
        )
        await check(place)


@pytest.mark.needs("curl")
async def test_curl(tmp_path: Path) -> None:
    async with office(tmp_path) as place:
        netrc = place.write("netrc", "machine 127.0.0.1 login roammail password {password}\n")
        letter = tmp_path / "letter"
        letter.write_bytes(LETTER.encode().replace(b"\n", b"\r\n"))
        await place.run(
            "curl", "-sS", "--netrc-file", netrc, f"smtp://127.0.0.1:{place.port}/client.example",
            "--mail-from", SENDER, "--mail-rcpt", FRIEND, "-T", str(letter),
        )  # fmt: skip
        await check(place)


async def test_smtplib_with_an_international_address(tmp_path: Path) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = SENDER, "jürgen@bücher.example", "Hello"
    letter.set_content(TEXT)

    def send(place: Office) -> None:
        with smtplib.SMTP("127.0.0.1", place.port, timeout=60) as client:
            client.login("roammail", place.password)
            client.send_message(letter)

    async with office(tmp_path) as place:
        await asyncio.to_thread(send, place)
        (message,) = await place.arrived(1)
        assert message.get_content() == TEXT
        assert place.recipients() == [("jürgen@bücher.example", "")]


def _git_sends() -> bool:
    folder = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True)
    return Path(folder.stdout.strip(), "git-send-email").exists()


@pytest.mark.needs("git")
async def test_git_sends_a_series_of_twenty(tmp_path: Path) -> None:
    if not _git_sends():
        if os.environ.get("CI"):
            pytest.fail("needs git send-email; CI must have it")
        pytest.skip("needs git send-email")
    config = (
        f"[user]\nname = Ada Lövelace\nemail = {SENDER}\n[init]\ndefaultBranch = main\n"
        "[sendemail]\nsmtpServer = 127.0.0.1\nsmtpServerPort = {port}\nsmtpUser = roammail\n"
        "smtpPass = {password}\nsmtpAuth = PLAIN\nconfirm = never\nsmtpDomain = client.example\n"
        "thread = true\nassume8bitEncoding = UTF-8\n"
    )
    async with office(tmp_path) as place:
        place.write(".gitconfig", config)
        work = tmp_path / "work"
        work.mkdir()
        await place.run("git", "init", "-q", cwd=work)
        for number in range(21):
            (work / "file").write_text(f"Zeile {number} ä\n")
            await place.run("git", "add", "file", cwd=work)
            await place.run("git", "commit", "-q", "-m", f"Change {number}", cwd=work)
        await place.run("git", "format-patch", "-q", "-20", "-o", "out", cwd=work)
        await place.run("git", "send-email", "--quiet", "--to", FRIEND, "out", cwd=work)
        messages = await place.arrived(20)
        subjects = {message["Subject"] for message in messages}
        assert subjects == {f"[PATCH {n:02}/20] Change {n}" for n in range(1, 21)}
        assert len(place.friend.messages) == 20
        first = next(m["Message-ID"] for m in messages if "01/20" in m["Subject"])
        assert sum(first in (m["References"] or "") for m in messages) == 19


NODE = """
const nodemailer = require("nodemailer");
const transport = nodemailer.createTransport({{
  host: "127.0.0.1", port: {port}, secure: false, ignoreTLS: true,
  auth: {{ user: "roammail", pass: "{password}" }},
}});
transport.sendMail({{
  from: "Ada <ada@home.example>", to: "friend@elsewhere.example", subject: "Hello",
  text: require("fs").readFileSync("text", "utf8"),
  dsn: {{ id: "Q1", return: "headers", notify: ["delay"], recipient: "friend@elsewhere.example" }},
}}).catch((error) => {{ console.error(error); process.exit(1); }});
"""


@pytest.mark.needs("node")
async def test_nodemailer(tmp_path: Path) -> None:
    modules = os.environ.get("NODEMAILER", "/usr/share/nodejs/nodemailer")
    if not Path(modules).is_dir():
        if os.environ.get("CI"):
            pytest.fail("needs nodemailer (package node-nodemailer, or its folder in NODEMAILER)")
        pytest.skip("needs nodemailer (package node-nodemailer, or its folder in NODEMAILER)")
    async with office(tmp_path) as place:
        shutil.copytree(modules, tmp_path / "node_modules" / "nodemailer")
        (tmp_path / "text").write_text(TEXT)
        await place.run("node", place.write("send.js", NODE))
        await check(place)
        assert place.recipients()[0][1] == f"NOTIFY=DELAY ORCPT=rfc822;{FRIEND}"


async def test_our_own_sendmail_starts_what_delivers(tmp_path: Path) -> None:
    """The worker of this process is called by the program, through the home's bell."""
    async with office(tmp_path) as place:
        await place.run(
            "env", f"ROAMMAIL_HOME={tmp_path / 'roammail'}",
            sys.executable, "-m", "roammail.cli.sendmail", "-t", "-oi",
            stdin=LETTER.encode(),
        )  # fmt: skip
        (message,) = await place.arrived(1, 5.0)
        assert message.get_content() == TEXT
