"""The OS keyring as a SecretStore: chooses the backend and runs every call on one thread.
Knows the `keyring` library; must not know what a profile is."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import keyring
from keyring.backend import KeyringBackend
from keyring.backends import chainer, fail, null

from roammail.adapters import keyring_errors
from roammail.adapters.keyring_parts import Readable, delete_value, read_value, write_value
from roammail.adapters.one_thread import OneThread
from roammail.core.errors import RoamMailError

if TYPE_CHECKING:
    from roammail.adapters.kept_secret_service import KeptSecretService
    from roammail.ports import StoreInfo

T = TypeVar("T")

_log = logging.getLogger(__name__)

#: A busy machine's session bus may not let us in within the second that the library allows it:
#: that is slow, not missing.
_TRIES = 5


class KeyringStore:
    """`roammail.ports.SecretStore` over a keyring backend.

    `backend` is used as it is; without one the `keyring` library chooses. A backend that
    stores in the clear raises StoreMissing (`keyring-plaintext`) unless `allow_plaintext`.
    """

    def __init__(
        self, backend: KeyringBackend | None = None, *, allow_plaintext: bool = False
    ) -> None:
        self._given = backend
        self._allow_plaintext = allow_plaintext
        self._ring: KeyringBackend | None = None
        self._kept: KeptSecretService | None = None
        self._thread = OneThread("roammail-keyring")

    async def info(self) -> "StoreInfo":
        """Which backend; raises StoreMissing where there is none that is safe."""
        # Every other port comes along, and whoever reads the profiles needs none of them.
        from roammail.ports import StoreInfo

        return await self._call(lambda ring: StoreInfo(_name(ring), is_protected(ring)))

    async def read(self, service: str) -> str | None:
        """The value, None if there is none; raises ValueBroken if it was half written."""
        return await self._call(lambda ring: read_value(self._reader(ring), service))

    async def write(self, service: str, value: str) -> None:
        """Stores the whole value, replacing the old one, which stays until the last moment."""
        await self._call(lambda ring: write_value(ring, service, value))

    async def delete(self, service: str) -> None:
        """Removes the value with all its parts; no error where there is none."""
        await self._call(lambda ring: delete_value(ring, service))

    async def close(self) -> None:
        """Ends the keyring's thread."""
        last, self._kept = self._kept, None
        await self._thread.close(last.close if last is not None else None)

    async def _call(self, work: Callable[[KeyringBackend], T]) -> T:
        def on_thread() -> T:
            try:
                return self._patiently(work)
            except RoamMailError:
                raise
            except Exception as error:  # noqa: BLE001  (the thread's edge; logged there)
                # Without the cause: its text, or a frame's local, could hold the secret.
                failure = keyring_errors.translate(error)
            raise failure

        return await self._thread.run(on_thread)

    def _patiently(self, work: Callable[[KeyringBackend], T]) -> T:
        """Every piece of work may be begun anew: nothing of it counts before its end."""
        for _ in range(_TRIES - 1):
            try:
                return work(self._backend())
            except TimeoutError:
                continue
        return work(self._backend())

    def _backend(self) -> KeyringBackend:
        """Chosen at the first call, on the thread: the choice itself may block on D-Bus."""
        if self._ring is None:
            self._ring = self._usable(self._given or _detected())
        return self._ring

    def _reader(self, ring: KeyringBackend) -> Readable:
        """The ring itself, or what reads the same entries over one connection."""
        if type(ring).__module__ != "keyring.backends.SecretService":
            return ring
        if self._kept is None:
            from roammail.adapters.kept_secret_service import kept

            self._kept = kept(ring)
        return self._kept or ring

    def _usable(self, ring: KeyringBackend) -> KeyringBackend:
        if isinstance(ring, chainer.ChainerBackend):
            ring = self._first_of(ring)
        if isinstance(ring, fail.Keyring | null.Keyring):
            raise keyring_errors.missing()
        if not self._allow_plaintext and not is_protected(ring):
            raise keyring_errors.plaintext(_name(ring))
        return ring

    def _first_of(self, chain: chainer.ChainerBackend) -> KeyringBackend:
        """One keyring of a chain, since a chain may fall through to one in plain text."""
        rings: list[KeyringBackend] = list(chain.backends)
        if not rings:
            raise keyring_errors.missing()
        return next((ring for ring in rings if is_protected(ring)), rings[0])


def is_protected(ring: KeyringBackend) -> bool:
    """False for backends that are known to store in the clear."""
    for kind in type(ring).__mro__:
        if "plaintext" in kind.__qualname__.lower() or kind is null.Keyring:
            return False
    return True


def _detected() -> KeyringBackend:
    """The library's choice. It looks once for a whole process; a keyring that was started
    since is found by looking at the backends again."""
    try:
        ring = keyring.get_keyring()
    except (RuntimeError, ImportError, AttributeError, ValueError) as error:
        # PYTHON_KEYRING_BACKEND or keyringrc.cfg names one that does not work here.
        raise keyring_errors.missing() from error
    if not isinstance(ring, fail.Keyring):
        return ring
    for _ in range(_TRIES):
        kinds = [kind for kind in KeyringBackend.get_viable_backends() if kind.priority >= 1]
        kinds = [kind for kind in kinds if not issubclass(kind, chainer.ChainerBackend)]
        if kinds:
            return max(kinds, key=lambda kind: kind.priority)()
        if not _slow():
            break
    return ring


def _slow() -> bool:
    """Whether the desktop's keyring is there after all; the library takes slow for missing."""
    from keyring.backends import SecretService

    try:
        return bool(SecretService.Keyring.priority)
    except TimeoutError:
        return True
    except Exception as error:  # noqa: BLE001  (whatever else it is, the keyring is not there)
        _log.debug("no secret service: %r", error)
        return False


def _name(ring: KeyringBackend) -> str:
    return f"{type(ring).__module__}.{type(ring).__qualname__}"
