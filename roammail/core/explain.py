"""From pasted text to a Diagnosis: finds the reply in a log line, a bounce or an error box.

Owns where in a text the server's own words stand. Only a code at the start of a line (or after
"said:", a quotation mark or a bracket) is a code: "try again in 500 seconds" has none.
"""

import re
from dataclasses import dataclass

from roammail.core.diagnosis import Context, Diagnosis
from roammail.core.refusal import diagnose_reply
from roammail.core.reply import Reply, parse
from roammail.core.rulebook import RuleBook
from roammail.core.stage import Stage

#: Pasted text beyond this is not looked at.
PASTE_LIMIT = 200_000
_LINES = 2_000
_WIDTH = 2_000

_WORDS = {
    "connect": Stage.GREET,
    "banner": Stage.GREET,
    "ehlo": Stage.GREET,
    "helo": Stage.GREET,
    "starttls": Stage.ENCRYPT,
    "tls": Stage.ENCRYPT,
    "auth": Stage.SIGN_IN,
    "mail": Stage.SENDER,
    "rcpt": Stage.RELAY,
    "data": Stage.CONTENT,
}
_CODE = re.compile(r"([2-5]\d\d)(?:([- ])|(?=$))(.{0,2000})")
_PREFIX = re.compile(
    r"(?:^\s{0,40}(?:[<>*!|#]{1,4}\s{0,4}|S:\s{0,4}|(?:server|response|reply|remote|antwort|antwoord)"
    r"[a-z ]{0,40}:\s{0,4}|SMTP;\s{0,4})?[\"'“„]?)",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"(?:said:|says:|responded(?: with)?:?|answered:?|replied:?|reply:|response:|"
    r"smtp;|status=\w{1,20} \(|message was:|error:|code:|remote server returned|"
    r"following response:|server (?:message|replied|said|response)[a-z ]{0,20}:|"
    r": SMTP error from [^:]{1,200}:|"
    r"after [A-Z ]{4,40}(?:TO)?:?<?[^>\s]{0,200}>?:?|end of data:|->|=>|<<<|[\"'“„«(\[])"
    r"\s{0,4}[\"'“„«]?([2-5]\d\d)([- ])(?=\S)(.{1,2000})",
    re.IGNORECASE,
)
_TUPLE = re.compile(
    r"\(\s{0,4}([2-5]\d\d)\s{0,4},\s{0,4}b?(['\"])(.{1,2000}?)\2\s{0,4}[,)]", re.DOTALL
)
_STATUS = re.compile(
    r"^\s{0,10}(?:#|status:\s{0,4})?([245]\.\d{1,3}\.\d{1,3})\b[ :]{0,3}(.{0,2000})", re.IGNORECASE
)
_HEX = re.compile(r"\b0x800ccc([0-9a-f]{2})\b", re.IGNORECASE)
_ANSWER_TO = re.compile(
    r"in reply to (?:the )?(?P<postfix>[A-Z ]{3,24}?) ?(?:\([A-Z]{2,10}\) )?command|"
    r"in reply to (?P<end>end of data)|"
    r"after (?P<exim>EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO|DATA|end of data|"
    r"pipelined (?:MAIL FROM|RCPT TO|DATA)|initial connection)",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\s{0,4}\(in reply to [^)]{1,60}\)?\)?\s{0,4}$", re.IGNORECASE)
_OUTLOOK = {
    "79": (550, "relay"),
    "78": (0, "sender"),
    "92": (535, "auth"),
    "90": (535, "auth"),
    "7a": (0, ""),
}


@dataclass(frozen=True, slots=True)
class FoundReply:
    """A reply found in a text, with the stage that the text itself names."""

    reply: Reply
    stage: Stage | None = None


def stage_from_word(word: str | None) -> Stage | None:
    """A stage from our ladder's words or from SMTP's. None for unknown words."""
    wanted = (word or "").strip().casefold().replace("_", "-")
    if wanted in _WORDS:
        return _WORDS[wanted]
    try:
        return Stage(wanted)
    except ValueError:
        return None


def explain_text(
    text: str, stage: Stage | None, signed_in: bool | None, rules: RuleBook
) -> Diagnosis:
    """Diagnoses the refusal in a pasted text; its words alone where no code is found."""
    found = find_reply(text)
    named = stage or found.stage or _stage_of(found.reply)
    return diagnose_reply(found.reply, named, Context(signed_in=signed_in), rules)


