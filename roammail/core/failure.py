"""What is seen without a reply: the ways in which name, network, TLS or peer can fail."""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """Why there is no usable reply. The party at fault is the diagnosis's to say."""

    DNS_NOT_FOUND = "dns-not-found"
    DNS_TEMPORARY = "dns-temporary"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    CONNECTION_LOST = "connection-lost"
    GARBAGE = "garbage"  # not SMTP at all, or not the protocol's grammar
    TOO_LONG = "too-long"  # a line or a reply without end
    UNSOLICITED = "unsolicited"  # a reply that nobody asked for
    PLAINTEXT_INJECTED = "plaintext-injected"  # bytes between STARTTLS's 220 and the handshake
    STARTTLS_MISSING = "starttls-missing"
    TLS_FAILED = "tls-failed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_WRONG_NAME = "certificate-wrong-name"
    AUTH_NOT_OFFERED = "auth-not-offered"
    AUTH_NO_COMMON_MECHANISM = "auth-no-common-mechanism"
    SMTPUTF8_MISSING = "smtputf8-missing"
    EIGHT_BIT_MISSING = "8bitmime-missing"
    SIZE_EXCEEDED = "size-exceeded"  # above the SIZE that the server announced (RFC 1870)
    ADDRESS_INVALID = "address-invalid"  # holds what no command can carry; never written
    PORTAL = "portal"  # nothing is tried behind a portal that has not been passed
    SECRET_MISSING = "secret-missing"  # noqa: S105  (the name of a failure)
    PAUSED = "paused"  # a wrong password is tried once


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the peer's certificate says, as evidence only; hostile text."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: str  # ISO 8601, UTC
    not_after: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure, with a short factual detail in English for the transcript and reports."""

    kind: FailureKind
    detail: str = ""
    certificate: CertificateFacts | None = None


class SmtpFailure(Exception):
    """Raised by adapters: the one boundary where foreign errors become a Failure."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.detail}" if failure.detail else failure.kind)
        self.failure = failure
