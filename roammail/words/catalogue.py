"""Finds the message catalogue for a language. Owns the gettext domain; knows no sentence."""

import gettext
import os
from functools import cache

from roammail.resource_files import resource

DOMAIN = "roammail"
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def N_(text: str) -> str:  # noqa: N802  (the name that extraction knows)
    """Marks a text for extraction; it is translated where it is shown."""
    return text


def wished_languages() -> tuple[str, ...]:
    """Languages in the user's order, from the environment (POSIX and gettext's LANGUAGE)."""
    for variable in _VARIABLES:
        if value := os.environ.get(variable):
            return tuple(part.partition(".")[0].partition("@")[0] for part in value.split(":"))
    return ()


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of a language ("de", "de_AT"); the source language where there is none."""
    for name in dict.fromkeys((language.replace("-", "_"), language.replace("-", "_")[:2])):
        if not name.replace("_", "").isalnum():
            continue
        file = resource("locale", name, "LC_MESSAGES", f"{DOMAIN}.mo")
        if file.is_file():
            with file.open("rb") as stream:
                return gettext.GNUTranslations(stream)
    return gettext.NullTranslations()


def chosen(language: str | None) -> gettext.NullTranslations:
    """The catalogue of `language`, else the first that the user's environment names."""
    if language:
        return catalogue(language)
    for name in wished_languages():
        if name in ("C", "POSIX", "en") or name.startswith("en_"):
            break
        found = catalogue(name)
        if isinstance(found, gettext.GNUTranslations):
            return found
    return gettext.NullTranslations()
