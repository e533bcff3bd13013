"""The wheel that users install: it starts, it is not the checkout, and it has its resources."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import roammail

PROJECT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.xdist_group("wheel")

_ASK = """
import sys
import roammail
from roammail.resource_files import resource
print(roammail.__file__)
print(resource("README.md").read_text("utf-8").strip())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content in an empty folder, as pip would lay it out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
    built = subprocess.run([*build, PROJECT], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("roammail-*.whl")
    site = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    quiet = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*pip, "--target", site, wheel], check=True, env=quiet)
    return site


def _run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python that sees the wheel first and the dependencies after it, from an empty folder."""
    libraries = sysconfig.get_path("purelib")
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=site.parent,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(site.parent),
            "PYTHONPATH": os.pathsep.join((str(site), libraries)),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheels_command_tells_its_version(installed: Path) -> None:
    run = _run(installed, "-m", "roammail", "--version")
    assert run.returncode == 0, run.stderr
    assert roammail.__version__ in run.stdout
    script = (installed / "bin" / "roammail").read_text("utf-8")
    assert "roammail.__main__" in script


def test_the_wheels_resources_are_its_own(installed: Path) -> None:
    run = _run(installed, "-c", _ASK)
    assert run.returncode == 0, run.stderr
    module, *text = run.stdout.splitlines()
    assert Path(module) == installed / "roammail" / "__init__.py"
    assert text == (PROJECT / "resources" / "README.md").read_text("utf-8").split("\n")[:-1]
    for file in (PROJECT / "resources").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            shipped = (
                installed / "roammail" / "_resources" / file.relative_to(PROJECT / "resources")
            )
            assert shipped.read_bytes() == file.read_bytes()


def test_the_checkout_finds_its_resources_too() -> None:
    from roammail.resource_files import resource

    assert resource("README.md").read_text("utf-8")


def test_the_wheel_holds_nothing_else(installed: Path) -> None:
    (wheel,) = installed.parent.glob("roammail-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"roammail"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
