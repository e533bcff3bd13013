"""`profiles add --address` and `--provider`: what need not be typed, and what is never guessed
in silence."""

import pytest

from roammail.adapters.preset_files import load_presets
from roammail.engine.suggest import Suggester
from roammail.ports import ServiceRecord
from tests.cli.world import PASSWORD, Cli
from tests.fakes.services import FakeServices
from tests.fakes.smtp import FakeResolver

ADD = ["profiles", "add", "--password-stdin", "--json"]


@pytest.fixture
def known(cli: Cli) -> FakeServices:
    lookup = FakeServices(
        {
            "_submissions._tcp.own.example": (ServiceRecord("smtp.own.example", 465),),
            "_submissions._tcp.odd.example": (ServiceRecord("smtp.evil.example", 465),),
        },
        {"hosted.example": ("aspmx.l.google.com",)},
    )
    names = FakeResolver({"mail.guess.example": ["192.0.2.1"]}, default=None)
    cli.suggester = Suggester(load_presets, lambda: lookup, names)
    return lookup


@pytest.mark.parametrize(
    ("address", "host", "origin", "provider"),
    [
        ("ana@gmail.com", "smtp.gmail.com", "preset", "gmail"),
        ("ana@own.example", "smtp.own.example", "dns", None),
        ("ana@hosted.example", "smtp.gmail.com", "exchanger", "google-workspace"),
    ],
)
def test_an_address_is_enough(
    cli: Cli, known: FakeServices, address: str, host: str, origin: str, provider: str | None
) -> None:
    ran = cli.run(*ADD, "--address", address, stdin=PASSWORD)
    assert ran.code == 0, ran.err
    assert (ran.data["host"], ran.data["origin"], ran.data["provider"]) == (host, origin, provider)
    assert (ran.data["username"], ran.data["senders"]) == (address, [address])


def test_every_port_is_kept(cli: Cli, known: FakeServices) -> None:
    data = cli.run(*ADD, "--address", "ana@gmail.com", stdin=PASSWORD).data
    assert (data["port"], data["security"]) == (465, "implicit-tls")
    assert data["alternatives"] == [{"host": "smtp.gmail.com", "port": 587, "security": "starttls"}]


@pytest.mark.parametrize(
    ("address", "code", "error"),
    [
        ("ana@odd.example", 64, "not-confirmed"),
        ("ana@guess.example", 64, "not-confirmed"),
        ("ana@nowhere.example", 78, "provider-unknown"),
        ("ana@tuta.com", 78, "provider-no-smtp"),
        ("ana@outlook.com", 78, "provider-oauth2"),
        ("nobody", 65, "address-invalid"),
    ],
)
def test_what_is_not_taken_in_silence(
    cli: Cli, known: FakeServices, address: str, code: int, error: str
) -> None:
    ran = cli.run(*ADD, "--address", address, stdin=PASSWORD)
    assert (ran.code, ran.error) == (code, error)
    assert not any(PASSWORD in value for value in cli.store.values.values())


def test_a_doubtful_server_needs_a_yes(cli: Cli, known: FakeServices) -> None:
    data = cli.run(*ADD, "--address", "ana@odd.example", "--yes", stdin=PASSWORD).data
    assert data["host"] == "smtp.evil.example"
    data = cli.run(*ADD, "--address", "ana@guess.example", "--yes", stdin=PASSWORD).data
    assert (data["host"], data["origin"]) == ("mail.guess.example", "guess")


def test_a_relay_service_by_its_name(cli: Cli, known: FakeServices) -> None:
    line = [*ADD, "--provider", "sendgrid", "--address", "ana@own.example"]
    data = cli.run(*line, stdin=PASSWORD).data
    assert (data["username"], data["senders"]) == ("apikey", ["ana@own.example"])
    line = [*ADD, "--provider", "mailgun", "--address", "ana@own.example"]
    assert cli.run(*line, stdin=PASSWORD).error == "username-missing"
    data = cli.run(*line, "--username", "post@own.example", stdin=PASSWORD).data
    assert data["senders"] == ["@own.example"]
    assert cli.run(*ADD, "--provider", "nobody", stdin=PASSWORD).error == "provider-unknown"


def test_a_second_account_of_a_provider_is_named_by_its_address(
    cli: Cli, known: FakeServices
) -> None:
    assert cli.run(*ADD, "--address", "ana@gmail.com", stdin=PASSWORD).data["name"] == "Gmail"
    second = cli.run(*ADD, "--address", "bob@gmail.com", stdin=PASSWORD).data
    assert second["name"] == "bob@gmail.com"


def test_providers_are_listed(cli: Cli, known: FakeServices) -> None:
    rows = cli.run("profiles", "providers", "--json").data["providers"]
    assert len(rows) >= 60
    gmail = next(row for row in rows if row["id"] == "gmail")
    assert gmail["password_kind"] == "app"
    assert gmail["checked"]
    assert "smtp.gmail.com" in cli.run("profiles", "providers").out


def test_without_address_name_and_host_are_wanted(cli: Cli) -> None:
    assert cli.run("profiles", "add", "--json").error == "usage"
    assert cli.run("profiles", "add", "--name", "x", "--json").error == "usage"
