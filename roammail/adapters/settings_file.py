"""The settings file, `settings.toml` in RoamMail's folder. Hostile like any other file."""

import tomllib
from pathlib import Path

from roammail.core.errors import BadConfiguration
from roammail.core.settings import Settings, settings_from

_LIMIT = 65536  # octets; the declared settings need a few hundred


def read_settings(folder: Path) -> Settings:
    """The settings in force; the defaults where there is no file.

    Raises BadConfiguration (`settings-unreadable`, `setting-unknown`, `setting-invalid`).
    """
    path = folder / "settings.toml"
    try:
        with path.open("rb") as file:
            text = file.read(_LIMIT + 1)
        if len(text) > _LIMIT:
            raise BadConfiguration("settings-unreadable", f"{path} is larger than 64 kB.")
        return settings_from(tomllib.loads(text.decode("utf-8")))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise BadConfiguration(
            "settings-unreadable", f"{path} cannot be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise BadConfiguration(
            "settings-unreadable", f"{path} is not valid TOML: {error}."
        ) from error
