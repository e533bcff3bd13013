"""`roammail test`: the ladder, the diagnosis, the winner, the exit codes, the JSON contract."""

import pytest

from roammail.core.network import Network, PortalState
from tests.cli.world import PASSWORD, Cli
from tests.fakes.smtp import FakeServer

DENIED = "554 5.7.1 <x@test.example>: Relay access denied"
STAGES = ["resolve", "connect", "greet", "encrypt", "sign-in", "sender", "relay"]


def test_one_refuses_and_one_works(cli: Cli) -> None:
    cli.add_refusing("campus", DENIED)
    cli.add_working("home")
    ran = cli.run("test", "--rcpt", "bob@other.example")
    assert ran.code == 0
    for word in ("Find", "Encrypt", "Relay", "campus", "home", "Relay access denied"):
        assert word in ran.out
    assert "From here, mail goes through “home”" in " ".join(ran.out.split())
    assert max(len(line) for line in ran.out.splitlines()) <= 80


def test_json_keeps_the_contract(cli: Cli) -> None:
    cli.add_refusing("campus", DENIED)
    cli.add_working("home")
    ran = cli.run("test", "--json", "--rcpt", "bob@other.example")
    assert ran.envelope["status"] == "ok"
    assert ran.err == ""
    assert ran.data["winner"] == "home"
    assert ran.data["network"]["name"] == "Hotel"
    campus, home = ran.data["profiles"]
    assert (campus["name"], campus["outcome"]) == ("campus", "fails")
    assert campus["endpoint"] == {
        "host": "smtp.campus.example",
        "port": 465,
        "security": "implicit-tls",
    }
    assert campus["diagnosis"]["kind"] == "relay-denied"
    assert {"scope", "party", "confidence", "headline"} <= set(campus["diagnosis"])
    assert all({"kind", "text"} <= set(item) for item in campus["diagnosis"]["remedies"])
    assert (home["outcome"], home["diagnosis"]) == ("works", None)
    assert [item["stage"] for item in home["steps"]] == STAGES
    for step in home["steps"]:
        assert step["outcome"] in {"done", "failed", "skipped"}
        assert step["seconds"] >= 0
        assert isinstance(step["detail"], str)


def test_none_works_is_69_and_names_the_best_remedy(cli: Cli) -> None:
    cli.add_refusing("campus", DENIED)
    ran = cli.run("test", "--rcpt", "bob@other.example")
    assert ran.code == 69
    assert "No profile works from here." in " ".join(ran.out.split())
    ran = cli.run("test", "--json", "--rcpt", "bob@other.example")
    assert (ran.envelope["status"], ran.error) == ("error", "no-profile-works")
    assert ran.data["winner"] is None


def test_only_refused_credentials_is_77(cli: Cli) -> None:
    cli.add("home", "smtp.home.example", server=FakeServer(users={"ada@home.example": "other"}))
    assert cli.run("test").code == 77
    ran = cli.run("test", "--json")
    assert (ran.code, ran.error) == (77, "credentials-refused")
    cli.add_refusing("campus", DENIED)
    assert cli.run("test", "--rcpt", "bob@other.example").code == 69


def test_no_profiles_is_78_and_says_how_to_add_one(cli: Cli) -> None:
    ran = cli.run("test")
    assert ran.code == 78
    assert "profiles add" in ran.err
    assert cli.run("test", "--json").error == "no-profiles"


def test_unknown_profile_is_named(cli: Cli) -> None:
    cli.add_working("home")
    ran = cli.run("test", "hume")
    assert ran.code == 78
    assert "“hume”" in ran.err
    assert "“home”" in ran.err


def test_only_the_named_profile_is_tested(cli: Cli) -> None:
    other = cli.add_working("other")
    cli.add_working("home")
    ran = cli.run("test", "home", "--json")
    assert [item["name"] for item in ran.data["profiles"]] == ["home"]
    assert other.dialled == 0


def test_behind_a_portal_nothing_is_tried(cli: Cli) -> None:
    server = cli.add_working("home")
    cli.network = Network(portal=PortalState.REQUIRED, portal_url="http://login.hotel.example/")
    ran = cli.run("test", "--json")
    assert ran.code == 69
    assert ran.data["profiles"][0]["diagnosis"]["kind"] == "captive-portal"
    assert server.dialled == 0


@pytest.mark.parametrize("words", ["554 \x1b[31m[bold]Relay[/bold] access\x07 denied \x9b2J"])
def test_what_a_server_says_is_shown_and_not_obeyed(cli: Cli, words: str) -> None:
    cli.add_refusing("campus", words)
    ran = cli.run("test", "--rcpt", "bob@other.example")
    assert "[bold]Relay[/bold]" in ran.out
    assert not set(ran.out) & {"\x1b", "\x07", "\x9b"}
    ran = cli.run("test", "--json", "--rcpt", "bob@other.example")
    assert ran.out.isascii()
    assert "\x1b" not in ran.out


@pytest.mark.parametrize("columns", [30, 50, 75, 80, 200])
def test_it_fits_every_width(cli: Cli, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    cli.add_refusing("campus-with-a-long-name", DENIED)
    ran = cli.run("test", "--rcpt", "bob@other.example")
    assert max(len(line) for line in ran.out.splitlines()) <= columns
    for word in ("Find", "Relay", "✗"):
        assert word in ran.out


def test_the_password_is_nowhere(cli: Cli) -> None:
    cli.add_working("home")
    ran = cli.run("test", "--json")
    assert PASSWORD not in ran.out + ran.err


def test_a_half_written_profile_is_named_beside_the_others(cli: Cli) -> None:
    cli.add_working("one")
    cli.store.half_write(next(name for name in cli.store.values if "profile/id" in name))
    ran = cli.run("test", "--json")
    assert (ran.code, ran.error) == (78, "profile-broken")
    cli.add_working("two")
    ran = cli.run("test", "--json")
    assert (ran.code, ran.envelope["status"], ran.error) == (0, "partial", "profile-broken")
    assert ran.data["winner"] == "two"
    assert "“one”" in cli.run("test").err


@pytest.mark.parametrize("address", ["nobody", "b@x.example\r\nDATA", ""])
def test_a_bad_address_to_ask_for_reaches_no_server(cli: Cli, address: str) -> None:
    server = cli.add_working("home")
    ran = cli.run("test", "--rcpt", address, "--json")
    assert (ran.code, ran.error) == (65, "address-invalid")
    assert server.dialled == 0
