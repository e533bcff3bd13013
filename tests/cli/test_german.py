"""The commands that people read most speak German whole: no label is left behind."""

import runpy
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from roammail.core.network import Medium, Network, PortalState, Unknown, WhyUnknown
from roammail.core.profile import AuthMethod
from tests.cli.world import Cli

ROOT = Path(__file__).parent.parent.parent
MODULES = (
    "network",
    "outbox",
    "doctor",
    "profiles",
    "profile_files",
    "verdict",
    "delivering",
    "learn",
)


@pytest.mark.parametrize("module", MODULES)
def test_every_sentence_has_its_german(module: str) -> None:
    keywords = runpy.run_path(str(ROOT / "packaging" / "compile_catalogues.py"))["KEYWORDS"]
    source = ROOT / "roammail" / "cli" / f"{module}.py"
    marked = {found[1] for found in extract_from_file("python", source, keywords=keywords)}
    assert marked
    file = ROOT / "resources" / "locale" / "de" / "LC_MESSAGES" / "roammail.po"
    with file.open("rb") as stream:
        catalog = read_po(stream)
    singles = {text if isinstance(text, str) else text[0] for text in marked}
    assert sorted(text for text in singles if not catalog[text].string) == []


@pytest.fixture
def german(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("LANGUAGE", "de")
    return cli


def test_the_network_in_german(german: Cli) -> None:
    unknown = (Unknown("gateway", WhyUnknown.NO_ROUTE), Unknown("x", "y", "<z>"))
    german.network = Network(medium=Medium.WIFI, portal=PortalState.UNKNOWN, unknown=unknown)
    shown = german.run("network").out
    for word in ("Verbindung", "WLAN", "unbekannt", "Nicht bekannt:", "nichts ins Internet"):
        assert word in shown
    for word in ("Connection", "unknown", "Not known"):
        assert word not in shown


def test_profiles_in_german(german: Cli) -> None:
    assert "noch kein Profil" in german.run("profiles", "list").out
    german.add("home", "smtp.home.example")
    assert "Meldet sich an als" in german.run("profiles", "list").out
    shown = german.run("profiles", "show", "home").out
    assert "im Schlüsselbund" in shown
    assert AuthMethod.PASSWORD not in shown
    assert "ist entfernt." in german.run("profiles", "remove", "home", "--yes").out


def test_the_outbox_in_german(german: Cli) -> None:
    assert "leer" in german.run("outbox", "list").out
    german.add_refusing("home", "451 4.3.0 Busy, try later")
    german.run("send", "-f", "ada@home.example", "-t", "bob@far.example", "--body", "-", stdin="x")
    shown = german.run("outbox", "list").out
    assert "aufgeschoben" in shown
    assert "Betreff" in shown
    shown = german.run("outbox", "show", "1").out
    for word in ("Nächster Versuch", "Angenommen", "Versuche:", "Oktette"):
        assert word in shown


def test_the_doctor_in_german(german: Cli) -> None:
    shown = german.run("doctor").out
    assert "Schlüsselbund" in shown
    assert "Dateien liegen in" in shown
