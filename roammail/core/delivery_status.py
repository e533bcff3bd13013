"""The structured part of a bounce: message/delivery-status (RFC 3464, RFC 6533).

Owns its fields and their sloppy forms. Knows no MIME and no free text.
"""

import re

from roammail.core.bounced import Action, BouncedRecipient
from roammail.core.mime_tree import Fields, read_fields
from roammail.core.reply import Reply
from roammail.core.reply_lines import find_coded, joined_reply
from roammail.core.stage_phrases import named_stage

#: Recipients of one bounce that are read; the rest would tell the same.
MOST_RECIPIENTS = 10_000

_STATUS = re.compile(r"\s{0,20}([245])\.(\d{1,3})\.(\d{1,3})")
_TYPED = re.compile(r"\s{0,20}([\w-]{1,40})\s{0,5};(.{0,4000})", re.DOTALL)
_CODED = re.compile(r"\s{0,10}[\"'<]?([2-5]\d\d)(?=[- :]|$)[-: ]?(.{0,4000})", re.DOTALL)
# Possessive: nothing is tried a second way, nor kept for that, however many empty lines come.
_GROUPS = re.compile(rb"\r?\n[ \t]*+(?:\r?\n[ \t]*+)++")
_ACTIONS = {action.value: action for action in Action}


def read_delivery_status(body: bytes) -> tuple[str, tuple[BouncedRecipient, ...]]:
    """The reporting host ("" if unsaid), and every recipient that the report tells of."""
    reporter = ""
    found: list[BouncedRecipient] = []
    for group in _groups(body):
        fields = read_fields(group)
        reporter = reporter or _host(fields.first("reporting-mta"))
        recipient = _recipient(fields)
        if recipient is not None:
            found.append(recipient)
        if len(found) >= MOST_RECIPIENTS:
            break
    return reporter, tuple(found)


def _groups(body: bytes) -> list[bytes]:
    """Blocks of fields; some programs leave out the empty line before a recipient."""
    return [group for group in _GROUPS.split(body.strip(b"\r\n"), MOST_RECIPIENTS + 1) if group]


def _typed(value: str) -> tuple[str, str]:
    """ "rfc822; ana@x.example" in its two halves; the type may be missing."""
    match = _TYPED.match(value)
    if match is None:
        return "", value.strip()
    return match.group(1).lower(), match.group(2).strip()


def _host(value: str) -> str:
    return _typed(value)[1].split(" ")[0].rstrip(".")[:255]


def _address(fields: Fields) -> str:
    """The address that the sender wrote, else the one it became."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        address = _typed(fields.first(name))[1].strip("<> ")
        if "@" in address:
            return address[:320]
    return _typed(fields.first("final-recipient"))[1].strip("<> ")[:320]


def _recipient(fields: Fields) -> BouncedRecipient | None:
    address = _address(fields)
    if not address and not fields.has("final-recipient"):
        return None
    word = re.split(r"[\s(;]", fields.first("action").strip().lower(), maxsplit=1)[0]
    status = _STATUS.match(fields.first("status"))
    diagnostic = fields.first("diagnostic-code")
    reply, said = _reply(diagnostic, status)
    action = _ACTIONS.get(word)
    if action is None:
        action = Action.DELAYED if status and status.group(1) == "4" else Action.FAILED
    return BouncedRecipient(
        address=address,
        reply=reply,
        stage=named_stage(diagnostic),
        action=action,
        host=_host(fields.first("remote-mta")),
        said_code=said,
    )


def _reply(diagnostic: str, status: re.Match[str] | None) -> tuple[Reply | None, bool]:
    """The server's reply, and whether its code was said."""
    kind, text = _typed(diagnostic)
    if kind not in ("smtp", "lmtp", "x-postfix", "x-unix", "x-local", "") and " " in kind:
        text = diagnostic
    coded = _CODED.match(text)
    if coded is not None and kind != "x-unix":
        code = int(coded.group(1))
        parts = re.split(rf"\s{{1,4}}{code}(?:-| (?=[45]\.\d))", coded.group(2))
        return _with_status(joined_reply(code, parts), status), True
    inner = find_coded([text]) if text else None
    if inner is not None and inner.said_code:
        return inner.reply, True
    if status is None:
        return (Reply(0, (text,)) if text else None), False
    code = {"2": 250, "4": 450}.get(status.group(1), 550)
    shown = f"{status.group(1)}.{status.group(2)}.{status.group(3)}"
    return Reply(code, (text,) if text else (), shown), False


def _with_status(reply: Reply, status: re.Match[str] | None) -> Reply:
    """The Status field in the place of an enhanced code that the text does not have."""
    if status is None or reply.enhanced or status.group(1) != str(reply.code)[:1]:
        return reply
    shown = f"{status.group(1)}.{status.group(2)}.{status.group(3)}"
    if shown.endswith(".0.0"):  # says no more than the code
        return reply
    return Reply(reply.code, reply.lines, shown)
