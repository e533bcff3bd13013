"""Messages that break easily, and how they are found again at the server."""

from tests.lab.conftest import MailServer
from tests.lab.person import Person, Said

FRIEND = "friend@elsewhere.example"

#: What a server writes on top of a message; everything below must be ours, octet for octet.
TRACE = (b"return-path:", b"delivered-to:", b"x-original-to:", b"received:")


def letter(name: str) -> bytes:
    """A message with everything that is easily broken on the way."""
    lines = [
        b"From: Traveller <traveller@post.example>",
        b"To: friend@elsewhere.example",
        b"Subject: =?utf-8?q?gr=C3=BCn?= " + name.encode(),
        b"Date: Sun, 22 Nov 2026 10:00:00 +0000",
        f"Message-ID: <{name}@post.example>".encode(),
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: 8bit",
        b"",
        b".",
        b"..two dots",
        b".one dot, and then octets above 127: gr\xc3\xbcn \xe2\x98\x95",
        b"From here on, a line that mailboxes like to change",
        b"x" * 990,
        b"trailing blanks   ",
        b"\ttab",
        b"",
        b".",
    ]
    return b"\r\n".join(lines) + b"\r\n"


def without_trace(arrived: bytes) -> bytes:
    """The message below the trace headers that the server put on top."""
    lines = arrived.splitlines(keepends=True)
    in_trace = True
    for number, line in enumerate(lines):
        if line[:1] not in (b" ", b"\t"):
            in_trace = line.lower().startswith(TRACE)
        if not in_trace:
            return b"".join(lines[number:])
    return b""


def found(town: MailServer, name: str) -> list[bytes]:
    """Every message in the server's mailbox with this Message-ID, once there is one."""
    wanted = f"<{name}@post.example>".encode()
    town.postfix.await_delivered(lambda raw: wanted in raw)
    return [raw for raw in town.postfix.delivered() if wanted in raw]


def send_letter(person: Person, name: str, **changed: str) -> Said:
    """`roammail send --eml` of a letter of that name."""
    file = person.folder / f"{name}.eml"
    file.write_bytes(letter(name))
    return person.ask("send", "--eml", str(file), **changed)
