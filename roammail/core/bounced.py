"""One recipient of a bounce: what both kinds of report tell of it."""

from dataclasses import dataclass
from enum import StrEnum

from roammail.core.reply import Reply
from roammail.core.stage import Stage


class Action(StrEnum):
    """What became of the message for a recipient (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class BouncedRecipient:
    """One recipient. `reply` None: nothing was told; `host` said it, "" where that is not known.

    `said_code` is False where the reply's code is only the class of an enhanced status code.
    """

    address: str
    reply: Reply | None = None
    stage: Stage | None = None
    action: Action = Action.FAILED
    host: str = ""
    said_code: bool = True
