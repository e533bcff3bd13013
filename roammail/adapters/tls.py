"""TLS as this program wants it: the system's trust store, TLS 1.2 or newer, the host verified.
Owns the contexts and the meaning of ssl's errors; opens no connection."""

import ipaddress
import os
import ssl
import sys
from datetime import UTC, datetime

import truststore

from roammail.adapters.dns import ascii_host
from roammail.core.failure import CertificateFacts, Failure, FailureKind

# OpenSSL's verification codes (x509_vfy.h).
_EXPIRED = frozenset({9, 10})  # not yet valid, has expired
_WRONG_NAME = frozenset({62, 64})  # host name mismatch, address mismatch


def verifying_context() -> ssl.SSLContext:
    """Verifies chain and host against the system's trust store.

    SSL_CERT_FILE and SSL_CERT_DIR are honoured everywhere: OpenSSL reads them itself where it
    does the verification; to the system's own verifiers they are given as additions.
    """
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if sys.platform in ("win32", "darwin"):
        file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        if file or folder:
            context.load_verify_locations(cafile=file or None, capath=folder or None)
    return context


def evidence_context() -> ssl.SSLContext:
    """Verifies nothing: only to look at the certificate that was refused, never to speak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def verified_name(host: str) -> str:
    """The name that the certificate must carry: an A-label, or an address without brackets."""
    return ascii_host(host.removeprefix("[").removesuffix("]")).rstrip(".")


def failure_of(error: BaseException, seen: CertificateFacts | None, host: str) -> Failure:
    """What an error of a handshake means. `seen` is the certificate, where it is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(_refused(error, seen, host), error.verify_message or str(error), seen)
    if isinstance(error, TimeoutError | ConnectionAbortedError):
        return Failure(FailureKind.TIMED_OUT, "the TLS handshake came to no end")
    if isinstance(error, ssl.SSLError):
        return Failure(FailureKind.TLS_FAILED, error.reason or str(error), seen)
    return Failure(FailureKind.CONNECTION_LOST, f"during the TLS handshake: {error}")


def _refused(
    error: ssl.SSLCertVerificationError, seen: CertificateFacts | None, host: str
) -> FailureKind:
    code = getattr(error, "verify_code", None)
    if code in _EXPIRED:
        return FailureKind.CERTIFICATE_EXPIRED
    if code in _WRONG_NAME:
        return FailureKind.CERTIFICATE_WRONG_NAME
    # The verifiers of macOS and Windows give their own words and no such code.
    if code is None and seen is not None:
        if datetime.fromisoformat(seen.not_after) < datetime.now(UTC):
            return FailureKind.CERTIFICATE_EXPIRED
        if "name" in str(error).lower() and not _names_match(seen.names, host):
            return FailureKind.CERTIFICATE_WRONG_NAME
    return FailureKind.CERTIFICATE_UNTRUSTED


def _names_match(names: tuple[str, ...], host: str) -> bool:
    """RFC 6125 section 6.4.3, for choosing words only: verification is the library's."""
    wanted = verified_name(host).lower()
    if is_address(wanted):
        return wanted in names
    parent = wanted.partition(".")[2]
    return any(name.lower() in (wanted, f"*.{parent}") for name in names)


def is_address(host: str) -> bool:
    """Whether `host` is an IPv4 or IPv6 literal."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
