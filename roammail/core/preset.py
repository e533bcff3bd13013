"""What is known of providers and relay services: where they take mail, and what they want.

Owns the look-up by address, mail exchanger and host. Must not know how presets are written
down (`preset_format.py`), nor DNS.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import idna

from roammail.core.profile import Endpoint


class Service(StrEnum):
    """What a provider offers."""

    MAILBOX = "mailbox"
    RELAY = "relay"  # sends only, for domains of yours
    NONE = "none"  # no way in for other programs


class Password(StrEnum):
    """What has to be typed as the password."""

    ACCOUNT = "account"
    APP = "app"  # made for one program, where two-step sign-in guards the account
    MAIL = "mail"  # one for all mail programs, set beside the account's
    KEY = "key"  # an API key or an SMTP password from the service's own pages
    BRIDGE = "bridge"  # the one that the provider's helper program shows
    OAUTH2 = "oauth2"  # no password is taken at all
    NONE = "none"


class SenderRule(StrEnum):
    """From which addresses the service sends."""

    OWN = "own"  # the account's own addresses
    VERIFIED = "verified"  # addresses and domains that it was shown to own
    DOMAIN = "domain"  # any address of a domain that was verified


class Need(StrEnum):
    """What has to be done before a program can send."""

    SWITCH_ON = "switch-on"  # access for mail programs is off until the person allows it
    TWO_STEP = "two-step"  # app passwords exist with two-step sign-in only
    ADMINISTRATOR = "administrator"  # somebody else may have forbidden it
    PAID = "paid"
    BRIDGE_CERTIFICATE = "bridge-certificate"
    SENDER_CHECK = "sender-check"  # the sender or its domain must be verified there
    REGION = "region"  # other regions have another server


class Basis(StrEnum):
    """With what a preset's host and ports were last compared."""

    PROVIDER = "provider"
    ISPDB = "ispdb"
    LIST = "list"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Preset:
    """One provider or service. `endpoints` are in the order of preference.

    `username` is "address", "local-part", "given" or "=word"; `checked` the day on which host
    and ports were compared with `source`, None if they never were.
    """

    id: str
    name: str
    service: Service = Service.MAILBOX
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    username: str = "address"
    password: Password = Password.ACCOUNT
    password_help: str = ""
    senders: SenderRule = SenderRule.OWN
    needs: tuple[Need, ...] = ()
    help: str = ""
    checked: date | None = None
    source: Basis | None = None

    def username_for(self, address: str) -> str:
        """What to sign in as; "" where the provider shows it on its own pages."""
        match self.username:
            case "address":
                return address
            case "local-part":
                return address.rpartition("@")[0]
            case "given":
                return ""
            case word:
                return word.removeprefix("=")

    def senders_for(self, address: str) -> tuple[str, ...]:
        """What may stand in From, as a profile keeps it."""
        if not address:
            return ()
        if self.senders is SenderRule.DOMAIN:
            return (f"@{address.rpartition('@')[2]}",)
        return (address,)


@dataclass(frozen=True, slots=True)
class PresetBook:
    """Every preset, found by what a person or DNS says."""

    presets: tuple[Preset, ...]
    _by_domain: Mapping[str, Preset] = field(init=False, repr=False, compare=False)
    _by_mx: Mapping[str, Preset] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_domain = {domain: preset for preset in self.presets for domain in preset.domains}
        by_mx = {end: preset for preset in self.presets for end in preset.mx}
        object.__setattr__(self, "_by_domain", by_domain)
        object.__setattr__(self, "_by_mx", by_mx)

    def by_address(self, address: str) -> Preset | None:
        """The provider whose own domain the address is in."""
        return self._by_domain.get(folded(address.rpartition("@")[2]))

    def by_exchanger(self, names: Iterable[str]) -> Preset | None:
        """The provider that takes a domain's mail, from its mail exchangers in order; of two
        ends that fit, the longer one."""
        for name in names:
            labels = folded(name).split(".")
            for start in range(len(labels) - 1):
                found = self._by_mx.get(".".join(labels[start:]))
                if found is not None:
                    return found
        return None

    def by_host(self, host: str) -> Preset | None:
        """The provider that submits through this host."""
        wanted = folded(host)
        hosts = ((p, p.endpoints[0].host) for p in self.presets if p.endpoints)
        return next((preset for preset, known in hosts if known == wanted), None)

    def named(self, name: str) -> Preset | None:
        """By id, or by name without regard to case."""
        wanted = name.strip().casefold()
        return next((p for p in self.presets if wanted in (p.id, p.name.casefold())), None)


class Origin(StrEnum):
    """How a suggestion was come by, the surest first."""

    PRESET = "preset"  # the address is in a provider's own domain
    EXCHANGER = "exchanger"  # the domain's mail is taken by a known provider
    DNS = "dns"  # the domain names its servers (RFC 6186, RFC 8314)
    GUESS = "guess"  # a name that is often used exists
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a profile for the address would need. No endpoint: nothing is known.

    `foreign`: DNS named a server outside the domain and of no known provider; a network could
    have made that up, so a person confirms it before a password goes there (RFC 6186 section 6).
    `unanswered`: DNS could not be asked from here, so more may be known elsewhere.
    """

    address: str
    origin: Origin
    preset: Preset | None = None
    endpoints: tuple[Endpoint, ...] = ()
    username: str = ""
    senders: tuple[str, ...] = ()
    name: str = ""
    foreign: bool = False
    unanswered: bool = False


def from_preset(preset: Preset, address: str, origin: Origin = Origin.PRESET) -> Suggestion:
    """What the preset says for this address."""
    return Suggestion(
        address=address,
        origin=origin,
        preset=preset,
        endpoints=preset.endpoints,
        username=preset.username_for(address),
        senders=preset.senders_for(address),
        name=preset.name,
    )


def without_preset(
    address: str, origin: Origin, endpoints: tuple[Endpoint, ...], *, foreign: bool = False
) -> Suggestion:
    """What is usual where no provider is known: the address is the user name."""
    domain = address.rpartition("@")[2]
    return Suggestion(address, origin, None, endpoints, address, (address,), domain, foreign)


def folded(domain: str) -> str:
    """A domain as it is compared: A-labels, lower case, no last dot."""
    bare = domain.strip().rstrip(".").lower()
    if bare.isascii():
        return bare
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except UnicodeError:
        return bare
