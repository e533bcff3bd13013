"""Reads the rules from `resources/rules/`. Knows files, TOML and JSON; the rules are core's."""

import json
import logging
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from roammail.core.close_reader import CloseReader
from roammail.core.diagnosis import Kind
from roammail.core.fallback import Fallback, FallbackError, build_fallback
from roammail.core.rulebook import RuleBook, RuleError, build
from roammail.resource_files import resource

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_log = logging.getLogger(__name__)


@cache
def load_rules() -> RuleBook:
    """The shipped rules, read once. Raises RuleError naming the file and the rule at fault."""
    folder = resource("rules")
    if not folder.is_dir():
        raise RuleError("the folder of rules is missing from this installation")
    files = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            files[entry.name] = tomllib.loads(entry.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RuleError(f"{entry.name}: {error}") from error
    return build(files, _fallback(), LateReader(resource("rules") / "encoder.npz"))


def _fallback() -> Fallback | None:
    """The trained weights; none in a checkout where they were not made yet."""
    entry = resource("rules") / "fallback.json"
    if not entry.is_file():
        return None
    try:
        return build_fallback(json.loads(entry.read_text(encoding="utf-8")))
    except (ValueError, FallbackError) as error:
        raise RuleError(f"{entry.name}: {error}") from error


class LateReader:
    """The trained encoder, read at the first refusal that needs it: most processes need none."""

    def __init__(self, file: "Traversable") -> None:
        self._file = file
        self._reader: CloseReader | None = None
        self._broken = False

    def shares(
        self, words: Sequence[str], place: str, code: int, enhanced: str | None
    ) -> Mapping[Kind, float]:
        """As `CloseReader.shares`; {} where the file cannot be read, which is logged once."""
        if self._reader is None and not self._broken:
            from roammail.adapters.encoder import Encoder  # loads numpy

            try:
                with self._file.open("rb") as opened:
                    self._reader = Encoder(opened)
            except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
                self._broken = True
                _log.warning("%s: %r; refusals are read without it", self._file.name, error)
        return self._reader.shares(words, place, code, enhanced) if self._reader else {}
