"""Glyphs of qtawesome's icon font as QIcons that take their colour while they are painted.

Only the one font and its table are read, lazily: importing qtawesome itself loads eleven fonts
and would double the time until the window is there.
"""

import logging
from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QIcon,
    QIconEngine,
    QPainter,
    QPainterPath,
    QPixmap,
    QRawFont,
    QTransform,
)

_log = logging.getLogger(__name__)
_PREFIX = "mdi6."
#: Units of the font's own grid in which outlines are kept.
_GRID = 96.0

Colour = Callable[[], QColor]


class Glyphs:
    """Icons by name; a name that is not in the font is an empty icon, and logged."""

    def __init__(self) -> None:
        self._outlines: dict[str, QPainterPath] = {}

    def icon(self, name: str, colour: Colour) -> QIcon:
        """The glyph; `colour` is asked each time it is painted."""
        return QIcon(_Engine(self.outline(name), colour))

    def outline(self, name: str) -> QPainterPath:
        """The glyph's shape in a square of one by one."""
        found = self._outlines.get(name)
        if found is None:
            found = self._outlines[name] = self._read(name)
        return found

    def _read(self, name: str) -> QPainterPath:
        code = self._code(name.removeprefix(_PREFIX))
        if code is None or self._font is None:
            _log.warning("there is no icon %s", name)
            return QPainterPath()
        glyphs = self._font.glyphIndexesForString(chr(code))
        size = self._font.pixelSize()
        # The outline stands on the base line, in a square that reaches up to the ascent.
        shape = self._font.pathForGlyph(glyphs[0]).translated(0, self._font.ascent())
        return QTransform.fromScale(1 / size, 1 / size).map(shape)

    @cached_property
    def _folder(self) -> Path | None:
        spec = find_spec("qtawesome")
        if spec is None or not spec.submodule_search_locations:
            return None
        return Path(next(iter(spec.submodule_search_locations))) / "fonts"

    def _code(self, name: str) -> int | None:
        """The glyph's code point. The table is searched as text: parsing all its seven thousand
        entries would take longer than everything else that is painted first."""
        _, found, rest = self._table.partition(f'"{name}": "')
        return int(rest[: rest.index('"')], 16) if found else None

    @cached_property
    def _table(self) -> str:
        name = "materialdesignicons6*charmap*.json"
        files = sorted(self._folder.glob(name)) if self._folder else []
        if not files:
            _log.warning("qtawesome's icons are not installed")
            return ""
        return files[-1].read_text("utf-8")

    @cached_property
    def _font(self) -> QRawFont | None:
        files = sorted(self._folder.glob("materialdesignicons6*.ttf")) if self._folder else []
        if not files:
            return None
        font = QRawFont(str(files[-1]), _GRID, QFont.HintingPreference.PreferNoHinting)
        return font if font.isValid() else None


class _Engine(QIconEngine):
    """Paints one outline."""

    def __init__(self, outline: QPainterPath, colour: Colour) -> None:
        super().__init__()
        self._outline, self._colour = outline, colour

    def clone(self) -> QIconEngine:
        return _Engine(self._outline, self._colour)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colour = self._colour()
        if mode is QIcon.Mode.Disabled:
            colour.setAlphaF(0.4)
        paint_outline(painter, QRectF(rect), self._outline, colour)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap


def paint_outline(painter: QPainter, rect: QRectF, outline: QPainterPath, colour: QColor) -> None:
    """Fills `rect` with an outline of one by one, keeping it square."""
    side = min(rect.width(), rect.height())
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.center().x() - side / 2, rect.center().y() - side / 2)
    painter.scale(side, side)
    painter.fillPath(outline, colour)
    painter.restore()
