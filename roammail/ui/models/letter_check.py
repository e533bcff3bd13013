"""What a person may have got wrong in a letter, before it is sent. No Qt; no sentence either:
the page words what is found here.
"""

import re
from dataclasses import dataclass
from enum import Enum

from roammail.core.address import InvalidAddress, parse_mailboxes
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
#: With one of these the beginning of an address is whole.
_ENDINGS = (
    "x",
    "x.example",
    ".example",
    "@x.example",
    "x@x.example",
    "]",
    "1]",
    ".1]",
    ".1.1]",
    ".1.1.1]",
    "1.1.1.1]",
    ">",
    "x>",
    "x.example>",
    "@x.example>",
    "x@x.example>",
    '"@x.example',
    "x)",
    "x) x@x.example",
    "x@x.example;",
)
_AFTER_A_NAME = (" <x@x.example>", '" <x@x.example>')
#: Characters of one address that is being typed, beyond which nothing is made of it.
_TYPED = 400
#: From here on somebody else's words stand.
_QUOTED = re.compile(r"^(>|-{5,} ?\w)", re.MULTILINE)


class Doubt(Enum):
    """What is asked once before sending."""

    NO_SUBJECT = "no-subject"
    NO_FILE = "no-file"


@dataclass(frozen=True, slots=True)
class Field:
    """An address field as it stands: how many it names, and what is wrong with it ("" if
    nothing; the words are those of `core.address`). `shown` is what the complaint is about and
    `reason` why, where that is known."""

    people: int = 0
    wrong: str = ""
    shown: str = ""
    reason: str = ""


def check_field(text: str) -> Field:
    """Judges an address field; an empty one is in order."""
    try:
        return Field(len(parse_mailboxes(text)))
    except InvalidAddress as error:
        return Field(0, error.message, error.shown, error.reason)
    except BadMessage as error:
        return Field(0, error.message)


def may_become(head: str, typed: str) -> bool:
    """Whether an address field that is wrong may become right by typing on: `head` are the
    addresses before the one that is being typed."""
    if len(typed) > _TYPED or check_field(head).wrong:
        return False
    # Before a < anything may stand as a name; an @ says that no name is meant.
    endings = _ENDINGS if "@" in typed else (*_ENDINGS, *_AFTER_A_NAME)
    return any(not check_field(f"{typed}{ending}").wrong for ending in endings)


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
