"""Reads a peer's certificate as evidence: hostile text, every field capped. Decides nothing."""

import hashlib
import warnings

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from roammail.core.failure import CertificateFacts

MAX_CERTIFICATE_OCTETS = 64 * 1024
_MAX_TEXT = 200
_MAX_NAMES = 20


def read_certificate(der: bytes) -> CertificateFacts | None:
    """The facts of a certificate in DER; None for what cannot be read."""
    if not der or len(der) > MAX_CERTIFICATE_OCTETS:
        return None
    try:
        with warnings.catch_warnings():
            # A strange certificate is what we came to look at: no warning of ours.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            return _facts(der)
    # cryptography names no common base for what a malformed certificate raises.
    except (ValueError, TypeError, OverflowError, x509.InvalidVersion):
        return None


def _facts(der: bytes) -> CertificateFacts:
    certificate = x509.load_der_x509_certificate(der)
    return CertificateFacts(
        subject=_name(certificate.subject),
        issuer=_name(certificate.issuer),
        names=_names(certificate),
        not_before=certificate.not_valid_before_utc.isoformat(),
        not_after=certificate.not_valid_after_utc.isoformat(),
        sha256=hashlib.sha256(der).hexdigest(),
    )


def _name(name: x509.Name) -> str:
    """Organisation and common name, as a person would recognise the holder."""
    parts = [
        str(attribute.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
        for attribute in name.get_attributes_for_oid(oid)[:1]
    ]
    common = [str(one.value) for one in name.get_attributes_for_oid(NameOID.COMMON_NAME)[:1]]
    return (", ".join(common + parts) or name.rfc4514_string())[:_MAX_TEXT]


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    names = [*extension.value.get_values_for_type(x509.DNSName)]
    names += [str(address) for address in extension.value.get_values_for_type(x509.IPAddress)]
    return tuple(name[:_MAX_TEXT] for name in names[:_MAX_NAMES])
