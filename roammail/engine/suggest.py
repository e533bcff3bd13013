"""What a profile for an address would need: from what is known of its provider, then from what
its domain says in DNS (RFC 6186, RFC 8314), last from names that are often used.

A guess is called one, and what is unknown stays unknown.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from roammail.core.address import check_address, domain_of
from roammail.core.failure import SmtpFailure
from roammail.core.preset import (
    Origin,
    PresetBook,
    Suggestion,
    folded,
    from_preset,
    without_preset,
)
from roammail.core.profile import Endpoint, Security
from roammail.ports import Resolver, ServiceLookup, ServiceRecord

#: Seconds for each of the three questions; a person waits for them.
_PATIENCE = 4.0
_SERVICES = (
    ("_submissions._tcp", Security.IMPLICIT_TLS),  # RFC 8314 section 5.1
    ("_submission._tcp", Security.STARTTLS),  # RFC 6186 section 3.1
)
_OFTEN = ("smtp", "mail")
_USUAL_PORTS = ((465, Security.IMPLICIT_TLS), (587, Security.STARTTLS))


class Suggester:
    """Knows the presets, and asks DNS; both are loaded when they are first needed."""

    def __init__(
        self,
        load: Callable[[], PresetBook],
        make_lookup: Callable[[], ServiceLookup],
        resolver: Resolver,
    ) -> None:
        self._load = load
        self._make_lookup = make_lookup
        self._resolver = resolver

    @cached_property
    def _lookup(self) -> ServiceLookup:
        return self._make_lookup()

    @property
    def presets(self) -> PresetBook:
        """Every provider and relay service that is known."""
        return self._load()

    async def suggest(self, address: str) -> Suggestion:
        """Raises BadMessage (`address-invalid`); whatever DNS does, there is an answer."""
        address = check_address(address)
        preset = self.presets.by_address(address)
        if preset is not None:
            return from_preset(preset, address)
        domain = folded(domain_of(address))
        if domain.startswith("["):
            return Suggestion(address, Origin.UNKNOWN)
        named, services_asked = await self._named(address, domain)
        if named is not None:
            return named
        hosted, exchangers_asked = await self._hosted(address, domain)
        found = hosted or await self._guess(address, domain)
        return replace(found, unanswered=not (services_asked and exchangers_asked))

    async def _named(self, address: str, domain: str) -> tuple[Suggestion | None, bool]:
        answers = await asyncio.gather(
            *(self._services(f"{service}.{domain}") for service, _ in _SERVICES)
        )
        asked = all(answer is not None for answer in answers)
        endpoints = [
            Endpoint(record.host, record.port, security)
            for (_, security), answer in zip(_SERVICES, answers, strict=True)
            for record in answer or ()
        ]
        if not endpoints:
            return None, asked
        return self._of_endpoints(address, domain, endpoints), asked

    def _of_endpoints(self, address: str, domain: str, endpoints: Sequence[Endpoint]) -> Suggestion:
        known = self.presets.by_host(endpoints[0].host)
        if known is not None:
            return from_preset(known, address, Origin.DNS)
        foreign = any(not _within(item.host, domain) for item in endpoints)
        return without_preset(address, Origin.DNS, tuple(dict.fromkeys(endpoints)), foreign=foreign)

    async def _hosted(self, address: str, domain: str) -> tuple[Suggestion | None, bool]:
        try:
            names = await self._lookup.exchangers(domain, _PATIENCE)
        except SmtpFailure:
            return None, False
        preset = self.presets.by_exchanger(names)
        return (from_preset(preset, address, Origin.EXCHANGER) if preset else None), True

    async def _guess(self, address: str, domain: str) -> Suggestion:
        hosts = [f"{label}.{domain}" for label in _OFTEN]
        there = await asyncio.gather(*(self._exists(host) for host in hosts))
        endpoints = tuple(
            Endpoint(host, port, security)
            for host, exists in zip(hosts, there, strict=True)
            for port, security in _USUAL_PORTS
            if exists
        )
        if not endpoints:
            return Suggestion(address, Origin.UNKNOWN)
        return without_preset(address, Origin.GUESS, endpoints)

    async def _services(self, name: str) -> tuple[ServiceRecord, ...] | None:
        """None where DNS could not be asked."""
        try:
            return await self._lookup.services(name, _PATIENCE)
        except SmtpFailure:
            return None

    async def _exists(self, host: str) -> bool:
        try:
            return bool(await self._resolver.resolve(host, _PATIENCE))
        except SmtpFailure:
            return False


def _within(host: str, domain: str) -> bool:
    return folded(host) == domain or folded(host).endswith(f".{domain}")
