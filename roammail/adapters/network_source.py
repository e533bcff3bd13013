"""What the sources of network facts have in common: how one says that it failed, how a
fact that came from outside is made safe to keep. Knows no source in particular."""

import re
from urllib.parse import urlsplit

from roammail.core.network import WhyUnknown

MAX_DETAIL = 200
MAX_NAME = 128
MAX_SERVERS = 8
MAX_ADDRESS = 2048
_ADDRESS = re.compile(r"[!-~]+")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")


class SourceFailed(Exception):
    """A source could not be read. `why` for the front ends, `detail` in the system's words."""

    def __init__(self, why: WhyUnknown, detail: str = "") -> None:
        super().__init__(f"{why.value}: {detail}" if detail else why.value)
        self.why = why
        self.detail = visible(detail, MAX_DETAIL)


def visible(text: str, limit: int = MAX_NAME) -> str:
    """The text on one line, control characters shown as escapes, at most `limit` characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def octets_to_text(octets: bytes) -> str:
    """An SSID (any 0 to 32 octets) as text: UTF-8 where it is, `\\xNN` for each octet that is not.

    A backslash is doubled, so two different SSIDs never give the same text.
    """
    text = octets[:32].replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
    return visible(text, 256)


def domain_or_none(text: str) -> str | None:
    """A DNS suffix in lower case without its last dot, None if it is no domain name."""
    name = text.strip().rstrip(".").lower()
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(part) for part in name.split(".")):
        return None
    return name


def web_address(text: str, schemes: tuple[str, ...] = ("http", "https")) -> str | None:
    """A web address that came from the network, None unless it is safe to show and to open.

    At most 2,048 printable ASCII characters without spaces, a host, and no user information
    (`https://bank.example@portal.example/` deceives the eye).
    """
    if len(text) > MAX_ADDRESS or not _ADDRESS.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # checked when it is read
    except ValueError:
        return None
    if parts.scheme.lower() not in schemes or not parts.hostname or "@" in parts.netloc:
        return None
    return text
