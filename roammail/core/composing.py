"""The four ways to a new message, for every face: written, enclosing another one, quoting
another one, or sending another one on as it is. Chooses; `message` builds.
"""

from datetime import datetime
from enum import StrEnum

from roammail.core.envelope import ReadyMessage
from roammail.core.message import Draft, compose, forward, resend


class How(StrEnum):
    """What becomes of the original message."""

    NEW = "new"  # there is none
    ATTACHMENT = "attachment"  # enclosed as message/rfc822
    INLINE = "inline"  # quoted in the text
    RESENT = "resent"  # sent on as it is (RFC 5322 section 3.6.6)


def composed(
    draft: Draft, how: How, original: bytes | None, *, now: datetime, message_id: str
) -> ReadyMessage:
    """The message. `original` is there unless `how` is NEW; of a draft that is RESENT only the
    addresses count. Raises BadMessage, as the functions of `message` do.
    """
    if how is How.NEW:
        return compose(draft, now=now, message_id=message_id)
    assert original is not None, "there is nothing to pass on"
    if how is How.RESENT:
        return resend(
            original,
            from_=draft.from_,
            to=draft.to,
            cc=draft.cc,
            bcc=draft.bcc,
            now=now,
            message_id=message_id,
        )
    inline = how is How.INLINE
    return forward(original, draft, inline=inline, now=now, message_id=message_id)
