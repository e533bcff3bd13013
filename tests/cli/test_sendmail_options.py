"""sendmail's options and what becomes of the message; no outbox, no keyring."""

import io

import pytest

from roammail.cli import sendmail
from roammail.cli.sendmail_options import Request, read_options
from roammail.core.dsn import EnvelopeReport, RecipientReport, Return
from roammail.core.errors import UserFacingError

OWN = "ada@home.example"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a@x b@y", Request(("a@x", "b@y"))),
        ("-t", Request(from_header=True)),
        ("-t -i", Request(from_header=True, dot_ends=False)),
        ("-ti", Request(from_header=True, dot_ends=False)),
        ("-it a@x", Request(("a@x",), from_header=True, dot_ends=False)),
        ("-oi -oem -odb -oQ/x a@x", Request(("a@x",), dot_ends=False)),
        ("-f me@x a@x", Request(("a@x",), "me@x")),
        ("-fme@x a@x", Request(("a@x",), "me@x")),
        ("-r me@x -- -odd@x", Request(("-odd@x",), "me@x")),
        ("-f <> a@x", Request(("a@x",), "")),
        ("-FCronDaemon -i -odi -oem -oi -t -f root", None),
        ("-bm -v -U -n -m a@x", Request(("a@x",))),
        ("-bs", Request(smtp=True)),
        ("-B 8BITMIME -h 5 -L tag -O X=y -X /f -C /etc/x -p smtp:h a@x", Request(("a@x",))),
        ("-N success,delay a@x", Request(("a@x",), notify=RecipientReport("SUCCESS,DELAY"))),
        ("-R hdrs -V a+b a@x", Request(("a@x",), report=EnvelopeReport(Return.HEADERS, "a+2Bb"))),
    ],
)
def test_options(line: str, expected: Request | None) -> None:
    read = read_options(line.split())
    if expected is None:
        expected = Request((), "root", "CronDaemon", from_header=True, dot_ends=False)
    assert read == expected


@pytest.mark.parametrize("line", ["-f", "-bd", "-bp", "-Z", "-N whenever", "-R some", "-q"])
def test_wrong_options(line: str) -> None:
    with pytest.raises(UserFacingError) as caught:
        read_options(line.split())
    assert caught.value.exit_code == 64


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found() -> str:
        return OWN

    monkeypatch.setattr(sendmail, "_default_sender", found)


def made(line: str, content: bytes) -> tuple[str, tuple[str, ...], str, bytes]:
    message = sendmail.made(read_options(line.split()), content)
    return (
        message.envelope.sender,
        message.envelope.recipients,
        message.from_address,
        message.content,
    )


def test_what_mutt_says() -> None:
    raw = b"From: Ana <ana@x.example>\nTo: b@y.example\nSubject: Hi\n\n.dot\n"
    sender, to, author, content = made("-oem -oi -f ana@x.example -- b@y.example", raw)
    assert (sender, to, author) == ("ana@x.example", ("b@y.example",), "ana@x.example")
    assert content.endswith(b"Subject: Hi\r\nDate: " + content.partition(b"Date: ")[2])
    assert content.endswith(b"\r\n\r\n.dot\r\n")


def test_recipients_of_the_header_and_of_the_line() -> None:
    raw = b"From: ana@x.example\nTo: B <b@y.example>, c@y.example\nBcc: d@y.example\n\nHi\n"
    _, to, _, content = made("-t", raw)
    assert to == ("b@y.example", "c@y.example", "d@y.example")
    assert b"d@y.example" not in content
    _, to, _, _ = made("-t e@y.example", raw)
    assert to == ("b@y.example", "c@y.example", "d@y.example", "e@y.example")
    _, to, _, content = made("e@y.example", raw)
    assert to == ("e@y.example",)
    assert b"Bcc" not in content


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("To: root, b@y.example", (OWN, "b@y.example")),
        ("To: b@y.example\nCc: root", ("b@y.example", OWN)),
        ("To: undisclosed-recipients:;\nBcc: d@y.example", ("d@y.example",)),
        ("To: undisclosed-recipients:;\nBcc: d@y.example, root", ("d@y.example", OWN)),
        ('To: "Doe, J" <b@y.example>\nCc: root', ("b@y.example", OWN)),
        ("To: =?utf-8?Q?A,_B?= <b@y.example>\nCc: root", ("b@y.example", OWN)),
    ],
)
def test_users_of_this_computer_among_others(fields: str, expected: tuple[str, ...]) -> None:
    """ "root" is the person; a group that names nobody is nobody, least of all the person."""
    _, to, _, _ = made("-t", f"From: ana@x.example\n{fields}\n\nHi\n".encode())
    assert to == expected


def test_what_cron_says() -> None:
    raw = b"From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@laptop> backup\n\nFailed.\n"
    sender, to, author, content = made("-FCronDaemon -i -odi -oem -oi -t -f root", raw)
    assert (sender, to, author) == (OWN, (OWN,), OWN)
    assert f"From: CronDaemon <{OWN}>\r\n".encode() in content
    assert content.count(b"From:") == 1


def test_a_body_alone() -> None:
    sender, to, author, content = made("b@y.example", b"Hello there\nfriend\n")
    assert (sender, to, author) == (OWN, ("b@y.example",), OWN)
    assert content.endswith(b"\r\n\r\nHello there\r\nfriend\r\n")


def test_the_null_path() -> None:
    sender, _, author, _ = made("-f <> b@y.example", b"From: ana@x.example\n\nx\n")
    assert (sender, author) == ("", "ana@x.example")


def test_a_resent_message_goes_where_it_was_resent_to() -> None:
    raw = (
        b"Resent-From: ana@x.example\nResent-To: new@y.example\n"
        b"From: old@x.example\nTo: b@y.example\n\nx\n"
    )
    _, to, author, _ = made("-t", raw)
    assert (to, author) == (("new@y.example",), "ana@x.example")


@pytest.mark.parametrize(("dot_ends", "expected"), [(True, b"a\n"), (False, b"a\n.\nb\n")])
def test_a_dot_alone(dot_ends: bool, expected: bytes) -> None:
    assert sendmail.read_content(io.BytesIO(b"a\n.\nb\n"), dot_ends=dot_ends) == expected


def test_reports_for_everybody() -> None:
    request = read_options(["-N", "never", "-R", "full", "a@x.example", "b@x.example"])
    message = sendmail.made(request, b"From: ana@x.example\n\nx\n")
    assert message.report == EnvelopeReport(Return.FULL)
    assert {asked.notify for _, asked in message.reports} == {"NEVER"}


@pytest.mark.parametrize(
    ("line", "raw", "code"),
    [
        ("", b"From: a@x.example\n\nx\n", 64),
        ("nobody@", b"From: a@x.example\n\nx\n", 65),
        ("-t", b"From: a@x.example\n\nx\n", 65),
        ("a@x.example", b"", 65),
        ("a@x.example", b"From: a@x.example\n\n\0\n", 65),
        ("-q1h", b"", 64),
    ],
)
def test_exit_codes(
    line: str,
    raw: bytes,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert sendmail.main(line.split()) == code
    assert capsys.readouterr().err.strip()


def test_a_program_that_gives_no_input_at_all_gave_no_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert sendmail.main(["-i", "friend@elsewhere.example"]) == 65
    assert "empty" in capsys.readouterr().err
