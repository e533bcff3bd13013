"""What a person or a file may give as a profile. Owns these limits and the words that refuse;
must not know where profiles come from or go."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import replace

from roammail.core.address import MAX_PATH, check_address
from roammail.core.errors import BadConfiguration, BadMessage
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.secret import Secret

MAX_NAME = 100  # characters
MAX_USERNAME = 320
MAX_SECRET = 16_384  # access tokens are long
MAX_SENDERS = 200
MAX_ALTERNATIVES = 20
_MAX_HOST = 253  # RFC 1035 section 2.3.4, as text

# Underscores are no part of host names (RFC 952) and are found in local networks all the same;
# a mail domain has none (`address.py`).
_ASCII_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)


def check_profile(profile: Profile, taken_names: Iterable[str] = ()) -> Profile:
    """The profile as it was given, if everything in it can be used.

    `taken_names` are the names of the other profiles. Raises BadConfiguration, whose code
    names the field ("host-bad", "port-bad", "profile-name-taken", …).
    """
    check_name(profile.name, taken_names)
    if len(profile.alternatives) > MAX_ALTERNATIVES:
        raise BadConfiguration(
            "alternatives-too-many",
            f"A profile takes at most {MAX_ALTERNATIVES} other endpoints. Leave some out.",
        )
    for endpoint in profile.endpoints:
        _check_endpoint(endpoint, profile.auth)
    _check_username(profile)
    if len(profile.senders) > MAX_SENDERS:
        raise BadConfiguration(
            "senders-too-many",
            f"A profile takes at most {MAX_SENDERS} senders. Use a domain (“@example.org”).",
        )
    for sender in profile.senders:
        check_sender(sender)
    return profile


def check_kept(profile: Profile) -> None:
    """`check_profile` for what was stored before: a sender at a domain with underscores, as older
    versions took, hides no profile; no From can match it. Raises BadConfiguration."""
    known = tuple(sender.replace("_", "x") for sender in profile.senders)
    check_profile(replace(profile, senders=known))


def check_name(name: str, taken_names: Iterable[str] = ()) -> None:
    """Raises BadConfiguration (`profile-name-empty`, `-bad`, `-too-long`, `-taken`)."""
    if not name.strip():
        raise BadConfiguration("profile-name-empty", "The profile needs a name. Give it one.")
    if len(name) > MAX_NAME:
        raise BadConfiguration(
            "profile-name-too-long",
            f"The profile's name is longer than {MAX_NAME} characters. Choose a shorter one.",
        )
    if name != name.strip() or not name.isprintable():
        raise BadConfiguration(
            "profile-name-bad",
            "The profile's name begins or ends with a blank, or holds characters that cannot be "
            "shown. Type it again.",
        )
    if name.casefold() in {taken.casefold() for taken in taken_names}:
        raise BadConfiguration(
            "profile-name-taken",
            f"There is a profile named “{name}” already. Choose another name.",
        )


def check_host(host: str) -> None:
    """A DNS name (IDNA 2008 where it is not ASCII) or an IP address without brackets.

    Raises BadConfiguration (`host-empty`, `host-bad`).
    """
    if not host:
        raise BadConfiguration("host-empty", "The server's name is missing. Give a host name.")
    if not _is_address(host) and not _is_name(host.removesuffix(".")):
        raise BadConfiguration(
            "host-bad",
            f"“{_shown(host)}” is not a server name. Give a name such as “smtp.example.org” or "
            "an IP address, without blanks, port or “smtp://”.",
        )


def check_sender(sender: str) -> None:
    """ "me@a.example", whatever can stand in From (`address.py`), or "@a.example".

    Raises BadConfiguration (`sender-bad`).
    """
    if not _is_sender(sender):
        raise BadConfiguration(
            "sender-bad",
            f"“{_shown(sender)}” is neither an address (“me@example.org”) nor a domain "
            "(“@example.org”). Correct it.",
        )


def check_secret(secret: Secret) -> Secret:
    """Raises BadConfiguration (`secret-empty`, `secret-bad`), never showing the secret."""
    text = secret.reveal()
    if not text:
        raise BadConfiguration("secret-empty", "The password is empty. Type it again.")
    # NUL ends a field in AUTH PLAIN (RFC 4616 section 2), line ends end the command.
    if len(text) > MAX_SECRET or any(char in text for char in "\0\r\n") or not _encodes(text):
        raise BadConfiguration(
            "secret-bad",
            "The password is too long or holds a line end or a null character. Type it again.",
        )
    return secret


def _check_endpoint(endpoint: Endpoint, auth: AuthMethod) -> None:
    check_host(endpoint.host)
    if not 1 <= endpoint.port <= 65_535:
        raise BadConfiguration(
            "port-bad", f"The port {endpoint.port} is not between 1 and 65535. Usual is 465 or 587."
        )
    if endpoint.security is Security.PLAINTEXT and auth is not AuthMethod.NONE:
        raise BadConfiguration(
            "plaintext-with-credentials",
            "A profile without encryption cannot sign in, since everybody on the way could read "
            "the password. Choose implicit TLS or STARTTLS, or no sign-in at all.",
        )


def _check_username(profile: Profile) -> None:
    name = profile.username
    if profile.auth is not AuthMethod.NONE and not name:
        raise BadConfiguration(
            "username-missing", "Signing in needs a user name. Give the one of your provider."
        )
    if len(name) > MAX_USERNAME or not name.isprintable() or name != name.strip():
        raise BadConfiguration(
            "username-bad",
            "The user name is too long, begins or ends with a blank, or holds characters that "
            "cannot be shown. Type it again.",
        )


def _is_address(host: str) -> bool:
    if "%" in host:  # a zone names an interface of this computer, not a server
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_name(name: str) -> bool:
    if not name.isascii():
        import idna  # its tables are large, and few servers need them

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return False
    labels = name.split(".")
    # An all-digit last label is an address gone wrong ("256.1.1.1"), RFC 3696 section 2.
    return (
        len(name) <= _MAX_HOST
        and not labels[-1].isdigit()
        and all(_ASCII_LABEL.fullmatch(label) for label in labels)
    )


def _is_sender(sender: str) -> bool:
    if len(sender) > MAX_PATH or not sender.isprintable() or sender != sender.strip():
        return False
    try:
        check_address(f"a{sender}" if sender.startswith("@") else sender)
    except BadMessage:
        return False
    return True


def _encodes(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(text: str) -> str:
    """Hostile text within a sentence: short, and without control characters."""
    short = text if len(text) <= 80 else text[:79] + "…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short)
