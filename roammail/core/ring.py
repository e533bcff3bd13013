"""Why the worker of the outbox is called; nothing else, since whoever rings has to be quick."""

from enum import StrEnum


class Ring(StrEnum):
    """Why the worker is called."""

    MAIL = "mail"  # a message came into the outbox
    PROFILES = "profiles"  # a profile or its secret changed
