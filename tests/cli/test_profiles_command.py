"""`roammail profiles`: what is kept, what is shown, and that the password never comes out."""

import json
from pathlib import Path

import pytest

from roammail.core.errors import StoreLocked
from tests.cli.world import PASSWORD, Cli, write

ADD = ["profiles", "add", "--name", "home", "--host", "smtp.home.example"]


def test_add_with_every_option_of_the_contract(cli: Cli) -> None:
    line = [*ADD, "--port", "587", "--security", "starttls", "--auth", "password"]
    line += ["--username", "ada", "--sender", "ada@home.example", "@work.example"]
    line += ["--alt", "465:implicit-tls", "2525:starttls", "--password-stdin", "--json"]
    ran = cli.run(*line, stdin=PASSWORD)
    assert ran.code == 0
    assert ran.data["senders"] == ["ada@home.example", "@work.example"]
    assert [item["port"] for item in ran.data["alternatives"]] == [465, 2525]
    shown = cli.run("profiles", "show", "home", "--json").data
    assert shown["has_secret"] is True
    assert (shown["port"], shown["security"], shown["auth"]) == (587, "starttls", "password")
    assert PASSWORD in "".join(cli.store.values.values())


@pytest.mark.parametrize(
    ("more", "port", "security", "auth"),
    [
        ([], 465, "implicit-tls", "password"),
        (["--port", "587"], 587, "starttls", "password"),
        (["--port", "443"], 443, "implicit-tls", "password"),
        (["--security", "starttls"], 587, "starttls", "password"),
        (["--security", "plaintext"], 25, "plaintext", "none"),
    ],
)
def test_what_is_left_out_is_filled_in_safely(
    cli: Cli, more: list[str], port: int, security: str, auth: str
) -> None:
    line = [*ADD, "--username", "ada@home.example", *more, "--json"]
    line += [] if auth == "none" else ["--password-stdin"]
    data = cli.run(*line, stdin=PASSWORD).data
    assert (data["port"], data["security"], data["auth"]) == (port, security, auth)


@pytest.mark.parametrize(
    ("line", "stdin", "code", "error"),
    [
        ([*ADD, "--username", "ada"], "", 64, "password-missing"),
        ([*ADD, "--username", "ada", "--password-stdin"], "", 64, "password-missing"),
        ([*ADD, "--username", "a", "--password-stdin"], "x" * 70_000, 64, "secret-too-long"),
        ([*ADD, "--username", "a", "--password-stdin"], b"caf\xe9", 64, "secret-bad"),
        ([*ADD, "--password-stdin"], "pw", 78, "username-missing"),
        ([*ADD[:-1], "no host", "--auth", "none"], "", 78, "host-bad"),
        ([*ADD, "--auth", "none", "--sender", "nobody"], "", 78, "sender-bad"),
        (
            [*ADD, "--security", "plaintext", "--auth", "password", "--password-stdin"],
            "pw",
            78,
            "plaintext-with-credentials",
        ),
        (["profiles", "show", "nobody"], "", 78, "profile-unknown"),
        (["profiles", "remove", "nobody", "--yes"], "", 78, "profile-unknown"),
        (["profiles", "order", "nobody"], "", 78, "profile-unknown"),
        (["profiles", "import", "/nowhere"], "", 65, "file-unreadable"),
        (["profiles", "import", "-"], "not profiles", 65, "import-damaged"),
        (["profiles", "export", "--with-secrets"], "", 78, "passphrase-missing"),
        (["profiles", "export", "-o", "/nowhere/x"], "", 73, "file-unwritable"),
    ],
)
def test_bad_input_has_a_code(
    cli: Cli, line: list[str], stdin: str | bytes, code: int, error: str
) -> None:
    ran = cli.run(*line, "--json", stdin=stdin)
    assert (ran.code, ran.error) == (code, error)
    ran = cli.run(*line, stdin=stdin)
    assert ran.code == code
    assert ran.err.startswith("roammail: ")


def test_nothing_asks_without_a_terminal(cli: Cli) -> None:
    cli.add_working()
    ran = cli.run("profiles", "remove", "home", stdin="y\n")
    assert ran.code == 64
    assert "--yes" in ran.err
    assert cli.run("profiles", "remove", "home", "--yes").code == 0
    assert cli.run("profiles", "list", "--json").data["profiles"] == []


def test_an_empty_list_says_how_to_begin(cli: Cli) -> None:
    ran = cli.run("profiles", "list")
    assert ran.code == 0
    assert "profiles add" in ran.out


