"""The free text of bounces: Postfix, Exim, qmail, sendmail, Exchange, Gmail, Courier and others.

They differ in words and agree in shape: an address that stands alone, and below (or behind) it
what was said about it. Owns that shape, the forms' signatures and their exceptions. Knows no
MIME. Every line is looked at a bounded number of times.
"""

import re
from dataclasses import dataclass, field

from roammail.core.bounced import Action, BouncedRecipient
from roammail.core.delivery_status import MOST_RECIPIENTS
from roammail.core.reply import Reply
from roammail.core.reply_lines import FoundReply, find_coded
from roammail.core.stage_phrases import is_spoken

_LINES, _WIDTH, _BLOCK_LINES = 60_000, 1_000, 60


#: From here on the message that came back is quoted, in lower case.
_END = re.compile(
    r"^[\s\-*_>]{0,40}(?:below (?:this line )?is a copy of|this is a copy of|this is a copy|"
    r"original message(?: headers?| follows)?\b|message headers? follow|ursprüngliche nachricht|"
    r"undelivered message follows|the original message (?:is|follows)|header of the original|"
    r"en-têtes de message d'origine|ursprüngliche nachrichtenkopfzeilen|message d'origine|"
    r"encabezados de mensajes? original|the body of the (?:original )?message is|"
    r"copy of (?:the )?(?:original )?message|return-path:|received: from)",
    re.IGNORECASE,
)
_ADDRESS = r"[^\s<>,;:\"'()\[\]@]{1,64}@[^\s<>,;:\"'()\[\]@]{1,255}"
#: An address that heads a block: alone, or with what is said about it behind a colon.
_HEAD = re.compile(
    rf"^(?P<indent>[\s*•-]{{0,20}})(?:(?:to|recipient|an|à|for): {{0,3}})?[<'\"]?(?:mailto:)?"
    rf"(?P<address>{_ADDRESS})(?P<close>[>'\"]{{0,2}})"
    rf"(?P<aside> ?(?:\((?:(?:ultimately )?generated from|expanded from|"
    rf"mailto:|{_ADDRESS})[^)]{{0,300}}\)"
    rf"|<(?:mailto:)?{_ADDRESS}>| on \S.{{0,80}}|, ?$)?)"
    r"\s{0,4}(?:(?P<colon>:)|(?P<said>\(.{3,1000}\))|)(?P<rest>(?(colon).{0,1000}|\s{0,20}))$",
    re.IGNORECASE,
)
_NAMED_HEAD = re.compile(
    rf"^[^<>@:]{{1,100}}[(<](?:mailto:)?(?P<address>{_ADDRESS})[)>]\s{{0,20}}$"
)
_INSIDE = re.compile(
    r"(?:delivered to|delivering (?:your )?(?:mail|message) to|reach(?:ed)?|undeliverable to|"
    r"deliver(?:y)? (?:mail |your message )?to|zugestellt an|nachricht (?:wurde nicht )?an|"
    r"remis à|livré à|entregado a|entregar(?:lo)? a|following:|user \S{1,64}) {0,3}"
    rf"[<'\"(]{{0,2}}(?P<address>{_ADDRESS})",
    re.IGNORECASE,
)
_COMMAND_TO = re.compile(rf"RCPT TO: ?<(?P<address>{_ADDRESS})>", re.IGNORECASE)
_REPORTER = re.compile(
    r"(?:mail system at host|program at(?: host)?|mail agent (?:v\S{1,20} )?at|generating server|"
    r"generierender server|serveur de génération|servidor de generación|server di generazione|"
    r"reporting-mta: dns;|status notification from|mta program at):? {0,3}(?P<host>[\w.-]{1,255})",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"(?:\bhost[: ] ?|while talking to |refused by |^\s{0,20}|by )"
    r"(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})\.?"
    r" ?(?=\[|\(|:|, | said| did not| does not)",
    re.IGNORECASE | re.MULTILINE,
)
#: "because:" stands before what was said.
_LEADS = re.compile(r"[\w ]{1,40}:")
_DELAYED = re.compile(
    r"delivery (?:has been |is )?delayed|not yet been delivered|will retry|"
    r"still trying|delivery incomplete|warning message only|do not need to resend|"
    r"noch nicht zugestellt|verzögert|retard[ée]|retrasad[oa]|delayed mail|will (?:be )?retried|"
    r"temporary problem delivering",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Block:
    addresses: list[str]
    lines: list[str] = field(default_factory=list)
    delayed: bool = False


def read_bounce_text(
    text: str, failed: tuple[str, ...] = ()
) -> tuple[str, tuple[BouncedRecipient, ...]]:
    """The reporting host and the recipients with what was said of each.

    `failed` are addresses that the header names as failed; they say who is meant where the text
    says it within a sentence.
    """
    lines = _own_lines(text)
    whole = "\n".join(lines[:400])
    reporter = _REPORTER.search(whole)
    all_delayed = _DELAYED.search(whole[:4_000]) is not None
    blocks = _blocks(lines)
    found: dict[str, BouncedRecipient] = {}
    shared = _Shared(lines)
    for block in blocks:
        for address in block.addresses:
            recipient = _recipient(address, block, shared, all_delayed)
            before = found.get(address.casefold())
            if before is None or (_worth(recipient) > _worth(before)):
                found[address.casefold()] = recipient
        if len(found) >= MOST_RECIPIENTS:
            break
    told = [item for item in found.values() if item.reply is not None]
    result = tuple(told or found.values()) if not failed else _those(failed, found)
    if not result or (not told and not failed):
        result = _from_whole(whole, failed, all_delayed, shared) or result
    host = reporter.group("host").rstrip(".") if reporter else ""
    return host, result


def _worth(recipient: BouncedRecipient) -> int:
    if recipient.reply is None:
        return 0
    return 2 + recipient.said_code if recipient.reply.code else 1


def _own_lines(text: str) -> list[str]:
    kept: list[str] = []
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n", _LINES)[:_LINES]:
        line = raw[:_WIDTH].replace("\0", " ").replace("\u00a0", " ").rstrip()
        if kept and _END.match(line):
            break
        kept.append(line)
    return kept


def _blocks(lines: list[str]) -> list[_Block]:
    blocks: list[_Block] = []
    delayed = going_on = False
    for line in lines:
        lowered = line.casefold()
        if "transient non-fatal" in lowered:
            delayed = True
        elif "permanent fatal" in lowered:
            delayed = False
        head = None if is_spoken(line) or "@" not in line else _head(line)
        # A reply that names the address may be folded just before it.
        folded = (
            head is not None and bool(head[1]) and going_on and bool(blocks) and line[:1].isspace()
        )
        going_on = bool(line.strip())
        if head is None or folded:
            if blocks and len(blocks[-1].lines) < _BLOCK_LINES:
                blocks[-1].lines.append(line)
            continue
        address, rest = head
        alone = blocks and not rest and not any(item.strip() for item in blocks[-1].lines)
        if alone and len(blocks[-1].addresses) < MOST_RECIPIENTS:
            blocks[-1].addresses.append(address)
            blocks[-1].lines.clear()
        else:
            blocks.append(_Block([address], [rest] if rest else [], delayed))
    return blocks


def _head(line: str) -> tuple[str, str] | None:
    found = _HEAD.match(line)
    if found is not None:
        rest = found["rest"].strip() or (found["said"] or "").strip("()")
        return found["address"].rstrip(".,"), rest
    named = _NAMED_HEAD.match(line)
    return (named["address"], "") if named else None


class _Shared:
    """What was said for no single block: sendmail's transcript, or one text for all."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._by_address: dict[str, FoundReply | None] | None = None
        self._whole: FoundReply | None = None
        self._read = False

    def of(self, address: str) -> FoundReply | None:
        """What the server said after the RCPT for this address."""
        if self._by_address is None:
            self._by_address = self._read_transcript()
        return self._by_address.get(address.casefold())

    def whole(self) -> FoundReply | None:
        """The last refusal of the whole text."""
        if not self._read:
            self._whole, self._read = find_coded(self._lines[:2_000]), True
        return self._whole

    def _read_transcript(self) -> dict[str, FoundReply | None]:
        found: dict[str, FoundReply | None] = {}
        for number, line in enumerate(self._lines):
            sent = _COMMAND_TO.search(line) if "<" in line else None
            if sent is None or not is_spoken(line) or len(found) > MOST_RECIPIENTS:
                continue
            after: list[str] = [line]
            for said in self._lines[number + 1 : number + 20]:
                if not said.strip() or (is_spoken(said) and len(after) > 1):
                    break
                after.append(said)
            found.setdefault(sent["address"].casefold(), find_coded(after))
        return found


def _recipient(address: str, block: _Block, shared: _Shared, all_delayed: bool) -> BouncedRecipient:
    heard = shared.of(address)
    own = find_coded(_reason_lines(block.lines))
    refusal = _better(own, heard)
    if refusal is None and not any(line.strip() for line in block.lines):
        refusal = shared.whole()
    text = "\n".join(block.lines)
    reply = refusal.reply if refusal else _words(block.lines)
    delayed = (
        block.delayed
        or all_delayed
        or (reply is not None and reply.transient and _DELAYED.search(text) is not None)
    )
    return BouncedRecipient(
        address=address,
        reply=reply,
        stage=refusal.stage if refusal else None,
        action=Action.DELAYED if delayed else Action.FAILED,
        host=_said_by(text),
        said_code=refusal.said_code if refusal else False,
    )


def _reason_lines(lines: list[str]) -> list[str]:
    """sendmail quotes the reply as "(reason: 550 …)"; Gmail puts it below its introduction."""
    return [re.sub(r"^\s{0,8}\(reason: (.{0,900}?)\)?$", r"\1", line) for line in lines]


def _better(own: FoundReply | None, heard: FoundReply | None) -> FoundReply | None:
    if own is None or heard is None:
        return own or heard
    return heard if heard.said_code and heard.reply.code >= 400 else own


def _said_by(text: str) -> str:
    found = _HOST.search(text[:4_000])
    return found["host"] if found else ""


def _words(lines: list[str]) -> Reply | None:
    """No code was told: what was said, up to the first pause after it."""
    kept: list[str] = []
    for line in lines[:20]:
        said = line.strip()
        if not said and kept:
            break
        if said and not _LEADS.fullmatch(said):
            kept.append(said[:_WIDTH])
    return Reply(0, tuple(kept)) if kept else None


def _those(
    failed: tuple[str, ...], found: dict[str, BouncedRecipient]
) -> tuple[BouncedRecipient, ...]:
    named = [found.get(address.casefold()) for address in failed]
    if not any(item is not None and item.reply is not None for item in named):
        return ()
    return tuple(
        item or BouncedRecipient(address) for item, address in zip(named, failed, strict=True)
    )


def _from_whole(
    whole: str, failed: tuple[str, ...], delayed: bool, shared: _Shared
) -> tuple[BouncedRecipient, ...]:
    """Where no line is an address alone: those that a sentence names, with the one refusal."""
    addresses = failed or tuple(
        dict.fromkeys(found["address"].rstrip(".,") for found in _INSIDE.finditer(whole))
    )
    refusal = shared.whole()
    action = Action.DELAYED if delayed else Action.FAILED
    if refusal is None and not addresses:
        return ()
    return tuple(
        BouncedRecipient(
            address=address,
            reply=refusal.reply if refusal else None,
            stage=refusal.stage if refusal else None,
            action=action,
            host=_said_by(whole),
            said_code=refusal.said_code if refusal else False,
        )
        for address in (addresses or ("",))[:MOST_RECIPIENTS]
    )
