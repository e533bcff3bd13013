"""From an address to the settings of a profile: the provider, DNS, a guess, or an honest no."""

import pytest

from roammail.adapters.preset_files import load_presets
from roammail.core.errors import BadMessage
from roammail.core.preset import Origin
from roammail.core.profile import Security
from roammail.engine.suggest import Suggester
from roammail.ports import ServiceRecord
from tests.fakes.services import FakeServices
from tests.fakes.smtp import FakeResolver


def suggester(lookup: FakeServices, *hosts: str) -> Suggester:
    return Suggester(
        load_presets,
        lambda: lookup,
        FakeResolver({host: ["192.0.2.1"] for host in hosts}, default=None),
    )


async def test_a_providers_own_domain_asks_no_dns() -> None:
    lookup = FakeServices(silent=True)
    found = await suggester(lookup).suggest("ana@gmail.com")
    assert found.preset is not None
    assert (found.origin, found.preset.id, found.name) == (Origin.PRESET, "gmail", "Gmail")
    assert [endpoint.port for endpoint in found.endpoints] == [465, 587]
    assert (found.username, found.senders) == ("ana@gmail.com", ("ana@gmail.com",))
    assert lookup.asked == []


async def test_services_that_the_domain_names() -> None:
    lookup = FakeServices(
        {
            "_submissions._tcp.x.example": (ServiceRecord("smtp.x.example", 465),),
            "_submission._tcp.x.example": (ServiceRecord("smtp.x.example", 587),),
        }
    )
    found = await suggester(lookup).suggest("ana@x.example")
    assert (found.origin, found.foreign, found.preset) == (Origin.DNS, False, None)
    assert [(e.port, e.security) for e in found.endpoints] == [
        (465, Security.IMPLICIT_TLS),
        (587, Security.STARTTLS),
    ]
    assert found.username == "ana@x.example"


@pytest.mark.parametrize(
    ("host", "foreign"),
    [
        ("smtp.x.example", False),
        ("x.example", False),
        ("smtp.evil.example", True),
        ("x.example.evil.example", True),
        ("notx.example", True),
    ],
)
async def test_a_server_elsewhere_is_marked(host: str, foreign: bool) -> None:
    lookup = FakeServices({"_submissions._tcp.x.example": (ServiceRecord(host, 465),)})
    found = await suggester(lookup).suggest("ana@x.example")
    assert (found.origin, found.foreign) == (Origin.DNS, foreign)


async def test_a_known_providers_server_brings_what_is_known_of_it() -> None:
    record = (ServiceRecord("smtp.fastmail.com", 465),)
    found = await suggester(FakeServices({"_submissions._tcp.x.example": record})).suggest(
        "ana@x.example"
    )
    assert found.preset is not None
    assert (found.preset.id, found.foreign, found.origin) == ("fastmail", False, Origin.DNS)
    assert found.senders == ("ana@x.example",)


async def test_a_hosted_domain_is_known_by_its_exchanger() -> None:
    lookup = FakeServices(mx={"x.example": ("aspmx.l.google.com",)})
    found = await suggester(lookup).suggest("ana@X.example")
    assert found.preset is not None
    assert (found.origin, found.preset.id) == (Origin.EXCHANGER, "google-workspace")
    assert found.username == "ana@X.example"


async def test_names_that_exist_are_called_a_guess() -> None:
    found = await suggester(FakeServices(), "mail.x.example").suggest("ana@x.example")
    assert found.origin is Origin.GUESS
    assert {endpoint.host for endpoint in found.endpoints} == {"mail.x.example"}
    assert [endpoint.port for endpoint in found.endpoints] == [465, 587]


async def test_unknown_is_said_and_so_is_dns_that_is_silent() -> None:
    found = await suggester(FakeServices()).suggest("ana@x.example")
    assert (found.origin, found.endpoints, found.unanswered) == (Origin.UNKNOWN, (), False)
    found = await suggester(FakeServices(silent=True)).suggest("ana@x.example")
    assert (found.origin, found.unanswered) == (Origin.UNKNOWN, True)


async def test_addresses_that_are_none() -> None:
    with pytest.raises(BadMessage):
        await suggester(FakeServices()).suggest("nobody")
    found = await suggester(FakeServices()).suggest("ana@[192.0.2.1]")
    assert found.origin is Origin.UNKNOWN


async def test_an_international_domain_is_asked_for_in_its_ascii_form() -> None:
    lookup = FakeServices()
    await suggester(lookup).suggest("ana@bücher.example")
    assert "_submissions._tcp.xn--bcher-kva.example" in lookup.asked
