"""A profile while it is being typed: what stands in the fields, and what is wrong with it.

Judges by `core.profile_check` alone and names problems by its codes; the words are
`profile_problems.py`'s. No Qt.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from roammail.core.errors import BadConfiguration
from roammail.core.preset import Suggestion
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.profile_check import check_host, check_name, check_profile, check_sender


class Field(StrEnum):
    """What can be wrong by itself."""

    NAME = "name"
    HOST = "host"
    PORT = "port"
    SECURITY = "security"
    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105  (the name of a field)
    SENDERS = "senders"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class PortDraft:
    """Another way to the server. `host` "": the profile's own."""

    port: str
    security: Security
    host: str = ""


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """The fields as they stand. `senders` as typed: one a line, or with commas."""

    name: str = ""
    host: str = ""
    port: str = "465"
    security: Security = Security.IMPLICIT_TLS
    auth: AuthMethod = AuthMethod.PASSWORD
    username: str = ""
    senders: str = ""
    others: tuple[PortDraft, ...] = ()

    @property
    def sender_list(self) -> tuple[str, ...]:
        """Each sender once, in its order."""
        words = self.senders.replace(",", "\n").replace(";", "\n").split("\n")
        return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


#: Where people usually find each kind of encryption.
USUAL = {465: Security.IMPLICIT_TLS, 587: Security.STARTTLS, 2525: Security.STARTTLS}
#: With one of these the beginning of what is right is whole.
_ENDINGS = {
    Field.NAME: ("x",),
    Field.HOST: ("x", ":1", "0:0:1"),
    Field.PORT: ("1",),
    Field.USERNAME: ("x",),
    Field.SENDERS: ("x", "@x.example", "x@x.example"),
}
_GOOD = Endpoint("smtp.example.org", 465, Security.IMPLICIT_TLS)
#: For judging one field while the others may be wrong.
_SOUND = Profile("", "x", _GOOD, username="x")


def draft_of(profile: Profile) -> ProfileDraft:
    """The fields of a profile that is there."""
    first = profile.endpoint
    others = tuple(
        PortDraft(str(e.port), e.security, "" if e.host == first.host else e.host)
        for e in profile.endpoints[1:]
    )
    return ProfileDraft(
        name=profile.name,
        host=first.host,
        port=str(first.port),
        security=first.security,
        auth=profile.auth,
        username=profile.username,
        senders="\n".join(profile.senders),
        others=others,
    )


def draft_from(found: Suggestion) -> ProfileDraft:
    """The fields as far as they are known for an address."""
    if not found.endpoints:
        return ProfileDraft(
            name=found.address.rpartition("@")[2], username=found.address, senders=found.address
        )
    first, *others = found.endpoints
    profile = Profile(
        "", found.name, first, tuple(others), username=found.username, senders=found.senders
    )
    return draft_of(profile)


def problems(
    draft: ProfileDraft, taken: Iterable[str] = (), *, has_secret: bool = True
) -> Mapping[Field, str]:
    """By field: the code of what is wrong. Nothing: the draft is a good profile."""
    checks: tuple[tuple[Field, Callable[[], object]], ...] = (
        (Field.NAME, lambda: check_name(draft.name.strip(), taken)),
        (Field.HOST, lambda: check_host(draft.host.strip())),
        (Field.PORT, lambda: _port(draft.port)),
        (Field.SECURITY, lambda: _with(endpoint=_secured(draft), auth=draft.auth)),
        (Field.USERNAME, lambda: _with(username=draft.username.strip(), auth=draft.auth)),
        (Field.SENDERS, lambda: _senders(draft)),
        (Field.OTHERS, lambda: _others(draft)),
    )
    found = {field: code for field, check in checks if (code := _code(check))}
    if draft.auth is not AuthMethod.NONE and not has_secret:
        found[Field.PASSWORD] = "secret-empty"
    return found


def may_become(draft: ProfileDraft, field: Field, taken: Iterable[str] = ()) -> bool:
    """Whether a field that is wrong may become right by typing on."""
    if field is Field.PASSWORD:
        return True
    known = tuple(taken)
    for ending in _ENDINGS.get(field, ()):
        longer: dict[str, str] = {field.value: f"{getattr(draft, field.value)}{ending}"}
        if field not in problems(replace(draft, **longer), known):  # type: ignore[arg-type]
            return True
    return False


def unusual(draft: ProfileDraft) -> Security | None:
    """The encryption that this port usually has, where the draft says another."""
    usual = USUAL.get(int(draft.port)) if draft.port.strip().isdigit() else None
    return usual if usual not in (None, draft.security) else None


def profile_of(draft: ProfileDraft, profile_id: str = "") -> Profile:
    """The profile of a draft without problems. Raises BadConfiguration where it has some."""
    host = draft.host.strip()
    signs_in = draft.auth is not AuthMethod.NONE
    profile = Profile(
        id=profile_id,
        name=draft.name.strip(),
        endpoint=Endpoint(host, _port(draft.port), draft.security),
        alternatives=_others(draft),
        auth=draft.auth,
        username=draft.username.strip() if signs_in else "",
        senders=draft.sender_list,
    )
    return check_profile(profile)


def _code(check: Callable[[], object]) -> str:
    try:
        check()
    except BadConfiguration as error:
        return error.code
    return ""


def _port(text: str) -> int:
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit() and 1 <= int(bare[:6]) <= 65_535):
        raise BadConfiguration("port-bad", "The port is not between 1 and 65535.")
    return int(bare)


def _secured(draft: ProfileDraft) -> Endpoint:
    return replace(_GOOD, security=draft.security)


def _with(**changes: object) -> None:
    check_profile(replace(_SOUND, **changes))  # type: ignore[arg-type]


def _senders(draft: ProfileDraft) -> None:
    for sender in draft.sender_list:
        check_sender(sender)
    _with(senders=draft.sender_list)


def _others(draft: ProfileDraft) -> tuple[Endpoint, ...]:
    made = tuple(
        Endpoint(other.host or draft.host.strip(), _port(other.port), other.security)
        for other in draft.others
    )
    sound = tuple(replace(e, host="smtp.example.org") for e in made)
    _with(alternatives=sound, auth=draft.auth)
    return made
