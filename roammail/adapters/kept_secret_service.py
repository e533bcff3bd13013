"""Reads the desktop's secret service over one connection, which is kept.

The `keyring` library makes a connection and an exchange of keys for every single entry; a dozen
profiles would take longer to read than a window to be painted. Whatever is out of the ordinary
(locked, restarted, gone, slow) is left to the library, which asks and tells as it always does.
"""

from contextlib import suppress

import secretstorage
from jeepney.io.blocking import DBusConnection
from jeepney.wrappers import DBusErrorResponse
from keyring.backends import SecretService
from secretstorage.exceptions import SecretStorageException

_OUT_OF_THE_ORDINARY = (SecretStorageException, DBusErrorResponse, OSError)


class KeptSecretService:
    """Gives what `ring.get_password` gives, and raises what it raises. For one thread."""

    def __init__(self, ring: SecretService.Keyring) -> None:
        self._ring = ring
        self._connection: DBusConnection | None = None
        self._collection: secretstorage.Collection | None = None

    def get_password(self, service: str, username: str) -> str | None:
        """The entry's secret, None if there is none."""
        try:
            return self._entry(service, username)
        except _OUT_OF_THE_ORDINARY:
            self.close()
        password: str | None = self._ring.get_password(  # type: ignore[no-untyped-call]
            service, username
        )
        return password

    def close(self) -> None:
        """Lets the connection go; the next entry makes another."""
        connection, self._connection, self._collection = self._connection, None, None
        if connection is not None:
            with suppress(OSError):  # it may be broken
                connection.close()

    def _entry(self, service: str, username: str) -> str | None:
        collection = self._collection or self._opened()
        collection.ensure_not_locked()
        for item in collection.search_items({"service": service, "username": username}):
            secret = item.get_secret()  # raises where this one is locked
            collection.session = item.session  # the keys that were exchanged serve them all
            return secret.decode("utf-8")
        return None

    def _opened(self) -> secretstorage.Collection:
        self._connection = secretstorage.dbus_init()
        self._collection = secretstorage.Collection(self._connection)  # the default one
        return self._collection


def kept(ring: object) -> KeptSecretService | None:
    """A reader for this ring, None where it is another's or is set up in a way of its own."""
    plain = type(ring) is SecretService.Keyring and not hasattr(ring, "preferred_collection")
    if plain and isinstance(ring, SecretService.Keyring) and ring.scheme == "default":
        return KeptSecretService(ring)
    return None
