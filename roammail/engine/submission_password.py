"""The password with which other programs hand mail to RoamMail. Ours alone, random, in the
keyring, shown on request only. Knows nothing of SMTP.
"""

import secrets

from roammail.core.secret import Secret
from roammail.ports import SecretStore

SERVICE = "roammail/submission"
USER_NAME = "roammail"
_OCTETS = 24


class SubmissionPassword:
    """Reads and makes the password; every method raises what the keyring raises."""

    def __init__(self, store: SecretStore) -> None:
        self._store = store

    async def get(self) -> Secret:
        """The password, made at the first call."""
        held = await self._store.read(SERVICE)
        if held:
            return Secret(held)
        return await self.renew()

    async def renew(self) -> Secret:
        """A new one; programs that know the old one must be told."""
        await self._store.write(SERVICE, secrets.token_urlsafe(_OCTETS))
        # Read back: of two processes that made one at this moment, the last one counts.
        return Secret(await self._store.read(SERVICE) or "")
