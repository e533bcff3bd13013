"""How programs name the step at which a server refused: "in reply to RCPT TO command".

Owns those phrases of mail servers and libraries, in whatever language the rest is. Sentences of
mail programs for people are data (`client_errors.py`). Knows nothing of codes.
"""

import re

from roammail.core.stage import Stage

#: Characters looked at around a reply.
NEAR = 4_000

_COMMANDS = {
    "connect": Stage.GREET,
    "banner": Stage.GREET,
    "helo": Stage.GREET,
    "ehlo": Stage.GREET,
    "lhlo": Stage.GREET,
    "starttls": Stage.ENCRYPT,
    "tls": Stage.ENCRYPT,
    "auth": Stage.SIGN_IN,
    "mail": Stage.SENDER,
    "rcpt": Stage.RELAY,
    "data": Stage.CONTENT,
    "bdat": Stage.CONTENT,
}
_COMMAND = r"(?P<{}>RCPT|MAIL|DATA|BDAT|AUTH|EHLO|HELO|LHLO|STARTTLS|CONNECT)"
_TO = r"(?: TO| FROM| END| LOGIN| PLAIN| XOAUTH2)?"

#: Phrases around a command's name. Every repetition is bounded, so the time is linear.
_AROUND = re.compile(
    r"(?:in reply to|in response to|issued in reply to) (?:the )?(?:end of )?"
    + _COMMAND.format("a")
    + r"\b|(?:rejected|reject:|did not like our|did not accept our) (?:after |final )?"
    + _COMMAND.format("b")
    + r"\b|(?:after|while sending|sending|server for|server on|in|for|to) (?:pipelined |end of )?"
    + _COMMAND.format("c")
    + r"(?: TO| FROM)?(?=\b:| command|:)|\b"
    + _COMMAND.format("d")
    + _TO
    + r"(?: command)?(?: <[^>\s]{1,254}>)? (?:failed|rejected|refused|error)\b|"
    + r"command['\"]?: ?['\"]"
    + _COMMAND.format("e")
    + r"\b",
    re.IGNORECASE,
)

#: Names of errors, and sentences in which programs tell a step without its command.
_NAMES: tuple[tuple[str, Stage], ...] = (
    ("smtprecipientsrefused", Stage.RELAY),
    ("smtprecipientrefused", Stage.RELAY),
    ("smtpaddressfailedexception", Stage.RELAY),
    ("smtpsenderrefused", Stage.SENDER),
    ("smtpsenderfailedexception", Stage.SENDER),
    ("smtpdataerror", Stage.CONTENT),
    ("smtpauthenticationerror", Stage.SIGN_IN),
    ("authenticationfailedexception", Stage.SIGN_IN),
    ("smtpheloerror", Stage.GREET),
    ("smtpconnecterror", Stage.GREET),
    ("'eauth'", Stage.SIGN_IN),
    ("refused to talk to me", Stage.GREET),
    ("initial connection", Stage.GREET),
    ("greeting failed", Stage.GREET),
    ("my name was rejected", Stage.GREET),
    ("does not like recipient", Stage.RELAY),
    ("sender was rejected", Stage.SENDER),
    ("failed on data command", Stage.CONTENT),
    ("failed after i sent the message", Stage.CONTENT),
    ("after end of data", Stage.CONTENT),
    ("in reply to end of data", Stage.CONTENT),
    ("after sending data block", Stage.CONTENT),
    ("errormsg='recipient address", Stage.RELAY),
    ("errormsg='envelope from", Stage.SENDER),
    ("errormsg='authentication failed", Stage.SIGN_IN),
    ("errormsg='the server did not accept", Stage.CONTENT),
    ("msmtp: recipient address", Stage.RELAY),
    ("msmtp: envelope from address", Stage.SENDER),
    ("msmtp: authentication failed", Stage.SIGN_IN),
    ("msmtp: the server did not accept the mail", Stage.CONTENT),
)

# A line of a transcript that the client spoke: a mark that points to the server, or a bare
# command in capitals.
_POINTS = (
    r"(?:\d{1,2}> ?|(?:-|~|=){1,3}> {0,3}|>{2,3} ?|> |C: ?|CLIENT: ?|SMTP>> ?|\w{1,20} sent: ?)"
)
_WORD = r"(?P<word>RCPT TO|MAIL FROM|DATA|BDAT|AUTH|EHLO|HELO|STARTTLS|QUIT|RSET|\.$)"
_SPOKEN = re.compile(rf"[\s|]{{0,20}}{_POINTS}?{_WORD}")
_SPOKEN_LOOSE = re.compile(rf"[\s|]{{0,20}}{_POINTS}{_WORD}", re.IGNORECASE)


def stage_from_word(word: str | None) -> Stage | None:
    """A stage from our ladder's words or from SMTP's. None for unknown words."""
    wanted = (word or "").strip().casefold().replace("_", "-")
    if wanted in _COMMANDS:
        return _COMMANDS[wanted]
    try:
        return Stage(wanted)
    except ValueError:
        return None


def named_stage(text: str) -> Stage | None:
    """The stage that a text names last, in at most NEAR characters."""
    text = text[:NEAR]
    folded = text.casefold()
    stage: Stage | None = None
    place = -1
    # Most texts name no command: looking for one first is ten times as fast.
    if any(command in folded for command in _COMMANDS):
        for found in _AROUND.finditer(text):
            word = next(group for group in found.groups() if group)
            place, stage = found.start(), _COMMANDS[word.casefold()]
    for name, meant in _NAMES:
        at = folded.rfind(name)
        if at > place:
            place, stage = at, meant
    return stage


def spoken_stage(line: str) -> Stage | None:
    """The stage that a client's line in a transcript opens; None where it is no such line."""
    found = _SPOKEN.match(line) or _SPOKEN_LOOSE.match(line)
    if found is None:
        return None
    word = found.group("word").split(" ")[0].casefold()
    return Stage.CONTENT if word == "." else _COMMANDS.get(word)


def is_spoken(line: str) -> bool:
    """Whether the line is a client's, not a server's."""
    return (_SPOKEN.match(line) or _SPOKEN_LOOSE.match(line)) is not None