def test_edit_changes_what_is_named_and_keeps_the_rest(cli: Cli) -> None:
    cli.add_working()
    line = ["profiles", "edit", "home", "--name", "den", "--sender", "bob@x.example"]
    data = cli.run(*line, "--alt", "587:starttls", "--host", "smtp.den.example", "--json").data
    assert data["name"] == "den"
    assert data["senders"] == ["ada@home.example", "bob@x.example"]
    assert data["alternatives"] == [
        {"host": "smtp.den.example", "port": 587, "security": "starttls"}
    ]
    shown = cli.run("profiles", "show", "den", "--json").data
    assert shown["has_secret"] is True
    line = ["profiles", "edit", "den", "--drop-sender", "bob@x.example", "--drop-alt", "587"]
    data = cli.run(*line, "--json").data
    assert (data["senders"], data["alternatives"]) == (["ada@home.example"], [])
    ran = cli.run("profiles", "edit", "den", "--password-stdin", stdin="S3cr3t-new-canary\n")
    assert ran.code == 0
    assert "S3cr3t-new" in "".join(cli.store.values.values())


def test_order(cli: Cli) -> None:
    cli.add_working("one")
    cli.add_working("two")
    cli.add_working("three")
    data = cli.run("profiles", "order", "three", "two", "--json").data
    assert [item["name"] for item in data["profiles"]] == ["three", "two", "one"]


def test_export_and_import(cli: Cli, tmp_path: Path) -> None:
    cli.add_working()
    file = tmp_path / "profiles.json"
    assert cli.run("profiles", "export", "-o", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in file.read_text()
    assert cli.run("profiles", "export", "-o", str(file)).code == 64  # it exists, nobody to ask
    line = ["profiles", "export", "--with-secrets", "--passphrase-stdin", "-o", str(file)]
    assert cli.run(*line, "--yes", stdin="correct horse\n").code == 0
    assert PASSWORD not in file.read_text()
    assert cli.run("profiles", "import", str(file), "--json").error == "passphrase-missing"
    wrong = cli.run("profiles", "import", str(file), "--passphrase-stdin", "--json", stdin="no\n")
    assert wrong.error == "passphrase-wrong"
    cli.run("profiles", "remove", "home", "--yes")
    line = ["profiles", "import", str(file), "--passphrase-stdin", "--json"]
    (row,) = cli.run(*line, stdin="correct horse\n").data["profiles"]
    assert (row["name"], row["outcome"], row["has_secret"]) == ("home", "added", True)
    assert cli.run("test").code == 0


def test_a_file_too_large_for_profiles_is_not_called_a_mail(cli: Cli) -> None:
    ran = cli.run("profiles", "import", "/dev/zero")
    assert ran.code == 65
    assert "“/dev/zero” is larger than 9 MB, which exported profiles never are." in ran.err
    assert cli.run("profiles", "list", "--json").data["profiles"] == []


def test_export_to_standard_output_is_importable(cli: Cli, tmp_path: Path) -> None:
    cli.add_working()
    ran = cli.run("profiles", "export")
    json.loads(ran.out)
    assert cli.run("profiles", "import", "-", stdin=ran.out).code == 0
    assert cli.run("profiles", "import", write(tmp_path, "p", ran.out)).code == 0


def test_a_half_written_profile_is_named_and_hides_no_other(cli: Cli) -> None:
    cli.add_working("one")
    cli.add_working("two")
    cli.store.half_write(next(name for name in cli.store.values if "profile/id" in name))
    ran = cli.run("profiles", "list", "--json")
    assert ran.envelope["status"] == "partial"
    assert len(ran.data["profiles"]) == 1
    assert ran.data["broken"][0]["name"] == "one"
    assert "one" in cli.run("profiles", "list").out
    assert cli.run("profiles", "remove", "one", "--yes").code == 0


def test_a_locked_keyring_is_78(cli: Cli) -> None:
    cli.store.trouble = StoreLocked("keyring-locked", "The keyring is locked. Unlock it.")
    for line in (["profiles", "list"], ["test"], ["profiles", "show", "x"]):
        ran = cli.run(*line, "--json")
        assert (ran.code, ran.error) == (78, "keyring-locked")


@pytest.mark.parametrize("name", ["[bold]x[/bold]", ":smile:", "a[/]b"])
def test_names_are_shown_as_they_are(cli: Cli, name: str) -> None:
    cli.add(name, "smtp.home.example")
    assert name in cli.run("profiles", "list").out
    assert name in cli.run("profiles", "show", name).out
