"""Profiles as JSON text and back: how one lies in the keyring, the index, and the file that is
exported. Owns these formats and their versions; must not know keyrings, files or ciphers.

Every text carries `version`. A field is only ever added together with a higher version, and a
version (or a field) that is not known is refused by name rather than dropped in silence.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from roammail.core.errors import BadConfiguration, BadMessage
from roammail.core.profile import AuthMethod, Endpoint, Profile, Security
from roammail.core.profile_check import check_host, check_name, check_profile, check_secret
from roammail.core.profile_check import check_sender as check_sender
from roammail.core.secret import Secret

__all__ = [
    "IndexEntry",
    "StoredProfile",
    "check_host",
    "check_name",
    "check_profile",
    "check_secret",
    "check_sender",
    "decode_index",
    "decode_stored",
    "decode_transfer",
    "encode_index",
    "encode_stored",
    "encode_transfer",
]

VERSION = 1
TRANSFER_FORMAT = "roammail-profiles"
MAX_PROFILES = 1_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_ENDPOINT_FIELDS = frozenset({"host", "port", "security"})
_PROFILE_FIELDS = frozenset(
    {"id", "name", "endpoint", "alternatives", "auth", "username", "senders", "secret_revision"}
)


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile with its secret: one value, so that the two can never belong to different
    revisions."""

    profile: Profile
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One line of the index. The name is there for values that cannot be read."""

    id: str
    name: str


class _Unreadable(Exception):
    """The text is not what it should be; the argument says where, without any value."""


class _Newer(Exception):
    """The text has a version that this program does not know."""


def encode_stored(stored: StoredProfile) -> str:
    """For the keyring only: this text holds the secret."""
    secret = stored.secret.reveal() if stored.secret is not None else None
    return json.dumps(
        {"version": VERSION, "profile": _profile_to_json(stored.profile), "secret": secret},
        ensure_ascii=False,
    )


def decode_stored(text: str) -> StoredProfile:
    """Raises BadConfiguration (`profile-unreadable`, `profile-newer`)."""
    try:
        data = _versioned(text, {"version", "profile", "secret"})
        profile = _profile_from_json(_object(data, "profile"), _PROFILE_FIELDS)
        return StoredProfile(profile, _secret(data))
    except _Newer as error:
        raise BadConfiguration(
            "profile-newer",
            "A newer version of RoamMail stored this profile. Update RoamMail to use it.",
        ) from error
    except _Unreadable as error:
        raise BadConfiguration(
            "profile-unreadable",
            f"What is stored for this profile cannot be read ({error}). Remove the profile and "
            "add it again.",
        ) from None


def encode_index(entries: Sequence[IndexEntry]) -> str:
    """The order of preference."""
    rows = [{"id": entry.id, "name": entry.name} for entry in entries]
    return json.dumps({"version": VERSION, "profiles": rows}, ensure_ascii=False)


def decode_index(text: str) -> tuple[IndexEntry, ...]:
    """Raises BadConfiguration (`index-unreadable`, `index-newer`)."""
    try:
        data = _versioned(text, {"version", "profiles"})
        rows = _objects(data, "profiles", MAX_PROFILES)
        entries = [IndexEntry(_id(row), _string(row, "name")) for row in rows]
        return tuple({entry.id: entry for entry in entries}.values())
    except _Newer as error:
        raise BadConfiguration(
            "index-newer",
            "A newer version of RoamMail stored the list of profiles. Update RoamMail to use it.",
        ) from error
    except _Unreadable as error:
        raise BadConfiguration(
            "index-unreadable", f"The stored list of profiles cannot be read ({error})."
        ) from None


def encode_transfer(items: Sequence[StoredProfile]) -> str:
    """The file that is exported. It holds the secrets that `items` hold: seal it then."""
    rows: list[dict[str, Any]] = []
    for item in items:
        row = _profile_to_json(item.profile)
        # Ids and revisions belong to one keyring; a copy elsewhere gets its own.
        del row["id"], row["secret_revision"]
        if item.secret is not None:
            row["secret"] = item.secret.reveal()
        rows.append(row)
    content = {"format": TRANSFER_FORMAT, "version": VERSION, "profiles": rows}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def decode_transfer(text: str) -> tuple[StoredProfile, ...]:
    """The profiles of an exported file, checked one by one; their ids are empty.

    Raises BadMessage (`import-damaged`, `import-newer`, `import-bad-profile`).
    """
    try:
        data = _versioned(text, {"format", "version", "profiles"})
        _known_format(data)
        rows = _objects(data, "profiles", MAX_PROFILES)
        allowed = (_PROFILE_FIELDS - {"id", "secret_revision"}) | {"secret"}
        items = [StoredProfile(_profile_from_json(row, allowed), _secret(row)) for row in rows]
    except _Newer as error:
        raise BadMessage(
            "import-newer",
            "A newer version of RoamMail wrote this file. Update RoamMail, then import it.",
        ) from error
    except _Unreadable as error:
        raise BadMessage(
            "import-damaged",
            f"The file cannot be imported: {error}. Nothing was changed. Export it again.",
        ) from None
    return tuple(_checked(item) for item in items)


def _checked(item: StoredProfile) -> StoredProfile:
    try:
        check_profile(item.profile)
        if item.secret is not None:
            check_secret(item.secret)
    except BadConfiguration as error:
        raise BadMessage(
            "import-bad-profile",
            f"A profile in the file cannot be used. {error.message} Nothing was changed.",
        ) from error
    return item


def _profile_to_json(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "name": profile.name,
        "endpoint": _endpoint_to_json(profile.endpoint),
        "alternatives": [_endpoint_to_json(endpoint) for endpoint in profile.alternatives],
        "auth": str(profile.auth),
        "username": profile.username,
        "senders": list(profile.senders),
        "secret_revision": profile.secret_revision,
    }


def _endpoint_to_json(endpoint: Endpoint) -> dict[str, Any]:
    return {"host": endpoint.host, "port": endpoint.port, "security": str(endpoint.security)}


def _profile_from_json(data: Mapping[str, Any], allowed: frozenset[str]) -> Profile:
    _known_only(data, allowed)
    profile = Profile(
        id=_id(data) if "id" in allowed else "",
        name=_string(data, "name"),
        endpoint=_endpoint_from_json(_object(data, "endpoint")),
        auth=_auth(data),
        username=_string(data, "username"),
    )
    return replace(
        profile,
        alternatives=tuple(map(_endpoint_from_json, _objects(data, "alternatives", 100))),
        senders=_strings(data, "senders"),
        secret_revision=_string(data, "secret_revision") if "id" in allowed else "",
    )


def _endpoint_from_json(data: Mapping[str, Any]) -> Endpoint:
    _known_only(data, _ENDPOINT_FIELDS)
    port = data.get("port")
    if type(port) is not int:  # True is an int as well
        raise _Unreadable("“port” is not a whole number")
    try:
        return Endpoint(_string(data, "host"), port, Security(_string(data, "security")))
    except ValueError:
        raise _Unreadable("“security” is not known") from None


def _auth(data: Mapping[str, Any]) -> AuthMethod:
    try:
        return AuthMethod(_string(data, "auth"))
    except ValueError:
        raise _Unreadable("“auth” is not known") from None


def _secret(data: Mapping[str, Any]) -> Secret | None:
    value = data.get("secret")
    if value is not None and not isinstance(value, str):
        raise _Unreadable("“secret” is not a text")
    return Secret(value) if value is not None else None


def _versioned(text: str, fields: set[str]) -> dict[str, Any]:
    """The object that the text holds. Hostile: depth, numbers and types are all unknown."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        # The decoder's own words hold a piece of the text, which may be a secret.
        raise _Unreadable("it is not JSON") from None
    if not isinstance(data, dict) or type(data.get("version")) is not int:
        raise _Unreadable("it has no version")
    if data["version"] > VERSION:
        raise _Newer
    if data["version"] < 1:
        raise _Unreadable("its version is not known")
    _known_only(data, fields)
    return data


