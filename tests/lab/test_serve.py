"""`roammail serve` and `roammail-sendmail` as installed, with a real keyring and a real server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.conftest import MailServer
from tests.lab.letters import FRIEND, found, letter, without_trace
from tests.lab.person import Person

pytestmark = [
    pytest.mark.needs(
        "root", "namespaces", "ip", "postfix", "dovecot", "gnome-keyring", "dbus-daemon", "curl"
    ),
    pytest.mark.xdist_group("mail-server"),
]


def command(person: Person, program: str, *words: str) -> tuple[list[str], dict[str, str]]:
    """What starts an installed program in the person's place."""
    environment = {
        **person.keyring,
        "ROAMMAIL_HOME": str(person.folder / "roammail"),
        "SSL_CERT_FILE": str(person.ca_file),
    }
    path = Path(sys.executable).with_name(program)
    return [*person.machine.enter, str(path), *words], environment


def sendmail(person: Person, name: str) -> None:
    words, environment = command(person, "roammail-sendmail", "-t", "-oi")
    done = subprocess.run(
        words, env=environment, input=letter(name), capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@contextmanager
def serving(person: Person) -> Iterator[int]:
    """The port on which it takes mail; it must end well at SIGTERM."""
    words, environment = command(person, "roammail", "serve", "--port", "0")
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        while "Takes mail" not in said and said:
            said = process.stderr.readline()
        try:
            yield int(said.partition(", port ")[2].partition(",")[0])
        finally:
            process.terminate()
            _, rest = process.communicate(timeout=30)
        assert process.returncode == 0, rest
        assert "Traceback" not in rest


def test_programs_hand_over_with_and_without_a_worker(person: Person, town: MailServer) -> None:
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)
    sendmail(person, "unattended")
    (arrived,) = found(town, "unattended")
    assert without_trace(arrived) == letter("unattended").replace(b"\r\n", b"\n")
    with serving(person) as port:
        assert person.ask("submission", "show").data["served"] is True
        sendmail(person, "attended")
        assert len(found(town, "attended")) == 1
        password = person.ask("submission", "password").data["password"]
        by_curl(person, port, password)
        assert len(found(town, "service")) == 1
        assert person.ask("send", "--eml", str(person.folder / "service.eml")).code == 0
        listed = person.ask("outbox", "list").data["messages"]
        assert {r["state"] for item in listed for r in item["recipients"]} == {"sent"}
    assert person.ask("submission", "show").data["served"] is False


def test_programs_that_speak_smtp_to_a_pipe(person: Person, town: MailServer) -> None:
    """`sendmail -bs`, as Pine and Cyrus start it, with the line ends of this system."""
    person.add("Home", town.postfix.implicit, "implicit-tls", town.user, town.password)
    words, environment = command(person, "roammail-sendmail", "-bs")
    text = letter("piped").replace(b"\r\n", b"\n").replace(b"\n.", b"\n..")
    talk = [
        b"EHLO here",
        b"MAIL FROM:<traveller@post.example>",
        f"RCPT TO:<{FRIEND}>".encode(),
        b"DATA",
        text + b".",
        b"QUIT",
    ]
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"220 ")
        for line in talk:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            reply = process.stdout.readline()
            while reply[3:4] == b"-":
                reply = process.stdout.readline()
            assert reply[:1] in (b"2", b"3"), (line[:20], reply)
        assert process.wait(20) == 0
    assert person.run("outbox", "flush").returncode == 0
    (arrived,) = found(town, "piped")
    assert without_trace(arrived) == letter("piped").replace(b"\r\n", b"\n")


def by_curl(person: Person, port: int, password: str) -> None:
    file, netrc = person.folder / "service.eml", person.folder / "netrc"
    file.write_bytes(letter("service"))
    netrc.write_text(f"machine 127.0.0.1 login roammail password {password}\n")
    netrc.chmod(0o600)
    url = f"smtp://127.0.0.1:{port}/client.example"
    words = ["curl", "-sS", "--netrc-file", str(netrc), url, "-T", str(file)]
    words += ["--mail-from", "traveller@post.example", "--mail-rcpt", FRIEND]
    subprocess.run([*person.machine.enter, *words], check=True, timeout=60)
