"""Folder and file of a database: made private, their names synced, told apart when replaced."""

import os
import sqlite3
from pathlib import Path


def make_folder(folder: Path) -> None:
    """Makes the folder (0700) with its parents, and syncs its entry."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)


def make_file(path: Path) -> None:
    """Makes the file (0600) where it is missing, and syncs its entry."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    os.fsync(descriptor)
    os.close(descriptor)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in the folder durable; Windows does that by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def busy_error() -> sqlite3.OperationalError:
    """The error that SQLite itself would raise for a file that others hold."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


def identity(path: Path) -> tuple[int, int]:
    """Device and inode of the file, zeros where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_dev, found.st_ino)
