"""The rungs of the ladder that a submission climbs, in order. Knows nothing of sockets."""

from enum import StrEnum


class Stage(StrEnum):
    """One rung of a submission (RFC 5321 section 3, RFC 6409), in the order people read them.

    With implicit TLS (RFC 8314 section 3) ENCRYPT happens before GREET on the wire;
    reports still list GREET first, each step with its own time.
    """

    RESOLVE = "resolve"
    CONNECT = "connect"
    GREET = "greet"
    ENCRYPT = "encrypt"
    SIGN_IN = "sign-in"
    SENDER = "sender"
    RELAY = "relay"
    CONTENT = "content"

    @property
    def position(self) -> int:
        """Place on the ladder, 0 for RESOLVE."""
        return _ORDER[self]


_ORDER = {stage: number for number, stage in enumerate(Stage)}

#: What a probe climbs: everything before a message would be handed over.
PROBE_LADDER: tuple[Stage, ...] = tuple(Stage)[: Stage.CONTENT.position]
