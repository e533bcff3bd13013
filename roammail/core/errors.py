"""Errors of the domain. Only a UserFacingError's text is ever shown to a person."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the command line, from sysexits.h."""

    OK = 0
    USAGE = 64
    DATA = 65
    UNAVAILABLE = 69
    SOFTWARE = 70
    CANT_CREATE = 73
    IO = 74
    QUEUED = 75
    NO_PERMISSION = 77
    CONFIG = 78


class RoamMailError(Exception):
    """Base of everything that RoamMail raises on purpose."""


class UserFacingError(RoamMailError):
    """An error with words for the person and a stable code for programs.

    `code` is a word with hyphens ("profile-unknown"); `exit_code` what the command line
    returns. The message says what is wrong and what to do, in whole sentences, and never
    holds a secret.
    """

    def __init__(self, code: str, message: str, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.exit_code = exit_code


class BadMessage(UserFacingError):
    """The message itself cannot be sent as it is (exit 65); nothing was queued."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, ExitCode.DATA)


class BadConfiguration(UserFacingError):
    """A profile or a setting is missing or wrong (exit 78)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, ExitCode.CONFIG)


class SecretStoreError(UserFacingError):
    """The keyring did not answer as needed; nothing was changed (exit 78)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, ExitCode.CONFIG)


class StoreLocked(SecretStoreError):
    """The keyring exists and is locked (code `keyring-locked`)."""


class StoreMissing(SecretStoreError):
    """No keyring, or only one that is not safe (code `keyring-missing`, `keyring-plaintext`)."""


class StoreDenied(SecretStoreError):
    """The person or the system refused access (code `keyring-denied`)."""


class ValueBroken(SecretStoreError):
    """A value's parts do not fit together: it was half written (code `keyring-half-written`)."""
