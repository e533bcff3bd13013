"""Kinds and parameters put into words, for every front end."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from roammail.words.words import Words

__all__ = ["Words"]


def __getattr__(name: str) -> Any:
    """`Words` when it is asked for: whoever wants a sentence alone need not load every kind."""
    if name == "Words":
        from roammail.words.words import Words

        return Words
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