def find_reply(text: str) -> FoundReply:
    """The last refusal in the text; a Reply of code 0 with all its words where there is none."""
    text = text[:PASTE_LIMIT].replace("\r\n", "\n").replace("\r", "\n")
    stage = _named_stage(text)
    for finder in (_at_line_start, _in_tuple, _in_quotation, _bare_status):
        reply = finder(text)
        if reply is not None:
            return FoundReply(reply, stage)
    return FoundReply(Reply(0, tuple(_lines(text)[:20])), stage)


def _lines(text: str) -> list[str]:
    return [line[:_WIDTH] for line in text.split("\n", _LINES)[:_LINES]]


def _at_line_start(text: str) -> Reply | None:
    """The last whole reply whose code begins its line; refusals come before other replies."""
    replies: list[tuple[int, list[str]]] = []
    following = False
    for line in _lines(text):
        prefix = _PREFIX.match(line)
        found = _CODE.match(line, prefix.end() if prefix else 0)
        if found is None:
            following = following and _continue(replies, line)
            continue
        code, mark, rest = int(found.group(1)), found.group(2), found.group(3).strip()
        if following and replies and replies[-1][0] == code:
            replies[-1][1].append(rest)
        else:
            replies.append((code, [rest]))
        following = True
        if mark != "-" and not _wraps(rest):
            following = mark == " "
    refusals = [item for item in replies if item[0] >= 400]
    chosen = (refusals or replies)[-1:]
    return _reply(chosen[0][0], chosen[0][1]) if chosen else None


def _wraps(rest: str) -> bool:
    return rest.endswith(("-", ","))


def _continue(replies: list[tuple[int, list[str]]], line: str) -> bool:
    """A line without a code after a reply is its folded rest, until an empty line."""
    if not line.strip() or not replies or len(replies[-1][1]) > 40:
        return False
    replies[-1][1].append(line.strip())
    return True


def _in_tuple(text: str) -> Reply | None:
    every = list(_TUPLE.finditer(text[:20_000]))
    if not every:
        return None
    found = every[-1]
    words = found.group(3).replace("\\r", "").replace("\\n", "\n").replace("\\'", "'")
    return _reply(int(found.group(1)), words.split("\n"))


def _in_quotation(text: str) -> Reply | None:
    lines = _lines(text)
    for number in range(len(lines) - 1, -1, -1):
        found = None
        for found in _QUOTED.finditer(lines[number]):
            if int(found.group(1)) >= 400:
                break
        if found is not None and int(found.group(1)) >= 400:
            rest = [found.group(3), *_tail_lines(lines[number + 1 : number + 8])]
            code = found.group(1)
            joined = "\n".join(rest).replace(f" {code}-", "\n").replace(f" {code} ", "\n")
            return _reply(int(code), [_TAIL.sub("", part) for part in joined.split("\n")])
    return None


def _tail_lines(lines: list[str]) -> list[str]:
    kept = []
    for line in lines:
        if not line.strip():
            break
        kept.append(line.strip())
    return kept


def _bare_status(text: str) -> Reply | None:
    """An enhanced status code at the start of a line, as bounces show it."""
    for line in reversed(_lines(text)):
        found = _STATUS.match(line)
        if found and found.group(2).strip() and not found.group(1).startswith("2"):
            code = 550 if found.group(1).startswith("5") else 450
            return parse(code, f"{found.group(1)} {found.group(2).strip()}")
    return None


def _reply(code: int, lines: list[str]) -> Reply:
    cleaned = [re.sub(rf"^{code}[- ]", "", line.strip()).strip() for line in lines]
    return parse(code, "\n".join(line for line in cleaned if line))


def _named_stage(text: str) -> Stage | None:
    every = list(_ANSWER_TO.finditer(text[:20_000]))
    if not every:
        return None
    found = every[-1]
    said = (found.group("postfix") or found.group("end") or found.group("exim") or "").casefold()
    said = said.removeprefix("pipelined ").strip()
    if said in ("end of data", "data"):
        return Stage.CONTENT
    if said == "initial connection":
        return Stage.GREET
    return _WORDS.get(said.split(" ")[0])


def _stage_of(reply: Reply) -> Stage | None:
    """Codes that are heard at one stage only (RFC 4954 section 6)."""
    return Stage.SIGN_IN if reply.code in (432, 534, 535, 538) else None
