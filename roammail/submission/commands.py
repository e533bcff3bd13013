"""The arguments of MAIL and RCPT (RFC 5321 section 4.1.2): path and parameters. Pure, strict;
what is kept of a parameter keeps its case (ENVID and ORCPT have a meaning in it).
"""

import re
from dataclasses import dataclass

from roammail.core.address import check_address
from roammail.core.dsn import EnvelopeReport, RecipientReport, read_envelope, read_recipient
from roammail.core.errors import BadMessage

_PATH = re.compile(r'[ \t]*<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>[ \t]*(.*)', re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_VALUE = re.compile(r"[!-<>-~]+")
_MOST_PARAMETERS = 12


class Refused(Exception):
    """A reply to a command that is not obeyed: code, enhanced code and text in one line."""


@dataclass(frozen=True, slots=True)
class MailCommand:
    """MAIL FROM. `sender` "" is the null path; `size` octets as announced, 0 if not."""

    sender: str
    size: int
    report: EnvelopeReport


@dataclass(frozen=True, slots=True)
class RcptCommand:
    """RCPT TO."""

    recipient: str
    report: RecipientReport


def read_mail(argument: str | None) -> MailCommand:
    """Raises Refused."""
    address, parameters = _split(argument, "FROM:", "MAIL FROM:<address>")
    size = parameters.pop("SIZE", "0")
    if not (size.isascii() and size.isdigit() and len(size) <= 20):
        raise Refused("501 5.5.4 SIZE must be a number")
    if parameters.pop("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
        raise Refused("501 5.5.4 BODY must be 7BIT or 8BITMIME")
    if parameters.pop("SMTPUTF8", "") != "":
        raise Refused("501 5.5.4 SMTPUTF8 takes no value")
    parameters.pop("AUTH", None)  # whose mail it first was: nobody is trusted to know (RFC 4954)
    try:
        report = read_envelope({name: parameters.pop(name, "") for name in ("RET", "ENVID")})
    except ValueError as error:
        raise Refused("501 5.5.4 RET or ENVID is not right") from error
    _nothing_left(parameters)
    return MailCommand(_checked(address) if address else "", int(size), report)


def read_rcpt(argument: str | None) -> RcptCommand:
    """Raises Refused."""
    address, parameters = _split(argument, "TO:", "RCPT TO:<address>")
    try:
        report = read_recipient({name: parameters.pop(name, "") for name in ("NOTIFY", "ORCPT")})
    except ValueError as error:
        raise Refused("501 5.5.4 NOTIFY or ORCPT is not right") from error
    _nothing_left(parameters)
    return RcptCommand(_checked(address), report)


def _split(argument: str | None, keyword: str, syntax: str) -> tuple[str, dict[str, str]]:
    text = argument or ""
    if not text.upper().startswith(keyword):
        raise Refused(f"501 5.5.4 Syntax: {syntax}")
    found = _PATH.fullmatch(text[len(keyword) :])
    if found is None:
        raise Refused(f"501 5.5.4 Syntax: {syntax}")
    words = found.group(2).split()
    parameters: dict[str, str] = {}
    for word in words[:_MOST_PARAMETERS]:
        name, mark, value = word.partition("=")
        if not _NAME.fullmatch(name) or (mark and not _VALUE.fullmatch(value)):
            raise Refused("501 5.5.4 A parameter is not right")
        if name.upper() in parameters:
            raise Refused("501 5.5.4 A parameter is there twice")
        parameters[name.upper()] = value
    if len(words) > _MOST_PARAMETERS:
        raise Refused("501 5.5.4 Too many parameters")
    return found.group(1), parameters


def _nothing_left(parameters: dict[str, str]) -> None:
    if parameters:
        raise Refused("555 5.5.4 A parameter is not known here")


def _checked(address: str) -> str:
    if address.startswith("@"):  # a source route, to be ignored (RFC 5321 appendix C)
        address = address.rpartition(":")[2]
    try:
        return check_address(address)
    except BadMessage as error:
        raise Refused(f"553 5.1.3 {one_line(error.message)}") from error


def one_line(text: str) -> str:
    """A sentence as a reply carries it: ASCII, one line, not long."""
    plain = text.translate(_PLAIN)
    clean = "".join(c if " " <= c <= "~" else "?" for c in plain)
    return clean[:400]


_PLAIN = {ord("“"): '"', ord("”"): '"', ord("’"): "'", ord("–"): "-", ord("…"): "..."}
