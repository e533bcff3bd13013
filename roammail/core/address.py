"""Addresses as people type them: mailboxes, lists of them, and what SMTP allows in them.

Owns the limits of RFC 5321 section 4.1.2 and 4.5.3.1, international local parts (RFC 6531)
and domains (IDNA 2008). Must not know of messages or servers.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass

from roammail.core.errors import BadMessage

MAX_LOCAL = 64  # octets, RFC 5321 section 4.5.3.1.1
MAX_DOMAIN = 255  # octets, section 4.5.3.1.2
MAX_PATH = 254  # octets without the angle brackets, section 4.5.3.1.3

# Said by what they leave out: to compile a class that reaches to U+10FFFF takes longer than all
# else here.
_ATOM = re.compile(r'[^\x00-\x20"(),.:;<>@\[\\\]\x7f]+')
_QUOTED = re.compile(r'"(?:[^\x00-\x1f"\\\x7f]|\\[ -~])*"')
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")

# Every alternative takes all that it has looked at (closing marks are optional), so that the
# time is linear in the text even where quotes and brackets do not close.
_TOKEN = re.compile(
    r'(?P<quoted>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<comment>\((?:[^()\\]|\\.)*\)?)"
    r'|(?P<angle><[^<>"]*(?:"(?:[^"\\]|\\.)*"?[^<>"]*)*>?)'
    r"|(?P<word>=\?[^?\s]*\?[bBqQ]\?[^?\s]*\?=)"  # RFC 2047; some hold commas, wrongly
    r"|(?P<literal>\[[^\[\]]*\]?)"
    r"|(?P<mark>[,;:])"
    r'|(?P<text>[^",;:(<\[=]+|=)',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address with the name that stands before it ("" if there is none)."""

    name: str
    address: str


class InvalidAddress(BadMessage):
    """What was given is no mail address. `shown` is what stands there, short and safe to show;
    `reason` half a sentence."""

    def __init__(self, shown: str, reason: str) -> None:
        super().__init__("address-invalid", f"“{shown}” is not a mail address: {reason}.")
        self.shown = shown
        self.reason = reason


def parse_mailbox(text: str) -> Mailbox:
    """One mailbox as typed: "Ana <ana@x.example>" or "ana@x.example".

    Raises BadMessage (`address-invalid`) that says what is wrong.
    """
    found = parse_mailboxes(text)
    if len(found) == 1:
        return found[0]
    if not found:
        raise BadMessage("address-invalid", "An address is empty. Write one like ana@x.example.")
    raise _invalid(text, "there are several addresses where one is wanted")


def parse_mailboxes(text: str) -> tuple[Mailbox, ...]:
    """Every mailbox of a list as it stands in a To field, groups opened (RFC 5322 section 3.4).

    Empty members are passed over. Raises BadMessage (`address-invalid`).
    """
    found: list[Mailbox] = []
    member = _Member(text)
    for token in _TOKEN.finditer(text):
        piece = token.group()
        match token.lastgroup:
            case "mark" if piece == ":":
                member.end_as_group_name()
                member = _Member(text)
            case "mark":
                found.extend(member.finish())
                member = _Member(text)
            case kind:
                member.take(kind or "text", piece)
    found.extend(member.finish())
    return tuple(found)


def check_address(text: str) -> str:
    """The address as SMTP takes it: local part in NFC, an international domain in its own
    letters, everything else as typed. Raises BadMessage (`address-invalid`).
    """
    local, at, domain = text.strip().rpartition("@")
    if not at:
        raise _invalid(text, "it has no @")
    if not local:
        raise _invalid(text, "nothing stands before the @")
    if not domain:
        raise _invalid(text, "nothing stands after the @")
    local = _checked_local(text, local)
    domain = _checked_domain(text, domain)
    if len(f"{local}@{_ascii_domain(domain)}".encode()) > MAX_PATH:
        raise _invalid(text, f"it is longer than {MAX_PATH} octets")
    return f"{local}@{domain}"


def domain_of(address: str) -> str:
    """The domain of a checked address, as it stands there ("" for the null path)."""
    return address.rpartition("@")[2]


def needs_smtputf8(address: str) -> bool:
    """Whether only a server with SMTPUTF8 (RFC 6531) can take this address.

    An international domain alone does not need it: `ascii_form` writes it in A-labels.
    """
    return not address.rpartition("@")[0].isascii()


