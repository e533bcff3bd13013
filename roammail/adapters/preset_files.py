"""Reads the presets from `resources/presets/`. Knows files and TOML; what is in them is core's."""

import tomllib
from functools import cache

from roammail.core.preset import PresetBook
from roammail.core.preset_format import PresetError, build_presets
from roammail.resource_files import resource


@cache
def load_presets() -> PresetBook:
    """The shipped presets, read once. Raises PresetError naming the file and the preset."""
    folder = resource("presets")
    if not folder.is_dir():
        raise PresetError("the folder of presets is missing from this installation")
    files = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            files[entry.name] = tomllib.loads(entry.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PresetError(f"{entry.name}: {error}") from error
    return build_presets(files)
