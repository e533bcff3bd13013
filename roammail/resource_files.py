"""Finds `resources/`, from a checkout and from an installed wheel alike."""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


def resource(*parts: str) -> Traversable:
    """The file or folder under `resources/`. It may not exist: the caller says so if it must."""
    installed = files("roammail") / "_resources"
    root: Traversable = installed
    if not installed.is_dir():
        root = Path(__file__).resolve().parent.parent / "resources"
    for part in parts:
        root = root / part
    return root
