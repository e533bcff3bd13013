"""SRV and MX records: the port's contract, against a real name server on loopback and the fake."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from roammail.adapters.dns_services import MAX_RECORDS, DnsServices
from roammail.core.failure import FailureKind, SmtpFailure
from roammail.ports import ServiceLookup, ServiceRecord
from tests.fakes.services import FakeServices

ZONE = {
    ("_submissions._tcp.x.example.", "SRV"): [
        "20 0 465 late.x.example.",
        "10 5 465 light.x.example.",
        "10 50 465 Heavy.x.example.",
    ],
    ("_submission._tcp.x.example.", "SRV"): ["0 0 0 ."],
    ("x.example.", "MX"): ["20 second.x.example.", "10 first.x.example."],
    ("null.example.", "MX"): ["0 ."],
    ("odd.example.", "MX"): ["10 a\\032b.odd.example.", "20 good.odd.example."],
    ("many.example.", "MX"): [f"{n} m{n}.many.example." for n in range(60)],
}


class NameServer(asyncio.DatagramProtocol):
    """Answers from the zone; names under silent.example get no answer, under bad.example
    SERVFAIL, other unknown names NXDOMAIN."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        if name.endswith("silent.example."):
            return
        answer = dns.message.make_response(query)
        records = ZONE.get((name, kind))
        if name.endswith("bad.example."):
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records:
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, records))
        elif not any(known == name for known, _ in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[Callable[[], dns.asyncresolver.Resolver]]:
    """A resolver that asks only our own server."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]

    def make() -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = port
        return resolver

    try:
        yield make
    finally:
        transport.close()


@pytest.fixture(params=["real", "fake"])
async def lookup(request: pytest.FixtureRequest) -> AsyncIterator[ServiceLookup]:
    """The port, over both."""
    if request.param == "fake":
        yield FakeServices(
            {
                "_submissions._tcp.x.example": (
                    ServiceRecord("heavy.x.example", 465),
                    ServiceRecord("light.x.example", 465),
                    ServiceRecord("late.x.example", 465),
                )
            },
            {"x.example": ("first.x.example", "second.x.example")},
        )
        return
    async with name_server() as make:
        yield DnsServices(make)


async def test_services_come_by_priority_and_weight(lookup: ServiceLookup) -> None:
    found = await lookup.services("_submissions._tcp.x.example", 20.0)
    assert [record.host for record in found] == [
        "heavy.x.example",
        "light.x.example",
        "late.x.example",
    ]
    assert {record.port for record in found} == {465}


async def test_exchangers_come_by_preference(lookup: ServiceLookup) -> None:
    assert await lookup.exchangers("x.example", 2.0) == ("first.x.example", "second.x.example")


async def test_nothing_is_no_error(lookup: ServiceLookup) -> None:
    assert await lookup.services("_submission._tcp.x.example", 2.0) == ()
    assert await lookup.services("_submissions._tcp.nowhere.example", 2.0) == ()
    assert await lookup.exchangers("nowhere.example", 2.0) == ()
    assert await lookup.exchangers("null.example", 2.0) == ()


async def test_hostile_answers_are_cut_down() -> None:
    async with name_server() as make:
        real = DnsServices(make)
        assert await real.exchangers("odd.example", 2.0) == ("good.odd.example",)
        assert len(await real.exchangers("many.example", 2.0)) <= MAX_RECORDS


@pytest.mark.parametrize(
    ("name", "kind"),
    [("silent.example", FailureKind.TIMED_OUT), ("bad.example", FailureKind.DNS_TEMPORARY)],
)
async def test_dns_that_does_not_answer_is_told_apart(name: str, kind: FailureKind) -> None:
    async with name_server() as make:
        with pytest.raises(SmtpFailure) as caught:
            await DnsServices(make).exchangers(name, 0.3)
    assert caught.value.failure.kind is kind


async def test_a_name_that_is_none_has_no_records() -> None:
    async with name_server() as make:
        real = DnsServices(make)
        assert await real.exchangers(f"{'a' * 70}.example", 1.0) == ()
        assert await real.services(f"_submissions._tcp.{'a.' * 130}example", 1.0) == ()
