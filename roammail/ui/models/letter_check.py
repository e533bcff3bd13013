"""What a person may have got wrong in a letter, before it is sent. No Qt; no sentence either:
the page words what is found here.
"""

import re
from dataclasses import dataclass
from enum import Enum

from roammail.core.address import parse_mailboxes
from roammail.core.composing import How
from roammail.core.errors import BadMessage
from roammail.core.letter import Letter

#: Words that speak of a file that goes along, in the languages of most users.
_FILE_WORDS = re.compile(
    r"\b(attach(ed|ment|ments|ing)?|enclos(ed|ure|ing)|angehängt\w*|angefügt\w*|anhang|anhänge"
    r"|anbei|beigefügt\w*|beiliegend\w*|pièces? jointes?|ci-joint\w*|adjunt[oa]s?|allegat[oi]"
    r"|bijlagen?|em anexo|bifogad\w*|vedhæftet|vedlagt|liitteenä|załącznik\w*|v příloze)\b",
    re.IGNORECASE,
)
#: From here on somebody else's words stand.
_QUOTED = re.compile(r"^(>|-{5,} ?\w)", re.MULTILINE)


class Doubt(Enum):
    """What is asked once before sending."""

    NO_SUBJECT = "no-subject"
    NO_FILE = "no-file"


@dataclass(frozen=True, slots=True)
class Field:
    """An address field as it stands: how many it names, and what is wrong with it ("" if
    nothing; the words are those of `core.address`)."""

    people: int = 0
    wrong: str = ""


def check_field(text: str) -> Field:
    """Judges an address field; an empty one is in order."""
    try:
        return Field(len(parse_mailboxes(text)))
    except BadMessage as error:
        return Field(0, error.message)


def one_line(text: str) -> str:
    """What was pasted into an address field: lines and semicolons part addresses as commas do,
    but for those inside quotes, comments and brackets, and that of a group's end."""
    out: list[str] = []
    quoted = group = False
    for character in text.strip():
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            group = True
        if character in "\r\n\t\u2028\u2029":
            out.append(" " if quoted else "\n")
        elif character == ";" and not quoted and not group:
            out.append("\n")
        else:
            group = group and character != ";"
            out.append(character if character.isprintable() else " ")
    parts = "".join(out).split("\n")
    joined = ", ".join(part.strip().rstrip(",") for part in parts if part.strip().rstrip(","))
    return re.sub(r",(\s*,)+", ",", joined)


def doubts(letter: Letter) -> tuple[Doubt, ...]:
    """What should be asked about this letter, in order."""
    if letter.how is How.RESENT:
        return ()
    found: list[Doubt] = []
    if not letter.subject.strip():
        found.append(Doubt.NO_SUBJECT)
    if not letter.files and letter.original is None and speaks_of_file(letter):
        found.append(Doubt.NO_FILE)
    return tuple(found)


def speaks_of_file(letter: Letter) -> bool:
    """Whether the person's own words speak of something attached."""
    quoted = _QUOTED.search(letter.body)
    own = letter.body[: quoted.start()] if quoted else letter.body
    return _FILE_WORDS.search(f"{letter.subject}\n{own[:100_000]}") is not None


def octets_shown(number: int) -> tuple[str, str]:
    """A size for people: the number and its unit ("3.4", "MB"), in powers of ten."""
    if number < 1000:
        return str(number), "B"
    for unit in ("kB", "MB", "GB"):
        number_in = number / 1000 ** (("kB", "MB", "GB").index(unit) + 1)
        if number_in < 999.5 or unit == "GB":
            return (f"{number_in:.0f}" if number_in >= 9.95 else f"{number_in:.1f}"), unit
    raise AssertionError
