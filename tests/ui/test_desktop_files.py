"""What desktops read: the launcher, the component's description, the icon in all sizes."""

import configparser
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
ID = "org.roammail.RoamMail"
LAUNCHER = PACKAGING / f"{ID}.desktop"
METAINFO = PACKAGING / f"{ID}.metainfo.xml"


@pytest.mark.needs("desktop-file-validate")
def test_the_launcher_is_valid() -> None:
    ran = subprocess.run(["desktop-file-validate", LAUNCHER], capture_output=True, text=True)
    assert (ran.stdout, ran.returncode) == ("", 0)


@pytest.mark.needs("appstreamcli")
def test_the_metainfo_is_valid() -> None:
    command = ["appstreamcli", "validate", "--no-net", METAINFO]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout


def test_both_speak_of_the_same_program() -> None:
    launcher = configparser.RawConfigParser()
    launcher.read(LAUNCHER, encoding="utf-8")
    entry = launcher["Desktop Entry"]
    types = {kind for kind in entry["MimeType"].split(";") if kind}
    assert types == {"x-scheme-handler/mailto", "message/rfc822"}
    component = ET.parse(METAINFO).getroot()
    assert component.findtext("id") == entry["Icon"] == ID
    assert {e.text for e in component.iter("mediatype")} == types


def test_every_size_of_the_icon_is_painted(tmp_path: Path) -> None:
    subprocess.run([sys.executable, PACKAGING / "build_icons.py", tmp_path], check=True)
    sizes = runpy.run_path(str(PACKAGING / "build_icons.py"))["SIZES"]
    for size in sizes:
        file = tmp_path / "hicolor" / f"{size}x{size}" / "apps" / f"{ID}.png"
        image = QImage(str(file))
        assert image.size().width() == image.size().height() == size
        assert image.pixelColor(size // 2, size // 2).alpha() == 255
        assert image.pixelColor(0, 0).alpha() < 128
    assert (tmp_path / "hicolor" / "scalable" / "apps" / f"{ID}.svg").is_file()
