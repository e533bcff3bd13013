"""Reads the rules from `resources/rules/`. Knows files, TOML and JSON; the rules are core's."""

import json
import tomllib
from functools import cache

from roammail.core.fallback import Fallback, FallbackError, build_fallback
from roammail.core.rulebook import RuleBook, RuleError, build
from roammail.resource_files import resource


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
    return build(files, _fallback())


def _fallback() -> Fallback | None:
    """The trained weights; none in a checkout where they were not made yet."""
    entry = resource("rules") / "fallback.json"
    if not entry.is_file():
        return None
    try:
        return build_fallback(json.loads(entry.read_text(encoding="utf-8")))
    except (ValueError, FallbackError) as error:
        raise RuleError(f"{entry.name}: {error}") from error
