"""Finding things as a person does: by what they say."""

from typing import TypeVar

from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

W = TypeVar("W", bound=QWidget)


def visible(where: QWidget, kind: type[W]) -> list[W]:
    """Those of this kind that can be seen."""
    return [w for w in where.findChildren(kind) if w.isVisibleTo(where)]


def texts(where: QWidget) -> str:
    """Everything that the labels and buttons say, line by line."""
    labels = [label.text() for label in visible(where, QLabel)]
    buttons = [made.text().replace("&", "") for made in visible(where, QAbstractButton)]
    return "\n".join(filter(None, labels + buttons))


def button(where: QWidget, words: str) -> QAbstractButton:
    """The button that says so, or is called so."""
    found = [
        made
        for made in visible(where, QAbstractButton)
        if words in (made.text().replace("&", ""), made.accessibleName())
    ]
    assert found, f"no button {words!r}; there are: {texts(where)}"
    return found[0]


def named(where: QWidget, name: str, kind: type[W]) -> W:
    """What has this accessible name."""
    found = [w for w in visible(where, kind) if w.accessibleName() == name]
    assert found, f"nothing called {name!r}"
    return found[0]
