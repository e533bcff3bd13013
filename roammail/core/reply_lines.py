"""Finds a server's own words in a text that somebody pasted: log, transcript, error, prose.

Owns where a code can stand. Digits elsewhere are no codes: "try again in 500 seconds" has none,
nor has "port 587". Knows neither bounces (`bounce.py`) nor what a reply means.
"""

import re
from dataclasses import dataclass

from roammail.core.reply import Reply, parse
from roammail.core.stage import Stage
from roammail.core.stage_phrases import is_spoken, named_stage, spoken_stage

#: Pasted text beyond this is not looked at; nor lines, nor a line's rest, beyond these.
TEXT_LIMIT = 200_000
LINES, WIDTH = 2_000, 2_000
_REPLY_LINES = 40

_AMOUNT = (
    r"(?:\s?(?:%|[kKMG]i?[Bb]\b|bytes?\b|octets?\b|ms\b|sec(?:s|onds?)?\b|min(?:s|utes?)?\b|"
    r"hours?\b|days?\b|Sekunden|Minuten|Stunden|Tage\b|secondes|segundos|minutos|secondi))"
)
_UNITS = f"(?!{_AMOUNT})"
#: What makes a number at the start of a text an amount: "500 seconds".
AMOUNT = re.compile(_AMOUNT)
#: 465 and 587 are ports; no server uses them as reply codes.
_CODE = r"(?!465|587)(?P<code>[245]\d\d|354)"
_BODY = rf"{_CODE}(?:(?P<mark>[- ]|: )(?P<rest>{_UNITS}.{{0,2000}})|[:.]?$)"

_START = re.compile(
    r"[ \t>|]{0,60}(?P<server>(?:(?:\d{1,2}|S|R|SMTP|server|remote|recv)? ?(?:<{1,3}|: )[-~*=]{0,3}"
    r"[ \t]{0,4})|[*#]{1,4} {0,3}|SMTP; ?)?[\"'“„]?" + _BODY,
    re.IGNORECASE,
)

_KNOWN = re.compile(
    r"(?:sa(?:id|ys):|respon(?:ded|se|ds)(?: with| was)?:?|answered:?|repl(?:ied|y|ies):?|"
    r"returned|smtp;|lmtp;|was:|message:|error:?|reason:|code[:=]?|failed(?: with)?:|denied:|"
    r"fehler:?|erreur:?|errore:?|antwort(?:ete)?:?|talk to me:|end of data:|"
    r"(?:->|=>|<-{1,2}|<{2,3})|reject=|reply=|stat(?:us)?=|smtpstatus=|deferred:|"
    r"(?:responsecode|errorcode)['\"]?:)"
    r"\s{0,4}[#\"'“„«(\[]{0,2}" + _BODY,
    re.IGNORECASE,
)
_MARKED = re.compile(r"(?:[\"'“„«(\[#]|[\]>)]: |[a-z]: |\b0x[0-9a-f]{8}: )" + _BODY, re.IGNORECASE)
_TUPLE = re.compile(
    r"\(\s{0,4}(?P<code>[245]\d\d)\s{0,4},\s{0,4}b?(?P<quote>['\"])"
    r"(?P<rest>(?:[^'\"\\]|\\.|(?!(?P=quote))['\"]){1,2000})",
    re.DOTALL,
)
_LOG = re.compile(
    r"\bsmtpstatus=(?P<code>[245]\d\d)\b[^\n]{0,400}?smtpmsg='(?P<rest>[^\n]{0,2000}?)'"
)
_DSN = re.compile(
    r"(?:\bdsn=|\bstatus: ?|^\s{0,10}#?|\(#|<#)(?P<status>[45]\.\d{1,3}\.\d{1,3})\b"
    r"[ :,;>)]{0,3}(?P<rest>[^\n]{0,2000})",
    re.IGNORECASE | re.MULTILINE,
)
_EXIM = re.compile(
    r"\brejected (?:after )?(?:RCPT|MAIL|DATA|EHLO|HELO|AUTH|connection|sender|from)\b"
    r"[^:\n]{0,300}: ?(?P<rest>[^\n]{1,2000})"
)

