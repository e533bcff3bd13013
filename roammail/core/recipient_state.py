"""The states of one recipient of one message; what leads from one to another is `delivery`'s."""

from enum import StrEnum


class RecipientState(StrEnum):
    """Where one recipient of one message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"  # final, by the server's word
    DEFERRED = "deferred"  # will be tried again
    UNCERTAIN = "uncertain"  # the reply to the final dot was lost
    CANCELLED = "cancelled"
    GIVEN_UP = "given-up"  # the user's patience is over; kept, and can be retried
