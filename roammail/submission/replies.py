"""What the service answers: errors, and what a server said of a message, as replies. Pure."""

from roammail.core.diagnosis import Diagnosis, Kind
from roammail.core.errors import BadConfiguration, BadMessage, RoamMailError, UserFacingError
from roammail.core.reply import Reply
from roammail.engine.live import Answer
from roammail.submission.commands import one_line
from roammail.submission.reception import Taken

#: Final codes that a program expects after the content (RFC 5321 section 4.3.2).
_FINAL = range(550, 557)
_UNSAID = {
    Kind.TOO_LARGE: "552 5.3.4 The server takes no message of this size",
    Kind.SMTPUTF8_UNSUPPORTED: "553 5.6.7 The server takes no such address",
}


def taken_reply(taken: Taken, answer: Answer | None) -> str:
    """What the program is told of its message: the server's last word where there is one."""
    if answer is None:
        return f"250 2.0.0 OK, in the outbox as number {taken.outbox_id}"
    if answer.refusal is not None:
        return _refused(answer.refusal, answer.reply)
    if answer.reply is None:
        return f"250 2.0.0 OK, sent as number {taken.outbox_id}"
    enhanced = answer.reply.enhanced
    status = enhanced if enhanced and enhanced.startswith("2") else "2.0.0"
    return f"250 {status} {one_line(answer.reply.text) or 'OK'}"


def _refused(refusal: Diagnosis, reply: Reply | None) -> str:
    if reply is None:
        unsaid = f"554 5.0.0 The message was refused ({refusal.kind})"
        return _UNSAID.get(refusal.kind, unsaid)
    code = reply.code if reply.code in _FINAL else 554
    enhanced = reply.enhanced
    status = enhanced if enhanced and enhanced.startswith("5") else "5.0.0"
    return f"{code} {status} {one_line(reply.text) or 'Refused'}"


def reply_to(error: RoamMailError) -> str:
    """An error as a reply: what is certain is permanent, what may pass is temporary."""
    if not isinstance(error, UserFacingError):
        return "451 4.3.0 A fault on this side, try again"
    text = one_line(error.message)
    match error.code:
        case "no-profile-for-sender":
            return f"550 5.7.1 {text}"
        case "message-too-large":
            return f"552 5.3.4 {text}"
        case "no-room" | "outbox-full":
            return f"452 4.3.1 {text}"
    if isinstance(error, BadMessage):
        return f"554 5.6.0 {text}"
    code = "4.3.5" if isinstance(error, BadConfiguration) else "4.3.0"
    return f"451 {code} {text}"
