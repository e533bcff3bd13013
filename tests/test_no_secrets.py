"""The search for secrets in everything that the suite writes is awake.

The search itself runs at the end of every test run (`tests/conftest.py`): it reads every file
below the run's folder (temporary homes, databases, logs, keyring files, JSON), what each test
printed and logged at any level, the output of every program and command that was run, and
every program's arguments. Left out: folders named `in-clear-on-purpose`, where a test itself
wrote a secret in clear to see what becomes of it, and the trace that aiosmtpd, the test
servers' library, logs of what a client typed.
"""

import base64
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests import canary

PROJECT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("before", ["", "a", "ab", "\0user\0", "1234567"])
def test_a_secret_is_found_in_base64_wherever_it_stands(before: str) -> None:
    text = base64.b64encode((before + canary.secret("x")).encode())
    assert canary.found_in(b"AUTH PLAIN " + text)


def test_a_secret_is_found_in_clear_and_wide() -> None:
    assert canary.found_in(f"password={canary.secret('x')}")
    assert canary.found_in(canary.secret("x").encode("utf-16-le"))
    assert not canary.found_in("S3cr3t")


def test_files_are_searched_but_for_those_on_purpose(tmp_path: Path) -> None:
    # The run's own search must not find what this test writes.
    ground = tmp_path / canary.ON_PURPOSE
    ground.mkdir()
    with sqlite3.connect(ground / "outbox.db") as database:
        database.execute("create table t (v text)")
        database.execute("insert into t values (?)", (canary.secret("db"),))
    database.close()
    (ground / "big").write_bytes(b"x" * ((1 << 20) - 3) + canary.secret("edge").encode())
    (ground / "clean").write_text("nothing here")
    inner = ground / canary.ON_PURPOSE
    inner.mkdir()
    (inner / "password").write_text(canary.secret("file"))
    assert {path.name for path in canary.leaking_files(ground)} == {"outbox.db", "big"}


LEAKS = {
    "print": "print({secret})",
    "log": "import logging; logging.getLogger('x').debug('%s', {secret})",
    "file": "import pathlib; pathlib.Path(tmp_path, 'f').write_text({secret})",
    "child": "import subprocess, sys; subprocess.run([sys.executable, '-c', "
    "'import base64, sys; print(base64.b64decode(sys.argv[1][::-1]).decode())', "
    "__import__('base64').b64encode(({secret}).encode())[::-1]], capture_output=True)",
    "argument": "import subprocess; subprocess.run(['true', {secret}])",
}


@pytest.mark.parametrize("way", LEAKS)
def test_a_run_that_leaks_fails(way: str, tmp_path: Path) -> None:
    """A real run of pytest with the project's own conftest, and one test that leaks."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    leak = LEAKS[way].format(secret="'S3cr3t' + '-x'")
    (tmp_path / "test_it.py").write_text(f"def test_it(tmp_path):\n    {leak}\n")
    run = _pytest(tmp_path)
    assert "1 passed" in run.stdout, run.stdout + run.stderr
    assert "secrets in what the suite wrote" in run.stdout
    assert run.returncode == 1
    (evidence,) = set(re.findall(r"kept in (\S+)", run.stdout))
    shutil.rmtree(evidence)


def test_a_run_that_keeps_its_secrets_passes(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_it.py").write_text("def test_it():\n    x = 'S3cr3t' + '-x'\n    assert x\n")
    run = _pytest(tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_secret_that_the_suite_makes_carries_the_marker() -> None:
    """Else the search would be blind to it. Very short ones stand for no secret of anybody's."""
    literal = re.compile(r"""\bSecret\(\s*(?:"([^"]*)"|'([^']*)')\s*\)""")
    bare = []
    for file in (PROJECT / "tests").rglob("*.py"):
        for found in literal.finditer(file.read_text("utf-8")):
            value = found.group(1) or found.group(2) or ""
            if len(value) > 5 and canary.MARKER not in value:
                bare.append(f"{file.relative_to(PROJECT)}: {found.group(0)}")
    assert not bare, bare


def _pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    # A compiled test would hold its secret as a constant.
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}
    for name in list(environment):
        if name.startswith(("PYTEST", "ROAMMAIL_TEST", "COV_")):
            del environment[name]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    # To a file, which is thrown away: the outer run watches what it captures.
    with tempfile.TemporaryFile("w+") as output:
        run = subprocess.run(
            [*command, "-c", os.devnull, "--rootdir", folder, folder],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(run.args, run.returncode, output.read(), "")
