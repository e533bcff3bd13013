"""Kinds and parameters put into words, for every front end."""

from roammail.words.words import Words

__all__ = ["Words"]
