"""`roammail learn`: the list, a page, another language, and a topic that is not there."""

import json

import pytest

from roammail.words.help_pages import TOPICS
from tests.cli.world import Cli


def test_the_topics_are_listed(cli: Cli) -> None:
    shown = cli.run("learn").out
    for topic in TOPICS:
        assert topic in shown
    assert "What relaying is" in shown
    told = json.loads(cli.run("learn", "--json").out)["data"]["topics"]
    assert [item["topic"] for item in told] == list(TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_is_shown_as_text(cli: Cli, topic: str) -> None:
    ran = cli.run("learn", topic)
    assert ran.code == 0
    assert len(ran.out) > 1000
    for mark in ("**", "##", "](", "```"):
        assert mark not in ran.out
    assert all(len(line) <= 84 for line in ran.out.splitlines())


def test_a_link_becomes_the_command_that_shows_the_page(cli: Cli) -> None:
    shown = " ".join(cli.run("learn", "relaying").out.split())
    assert "How a server decides (roammail learn how-servers-decide)" in shown


def test_a_page_for_programs(cli: Cli) -> None:
    told = json.loads(cli.run("learn", "Blocklists", "--json").out)["data"]
    assert told["topic"] == "blocklists"
    assert told["language"] == "en"
    assert told["markdown"].startswith(told["summary"])


def test_german(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "de")
    assert "Sperrlisten" in cli.run("learn", "blocklists").out
    assert "Was Weiterleiten ist" in cli.run("learn").out


@pytest.mark.parametrize("args", [(), ("--json",)])
def test_an_unknown_topic_names_those_that_are_there(cli: Cli, args: tuple[str, ...]) -> None:
    ran = cli.run("learn", "spam\x1b[2J", *args)
    assert ran.code == 64
    assert "\x1b" not in ran.out + ran.err
    for topic in TOPICS:
        assert topic in ran.out + ran.err
