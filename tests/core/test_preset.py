"""The presets: what shipped ones must hold, how they are found, what a bad file is told."""

from datetime import date
from typing import Any

import pytest

from roammail.adapters.preset_files import load_presets
from roammail.core.preset import Need, Password, SenderRule, Service, from_preset
from roammail.core.preset_format import PresetError, build_presets
from roammail.core.profile import AuthMethod, Profile, Security
from roammail.core.profile_check import check_profile

BOOK = load_presets()
GOOD = {
    "id": "x",
    "name": "X",
    "host": "smtp.x.example",
    "ports": ["465:implicit-tls"],
    "help": "https://x.example/",
}


def test_at_least_forty_providers_and_relays_are_known() -> None:
    kinds = [preset.service for preset in BOOK.presets]
    assert kinds.count(Service.MAILBOX) >= 40
    assert kinds.count(Service.RELAY) >= 12


@pytest.mark.parametrize("preset", BOOK.presets, ids=lambda preset: preset.id)
def test_each_shipped_preset_makes_a_good_profile(preset: Any) -> None:
    assert preset.help.startswith("https://")
    assert preset.checked is not None
    assert date(2026, 1, 1) <= preset.checked
    if preset.service is Service.NONE:
        assert not preset.endpoints
        return
    found = from_preset(preset, "ana@x.example")
    first, *others = found.endpoints
    username = found.username or "shown-by-the-provider"
    profile = Profile(
        "", preset.name, first, tuple(others), AuthMethod.PASSWORD, username, found.senders
    )
    assert check_profile(profile) is profile
    assert all(e.security is not Security.PLAINTEXT for e in preset.endpoints)
    wants_help = preset.password in (Password.APP, Password.KEY, Password.OAUTH2, Password.MAIL)
    assert preset.password_help or not wants_help


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ana@gmail.com", "gmail"),
        ("ana@GMAIL.com.", "gmail"),
        ("ana@hotmail.de", "outlook"),
        ("ana@web.de", "web-de"),
        ("ana@verizon.net", "verizon"),
        ("ana@notgmail.com", None),
        ("ana@mail.gmail.com", None),
        ("ana@münchen.example", None),
    ],
)
def test_found_by_address(address: str, expected: str | None) -> None:
    found = BOOK.by_address(address)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(
    ("exchanger", "expected"),
    [
        ("aspmx.l.google.com", "google-workspace"),
        ("example-org.mail.protection.outlook.com.", "microsoft-365"),
        ("eur.olc.protection.outlook.com", "outlook"),
        ("IN1-smtp.messagingengine.com", "fastmail"),
        ("evil-messagingengine.com", None),
        ("com", None),
        ("", None),
    ],
)
def test_found_by_mail_exchanger(exchanger: str, expected: str | None) -> None:
    found = BOOK.by_exchanger([exchanger])
    assert (found.id if found else None) == expected


def test_the_first_exchanger_that_is_known_counts() -> None:
    found = BOOK.by_exchanger(["mx.unknown.example", "mx.zoho.eu", "aspmx.l.google.com"])
    assert found is not None
    assert found.id == "zoho-eu"


def test_user_names_and_senders() -> None:
    sendgrid, web, mailgun = (BOOK.named(name) for name in ("SendGrid", "web-de", " mailGun "))
    assert BOOK.named("nobody") is None
    assert sendgrid is not None
    assert web is not None
    assert mailgun is not None
    assert sendgrid.username_for("ana@x.example") == "apikey"
    assert web.username_for("ana@web.de") == "ana"
    assert mailgun.username_for("ana@x.example") == ""
    assert mailgun.senders_for("ana@x.example") == ("@x.example",)
    assert sendgrid.senders_for("") == ()
    assert sendgrid.senders is SenderRule.VERIFIED
    assert Need.SENDER_CHECK in sendgrid.needs


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"colour": "red"}, "colour"),
        ({"id": "Big Name"}, "id"),
        ({"name": ""}, "name"),
        ({"host": "no host"}, "host"),
        ({"ports": []}, "ports"),
        ({"ports": ["465"]}, "none of"),
        ({"ports": ["0:starttls"]}, "port"),
        ({"ports": ["25:plaintext"]}, "encryption"),
        ({"domains": ["UPPER.example"]}, "small"),
        ({"mx": "x.example"}, "list"),
        ({"username": "whoever"}, "user name"),
        ({"password": "magic"}, "magic"),
        ({"password": "none"}, "password"),
        ({"needs": ["luck"]}, "luck"),
        ({"help": ""}, "page"),
        ({"help": "http://x.example/"}, "https"),
        ({"checked": "today", "source": "list"}, "date"),
        ({"checked": date(2026, 1, 1)}, "together"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_preset(change: dict[str, Any], says: str) -> None:
    with pytest.raises(PresetError, match=f"(?s)f.toml.*{says}"):
        build_presets({"f.toml": {"preset": [{**GOOD, **change}]}})


def test_a_domain_belongs_to_one_preset() -> None:
    both = [{**GOOD, "domains": ["x.example"]}, {**GOOD, "id": "y", "domains": ["x.example"]}]
    with pytest.raises(PresetError, match=r"x\.example"):
        build_presets({"f.toml": {"preset": both}})
    with pytest.raises(PresetError, match="colour"):
        build_presets({"f.toml": {"colour": []}})
    with pytest.raises(PresetError, match="list"):
        build_presets({"f.toml": {"preset": {}}})
