"""How far ahead of its answers a server is spoken to, and by which signs one is recognised that
offers PIPELINING or CHUNKING and does not keep to it. Pure.

A first meeting is careful: nothing that could complete a message is written before every answer
is in, so that a server that mixes, drops or adds answers is found out while nothing is at stake.
Once a whole message has gone through in good order its word is believed, and the content of a
message to one recipient goes in the same flight as MAIL and RCPT.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

from roammail.core.failure import Failure, FailureKind
from roammail.core.memory import Memory
from roammail.core.profile import Endpoint
from roammail.core.reply import Reply
from roammail.core.report import Offer, Word


class Pace(StrEnum):
    """How one transaction is spoken."""

    PLAIN = "plain"  # one command, one answer; DATA
    CAREFUL = "careful"  # envelope in one flight; the content after every answer
    FULL = "full"  # as much as the protocol allows


#: Servers whose pipelining and chunking are known from their source or from years of use. A name
#: can be forged; then the worst that follows is a message that is shown as uncertain.
_KNOWN = re.compile(r"\bESMTP (?:Postfix|Exim)\b|\bMicrosoft ESMTP MAIL Service\b|- gsmtp$")
_OUT_OF_STEP = re.compile(r"pipelin|synchroni[sz]|out of sequence|bad sequence", re.IGNORECASE)
#: A command that was not understood, or not where the server thought it was.
_MISUNDERSTOOD = frozenset({500, 501, 502, 503, 504})
_GARBLED = frozenset(
    {
        FailureKind.UNSOLICITED,  # more answers than commands
        FailureKind.GARBAGE,  # an answer that belongs to another command
        FailureKind.TOO_LONG,
        FailureKind.TIMED_OUT,  # fewer answers than commands
        FailureKind.CONNECTION_LOST,
    }
)


def pace_for(endpoint: Endpoint, offer: Offer, memories: Sequence[Memory]) -> Pace:
    """How to speak to this server, given what was seen of it on any network (newest first).

    What was learned holds as long as the server offers the same: an upgrade starts anew.
    """
    if not offers(offer, "PIPELINING"):
        return Pace.PLAIN
    word = word_of(endpoint, offer, memories)
    if word is Word.BROKEN:
        return Pace.PLAIN
    if word is Word.KEPT or (word is Word.UNKNOWN and _KNOWN.search(offer.banner)):
        return Pace.FULL
    return Pace.CAREFUL


def word_of(endpoint: Endpoint, offer: Offer, memories: Sequence[Memory]) -> Word:
    """What is known of this server's word."""
    for memory in memories:
        known = memory.offer
        if memory.endpoint == endpoint and known.word is not Word.UNKNOWN:
            return known.word if known.extensions == offer.extensions else Word.UNKNOWN
    return Word.UNKNOWN


def offers(offer: Offer, keyword: str) -> bool:
    """Whether EHLO's answer held the keyword."""
    return any(line.partition(" ")[0].upper() == keyword for line in offer.extensions)


def garbles(failure: Failure) -> bool:
    """Whether a conversation that failed so, commands being ahead, may fare better plainly."""
    return failure.kind in _GARBLED


def misunderstands(reply: Reply) -> bool:
    """Whether a refusal is of the way in which we speak, not of what we ask for."""
    return not reply.positive and (
        reply.code in _MISUNDERSTOOD or _OUT_OF_STEP.search(reply.text) is not None
    )
