"""Every page on a screen of 1920 × 1080 points at the scale of QT_SCALE_FACTOR, in German.

`QT_SCALE_FACTOR=2 python -m tests.ui.scaled FOLDER` photographs them, and says as JSON what has no
room: text that is cut off, and pages that one would have to scroll sideways.
"""

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea

from roammail.ui.app import make_application, translate
from roammail.ui.pages_table import PAGES
from roammail.ui.widgets.profile_row import ProfileRowWidget
from tests.ui.fits import cut_off
from tests.ui.screenshots import REFUSAL, Photographer

_SCREEN = QSize(1920, 1080)
#: Rounds of the layouts until a page rests.
_ROUNDS = 40


def main(folder: Path) -> int:
    """Writes the pictures and says what it found."""
    scale = float(os.environ["QT_SCALE_FACTOR"])
    application = make_application()
    translate(application, "de")
    photographer = Photographer(application, folder, "de")
    window = photographer.window
    window.resize((_SCREEN / scale).boundedTo(QSize(1280, 760)))
    photographer.begin()
    found, ratios = [], set()
    for entry in PAGES:
        window.go(entry.name, REFUSAL if entry.name == "explain" else None)
        page = window.page(entry.name)
        assert page is not None
        if entry.name == "here":
            page.findChildren(ProfileRowWidget)[0].open()
        for _ in range(_ROUNDS):
            application.processEvents()
        photographer.settle()
        found += [f"{entry.name}: {line}" for line in cut_off(page)]
        areas = [area for area in page.findChildren(QScrollArea) if area.isVisible()]
        wide = [area for area in areas if area.horizontalScrollBar().maximum() > 0]
        found += [f"{entry.name}: wider than the window" for _ in wide]
        picture = window.grab()
        ratios.add(picture.devicePixelRatio())
        picture.save(str(folder / f"{entry.name}-{scale:g}.png"))
    size = [window.width(), window.height()]
    photographer.end()
    sys.stdout.write(json.dumps({"found": found, "ratios": sorted(ratios), "size": size}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
