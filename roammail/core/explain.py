"""From a pasted text or a bounce to Diagnoses: one for a text, one for each recipient.

Owns the order in which a text is read: the server's reply (`reply_lines.py`), what the mail
program says itself (`client_errors.py`), the words as they are. What a reply means is
`refusal.py`'s.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from roammail.core.bounce import Bounce, BouncedRecipient, read_bounce
from roammail.core.bounce_forms import looks_like_bounce_text
from roammail.core.client_errors import ClientError, ClientErrors
from roammail.core.consequence import VERDICTS, remedies_for
from roammail.core.diagnosis import Alternative, Confidence, Context, Diagnosis, Kind
from roammail.core.refusal import diagnose_reply
from roammail.core.reply import Reply, parse
from roammail.core.reply_lines import AMOUNT, TEXT_LIMIT, FoundReply, clean_lines, find_coded
from roammail.core.rulebook import RuleBook
from roammail.core.stage import Stage
from roammail.core.stage_phrases import named_stage, stage_from_word

__all__ = [
    "PASTE_LIMIT",
    "RecipientDiagnosis",
    "explain_bounce",
    "explain_text",
    "find_reply",
    "stage_from_word",
]

#: Pasted text beyond this is not looked at.
PASTE_LIMIT = TEXT_LIMIT
_NO_CLIENTS = ClientErrors()
#: A text shorter than this is no bounce.
_BOUNCE = 120
_WORD_LINES = 20
#: Refusals of a bounce that may be read closely: a hostile one could hold thousands.
_CLOSELY = 20


@dataclass(frozen=True, slots=True)
class RecipientDiagnosis:
    """One recipient of a bounce, and why the message did not reach it."""

    recipient: BouncedRecipient
    diagnosis: Diagnosis


def explain_text(
    text: str,
    stage: Stage | None,
    signed_in: bool | None,
    rules: RuleBook,
    clients: ClientErrors = _NO_CLIENTS,
) -> Diagnosis:
    """Diagnoses the refusal in a pasted text; its words alone where no code is found.

    A whole bounce is read as one: its first recipient that has a refusal is explained.
    """
    text = text[:PASTE_LIMIT]
    if "\n" in text and len(text) > _BOUNCE and looks_like_bounce_text(text):
        bounce = read_bounce(text.encode("utf-8", "replace"))
        if bounce is not None and bounce.recipients:
            first = replace(bounce, recipients=bounce.recipients[:1])
            return explain_bounce(first, rules, stage, signed_in)[0].diagnosis
    found = find_reply(text, clients)
    named = stage or found.stage or _stage_of(found.reply)
    context = _knowing(signed_in)
    read = _diagnosed(found.reply, found.said_code, named, context, rules)
    if found.said_code and found.reply.code and read.kind is not Kind.OTHER:
        return read
    told = clients.number_in(text) or clients.sentence_in(text, with_kind=True)
    if told is None or told.kind is None:
        return read
    by_server = found.reply.code or clients.server_words(text)
    if by_server and _is_said(read) and not told.with_status:
        return read
    return _by_client(told, read, stage, context)


def explain_bounce(
    bounce: Bounce,
    rules: RuleBook,
    stage: Stage | None = None,
    signed_in: bool | None = None,
) -> tuple[RecipientDiagnosis, ...]:
    """Each recipient with its diagnosis, in the bounce's order; refusals that say the same but
    for the address are read once."""
    known: dict[object, Diagnosis] = {}
    quick = rules.read_with(None)
    every = []
    for item in bounce.recipients:
        reply = item.reply or Reply(0, ())
        text = reply.text.replace(item.address, "<>") if item.address else reply.text
        key = (reply.code, reply.enhanced, text, item.stage)
        diagnosis = known.get(key)
        if diagnosis is None:
            at = stage or item.stage or _stage_of(reply)
            context = Context(signed_in=signed_in, recipient=item.address)
            book = rules if len(known) < _CLOSELY else quick
            diagnosis = _diagnosed(reply, item.said_code, at, context, book)
            known[key] = diagnosis
        else:
            diagnosis = _readdressed(diagnosis, reply, item)
        every.append(RecipientDiagnosis(item, diagnosis))
    return tuple(every)


def find_reply(text: str, clients: ClientErrors = _NO_CLIENTS) -> FoundReply:
    """The refusal that decides in a text; a Reply of code 0 with all its words where no code
    or status code is told."""
    if (quick := _plain_reply(text)) is not None:
        return quick
    lines = clean_lines(text)
    found = find_coded(lines)
    client = clients.sentence_in(text, with_kind=False)
    hint = client.stage if client is not None else None
    if found is not None:
        stage = found.stage or hint
        return found if stage is found.stage else FoundReply(found.reply, stage, found.said_code)
    words = clients.server_words(text)
    if words and (coded := find_coded(words.split("\n"))) is not None:
        return FoundReply(coded.reply, coded.stage or hint, coded.said_code)
    kept = words.split("\n") if words else lines
    told = tuple(line.strip() for line in kept if line.strip())[:_WORD_LINES]
    stage = hint or named_stage(" ".join(lines[:_WORD_LINES]))
    return FoundReply(Reply(0, told), stage, said_code=False)


def _plain_reply(text: str) -> FoundReply | None:
    """A reply as a server gives it, every line with its code: what batches mostly hold."""
    code = text[:3]
    if not (
        code.isascii() and code.isdigit() and text[3:4] in (" ", "-") and "2" <= code[0] <= "5"
    ):
        return None
    lines = text.rstrip().replace("\r\n", "\n").split("\n", _WORD_LINES * 2)
    if len(lines) > _WORD_LINES * 2 or code in ("465", "587"):
        return None
    kept = []
    for line in lines:
        if len(line) > 2_000 or not (line[:3] == code and line[3:4] in (" ", "-", "")):
            return None
        kept.append(line[4:])
    joined = "\n".join(kept)
    if "\0" in joined or AMOUNT.match(joined):
        return None
    return FoundReply(parse(int(code), joined), named_stage(joined) if "comman" in joined else None)


@lru_cache(maxsize=4)
def _knowing(signed_in: bool | None) -> Context:
    return Context(signed_in=signed_in)


def _diagnosed(
    reply: Reply, said_code: bool, stage: Stage | None, context: Context, rules: RuleBook
) -> Diagnosis:
    read = diagnose_reply(reply, stage, context, rules)
    if said_code or not reply.code:
        return read
    # The code was only the status code's class: nobody said it, so it is not shown as said.
    evidence = tuple(item for item in read.evidence if item != str(reply.code))
    return replace(read, reply=replace(reply, code=0), evidence=evidence)


def _readdressed(known: Diagnosis, reply: Reply, item: BouncedRecipient) -> Diagnosis:
    """The same diagnosis for another address."""
    shown = reply if item.said_code else replace(reply, code=0)
    before = dict(known.params).get("recipient")

    def moved(params: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple(
            (name, item.address if name == "recipient" and value == before else value)
            for name, value in params
        )

    remedies = tuple(replace(remedy, params=moved(remedy.params)) for remedy in known.remedies)
    return replace(known, reply=shown, params=moved(known.params), remedies=remedies)


def _is_said(read: Diagnosis) -> bool:
    return read.confidence is not Confidence.GUESS and read.kind is not Kind.OTHER


def _by_client(
    told: ClientError, read: Diagnosis, stage: Stage | None, context: Context
) -> Diagnosis:
    """The mail program's own reading first, other readings beside it."""
    assert told.kind is not None
    scope, party = VERDICTS[told.kind]
    others = list(told.also)
    if _is_said(read):
        others.append(read.kind)
    kinds = [kind for kind in dict.fromkeys(others) if kind is not told.kind]
    return Diagnosis(
        kind=told.kind,
        scope=scope,
        party=party,
        confidence=Confidence.LIKELY,
        stage=stage or told.stage or read.stage,
        reply=read.reply,
        evidence=(told.evidence,),
        remedies=remedies_for(told.kind, context, scope),
        alternatives=tuple(Alternative(kind, *VERDICTS[kind]) for kind in kinds),
        params=read.params,
    )


def _stage_of(reply: Reply) -> Stage | None:
    """Codes that are heard at one stage only (RFC 4954 section 6)."""
    return Stage.SIGN_IN if reply.code in (432, 534, 535, 538) else None
