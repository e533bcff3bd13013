"""TLS as this program wants it: the system's trust store, TLS 1.2 or newer, the host verified.
Owns the contexts and the meaning of ssl's errors; opens no connection."""

import contextlib
import functools
import ipaddress
import os
import ssl
import sys
from datetime import UTC, datetime

import truststore

from roammail.adapters.dns import ascii_host
from roammail.adapters.tls_sessions import ResumingContext
from roammail.core.failure import CertificateFacts, Failure, FailureKind

# OpenSSL's verification codes (x509_vfy.h).
_EXPIRED = frozenset({9, 10})  # not yet valid, has expired
_WRONG_NAME = frozenset({62, 64})  # host name mismatch, address mismatch


def verifying_context() -> ssl.SSLContext:
    """Verifies chain and host against the system's trust store. May read files.

    SSL_CERT_FILE and SSL_CERT_DIR are honoured everywhere: OpenSSL reads them itself where it
    does the verification; to the system's own verifiers they are given as additions.
    """
    if sys.platform in ("win32", "darwin"):
        context = _truststore_context()
        file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        if file or folder:
            context.load_verify_locations(cafile=file or None, capath=folder or None)
        return context
    paths = ssl.get_default_verify_paths()
    if not paths.cafile:
        return _truststore_context()
    with contextlib.suppress(OSError):
        changed = os.stat(paths.cafile).st_mtime_ns
        return _openssl_context(paths.cafile, paths.capath or "", changed)
    return _truststore_context()


def _truststore_context() -> ssl.SSLContext:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@functools.lru_cache(maxsize=2)
def _openssl_context(file: str, folder: str, changed: int) -> ssl.SSLContext:
    """Where OpenSSL knows the system's bundle, truststore too hands it to OpenSSL, but reads
    it anew for every handshake: 40 ms each, on the event loop. Here it is read once."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_default_verify_paths()
    return context


def evidence_context() -> ssl.SSLContext:
    """Verifies nothing: only to look at the certificate that was refused, never to speak."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def verified_name(host: str) -> str:
    """The name that the certificate must carry: an A-label, or an address without brackets.

    Raises ValueError, also for what would leave nothing to verify.
    """
    name = ascii_host(host.removeprefix("[").removesuffix("]")).removesuffix(".")
    if not name or name.startswith(".") or name.endswith("."):
        raise ValueError("not a host name")
    return name


def failure_of(error: BaseException, seen: CertificateFacts | None, host: str) -> Failure:
    """What an error of a handshake means. `seen` is the certificate, where it is known."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure(_refused(error, seen, host), error.verify_message or str(error), seen)
    if isinstance(error, TimeoutError | ConnectionAbortedError):
        return Failure(FailureKind.TIMED_OUT, "the TLS handshake came to no end")
    if isinstance(error, ssl.SSLError):
        return Failure(FailureKind.TLS_FAILED, error.reason or str(error), seen)
    if isinstance(error, ValueError):
        return Failure(FailureKind.TLS_FAILED, f"a host that no certificate can name: {error}")
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