def ascii_form(address: str) -> str | None:
    """The address in ASCII, the domain in A-labels; None where the local part is not ASCII."""
    local, at, domain = address.rpartition("@")
    if not local.isascii():
        return None
    return f"{local}{at}{_ascii_domain(domain)}"


def address_key(address: str) -> str:
    """Equal for two addresses that name one mailbox: the domain's case does not count, that of
    the local part does (RFC 5321 section 2.4)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_ascii_domain(domain).lower()}"


class _Member:
    """One member of an address list while its tokens come in."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._before: list[str] = []
        self._comments: list[str] = []
        self._angle: str | None = None

    def take(self, kind: str, piece: str) -> None:
        if kind == "comment":
            self._comments.append(piece.strip("()").strip())
        elif self._angle is not None:
            if piece.strip():
                raise _invalid(self._source, f"“{_shown(piece.strip())}” stands after the >")
        elif kind == "angle":
            self._angle = piece
        else:
            self._before.append(piece)

    def end_as_group_name(self) -> None:
        """What came so far was a group's name: no address may get lost in it."""
        name = _unquoted("".join(self._before).strip())
        if self._angle is not None or "@" in name or not name.isprintable():
            raise _invalid(self._source, "a colon stands where none belongs")

    def finish(self) -> tuple[Mailbox, ...]:
        before = "".join(self._before).strip()
        if self._angle is None:
            if not before:
                return ()
            return (Mailbox(" ".join(self._comments), check_address(before)),)
        if not self._angle.endswith(">"):
            raise _invalid(self._source, "a < is not closed")
        inside = self._angle[1:-1].strip()
        if inside.startswith("@"):  # a source route, to be ignored (RFC 5321 appendix C)
            inside = inside.rpartition(":")[2]
        return (Mailbox(_unquoted(before), check_address(inside)),)


def _unquoted(phrase: str) -> str:
    if len(phrase) > 1 and phrase[0] == phrase[-1] == '"':
        return re.sub(r"\\(.)", r"\1", phrase[1:-1], flags=re.DOTALL)
    return phrase


def _checked_local(text: str, local: str) -> str:
    local = unicodedata.normalize("NFC", local)
    for character in local:
        if unicodedata.category(character) in {"Cc", "Cs", "Cn", "Zl", "Zp"}:
            raise _invalid(text, "there is a control character before the @")
    if local.startswith('"'):
        if not _QUOTED.fullmatch(local):
            raise _invalid(text, "the quoted part before the @ is broken")
    else:
        for atom in local.split("."):
            if not atom:
                raise _invalid(text, "a dot stands at an edge or beside another before the @")
            if not _ATOM.fullmatch(atom) or any(c.isspace() for c in atom):
                raise _invalid(text, "there is a character before the @ that is not allowed")
    if len(local.encode()) > MAX_LOCAL:
        raise _invalid(text, f"the part before the @ is longer than {MAX_LOCAL} octets")
    return local


def _checked_domain(text: str, domain: str) -> str:
    if domain.startswith("["):
        return _checked_literal(text, domain)
    if not domain.isascii():
        import idna  # its tables are large, and few domains need them

        try:
            domain = idna.decode(idna.encode(domain, uts46=True))
        except UnicodeError as error:
            raise _invalid(text, "the domain is not a valid international name") from error
    written = _ascii_domain(domain)
    labels = written.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise _invalid(text, "the domain is not a valid name")
    if labels[-1].isdigit():
        raise _invalid(text, "a number address needs brackets, as in ana@[192.0.2.1]")
    if len(written) > MAX_DOMAIN:
        raise _invalid(text, f"the domain is longer than {MAX_DOMAIN} octets")
    return domain


def _checked_literal(text: str, domain: str) -> str:
    inside = domain[1:-1] if domain.endswith("]") else ""
    try:
        if inside[:5].lower() == "ipv6:":
            ipaddress.IPv6Address(inside[5:])
        else:
            ipaddress.IPv4Address(inside)
    except ValueError as error:
        raise _invalid(text, "the address in brackets is not an IP address") from error
    return domain


def _ascii_domain(domain: str) -> str:
    if domain.isascii():
        return domain
    import idna

    return idna.encode(domain).decode("ascii")


def _shown(text: str) -> str:
    """Short, and with control characters shown: what is typed may be hostile."""
    short = text if len(text) <= 80 else f"{text[:77]}…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short)


def _invalid(text: str, reason: str) -> InvalidAddress:
    return InvalidAddress(_shown(text.strip()), reason)
