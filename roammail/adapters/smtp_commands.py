"""How commands, addresses, EHLO answers and content look on the wire (RFC 5321). Pure: text
and octets in, octets out; no socket, no state of a conversation."""

import ipaddress
import re
from collections.abc import Mapping

from roammail.core.failure import Failure, FailureKind, SmtpFailure
from roammail.core.line_ends import LineEnds
from roammail.core.profile import Security
from roammail.core.report import Offer

#: RFC 5321 section 4.5.3.1.3 says 256 with its brackets; SMTPUTF8 makes addresses longer.
MAX_ADDRESS_OCTETS = 1_000
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f<>\u2028\u2029]")
# A blank may stand within a quoted local part.
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.)*"@')
_KEYWORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_SHOWN_EXTENSIONS = 64


def hello_literal(local_address: str) -> str:
    """The local address as an address literal (RFC 5321 section 4.1.3): no name is leaked."""
    address = ipaddress.ip_address(local_address.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return f"[{mapped}]" if mapped else f"[IPv6:{address}]"
    return f"[{address}]"


def path(address: str, utf8: bool) -> str:
    """An address in angle brackets; "" is the null path.

    Raises SmtpFailure: ADDRESS_INVALID for what could end the path or the line,
    SMTPUTF8_MISSING for a non-ASCII address where `utf8` is not in force.
    """
    quoted = _QUOTED_LOCAL.match(address)
    checked = address.replace(" ", "") if quoted else address
    if _UNSAFE.search(checked) or len(address.encode(errors="replace")) > MAX_ADDRESS_OCTETS:
        raise _failure(FailureKind.ADDRESS_INVALID, "an address that no command can carry")
    if not address.isascii() and not utf8:
        raise _failure(FailureKind.SMTPUTF8_MISSING, "the server does not offer SMTPUTF8")
    try:
        address.encode()
    except UnicodeEncodeError as error:
        raise _failure(FailureKind.ADDRESS_INVALID, "an address that is not text") from error
    return f"<{address}>"


def read_extensions(lines: tuple[str, ...]) -> dict[str, str]:
    """EHLO's keywords, upper case, with their parameters; the first line is the greeting."""
    found: dict[str, str] = {}
    for line in lines[1:]:
        keyword, _, parameters = line.strip().partition(" ")
        # Old servers write "AUTH=LOGIN PLAIN" beside, or in place of, the standard form.
        if keyword.upper().startswith("AUTH="):
            keyword, parameters = "AUTH", f"{keyword[5:]} {parameters}"
        if not _KEYWORD.fullmatch(keyword):
            continue
        known = found.get(keyword.upper())
        joined = parameters if known is None else f"{known} {parameters}"
        found[keyword.upper()] = joined.strip()
    return found


def offered_mechanisms(extensions: Mapping[str, str]) -> tuple[str, ...]:
    """The AUTH mechanisms, upper case, each once, in the server's order."""
    return tuple(dict.fromkeys(extensions.get("AUTH", "").upper().split()))


def shown_extensions(extensions: Mapping[str, str]) -> tuple[str, ...]:
    """Keywords with parameters, for the memory of what was offered."""
    lines = [f"{keyword} {parameters}".strip() for keyword, parameters in extensions.items()]
    return tuple(line[:200] for line in lines[:_SHOWN_EXTENSIONS])


def offer_parts(extensions: Mapping[str, str], offer: Offer, encrypted: bool) -> Offer:
    """The offer with what this EHLO adds; STARTTLS is judged by the EHLO in clear only."""
    return Offer(
        banner=offer.banner,
        starttls=offer.starttls if encrypted else "STARTTLS" in extensions,
        auth=offered_mechanisms(extensions),
        extensions=shown_extensions(extensions),
        certificate_issuer=offer.certificate_issuer,
        certificate_name=offer.certificate_name,
    )


def may_say_helo(code: int, security: Security) -> bool:
    """Whether HELO may follow: EHLO unknown, and nothing that only EHLO offers is needed."""
    return security is Security.PLAINTEXT and code in (500, 501, 502, 504)


def size_limit(extensions: Mapping[str, str]) -> int | None:
    """The SIZE announced, octets (RFC 1870); None where there is none, or 0 for "no limit"."""
    digits = extensions.get("SIZE", "")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
        return None
    return int(digits) or None


class Stuffing:
    """Makes a content ready for the wire, in pieces that may be cut anywhere.

    Every line ends in CRLF, and a dot at its beginning is doubled (RFC 5321 section 4.5.2):
    a bare CR or LF could otherwise end the message at one server and not at another. What is
    known to be `canonical` (`core.line_ends`) is not looked at a second time.
    """

    def __init__(self, *, canonical: bool = False) -> None:
        self._ends = None if canonical else LineEnds()
        self._line_begins = True

    def feed(self, octets: bytes | memoryview) -> bytes:
        """What is to be written for the next octets."""
        piece = self._ends.feed(bytes(octets)) if self._ends else bytes(octets)
        if not piece:
            return piece
        doubled = piece.replace(b"\n.", b"\n..") if b"\n." in piece else piece
        if self._line_begins and piece.startswith(b"."):
            doubled = b"." + doubled
        self._line_begins = piece.endswith(b"\n")
        return doubled

    def end(self) -> bytes:
        """What is to be written after the last octets."""
        return self._ends.end() if self._ends else b""


def _failure(kind: FailureKind, detail: str) -> SmtpFailure:
    return SmtpFailure(Failure(kind, detail))
