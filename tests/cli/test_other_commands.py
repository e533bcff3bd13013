"""`network`, `outbox`, `explain`, `doctor` and `demo`."""

import json
from pathlib import Path

import pytest

from roammail.core.network import Network, PortalState, Unknown
from tests.cli.world import Cli, write

LINE = ["send", "-f", "ada@home.example", "-t", "bob@other.example", "-s", "Hello"]
DENIED = "554 5.7.1 <x@test.example>: Relay access denied"


def test_network_keeps_the_contract(cli: Cli) -> None:
    data = cli.run("network", "--json").data
    assert {"name", "medium", "portal", "gateway", "key", "unknown"} <= set(data)
    assert (data["name"], data["medium"], data["portal"]) == ("Hotel", "wifi", "none")
    assert data["unknown"][0]["field"] == "metered"
    assert len(data["key"]) == 32


def test_network_says_what_is_unknown(cli: Cli) -> None:
    cli.network = Network(
        name="x\x1b[2J",
        portal=PortalState.REQUIRED,
        portal_url="http://hotel.example/\x07",
        unknown=(Unknown("gateway", "no-route", "[red]odd\x1b"),),
    )
    ran = cli.run("network")
    assert ran.code == 0
    assert not set(ran.out) & {"\x1b", "\x07"}
    assert "[red]odd" in ran.out
    assert "sign in to this network first" in ran.out
    assert "nothing leads to the Internet" in ran.out


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (Network(dns_suffix="hotel.example"), "hotel.example"),
        (Network(), "none given"),
        (Network(unknown=(Unknown("dns_suffix", "not-told"),)), "unknown"),
    ],
)
def test_network_always_tells_of_the_dns_suffix(cli: Cli, network: Network, said: str) -> None:
    cli.network = network
    lines = cli.run("network").out.splitlines()
    (line,) = [line for line in lines if line.startswith("DNS suffix")]
    assert line.split("DNS suffix")[1].strip() == said


def test_the_outbox_from_list_to_cancel(cli: Cli) -> None:
    cli.add_refusing("campus", DENIED)
    assert cli.run("outbox", "list").out.strip() == "The outbox is empty."
    assert cli.run("outbox", "flush").out.strip() == "Nothing waits in the outbox."
    cli.run(*LINE)
    assert "bob@other.example" in cli.run("outbox", "list").out
    shown = cli.run("outbox", "show", "1")
    assert "Relay access denied" in " ".join(shown.out.split())
    data = cli.run("outbox", "show", "1", "--json").data
    assert data["recipients"][0]["state"] == "deferred"
    assert data["next_try"].endswith("+00:00")
    assert cli.run("outbox", "flush", "--json").code == 75
    assert cli.run("outbox", "retry", "1").code == 75
    assert cli.run("outbox", "cancel", "1").code == 64
    assert cli.run("outbox", "cancel", "1", "--yes").code == 0
    assert cli.run("outbox", "cancel", "1", "--yes", "--json").error == "outbox-nothing-waits"
    assert cli.run("outbox", "list", "--open", "--json").data["messages"] == []
    assert cli.run("outbox", "mark-sent", "1", "--json").error == "outbox-not-uncertain"


@pytest.mark.parametrize("command", ["show", "retry", "mark-sent"])
def test_an_unknown_message_is_64(cli: Cli, command: str) -> None:
    ran = cli.run("outbox", command, "99", "--json")
    assert (ran.code, ran.error) == (64, "outbox-unknown")


def test_explain_keeps_the_contract(cli: Cli) -> None:
    ran = cli.run("explain", "554 5.7.1 <b@x.example>: Relay access denied", "--json")
    assert ran.code == 0
    wanted = {"kind", "scope", "party", "confidence", "headline", "explanation"}
    assert wanted | {"remedies", "alternatives"} <= set(ran.data)
    assert ran.data["kind"] == "relay-denied"


def test_explain_reads_standard_input_and_stage(cli: Cli) -> None:
    said = "535 5.7.8 Error: authentication failed"
    for line in (["-"], []):
        ran = cli.run(
            "explain", *line, "--stage", "auth", "--signed-in", "no", "--json", stdin=said
        )
        assert ran.data["kind"] == "auth-failed"
    assert "authentication failed" in cli.run("explain", said).out


def test_explain_nothing_is_65(cli: Cli) -> None:
    assert cli.run("explain", "--json", stdin=" \n").error == "text-empty"


BOUNCES = Path(__file__).parent.parent / "core" / "bounces"


def test_explain_tells_each_recipient_of_a_bounce(cli: Cli) -> None:
    ran = cli.run("explain", "--eml", str(BOUNCES / "postfix_three.eml"), "--json")
    assert ran.code == 0
    kinds = {item["address"]: item["kind"] for item in ran.data["recipients"]}
    assert kinds["bob@far.example"] == ran.data["kind"] == "recipient-unknown"
    assert kinds["carla@full.example"] == "mailbox-full"
    assert len(kinds) == 3
    assert {"action", "host", "headline", "remedies"} <= set(ran.data["recipients"][0])
    shown = cli.run("explain", "--eml", str(BOUNCES / "postfix_three.eml")).out
    assert "carla@full.example" in shown


