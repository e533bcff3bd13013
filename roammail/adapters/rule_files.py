"""Reads the rules from `resources/rules/`. Knows files and TOML; the rules are core's."""

import tomllib
from functools import cache

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
    return build(files)
