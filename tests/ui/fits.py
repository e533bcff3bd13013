"""Finds text that has no room: labels and buttons smaller than what they say, widgets that stick
out of their parents. What ends in "…" on purpose says all in its tip and counts as fitting."""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QWidget,
)

from roammail.ui.widgets.elided_label import ElidedLabel

#: Pixels that rounding may cost.
_SLACK = 2


def cut_off(where: QWidget) -> list[str]:
    """A line for each text that cannot be read whole."""
    found = []
    for widget in where.findChildren(QWidget):
        if not widget.isVisible() or _is_part(widget):
            continue
        if isinstance(widget, ElidedLabel):
            whole = widget.fontMetrics().horizontalAdvance(widget.text()) <= widget.width() + _SLACK
            if not whole and not widget.toolTip():
                found.append(f"no tip: {_called(widget)}")
        elif isinstance(widget, QLabel):
            found += _label(widget)
        elif isinstance(widget, QAbstractButton | QComboBox):
            found += _hint(widget)
        found += _outside(widget)
    return found


def _is_part(widget: QWidget) -> bool:
    """Qt's own insides, the buttons in a field among them."""
    if isinstance(widget.parentWidget(), QLineEdit):
        return True
    return widget.objectName().startswith("qt_") or "QScrollBar" in widget.metaObject().className()


def _label(label: QLabel) -> list[str]:
    if not label.text():
        return []
    if label.wordWrap():
        wanted = label.heightForWidth(label.width())
        if wanted > label.height() + _SLACK:
            return [f"cut in height ({wanted} > {label.height()}): {_called(label)}"]
        return []
    wanted = label.sizeHint().width()
    if wanted > label.width() + _SLACK:
        return [f"cut in width ({wanted} > {label.width()}): {_called(label)}"]
    return []


def _hint(widget: QWidget) -> list[str]:
    hint = widget.minimumSizeHint() if isinstance(widget, QComboBox) else widget.sizeHint()
    if isinstance(widget, QAbstractButton) and widget.layout() is not None:
        hint = widget.minimumSizeHint()
    if hint.width() > widget.width() + _SLACK or hint.height() > widget.height() + _SLACK:
        size = widget.size()
        wanted, given = (f"{s.width()}x{s.height()}" for s in (hint, size))
        return [f"no room ({wanted} in {given}): {_called(widget)}"]
    return []


def _outside(widget: QWidget) -> list[str]:
    """Whether it sticks out of its parent, unless that can be scrolled."""
    parent = widget.parentWidget()
    if parent is None or widget.isWindow() or isinstance(parent, QAbstractScrollArea):
        return []
    area = parent.parentWidget()
    if isinstance(area, QScrollArea) and area.viewport() is parent:
        return []
    around = parent.rect().adjusted(-_SLACK, -_SLACK, _SLACK, _SLACK)
    if around.contains(QRect(QPoint(widget.x(), widget.y()), widget.size())):
        return []
    return [f"outside its parent: {_called(widget)} {widget.geometry()} in {parent.rect()}"]


def _called(widget: QWidget) -> str:
    said = widget.text() if hasattr(widget, "text") else ""
    name = said or widget.accessibleName() or widget.objectName()
    return f"{type(widget).__name__} {str(name)[:60]!r}"
