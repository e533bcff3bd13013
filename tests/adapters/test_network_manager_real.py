"""A real NetworkManager, asked and listened to over a real system bus of the test's own."""

import os
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="NetworkManager is for Linux"),
    pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="needs root"),
    pytest.mark.needs("NetworkManager"),
    pytest.mark.needs("nmcli"),
    pytest.mark.needs("dbus-daemon"),
    pytest.mark.needs("ip"),
]


@pytest.mark.parametrize("story", ["facts", "not_checked", "changes"])
def test_in_a_namespace(story: str, tmp_path: Path) -> None:
    from tests.adapters.namespaces import run_inside

    run_inside("tests.adapters.manager_stories", story, tmp_path)