_TAILS = re.compile(
    r"\s{0,4}(?:\((?:issued )?in (?:reply|response) to [^)]{1,60}\)?\)?|"
    r"; from=<.{0,600}|##.{0,300}|"
    r"['\"”“»]?, (?:Port|Puerto|Porta|端口)\s?: ?\d.{0,400}|"
    r"['\"], (?:command|responseCode|code): .{0,200})"
    r"\s{0,4}$",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING = {"'": "'", '"': '"', "“": "”", "„": "“", "«": "»", "(": ")", "[": "]", "<": ">"}
_CONSEQUENCE = re.compile(
    r"(?:no valid recipients|valid rcpt|rcpt (?:command )?(?:must )?(?:precede|first)|need rcpt|"
    r"need mail|mail first|bad sequence|no recipients|service unavailable|all recipients)",
    re.IGNORECASE,
)
#: A line that begins something else than a reply's folded rest: a rule, a field, another log line.
_MORE_LIMIT = re.compile(
    r"^(?:-{3,}|_{3,}|\*{3,}|={3,}|[A-Za-z][\w-]{1,40}: |\s{0,4}$|Giving up on |\s{1,8}at |"
    r"\d{4}-\d\d-\d\d|[A-Z][a-z]{2} {1,2}\d{1,2} \d|\[?\d\d:\d\d)"
)


@dataclass(frozen=True, slots=True)
class FoundReply:
    """A reply found in a text, with the stage that the text itself names.

    `said_code` is False where only an enhanced status code (or none) was told and the reply's
    code is its class alone: nobody said "550".
    """

    reply: Reply
    stage: Stage | None = None
    said_code: bool = True


@dataclass(slots=True)
class _Candidate:
    line: int
    code: int
    parts: list[str]
    server: bool = False
    said: bool = True
    stage: Stage | None = None
    open: bool = False  # "550-": more of the same reply is to come
    last: int = -1

    @property
    def refusal(self) -> bool:
        return self.code >= 400

    def continues(self, before: "_Candidate") -> bool:
        """Whether a program put its own words before each line of one reply."""
        after = max(before.line, before.last) + 1
        return before.open and before.code == self.code and self.line == after


def clean_lines(text: str) -> list[str]:
    """The lines that are looked at: bounded in number and width, line ends of any kind."""
    text = text[:TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n").replace("\0", " ")
    return [line[:WIDTH] for line in text.split("\n", LINES)[:LINES]]


def find_coded(lines: list[str]) -> FoundReply | None:
    """The refusal that decides, where a code or a status code is told; else a positive reply."""
    text = "\n".join(lines)
    candidates = _at_start(lines)
    chosen = _deciding([item for item in candidates if item.refusal])
    if chosen is None:
        for finder in (_in_log, _in_tuple, _after_introduction):
            chosen = finder(text, lines)
            if chosen is not None:
                break
    if chosen is None:
        chosen = _bare_status(text) or _exim_rejection(text)
    if chosen is None and candidates:
        chosen = candidates[-1]
    return None if chosen is None else _found(chosen, lines)


def _found(chosen: _Candidate, lines: list[str]) -> FoundReply:
    reply = joined_reply(chosen.code, chosen.parts)
    stage = chosen.stage or _stage_near(chosen.line, lines)
    return FoundReply(reply, stage, chosen.said)


def _deciding(refusals: list[_Candidate]) -> _Candidate | None:
    """The last, but no mere consequence of one before; what a server said before a summary."""
    if not refusals:
        return None
    heard = [item for item in refusals if item.server] or refusals
    causes = [item for item in heard if not _CONSEQUENCE.search(" ".join(item.parts)[:400])]
    return (causes or heard)[-1]


def _at_start(lines: list[str]) -> list[_Candidate]:
    found: list[_Candidate] = []
    going_on = False
    for number, line in enumerate(lines):
        match = _START.match(line)
        if match is None:
            going_on = going_on and _goes_on(found[-1], line)
            continue
        code, rest = int(match["code"]), (match["rest"] or "").strip()
        server = bool(match["server"])
        same = going_on and (found[-1].code, found[-1].server) == (code, server)
        if same and len(found[-1].parts) < _REPLY_LINES:
            found[-1].parts.append(rest)
        else:
            found.append(_Candidate(number, code, [rest], server))
        going_on = True
    return found


def _goes_on(before: _Candidate, line: str) -> bool:
    """A line without a code after a reply is its folded rest, until something else begins."""
    if before.server or len(before.parts) >= _REPLY_LINES:
        return False  # where the server's lines are marked, one without a mark is another's
    if is_spoken(line) or _MORE_LIMIT.match(line):
        return False
    before.parts.append(line.strip())
    return True


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = None
    for match in pattern.finditer(text):
        found = match
    return found


def _in_log(text: str, lines: list[str]) -> _Candidate | None:
    found = _last(_LOG, text)
    if found is None:
        return None
    number = text.count("\n", 0, found.start())
    return _Candidate(number, int(found["code"]), [_unescaped(found["rest"])])


def _in_tuple(text: str, lines: list[str]) -> _Candidate | None:
    found = _last(_TUPLE, text)
    if found is None:
        return None
    number = text.count("\n", 0, found.start())
    return _Candidate(number, int(found["code"]), _unescaped(found["rest"]).split("\n"))


def _unescaped(text: str) -> str:
    return text.replace("\\r", "").replace("\\n", "\n").replace("\\'", "'").replace('\\"', '"')


def _after_introduction(text: str, lines: list[str]) -> _Candidate | None:
    every: list[_Candidate] = []
    for number, line in enumerate(lines):
        found = _introduced(number, line, lines, _KNOWN) or _introduced(
            number, line, lines, _MARKED
        )
        if found and every and found[0].continues(every[-1]):
            every[-1].parts += found[0].parts
            every[-1].last = number
        else:
            every += found
    return _deciding([item for item in every if item.refusal])


def _introduced(
    number: int, line: str, lines: list[str], pattern: re.Pattern[str]
) -> list[_Candidate]:
    for found in pattern.finditer(line):
        code = int(found["code"])
        if code < 400:
            continue
        opened = line[found.start("code") - 1 : found.start("code")]
        rest = until_closed(found["rest"] or "", opened)
        if rest is not None:
            return [_Candidate(number, code, _split(code, rest))]
        following = []
        for more in lines[number + 1 : number + 9]:
            if _MORE_LIMIT.match(more) or is_spoken(more):
                break
            following.append(more.strip())
        joined = " ".join([found["rest"] or "", *following])
        closed = until_closed(joined, opened)
        going_on = found["mark"] == "-" and not following
        return [_Candidate(number, code, _split(code, closed or joined), open=going_on)]
    return []


def until_closed(rest: str, opened: str) -> str | None:
    """What stands before the mark that closes `opened`; None where it does not close here."""
    closing = _CLOSING.get(opened)
    if closing is None:
        return None
    # An apostrophe inside a word closes nothing.
    found = re.search(re.escape(closing) + r"(?=[\s,;.)}\]>]|$)", rest)
    return rest[: found.start()] if found else None


def _split(code: int, text: str) -> list[str]:
    """The lines of a reply that somebody joined: the code stands again where each began."""
    return re.split(rf"(?:\s|\\n|\\r){{1,4}}{code}(?:-| (?=[45]\.\d))", text)


def _bare_status(text: str) -> _Candidate | None:
    """An enhanced status code alone, as bounces and some mail programs show it."""
    chosen: tuple[int, str, str] | None = None
    for found in _DSN.finditer(text):
        rest = found["rest"].strip().removeprefix("stat=").strip()
        if not rest:
            # qmail and others put the status behind the sentence.
            rest = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].strip()
        if rest or chosen is None:
            chosen = (found.start("status"), found["status"], rest)
    if chosen is None:
        return None
    place, status, rest = chosen
    code = 550 if status.startswith("5") else 450
    return _Candidate(text.count("\n", 0, place), code, [f"{status} {rest}"], said=False)


def _exim_rejection(text: str) -> _Candidate | None:
    found = _last(_EXIM, text)
    if found is None:
        return None
    number = text.count("\n", 0, found.start())
    code = 450 if "temporarily" in text[max(0, found.start() - 20) : found.start()] else 550
    stage = named_stage(found.group(0))
    return _Candidate(number, code, [found["rest"]], said=False, stage=stage)


def joined_reply(code: int, parts: list[str]) -> Reply:
    """A Reply of these lines, without what programs put around a server's words."""
    text = _TAILS.sub("", "\n".join(parts[:_REPLY_LINES]).strip())
    kept = []
    for raw in text.split("\n"):
        line = re.sub(rf"^{code}[- ]", "", raw.strip()).strip()
        if line:
            kept.append(line)
    if kept and kept[-1].endswith(">") and text.count(">") > text.count("<"):
        kept[-1] = kept[-1][:-1]  # it closed what was opened before the reply
    return parse(code, "\n".join(kept))


def _stage_near(number: int, lines: list[str]) -> Stage | None:
    """The stage told beside the reply, or the client's command before it in a transcript."""
    near = lines[max(0, number - 3) : number + 4]
    own = named_stage(" ".join(lines[number : number + 4])) or named_stage(" ".join(near))
    if own is not None:
        return own
    for line in reversed(lines[max(0, number - 12) : number]):
        spoken = spoken_stage(line)
        if spoken is not None:
            return spoken
    return None
