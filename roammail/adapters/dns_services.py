"""SRV and MX records, asked of the system's name servers. The only place that knows dnspython.

Every look-up reads the system's configuration anew: a laptop's name servers change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdata import Rdata

from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.ports import ServiceRecord

#: Records of one answer that are looked at; whoever sends more has something else in mind.
MAX_RECORDS = 20


def _system_resolver() -> dns.asyncresolver.Resolver:
    return dns.asyncresolver.Resolver(configure=True)


@dataclass(frozen=True, slots=True)
class DnsServices:
    """The ServiceLookup port."""

    make: Callable[[], dns.asyncresolver.Resolver] = field(default=_system_resolver)

    async def services(self, name: str, timeout: float) -> tuple[ServiceRecord, ...]:
        """SRV records by priority; a target of “.” says that there is no such service."""
        found = await self._ask(name, dns.rdatatype.SRV, timeout)
        found = sorted(found, key=lambda record: (record.priority, -record.weight))  # type: ignore[attr-defined]
        records = [
            ServiceRecord(_text(record.target), record.port)  # type: ignore[attr-defined]
            for record in found
        ]
        return tuple(item for item in records if item.host and 1 <= item.port <= 65_535)

    async def exchangers(self, domain: str, timeout: float) -> tuple[str, ...]:
        """MX records by preference; a null MX (RFC 7505) names none."""
        found = await self._ask(domain, dns.rdatatype.MX, timeout)
        found = sorted(found, key=lambda record: record.preference)  # type: ignore[attr-defined]
        names = [_text(record.exchange) for record in found]  # type: ignore[attr-defined]
        return tuple(name for name in names if name)

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType, timeout: float) -> list[Rdata]:
        try:
            resolver = self.make()
            answer = await resolver.resolve(name, kind, lifetime=timeout, search=False)
        except (
            dns.resolver.NXDOMAIN,
            dns.resolver.NoAnswer,
            dns.name.LabelTooLong,
            dns.name.NameTooLong,
            dns.name.EmptyLabel,
        ):
            return []
        except dns.exception.Timeout as error:
            detail = f"no answer from DNS in {timeout:g} s"
            raise SmtpFailure(Failure(FailureKind.TIMED_OUT, detail)) from error
        except (dns.exception.DNSException, OSError) as error:
            kind_of_error = type(error).__name__
            raise SmtpFailure(Failure(FailureKind.DNS_TEMPORARY, kind_of_error)) from error
        return list(answer)[:MAX_RECORDS]


def _text(name: dns.name.Name) -> str:
    """A host name without its last dot; "" for the root and for what is no host name."""
    text = name.to_text(omit_final_dot=True)
    plain = text.isascii() and all(char.isalnum() or char in "-_." for char in text)
    return text.lower() if plain and text not in (".", "@") else ""