def _known_format(data: Mapping[str, Any]) -> None:
    if data.get("format") != TRANSFER_FORMAT:
        raise _Unreadable("it is not a file of exported profiles")


def _known_only(data: Mapping[str, Any], allowed: set[str] | frozenset[str]) -> None:
    if not allowed.issuperset(data):
        raise _Unreadable("it has fields that are not known")


def _id(data: Mapping[str, Any]) -> str:
    """An id becomes part of a service name: only plain characters."""
    value = _string(data, "id")
    if not _ID.fullmatch(value):
        raise _Unreadable("“id” is not an identifier")
    return value


def _string(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    if not isinstance(value, str):
        raise _Unreadable(f"“{field}” is not a text")
    return value


def _strings(data: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = data.get(field)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Unreadable(f"“{field}” is not a list of texts")
    return tuple(value)


def _object(data: Mapping[str, Any], field: Literal["profile", "endpoint"]) -> dict[str, Any]:
    value = data.get(field)
    if not isinstance(value, dict):
        raise _Unreadable(f"“{field}” is not an object")
    return value


def _objects(data: Mapping[str, Any], field: str, most: int) -> list[dict[str, Any]]:
    value = data.get(field)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _Unreadable(f"“{field}” is not a list of objects")
    if len(value) > most:
        raise _Unreadable(f"“{field}” has more than {most} entries")
    return value
