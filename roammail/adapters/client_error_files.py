"""Reads what mail programs say from `resources/clients.toml`. The schema is core's."""

import tomllib
from functools import cache

from roammail.core.client_errors import ClientErrors, ClientErrorsBroken, build_client_errors
from roammail.resource_files import resource


@cache
def load_client_errors() -> ClientErrors:
    """The shipped data, read once. Raises ClientErrorsBroken."""
    try:
        data = tomllib.loads(resource("clients.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ClientErrorsBroken(f"clients.toml: {error}") from error
    return build_client_errors(data)
