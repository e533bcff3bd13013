"""The settings file, `settings.toml` in RoamMail's folder. Hostile like any other file."""

import asyncio
import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from roammail.adapters.exclusive import exclusive
from roammail.core.errors import BadConfiguration
from roammail.core.setting_values import declared
from roammail.core.settings import Settings, settings_from

NAME = "settings.toml"
_LIMIT = 65536  # octets; the declared settings need a few hundred


def read_settings(folder: Path) -> Settings:
    """The settings in force; the defaults where there is no file.

    Raises BadConfiguration (`settings-unreadable`, `setting-unknown`, `setting-invalid`).
    """
    text = _read(folder / NAME)
    return settings_from(_parsed(folder / NAME, text))


class SettingsFile:
    """The SettingsStore port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def read(self) -> Settings:
        """The settings as the file has them."""
        return await asyncio.to_thread(read_settings, self._folder)

    async def change(self, key: str, value: str | int | bool | None) -> Settings:
        """Replaces one value and nothing else; what is wrong elsewhere in the file stays there,
        and counts as its default in what is returned."""
        async with exclusive(self._folder, "settings")():
            return await asyncio.to_thread(self._change, key, value)

    def _change(self, key: str, value: str | int | bool | None) -> Settings:
        # Here, since only whoever changes something needs the library that keeps comments.
        import tomlkit
        from tomlkit.exceptions import TOMLKitError

        path = self._folder / NAME
        text = _read(path)
        _parsed(path, text)
        try:
            document = tomlkit.parse(text)
            if value is None:
                document.pop(key, None)
            else:
                document[key] = value
            fresh = tomlkit.dumps(document)
        except TOMLKitError as error:
            raise BadConfiguration(
                "settings-unreadable", f"{path} is not valid TOML: {error}."
            ) from error
        _replace(path, fresh)
        return _tolerant(tomllib.loads(fresh))


def _tolerant(values: Mapping[str, Any]) -> Settings:
    """What is good in the file; the rest stands in it for a person to put right."""
    good: dict[str, Any] = {}
    for key, value in values.items():
        with suppress(BadConfiguration):
            declared(key)
            settings_from({key: value})
            good[key] = value
    return Settings(**good)


def _read(path: Path) -> str:
    """The text; "" where there is no file."""
    try:
        with path.open("rb") as file:
            octets = file.read(_LIMIT + 1)
        if len(octets) > _LIMIT:
            raise BadConfiguration("settings-unreadable", f"{path} is larger than 64 kB.")
        return octets.decode("utf-8")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BadConfiguration(
            "settings-unreadable", f"{path} cannot be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise BadConfiguration(
            "settings-unreadable", f"{path} is not valid TOML: {error}."
        ) from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise BadConfiguration(
            "settings-unreadable", f"{path} is not valid TOML: {error}."
        ) from error


def _replace(path: Path, text: str) -> None:
    """In one step: a kill leaves the old file or the new one, whole and synced."""
    fresh = path.with_name(f".{NAME}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadConfiguration(
            "settings-unwritable", f"{path} cannot be written: {error.strerror}."
        ) from error
