"""Start at login: the XDG file as it is read by desktops, the others' as they are written."""

import plistlib
import subprocess
from pathlib import Path

import pytest

from roammail.adapters.autostart import LaunchAgent, XdgAutostart


def test_on_and_off(tmp_path: Path) -> None:
    way = XdgAutostart(("/usr/bin/roammail", "window", "--hidden"), tmp_path / "autostart")
    assert not way.enabled()
    way.set(True)
    assert way.enabled()
    way.set(False)
    way.set(False)
    assert not way.enabled()


@pytest.mark.needs("desktop-file-validate")
def test_the_file_is_valid_however_the_program_is_called(tmp_path: Path) -> None:
    odd = ('/opt/my progs/100%/$roam"mail', "window", "--hidden")
    XdgAutostart(odd, tmp_path).set(True)
    file = next(tmp_path.glob("*.desktop"))
    ran = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True)
    assert ran.stdout == ""
    assert ran.returncode == 0


def test_a_launch_agent(tmp_path: Path) -> None:
    way = LaunchAgent(("roammail", "window", "--hidden"), tmp_path)
    way.set(True)
    content = plistlib.loads(next(tmp_path.glob("*.plist")).read_bytes())
    assert content["ProgramArguments"] == ["roammail", "window", "--hidden"]
    assert way.enabled()
