"""Finds `resources/`, from a checkout and from an installed wheel alike."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def resource(*parts: str) -> "Traversable":
    """The file or folder under `resources/`. It may not exist: the caller says so if it must."""
    package = Path(__file__).parent
    root: Traversable = package / "_resources"
    if not package.is_dir():  # inside a zip file, which only the import system can read
        from importlib.resources import files

        root = files("roammail") / "_resources"
    elif not root.is_dir():
        root = package.parent.resolve() / "resources"
    for part in parts:
        root = root / part
    return root
