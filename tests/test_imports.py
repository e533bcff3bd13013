"""The import directions of the architecture hold."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
_WIRINGS = ("", "_demo", "_outbox", "_window")


def test_every_contract_of_the_import_linter_is_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [program, "--no-cache"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    """The contracts are not idle: core importing an adapter breaks one."""
    package = tmp_path / "roammail"
    for folder in ("core", "adapters", "engine", "submission", "cli", "words", "demo", "ui"):
        (package / folder).mkdir(parents=True)
        (package / folder / "__init__.py").touch()
    for module in ("__init__", "ports", *(f"wiring{part}" for part in _WIRINGS)):
        (package / f"{module}.py").touch()
    (package / "core" / "stage.py").write_text("import roammail.adapters\n")
    config = (PROJECT / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(config)
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert "core imports nothing of ours BROKEN" in run.stdout
