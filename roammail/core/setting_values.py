"""What a person may type for a setting, and what has become of it. Owns reading of text; the
declarations are `settings.py`'s.
"""

from dataclasses import dataclass, replace
from typing import Any

from roammail.core.errors import BadConfiguration
from roammail.core.settings import DECLARED, Setting, Settings, settings_from

Value = str | int | bool

_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class SettingState:
    """One setting as it stands."""

    setting: Setting
    value: Value

    @property
    def chosen(self) -> bool:
        """Whether it differs from the default."""
        return self.value != self.setting.default


@dataclass(frozen=True, slots=True)
class SettingChange:
    """What a change did. `restart`: what runs already keeps the old value until it starts anew."""

    setting: Setting
    value: Value
    restart: bool


def declared(key: str) -> Setting:
    """Raises BadConfiguration (`setting-unknown`)."""
    found = next((setting for setting in DECLARED if setting.key == key), None)
    if found is None:
        known = ", ".join(setting.key for setting in DECLARED)
        shown = "".join(char for char in key[:60] if char.isprintable())
        raise BadConfiguration(
            "setting-unknown", f"There is no setting called “{shown}”. Known: {known}."
        )
    return found


def from_text(key: str, text: str) -> Value:
    """The value that a text stands for, checked. Raises BadConfiguration (`setting-unknown`,
    `setting-invalid`)."""
    setting = declared(key)
    value: Value = text
    if setting.type is bool:
        value = _truth(setting, text)
    elif setting.type is int:
        value = _number(setting, text)
    return checked(key, value)


def checked(key: str, value: Value) -> Value:
    """The value, if the declaration takes it. Raises as `from_text` does."""
    declared(key)
    settings_from({key: value})
    return value


def states(settings: Settings) -> tuple[SettingState, ...]:
    """Every declared setting with its value, in the order of the declarations."""
    return tuple(SettingState(setting, getattr(settings, setting.key)) for setting in DECLARED)


def with_change(settings: Settings, change: SettingChange) -> Settings:
    """The settings after the change."""
    fresh: dict[str, Any] = {change.setting.key: change.value}
    return replace(settings, **fresh)


def _truth(setting: Setting, text: str) -> bool:
    word = text.strip().casefold()
    if word not in _YES | _NO:
        raise BadConfiguration("setting-invalid", f"“{setting.key}” must be true or false.")
    return word in _YES


def _number(setting: Setting, text: str) -> int:
    bare = text.strip()
    digits = bare.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise BadConfiguration("setting-invalid", f"“{setting.key}” must be a whole number.")
    return int(bare)
