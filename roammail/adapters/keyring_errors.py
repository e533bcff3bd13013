"""The one place where the errors of keyring and of what lies under it become ours, and where
the words for them stand. Platform libraries are known by name only: none is imported."""

import logging
import sys
from collections.abc import Iterator

from keyring.errors import (
    InitError,
    KeyringError,
    KeyringLocked,
    NoKeyringError,
    PasswordDeleteError,
    PasswordSetError,
)

from roammail.core.errors import SecretStoreError, StoreDenied, StoreLocked, StoreMissing

_log = logging.getLogger(__name__)

_LOCKED = {
    "secretstorage.exceptions.LockedException",
    "org.freedesktop.Secret.Error.IsLocked",
    "winerror 1312",  # ERROR_NO_SUCH_LOGON_SESSION: nobody is signed in at the desktop
    "macOS -25308",  # errSecInteractionNotAllowed: locked, and no window to ask in
}
_DENIED = {
    "secretstorage.exceptions.PromptDismissedException",
    "keyring.backends.macOS.api.KeychainDenied",
    "keyring.backends.macOS.api.SecAuthFailure",
    "org.freedesktop.DBus.Error.AccessDenied",
    "builtins.PermissionError",
    "winerror 5",
}
_MISSING = {
    "secretstorage.exceptions.SecretServiceNotAvailableException",
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.Disconnected",
    "org.freedesktop.DBus.Error.Spawn.ExecFailed",
    "org.freedesktop.DBus.Error.Spawn.ChildExited",
    "builtins.ConnectionError",
    "builtins.FileNotFoundError",
    "builtins.TimeoutError",
    "jeepney.io.common.RouterClosed",
}

_UNLOCK = {
    "darwin": "Open “Keychain Access”, choose the keychain “login” and unlock it; if this is a "
    "session over SSH, run “security unlock-keychain” first.",
    "win32": "Sign in to Windows at the desktop; the Credential Manager is closed to sessions "
    "without a signed-in user.",
    "linux": "Unlock it when your desktop asks for its password, or open “Passwords and Keys” "
    "(seahorse) or KWalletManager and unlock it there; without a desktop, start "
    "“gnome-keyring-daemon --unlock” and give it the password on standard input.",
}
_PROVIDE = {
    "darwin": "RoamMail keeps passwords in the macOS keychain: run it as the signed-in user, "
    "and check that the keychain “login” exists in “Keychain Access”.",
    "win32": "RoamMail keeps passwords in the Windows Credential Manager: check that the "
    "service “Credential Manager” (VaultSvc) runs.",
    "linux": "Install the package gnome-keyring (or KDE's kwalletmanager, or KeePassXC with its "
    "Secret Service switched on) and sign in again; without a desktop, start RoamMail under "
    "“dbus-run-session” after “gnome-keyring-daemon --unlock --components=secrets”.",
}
_ALLOW = {
    "darwin": "Run the command again and choose “Allow” when macOS asks.",
    "win32": "Check that no policy of this computer forbids stored credentials, and try again.",
    "linux": "Run the command again and confirm when the desktop asks.",
}


def locked() -> StoreLocked:
    """The keyring is there and locked."""
    return StoreLocked("keyring-locked", f"The keyring is locked. {_advice(_UNLOCK)}")


def missing() -> StoreMissing:
    """There is no keyring."""
    return StoreMissing(
        "keyring-missing", f"No keyring that keeps passwords safe was found. {_advice(_PROVIDE)}"
    )


def plaintext(backend: str) -> StoreMissing:
    """There is a keyring that stores in the clear, and nobody insisted on it."""
    return StoreMissing(
        "keyring-plaintext",
        f"The only keyring here ({backend}) stores passwords unprotected, so RoamMail does not "
        f"use it. {_advice(_PROVIDE)}",
    )


def denied() -> StoreDenied:
    """The person or the system said no."""
    return StoreDenied("keyring-denied", f"Access to the keyring was refused. {_advice(_ALLOW)}")


def translate(error: Exception) -> SecretStoreError:
    """What a keyring's error means to us; the cause of the cause counts as well.

    The error's own text is never passed on: a backend may put what it was storing into it.
    """
    kinds = list(_kinds(error))
    for known, make in ((_DENIED, denied), (_LOCKED, locked), (_MISSING, missing)):
        if any(kind in known for kind in kinds):
            return make()
    if isinstance(error, KeyringLocked):
        return locked()
    if isinstance(error, NoKeyringError | InitError):
        return missing()
    if isinstance(error, PasswordSetError | PasswordDeleteError):
        return denied()
    _log.warning("the keyring failed: %s", ", ".join(kinds))
    name = "the keyring's own error" if isinstance(error, KeyringError) else type(error).__name__
    return SecretStoreError(
        "keyring-failed",
        f"The keyring did not answer as it should ({name}). Try again; if it stays so, sign out "
        "and in, so that the keyring starts afresh.",
    )


def _kinds(error: BaseException | None) -> Iterator[str]:
    """Names by which an error and its causes can be known."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        for kind in type(error).__mro__:
            yield f"{kind.__module__}.{kind.__qualname__}"
        yield from _codes(error)
        error = error.__cause__ or error.__context__


def _codes(error: BaseException) -> Iterator[str]:
    """D-Bus error name, Windows error number, macOS status."""
    name = getattr(error, "name", None)
    if type(error).__name__ == "DBusErrorResponse" and isinstance(name, str):
        yield name
    winerror = getattr(error, "winerror", None)
    if isinstance(winerror, int):
        yield f"winerror {winerror}"
    if type(error).__module__.startswith("keyring.backends.macOS") and error.args:
        yield f"macOS {error.args[0]}"


def _advice(table: dict[str, str]) -> str:
    return table.get(sys.platform, table["linux"])
