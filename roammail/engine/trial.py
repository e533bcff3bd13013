"""A profile tried before it is kept: as a probe, and nothing of it is remembered.

Its steps are announced under the id that the caller gave it; no list of profiles is disturbed.
"""

from dataclasses import replace

from roammail.core.errors import UserFacingError
from roammail.core.events import Event, StepFinished, StepStarted
from roammail.core.profile import AuthMethod, Profile
from roammail.core.report import ProfileReport
from roammail.core.secret import Secret
from roammail.engine.announce import Announcer
from roammail.engine.here import Here
from roammail.engine.probe import Probe
from roammail.engine.profile_book import ProfileBook
from roammail.engine.tools import Tools


class Trial:
    """`recipient` is whom a probe asks to relay to, or ""."""

    def __init__(self, tools: Tools, here: Here, book: ProfileBook, recipient: str) -> None:
        self._tools = tools
        self._here = here
        self._book = book
        self._recipient = recipient

    async def run(self, profile: Profile, secret: Secret | None, kept_as: str) -> ProfileReport:
        """`profile.id` is made for this one trial. Without `secret`, the one that is kept for
        the profile `kept_as` is used.

        Raises UserFacingError `profile-paused` where that one was refused already (rule 4), and
        what the keyring raises.
        """
        known = (await self._book.all()).profiles
        if secret is None and kept_as and profile.auth is not AuthMethod.NONE:
            kept = next((item for item in known if item.id == kept_as), None)
            secret = await self._kept_secret(profile, kept)
        view = await self._here.view(portal=True)
        around = await self._here.surroundings(view)
        quiet = Announcer()
        quiet.subscribe(self._steps_only)
        probe = Probe(replace(self._tools, announce=quiet), view.network, around)
        try:
            report = await probe.run(
                (profile,), {profile.id: secret}, (*known, profile), self._recipient
            )
        finally:
            self._tools.sign_in_gates.pop(profile.id, None)
            await self._tools.memory.forget(profile.id)
        return report.profiles[0]

    async def _kept_secret(self, profile: Profile, kept: Profile | None) -> Secret | None:
        if kept is None:
            return None
        same = (kept.username, kept.endpoint.host) == (profile.username, profile.endpoint.host)
        if same and await self._tools.paused(kept) is not None:
            raise UserFacingError(
                "profile-paused",
                "The server has refused this password already; it is not tried again, so that "
                "the account is not locked. Enter the password again.",
            )
        return await self._book.secret(kept.id)

    def _steps_only(self, event: Event) -> None:
        if isinstance(event, StepStarted | StepFinished):
            self._tools.announce(event)
