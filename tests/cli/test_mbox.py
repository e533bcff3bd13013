"""`roammail send --mbox`: every message once, the bad ones named."""

from pathlib import Path

import pytest

from roammail.core.errors import BadMessage
from roammail.core.mbox import split_mbox
from tests.cli.world import Cli, write

FIRST = "From: ada@home.example\nTo: b@x.example\nSubject: One\n\n>From here on\n>>From there\n"
SECOND = "From: ada@home.example\nTo: c@x.example\nSubject: Two\n\nFrom the middle of a text\n"
BOX = f"From ada Mon Jan  5 10:00:00 2026\n{FIRST}\nFrom ada Mon Jan  5\n{SECOND}\n"


def split(text: str) -> list[str]:
    return [m.decode() for m in split_mbox(line.encode() for line in text.splitlines(True))]


def test_splits_and_unquotes() -> None:
    # A line "From " that follows text begins nothing; one after an empty line does.
    one = FIRST.replace(">From here", "From here").replace(">>From", ">From")
    assert split(BOX.replace("\n\nFrom the middle", "\n\nText\nFrom the middle")) == [
        one,
        SECOND.replace("\n\nFrom the middle", "\n\nText\nFrom the middle"),
    ]
    assert split("") == []
    assert split("From x\r\nA: b\r\n\r\nhi\r\n\r\nFrom y\r\nC: d\r\n") == [
        "A: b\r\n\r\nhi\r\n",
        "C: d\r\n",
    ]


def test_what_is_no_mbox() -> None:
    with pytest.raises(BadMessage):
        split("Subject: no separator\n\nx\n")


def test_sends_all_and_names_the_bad(cli: Cli, tmp_path: Path) -> None:
    home = cli.add_working()
    text = "Hello\n"
    bad = "From x\nThis is no header\n\ntext\n\n"
    alien = "From x\nFrom: who@other.example\nTo: b@x.example\n\ntext\n\n"
    good = "".join(
        f"From x\nFrom: ada@home.example\nTo: b@x.example\nSubject: {n}\n\n{text}\n"
        for n in range(5)
    )
    box = write(tmp_path, "box", good + bad + alien + good)
    ran = cli.run("send", "--mbox", box, "--json")
    assert ran.code == 65
    assert ran.envelope["status"] == "partial"
    assert [item["number"] for item in ran.data["skipped"]] == [6, 7]
    assert len(ran.data["messages"]) == 10
    assert len(home.messages) == 10
    assert {r["state"] for m in ran.data["messages"] for r in m["recipients"]} == {"sent"}
    shown = cli.run("send", "--mbox", box)
    assert "12 messages read, 10 taken, 10 sent." in shown.out


def test_queue_only_and_standard_input(cli: Cli) -> None:
    home = cli.add_working()
    ran = cli.run("send", "--mbox", "-", "--queue-only", "--json", stdin=BOX)
    assert ran.code == 65 if ran.data["skipped"] else ran.code == 0
    assert not home.messages
    assert cli.run("outbox", "flush").code == 0
    assert len(home.messages) == len(ran.data["messages"])


@pytest.mark.parametrize("more", [["--eml", "x"], ["-s", "x"], ["--body", "x"]])
def test_nothing_else_beside_it(cli: Cli, more: list[str]) -> None:
    assert cli.run("send", "--mbox", "box", *more).code == 64
