"""Outgoing SMTP profiles: what a person set up, without its secret. No I/O."""

from dataclasses import dataclass, field
from enum import StrEnum


class Security(StrEnum):
    """How a connection is protected. Never opportunistic: it is what the profile says."""

    IMPLICIT_TLS = "implicit-tls"  # RFC 8314 section 3.3
    STARTTLS = "starttls"  # RFC 3207
    PLAINTEXT = "plaintext"  # without credentials only


class AuthMethod(StrEnum):
    """How the profile signs in (RFC 4954)."""

    PASSWORD = "password"  # noqa: S105  (the name of a method)
    NONE = "none"
    OAUTH2 = "oauth2"


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """Where a profile's server listens. `host` is a DNS name or an address, `port` 1..65535."""

    host: str
    port: int
    security: Security

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port} ({self.security})"


@dataclass(frozen=True, slots=True)
class Profile:
    """One outgoing account.

    `senders` are the addresses ("me@a.example") and domains ("@a.example") that may stand in
    From; empty means the user name's address only, or any address if there is none.
    `secret_revision` changes whenever secret, user name or server changes, so that a profile
    that was paused after a wrong password wakes up; it tells nothing of the secret itself.
    """

    id: str
    name: str
    endpoint: Endpoint
    alternatives: tuple[Endpoint, ...] = ()
    auth: AuthMethod = AuthMethod.PASSWORD
    username: str = ""
    senders: tuple[str, ...] = ()
    secret_revision: str = ""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """The first choice, then the others in order, each once."""
        return tuple(dict.fromkeys((self.endpoint, *self.alternatives)))


@dataclass(frozen=True, slots=True)
class BrokenProfile:
    """An index entry whose value cannot be read; shown by name, never hides the others."""

    id: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProfileList:
    """Every profile in the order of preference, and those that are half written."""

    profiles: tuple[Profile, ...] = ()
    broken: tuple[BrokenProfile, ...] = field(default=())
