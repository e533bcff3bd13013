"""The address that servers say they see, read from their answers to EHLO. No third party is
asked: some servers tell it by themselves ("250-smtp.example at your service, [203.0.113.7]")."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from roammail.core.report import ProfileReport

_TOLD = re.compile(r"^250[- ][^\[]*\[(?:IPv6:)?([0-9A-Fa-f:.]{3,45})\]")


def seen_as(reports: "Iterable[ProfileReport]") -> str | None:
    """The address that most servers name; None where none does. Loopback says nothing."""
    told: Counter[str] = Counter()
    for report in reports:
        lines = (line for tried in report.tried for line in tried.transcript)
        told.update({a for line in lines if line.direction == "S" and (a := _address(line.text))})
    return told.most_common(1)[0][0] if told else None


def _address(text: str) -> str | None:
    found = _TOLD.match(text)
    if found is None:
        return None
    from ipaddress import ip_address  # here: few servers tell it

    try:
        address = ip_address(found.group(1))
    except ValueError:
        return None
    return None if address.is_loopback else str(address)
