"""What programs and desktops hand to RoamMail: mailto: links and message files. Checked here,
whether it comes on the command line or through the door; what it means is the Write page's."""

from collections.abc import Sequence
from pathlib import Path

_MOST = 20
#: Characters of a link; browsers give up long before.
_LINK = 32768


def accepted(given: Sequence[str]) -> tuple[str | Path, ...]:
    """Links as text, files as absolute paths; what is neither is left out."""
    found = [_one(item) for item in given[:_MOST]]
    return tuple(item for item in found if item is not None)


def absolute(given: Sequence[str]) -> tuple[str, ...]:
    """The same as texts that mean the same in another process's folder."""
    return tuple(str(item) for item in accepted(given))


def _one(item: str) -> str | Path | None:
    if len(item) > _LINK or "\0" in item:
        return None
    if item[:7].lower() == "mailto:":
        return item
    try:
        path = _of_address(item) if item.lower().startswith("file:") else Path(item)
        return path.resolve() if path.is_file() else None
    except (OSError, ValueError):  # urlsplit's, of an address that is none
        return None


def _of_address(item: str) -> Path:
    from urllib.parse import unquote, urlsplit

    return Path(unquote(urlsplit(item).path))
