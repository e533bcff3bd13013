"""What a program asks about delivery reports (RFC 3461), kept with the message and passed on.

Pure: reading and writing the parameters of MAIL and RCPT. Knows no server.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})*")  # section 4
_EVENTS = frozenset({"SUCCESS", "FAILURE", "DELAY"})
_ORCPT_TYPE = re.compile(r"[A-Za-z0-9-]{1,32}")
MAX_ENVID = 100  # characters, section 4.4
MAX_ORCPT = 500  # section 4.2


class Return(StrEnum):
    """RET: how much of the message a report carries (section 4.3)."""

    UNSAID = ""
    FULL = "FULL"
    HEADERS = "HDRS"


@dataclass(frozen=True, slots=True)
class EnvelopeReport:
    """What MAIL asks: RET, and ENVID in xtext as it came."""

    ret: Return = Return.UNSAID
    envid: str = ""

    def parameters(self) -> tuple[str, ...]:
        """As they stand behind MAIL FROM."""
        found = [f"RET={self.ret}"] if self.ret else []
        return (*found, f"ENVID={self.envid}") if self.envid else tuple(found)


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What one RCPT asks: NOTIFY ("NEVER", or events with commas) and ORCPT."""

    notify: str = ""
    orcpt: str = ""

    def parameters(self) -> tuple[str, ...]:
        """As they stand behind RCPT TO."""
        found = [f"NOTIFY={self.notify}"] if self.notify else []
        return (*found, f"ORCPT={self.orcpt}") if self.orcpt else tuple(found)


def read_envelope(parameters: Mapping[str, str]) -> EnvelopeReport:
    """From RET and ENVID (names in upper case). Raises ValueError."""
    envid = parameters.get("ENVID", "")
    if not _is_xtext(envid) or len(envid) > MAX_ENVID:
        raise ValueError("ENVID")
    return EnvelopeReport(Return(parameters.get("RET", "").upper()), envid)


def read_recipient(parameters: Mapping[str, str]) -> RecipientReport:
    """From NOTIFY and ORCPT (names in upper case). Raises ValueError."""
    notify = parameters.get("NOTIFY", "").upper()
    events = notify.split(",") if notify else []
    if notify != "NEVER" and not (set(events) <= _EVENTS and len(set(events)) == len(events)):
        raise ValueError("NOTIFY")
    orcpt = parameters.get("ORCPT", "")
    kind, mark, address = orcpt.partition(";")
    if orcpt and not (mark and _ORCPT_TYPE.fullmatch(kind) and _is_xtext(address) and address):
        raise ValueError("ORCPT")
    if len(orcpt) > MAX_ORCPT:
        raise ValueError("ORCPT")
    return RecipientReport(notify, orcpt)


def _is_xtext(text: str) -> bool:
    return _XTEXT.fullmatch(text) is not None
