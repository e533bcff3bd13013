"""How presets are written down in `resources/presets`: the schema, and what is wrong with a file
that does not keep to it. Must not know files.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from roammail.core.preset import Basis, Need, Password, Preset, PresetBook, SenderRule, Service
from roammail.core.profile import Endpoint, Security


class PresetError(Exception):
    """A preset that cannot be used; says in which file, which one, and why."""


def build_presets(files: Mapping[str, Mapping[str, Any]]) -> PresetBook:
    """The book of parsed files, by file name. Raises PresetError."""
    presets: list[Preset] = []
    seen: dict[str, str] = {}
    for file, content in files.items():
        unknown = set(content) - {"preset"}
        if unknown:
            raise PresetError(f"{file}: “{min(unknown)}” is not known there")
        for number, raw in enumerate(_list_of_tables(file, content.get("preset", [])), 1):
            preset = _preset(f"{file}, preset {raw.get('id', number)}", raw)
            for key in (f"id {preset.id}", *preset.domains, *(f"MX {end}" for end in preset.mx)):
                if key in seen:
                    raise PresetError(f"{file}: {key} is in {seen[key]} and in {preset.id}")
                seen[key] = preset.id
            presets.append(preset)
    return PresetBook(tuple(presets))


_WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}")
_KEYS = {
    "id", "name", "kind", "domains", "mx", "host", "ports", "username", "password",
    "password_help", "senders", "needs", "help", "checked", "source",
}  # fmt: skip


def _list_of_tables(file: str, value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise PresetError(f"{file}: “preset” must be a list of tables")
    return value


def _preset(where: str, raw: dict[str, Any]) -> Preset:
    def fail(why: str) -> PresetError:
        return PresetError(f"{where}: {why}")

    if unknown := set(raw) - _KEYS:
        raise fail(f"“{min(unknown)}” is not known")
    service = _one(Service, raw.get("kind", "mailbox"), fail)
    preset = Preset(
        id=_text(raw, "id", fail),
        name=_text(raw, "name", fail),
        service=service,
        domains=_domains(raw.get("domains", []), fail),
        mx=_domains(raw.get("mx", []), fail),
        endpoints=_endpoints(raw, service, fail),
        username=str(raw.get("username", "address")),
        password=_one(Password, raw.get("password", "account"), fail),
        password_help=_page(raw.get("password_help", ""), fail),
        senders=_one(SenderRule, raw.get("senders", "own"), fail),
        needs=tuple(_one(Need, need, fail) for need in raw.get("needs", [])),
        help=_page(raw.get("help", ""), fail),
        checked=raw.get("checked"),
        source=_one(Basis, raw["source"], fail) if "source" in raw else None,
    )
    _whole(preset, fail)
    return preset


T = TypeVar("T", bound=StrEnum)
_Fail = Callable[[str], PresetError]


def _whole(preset: Preset, fail: _Fail) -> None:
    if not _WORD.fullmatch(preset.id):
        raise fail("the id must be small letters, digits and hyphens")
    if preset.username not in ("address", "local-part", "given") and not (
        len(preset.username) > 1 and preset.username.startswith("=")
    ):
        raise fail(f"the user name “{preset.username}” is of no known kind")
    if not preset.help:
        raise fail("the provider's own page is missing")
    if preset.checked is not None and type(preset.checked) is not date:
        raise fail("“checked” must be a date")
    if (preset.checked is None) != (preset.source is None):
        raise fail("“checked” and “source” go together")
    if (preset.password is Password.NONE) != (preset.service is Service.NONE):
        raise fail("only a service without SMTP takes no password")


def _endpoints(raw: dict[str, Any], service: Service, fail: _Fail) -> tuple[Endpoint, ...]:
    if service is Service.NONE:
        return ()
    host, ports = raw.get("host"), raw.get("ports")
    named = isinstance(host, str) and (_DOMAIN.fullmatch(host) or host == "127.0.0.1")
    if not named:
        raise fail("“host” must be a name in small letters")
    if not isinstance(ports, list) or not ports:
        raise fail('“ports” must be a list such as ["465:implicit-tls"]')
    return tuple(_endpoint(str(host), str(port), fail) for port in ports)


def _endpoint(host: str, text: str, fail: _Fail) -> Endpoint:
    port, _, kind = text.partition(":")
    if not port.isdigit() or not 1 <= int(port) <= 65_535:
        raise fail(f"“{text}” does not begin with a port")
    security = _one(Security, kind, fail)
    if security is Security.PLAINTEXT:
        raise fail("a preset is never without encryption")
    return Endpoint(host, int(port), security)


def _one(kind: type[T], value: object, fail: _Fail) -> T:
    try:
        return kind(str(value))
    except ValueError as error:
        raise fail(f"“{value}” is none of: {', '.join(kind)}") from error


def _text(raw: dict[str, Any], key: str, fail: _Fail) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise fail(f"“{key}” must be a text")
    return value


def _domains(values: object, fail: _Fail) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise fail("domains stand in a list")
    for value in values:
        if not isinstance(value, str) or not _DOMAIN.fullmatch(value):
            raise fail(f"“{value}” is not a domain in small letters")
    return tuple(values)


def _page(value: object, fail: _Fail) -> str:
    if not isinstance(value, str) or (value and urlsplit(value).scheme != "https"):
        raise fail(f"“{value}” is not an https:// address")
    return value
