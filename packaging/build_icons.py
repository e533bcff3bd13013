"""Paints the icon in every size of the hicolor theme from the one SVG.

`python packaging/build_icons.py FOLDER` writes FOLDER/hicolor/48x48/apps/…, and the SVG itself
as the scalable one. Qt paints, without a screen.
"""

import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parent.parent / "resources" / "icons" / "roammail.svg"
NAME = "org.roammail.RoamMail"
SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)


def build(folder: Path) -> list[Path]:
    """Writes all sizes; returns the files."""
    renderer = QSvgRenderer(str(SOURCE))
    if not renderer.isValid():
        raise SystemExit(f"{SOURCE} is no SVG that Qt can paint")
    written = []
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        renderer.render(painter, QRectF(0, 0, size, size))
        painter.end()
        file = folder / "hicolor" / f"{size}x{size}" / "apps" / f"{NAME}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(file)):
            raise SystemExit(f"{file} cannot be written")
        written.append(file)
    scalable = folder / "hicolor" / "scalable" / "apps" / f"{NAME}.svg"
    scalable.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(SOURCE, scalable)
    return [*written, scalable]


if __name__ == "__main__":
    application = QGuiApplication([])
    build(Path(sys.argv[1] if len(sys.argv) > 1 else "build/icons"))