def test_explain_sees_by_itself_that_it_is_a_bounce(cli: Cli) -> None:
    said = (BOUNCES / "postfix.eml").read_text(encoding="utf-8")
    for line in (["-"], [], ["--eml", "-"]):
        ran = cli.run("explain", *line, "--json", stdin=said)
        assert ran.data["kind"] == "relay-denied"
        assert [item["address"] for item in ran.data["recipients"]] == ["bob@far.example"]
        assert ran.data["stage"] == "relay"


def test_explain_takes_a_letter_that_is_no_bounce(cli: Cli) -> None:
    ran = cli.run("explain", "--eml", str(BOUNCES / "letter.eml"), "--json")
    assert (ran.code, ran.data["kind"], ran.data["recipients"]) == (0, "other", [])
    assert cli.run("explain", "--eml", "/nowhere", "--json").error == "file-unreadable"
    assert cli.run("explain", "--eml", "-", "text", "--json", stdin="x").code == 64


def test_explain_calls_words_the_servers_only_where_a_code_says_so(cli: Cli) -> None:
    coded = cli.run("explain", "550 5.7.1 Relaying denied").out
    assert "The server's own words: 550 5.7.1 Relaying denied" in coded
    told = cli.run("explain", "The connection to the server smtp.post.example timed out.").out
    assert "What was said: The connection" in told
    assert "own words" not in told


def test_explain_knows_what_a_mail_program_says_itself(cli: Cli) -> None:
    assert cli.run("explain", "Error 0x800CCC79", "--json").data["kind"] == "relay-denied"


def test_explain_shows_and_does_not_obey(cli: Cli) -> None:
    ran = cli.run("explain", "550 5.7.1 [bold]no[/bold] \x1b[2J relaying denied")
    assert "[bold]no[/bold]" in ran.out
    assert "\x1b" not in ran.out


def test_a_batch_goes_on_after_a_bad_row(cli: Cli, tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": "a", "reply": "550 5.1.1 No such user", "stage": "rcpt"}).encode(),
        b"not json",
        b'{"id": "b"}',
        b'["list"]',
        b'{"id": "deep", "reply": ' + b"[" * 100_000,
        b"\xff\xfe",
        b'{"id": "long", "reply": "' + b"x" * (1024 * 1024) + b'"}',
        b"",
        json.dumps({"id": 7, "reply": "535 bad", "stage": "auth", "label": "x"}).encode(),
        json.dumps({"id": "c", "reply": "421 busy", "stage": "moon"}).encode(),
    ]
    ran = cli.run("explain", "--jsonl", write(tmp_path, "rows.jsonl", b"\n".join(rows)))
    assert ran.code == 65
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert [item["id"] for item in answers] == ["a", None, "b", None, None, None, None, 7, "c"]
    assert answers[0]["kind"] == "recipient-unknown"
    assert {"id", "kind", "scope", "party"} <= set(answers[0])
    assert answers[1]["line"] == 2
    assert answers[6]["error"]["code"] == "row-too-long"
    assert "kind" in answers[7]
    assert "kind" in answers[8]


def test_a_good_batch_is_0_and_only_rows(cli: Cli) -> None:
    row = json.dumps({"id": "a", "reply": "550 5.1.1 No such user", "stage": "rcpt"})
    ran = cli.run("explain", "--jsonl", "-", "--json", stdin=f"{row}\n{row}\n")
    assert (ran.code, ran.err) == (0, "")
    assert len(ran.out.splitlines()) == 2


def test_doctor_names_each_part(cli: Cli) -> None:
    ran = cli.run("doctor", "--json")
    names = {item["name"]: item for item in ran.data["checks"]}
    assert {"python", "home", "keyring", "tls-store", "qt"} <= set(names)
    assert all(item["outcome"] in {"ok", "missing"} for item in names.values())
    assert ran.code == (0 if ran.data["ready"] else 78)
    assert "Keyring" in cli.run("doctor").out


def test_doctor_says_what_is_missing(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROAMMAIL_HOME", "/proc/nowhere")
    ran = cli.run("doctor", "--json")
    assert (ran.code, ran.error) == (78, "home-missing")


def test_the_demo_tells_the_whole_story(cli: Cli) -> None:
    ran = cli.run("demo", "--json")
    assert ran.code == 0
    outcomes = {item["name"]: item["outcome"] for item in ran.data["test"]["profiles"]}
    assert len(outcomes) == 5
    assert list(outcomes.values()).count("works") == 1
    assert ran.data["test"]["winner"] == ran.data["send"]["profile"] == "Relay service"
    assert ran.data["arrived"] is True
    assert ran.data["inbox"][0]["recipients"] == ["friend@elsewhere.example"]
