"""A server's reply (RFC 5321 section 4.2) with its enhanced status code (RFC 3463)."""

import re
from dataclasses import dataclass

# The class digit must agree with the code's first digit (RFC 2034 section 4); the text after
# it must be a blank or the end, so that "550 5.7.1.example" is not read as a status.
_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$|:|;|,|<)")


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply. `lines` carry the text without code and without enhanced code."""

    code: int
    lines: tuple[str, ...]
    enhanced: str | None = None

    @property
    def text(self) -> str:
        """All lines joined by a blank, as rules read them."""
        if len(self.lines) == 1:
            return self.lines[0]
        return " ".join([line for line in self.lines if line])

    @property
    def positive(self) -> bool:
        """2yz or 3yz (RFC 5321 section 4.2.1)."""
        return 200 <= self.code < 400

    @property
    def transient(self) -> bool:
        """4yz: the server asks to try later."""
        return 400 <= self.code < 500

    def __str__(self) -> str:
        parts = [str(self.code or ""), self.enhanced or "", self.text]
        return " ".join(part for part in parts if part)


def parse(code: int, text: str) -> Reply:
    """Builds a Reply from the code and the text of all lines (joined by newline).

    The enhanced status code is taken from the start of the first line that has one of the
    same class as `code`, and removed from every line that repeats it (RFC 2034 section 4).
    """
    enhanced: str | None = None
    lines: list[str] = []
    for raw in text.split("\n"):
        line = raw.strip()
        found = _ENHANCED.match(line)
        if found and found.group(1) == str(code)[:1] and enhanced in (None, found.group(0)):
            enhanced = found.group(0)
            line = line[found.end() :].strip()
        lines.append(line)
    return Reply(code, tuple(lines), enhanced)
