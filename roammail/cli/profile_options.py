"""What the options of `profiles add` and `profiles edit` mean. No I/O."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from roammail.core.address import address_key
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security

SECURITY = click.Choice([item.value for item in Security])
AUTH = click.Choice([item.value for item in AuthMethod])

#: RFC 8314 section 3.3 and RFC 6409 section 3.1; plain relays listen on the MTA's port.
_PORTS = {Security.IMPLICIT_TLS: 465, Security.STARTTLS: 587, Security.PLAINTEXT: 25}

#: Ports on which providers speak TLS from the first octet; 443 and 8465 get round blocks.
_IMPLICIT_PORTS = frozenset({465, 443, 8465})


if TYPE_CHECKING:
    _Type = click.ParamType[tuple[int, Security]]
else:
    _Type = click.ParamType  # takes no parameter at run time in older versions of click


class PortAndSecurity(_Type):
    """PORT:SECURITY of an alternative endpoint."""

    name = "PORT:SECURITY"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, Security]:
        """A port and how it is protected, as in 2525:starttls."""
        port, _, security = str(value).partition(":")
        kinds = [item.value for item in Security]
        if not (port.isascii() and port.isdigit() and 1 <= int(port[:6]) <= 65535):
            self.fail(f"“{value}” does not begin with a port from 1 to 65535.", param, ctx)
        if security not in kinds:
            self.fail(f"“{value}” does not end with one of: {', '.join(kinds)}.", param, ctx)
        return int(port), Security(security)


def port_and_security(port: int | None, security: str | None) -> tuple[int, Security]:
    """Fills in what was left out. Without a word about it, a connection is never in clear."""
    if security is not None:
        kind = Security(security)
        return port or _PORTS[kind], kind
    if port is None or port in _IMPLICIT_PORTS:
        return port or 465, Security.IMPLICIT_TLS
    return port, Security.STARTTLS


def merged_alternatives(
    old: Profile, host: str, more: Iterable[tuple[int, Security]], without: Iterable[int]
) -> tuple[Endpoint, ...]:
    """The old ones without some ports, then the new ones; all move along to a new host."""
    dropped = set(without)
    kept = [
        Endpoint(host if item.host == old.endpoint.host else item.host, item.port, item.security)
        for item in old.alternatives
        if item.port not in dropped
    ]
    return tuple(dict.fromkeys([*kept, *(Endpoint(host, *item) for item in more)]))


def merged_senders(
    old: Profile, more: tuple[str, ...], without: tuple[str, ...]
) -> tuple[str, ...]:
    """The old ones and the new ones. The user name's own address, which may send as long as
    nothing is named, is named once something else is."""
    start = old.senders
    if not start and more and "@" in old.username:
        start = (old.username,)
    dropped = {address_key(item) for item in without}
    return tuple(
        item for item in dict.fromkeys((*start, *more)) if address_key(item) not in dropped
    )
