"""`roammail settings`: no engine, no keyring; the file is the truth."""

import json
from pathlib import Path
from typing import Any

import pytest

from roammail.adapters.settings_file import read_settings
from roammail.cli.app import main


@pytest.fixture
def run(roammail_home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def line(*args: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["settings", *args, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return line


def test_list_get_set_reset(run: Any, roammail_home: Path) -> None:
    code, said = run("list")
    assert code == 0
    keys = [item["key"] for item in said["data"]["settings"]]
    assert "language" in keys
    assert all(item["label"] and item["help"] for item in said["data"]["settings"])
    assert run("set", "connect_seconds", "7")[1]["data"]["value"] == 7
    assert read_settings(roammail_home).connect_seconds == 7
    said = run("get", "connect_seconds")[1]["data"]
    assert (said["value"], said["default"], said["low"]) == (7, 10, 1)
    assert run("reset", "connect_seconds")[1]["data"]["value"] == 10
    assert read_settings(roammail_home).connect_seconds == 10


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        (("get", "nothing"), 78, "setting-unknown"),
        (("set", "nothing", "1"), 78, "setting-unknown"),
        (("set", "connect_seconds", "soon"), 78, "setting-invalid"),
        (("set", "connect_seconds"), 64, "usage"),
    ],
)
def test_bad_input_has_a_code(run: Any, line: tuple[str, ...], code: int, error: str) -> None:
    got, said = run(*line)
    assert (got, said["errors"][0]["code"]) == (code, error)


def test_a_file_that_keeps_the_engine_from_opening_can_be_put_right(
    run: Any, roammail_home: Path
) -> None:
    roammail_home.mkdir(parents=True)
    (roammail_home / "settings.toml").write_text('colour = "red"\n')
    assert run("list")[1]["errors"][0]["code"] == "setting-unknown"
    assert run("reset", "colour")[0] == 0
    assert run("list")[0] == 0


def test_what_a_person_sees(roammail_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "list"]) == 0
    shown = capsys.readouterr().out
    assert "submission_port" in shown
    assert "(empty)" in shown
    assert main(["settings", "set", "language", "de"]) == 0
    assert "language is now de." in capsys.readouterr().out
    assert main(["settings", "get", "language"]) == 0
    assert capsys.readouterr().out == "de\n"
