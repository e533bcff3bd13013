"""The content of a page stands where it stood when a scroll bar comes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from roammail.ui.widgets.page_scroll import PageScroll


@pytest.mark.parametrize("way", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_a_scroll_bar_moves_nothing_sideways(qtbot: QtBot, way: Qt.LayoutDirection) -> None:
    inner, label = QWidget(), QLabel("What the page says")
    column = QVBoxLayout(inner)
    column.setContentsMargins(28, 24, 28, 24)
    column.addWidget(label)
    page = PageScroll(inner)
    page.setStyleSheet("QScrollBar:vertical { width: 12px; }")
    page.setLayoutDirection(way)
    qtbot.addWidget(page)
    page.resize(400, 300)
    page.show()

    def place() -> tuple[int, int]:
        return label.mapTo(page, label.rect().topLeft()).x(), label.width()

    before, bar = place(), page.verticalScrollBar()
    assert not bar.isVisible()
    label.setMinimumHeight(900)
    qtbot.waitUntil(bar.isVisible)
    qtbot.waitUntil(lambda: label.height() >= 900)
    assert place() == before
    label.setMinimumHeight(0)
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert place() == before
