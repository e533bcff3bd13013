"""Whether the focus came by the keyboard: only then a self-painted widget draws its ring."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent

_BY_KEYBOARD = frozenset(
    {
        Qt.FocusReason.TabFocusReason,
        Qt.FocusReason.BacktabFocusReason,
        Qt.FocusReason.ShortcutFocusReason,
    }
)


def came_by_keyboard(event: QFocusEvent) -> bool:
    """By Tab, Shift+Tab or a shortcut."""
    return event.reason() in _BY_KEYBOARD
