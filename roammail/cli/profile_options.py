"""What the options of `profiles add` and `profiles edit` mean. No I/O."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from roammail.core.address import address_key
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security

F = TypeVar("F", bound=Callable[..., Any])

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
        if not _is_port(port):
            self.fail(f"“{value}” does not begin with a port from 1 to 65535.", param, ctx)
        if security not in kinds:
            self.fail(f"“{value}” does not end with one of: {', '.join(kinds)}.", param, ctx)
        return int(port), Security(security)


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535


def _port(text: str) -> int:
    if not _is_port(text):
        raise click.BadParameter(f"“{text}” is not a port: a whole number from 1 to 65535.")
    return int(text)


_OPTIONS = (
    click.option("--port", type=_port, metavar="NUMBER", help="465, 587, …"),
    click.option("--security", type=SECURITY, help="How the connection is protected."),
    click.option("--auth", type=AUTH, help="How to sign in."),
    click.option("--username", help="The name to sign in with."),
    click.option("--sender", multiple=True, help="An ADDRESS or @DOMAIN that it may send as."),
    click.option("--alt", multiple=True, type=PortAndSecurity(), help="To be tried as well."),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The options as they were typed; None where one was left out."""

    name: str | None
    host: str | None
    port: int | None
    security: str | None
    auth: str | None
    username: str | None
    sender: tuple[str, ...]
    alt: tuple[tuple[int, Security], ...]


def settings_options(function: F) -> F:
    """Adds the options that `add` and `edit` have in common."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def new_profile(given: Settings) -> Profile:
    """The profile of `add`, what was left out filled in."""
    port, protection = port_and_security(given.port, given.security)
    host = given.host or ""
    auth = AuthMethod.NONE if protection is Security.PLAINTEXT else AuthMethod.PASSWORD
    return Profile(
        id="",
        name=given.name or "",
        endpoint=Endpoint(host, port, protection),
        alternatives=tuple(Endpoint(host, *item) for item in given.alt),
        auth=AuthMethod(given.auth) if given.auth else auth,
        username=given.username or "",
        senders=given.sender,
    )


def changed_profile(
    old: Profile, given: Settings, drop_sender: tuple[str, ...], drop_alt: tuple[int, ...]
) -> Profile:
    """The profile of `edit`: what was left out stays as it was."""
    endpoint = Endpoint(
        old.endpoint.host if given.host is None else given.host,
        given.port or old.endpoint.port,
        Security(given.security) if given.security else old.endpoint.security,
    )
    return replace(
        old,
        name=old.name if given.name is None else given.name,
        endpoint=endpoint,
        alternatives=merged_alternatives(old, endpoint.host, given.alt, drop_alt),
        auth=AuthMethod(given.auth) if given.auth else old.auth,
        username=old.username if given.username is None else given.username,
        senders=merged_senders(old, given.sender, drop_sender),
    )


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
