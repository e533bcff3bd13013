"""Which remedies the window can carry out, what their buttons say, and how it does them.

Advice that only the person can follow stays a sentence. No remedy weakens TLS (rule 3).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from roammail.core.diagnosis import Remedy, RemedyKind
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.secret import Secret
from roammail.ui.context import Context
from roammail.ui.models.steps import SILENT, Act, Step, letter_through
from roammail.ui.say import Say
from roammail.words.catalogue import N_

if TYPE_CHECKING:
    from roammail.engine.engine import Engine

R = RemedyKind

#: What a button says; a remedy that is not here is advice.
_BUTTONS: dict[RemedyKind, str] = {
    R.USE_ENDPOINT: N_("Use port {port} on this network"),
    R.ENTER_PASSWORD: N_("Enter password…"),
    R.GET_APP_PASSWORD: N_("Enter an app password…"),
    R.TURN_ON_SIGN_IN: N_("Sign in with a password…"),
    R.USE_TLS_ENDPOINT: N_("Choose an encrypted port…"),
    R.OPEN_PORTAL: N_("Open the sign-in page"),
    R.CHECK_SETTINGS: N_("Check the settings…"),
    R.TRY_LATER: N_("Test again"),
}
#: The same where it must be said which profile is meant.
_NAMED: dict[RemedyKind, str] = {
    R.USE_ENDPOINT: N_("Use port {port} for “{profile}”"),
    R.ENTER_PASSWORD: N_("Enter the password for “{profile}”…"),
    R.GET_APP_PASSWORD: N_("Enter an app password for “{profile}”…"),
    R.TURN_ON_SIGN_IN: N_("Turn on sign-in for “{profile}”…"),
    R.USE_TLS_ENDPOINT: N_("Choose an encrypted port for “{profile}”…"),
    R.CHECK_SETTINGS: N_("Check the settings of “{profile}”…"),
}
#: Where a browser finds the sign-in page of a network that did not name it.
_ANY_PLAIN_PAGE = "http://example.com/"


def doable(remedies: Sequence[Remedy]) -> tuple[Remedy, ...]:
    """Those that have a button, the best first; a password is asked for once."""
    found: dict[str, Remedy] = {}
    for remedy in remedies:
        if remedy.kind in _BUTTONS:
            password = remedy.kind in (R.ENTER_PASSWORD, R.GET_APP_PASSWORD)
            found.setdefault("password" if password else remedy.kind.value, remedy)
    return tuple(found.values())


def advice(remedies: Sequence[Remedy], *, another_works: bool = False) -> tuple[Remedy, ...]:
    """Those that only the person can follow."""
    silent = SILENT | ({R.USE_OTHER_PROFILE} if another_works else frozenset())
    kinds = {R.ENTER_PASSWORD, R.GET_APP_PASSWORD}
    asked = next((r.kind for r in remedies if r.kind in kinds), None)
    said = [r for r in remedies if r.kind is R.GET_APP_PASSWORD and asked is R.ENTER_PASSWORD]
    said += [r for r in remedies if r.kind not in _BUTTONS and r.kind not in silent]
    return tuple(said)


def button_words(remedy: Remedy, say: Say, profile: str = "") -> str:
    """What the button of a doable remedy says; with the profile's name where it is not plain
    from the place."""
    params = dict(remedy.params)
    if (
        profile
        and remedy.kind in _NAMED
        and (remedy.kind is not R.USE_ENDPOINT or "port" in params)
    ):
        return say(_NAMED[remedy.kind], profile=profile, port=params.get("port", ""))
    if remedy.kind is R.USE_ENDPOINT and not params.get("port"):
        return say("Use another port on this network")
    return say(_BUTTONS[remedy.kind], **{k: params[k] for k in ("port",) if k in params})


class RemedyDoer(QObject):
    """Carries remedies out. `done` after a change that was made."""

    done = Signal()

    def __init__(self, context: Context, window: QWidget) -> None:
        super().__init__(window)
        self._context, self._window = context, window

    def do(self, remedy: Remedy, profile_id: str | None = None) -> None:
        """One remedy, for this profile where it concerns one."""
        match remedy.kind:
            case R.OPEN_PORTAL:
                self.open_portal()
            case R.ENTER_PASSWORD | R.GET_APP_PASSWORD | R.TURN_ON_SIGN_IN if profile_id:
                self._ask_password(profile_id)
            case R.USE_ENDPOINT if profile_id:
                self._use_endpoint(remedy, profile_id)
            case R.TRY_LATER:
                self._context.prober.test([profile_id] if profile_id else [])
            case R.USE_OTHER_PROFILE:
                self._context.go("profiles", None)
            case _:
                self._context.go("profiles", profile_id)

    def take_step(self, step: Step, recipient: str = "") -> None:
        """One step of a list. A letter that it begins is for `recipient`."""
        context = self._context
        match step.act:
            case Act.REMEDY if step.remedy is not None:
                self.do(step.remedy, step.profile.id if step.profile else None)
                if step.remedy.kind is R.TRY_LATER:
                    context.go("here", None)
            case Act.WRITE if step.profile is not None:
                context.go("write", letter_through(step.profile, recipient))
            case Act.TEST:
                context.prober.test()
                context.go("here", None)
            case Act.ADD:
                context.go("profiles", "add")
            case _:
                pass

    def open_portal(self) -> None:
        """The network's sign-in page, in the browser."""
        view = self._context.situation.network
        url = view.network.portal_url if view else None
        # The address comes from the network: only what a browser shows, never a file or program.
        web = url is not None and url.lower().startswith(("http://", "https://"))
        shown = url if url and web else _ANY_PLAIN_PAGE
        QDesktopServices.openUrl(QUrl(shown))

    def _profile(self, profile_id: str) -> Profile | None:
        known = self._context.situation.profiles
        return next((profile for profile in known if profile.id == profile_id), None)

    def _ask_password(self, profile_id: str) -> None:
        from roammail.ui.dialogs.password import PasswordDialog

        profile = self._profile(profile_id)
        if profile is None:
            return
        dialog = PasswordDialog(self._context, profile, self._window)
        dialog.entered.connect(
            lambda username, secret: self._change(
                replace(profile, auth=AuthMethod.PASSWORD, username=username), secret
            )
        )
        dialog.open()

    def _use_endpoint(self, remedy: Remedy, profile_id: str) -> None:
        profile, params = self._profile(profile_id), dict(remedy.params)
        if profile is None or not params.get("port", "").isdigit():
            self._context.go("profiles", profile_id)
            return
        port, security = int(params["port"]), Security(params["security"])
        same = [e for e in profile.endpoints if e.port == port]
        first = same[0] if same else Endpoint(profile.endpoint.host, port, security)
        others = tuple(e for e in profile.endpoints if e != first)
        self._change(replace(profile, endpoint=first, alternatives=others), None)

    def _change(self, profile: Profile, secret: Secret | None) -> None:
        async def change(engine: "Engine") -> Profile:
            return await engine.book.edit(profile, secret)

        self._context.bridge.submit(change, lambda _: self._changed(profile.id), owner=self)

    def _changed(self, profile_id: str) -> None:
        self.done.emit()
        self._context.prober.test([profile_id])
