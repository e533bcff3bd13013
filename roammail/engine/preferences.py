"""The settings as a person changes them: checked, written, and taken over at once where that
is possible. Must not know what the file looks like.
"""

from collections.abc import Callable

from roammail.core.setting_values import (
    SettingChange,
    SettingState,
    Value,
    checked,
    declared,
    states,
)
from roammail.ports import SettingsStore


class Preferences:
    """`adopt` is told of each change when it is written. Every method raises BadConfiguration
    as the store does."""

    def __init__(self, store: SettingsStore, adopt: Callable[[SettingChange], None]) -> None:
        self._store = store
        self._adopt = adopt

    async def all(self) -> tuple[SettingState, ...]:
        """Every setting as the file has it, in the order of the declarations."""
        return states(await self._store.read())

    async def set(self, key: str, value: Value) -> SettingChange:
        """Raises also `setting-unknown` and `setting-invalid`, before anything is written."""
        setting = declared(key)
        await self._store.change(key, checked(key, value))
        return self._changed(SettingChange(setting, value, not setting.live))

    async def reset(self, key: str) -> SettingChange:
        """Back to the default."""
        setting = declared(key)
        await self._store.change(key, None)
        return self._changed(SettingChange(setting, setting.default, not setting.live))

    def _changed(self, change: SettingChange) -> SettingChange:
        self._adopt(change)
        return change
