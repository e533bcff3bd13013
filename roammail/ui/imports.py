"""Takes PySide's hook off Python's import. Must be done before the window's modules are imported.

PySide wraps `__import__` and reads the source of every module that is imported afterwards, ours
and the library's, to see whether it wants snake_case names (`from __feature__ import …`), and
`linecache` keeps what was read. The window wants no such names: a start would be a third slower
and take several megabytes more for nothing.
"""

import builtins


def take_off_hook() -> None:
    """Python's own import again. Does nothing where this PySide has no hook; raises ImportError
    where there is no PySide."""
    import PySide6.QtCore  # noqa: F401  (puts the hook on)

    # PySide keeps what was there before under this name, for its hook to call.
    original = getattr(builtins, "__orig_import__", None)
    if callable(original):
        builtins.__import__ = original
