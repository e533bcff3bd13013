"""What a quick start must not load, by name: time would depend on the machine."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from roammail import __version__
from roammail.adapters.outbox_sqlite import SqliteOutbox
from roammail.adapters.workplace import HomeWorkplace

#: What only an engine, a window or a person's terminal needs.
HEAVY = (
    "PySide6",
    "aiosmtpd",
    "aiosmtplib",
    "asyncio",
    "click",
    "concurrent.futures",
    "cryptography",
    "dns",
    "gettext",
    "html.parser",
    "httpx",
    "importlib.metadata",
    "jeepney",
    "json",
    "keyring",
    "pyroute2",
    "rich",
    "roammail.engine",
    "roammail.ports",
    "roammail.wiring",
    "roammail.words",
    "scramp",
    "ssl",
    "subprocess",
    "tempfile",
    "tomlkit",
    "truststore",
)
#: Wanted for a message, and for nothing less.
OF_A_MESSAGE = ("dataclasses", "datetime", "email", "enum", "logging", "re", "sqlite3", "typing")
#: Of ours, not for a hand-over; `shutil` and `platformdirs` only where they are asked for.
NOT_FOR_A_HAND_OVER = (
    "email.policy",
    "platformdirs",
    "roammail.adapters.outbox_sqlite",
    "roammail.adapters.worker_bell",
    "roammail.cli.app",
    "roammail.core.diagnosis",
    "roammail.core.inline_forward",
    "roammail.core.message",
    "roammail.core.settings",
    "shutil",
)
LETTER = b"From: ada@home.example\nTo: b@elsewhere.example\nSubject: x\n\nHello\n"


def loaded(
    code: str, words: Sequence[str], home: Path, stdin: bytes = b""
) -> tuple[list[str], frozenset[str]]:
    """What a program printed, and the modules that it had loaded when it ended."""
    ask = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('|'.join(sorted(sys.modules)), file=sys.__stdout__))\n"
        f"sys.argv = {list(words)!r}\n{code}"
    )
    run = subprocess.run(
        [sys.executable, "-c", ask],
        input=stdin,
        capture_output=True,
        env={**os.environ, "ROAMMAIL_HOME": str(home)},
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    *said, modules = run.stdout.decode().splitlines()
    return said, frozenset(modules.split("|"))


def test_the_version_needs_next_to_nothing(tmp_path: Path) -> None:
    code = "from roammail.__main__ import main; main()"
    said, modules = loaded(code, ["roammail", "--version"], tmp_path)
    assert said == [f"roammail {__version__}"]
    assert sorted(modules & {*HEAVY, *OF_A_MESSAGE, *NOT_FOR_A_HAND_OVER}) == []


@pytest.mark.parametrize("words", [["--version", "--json"], ["--json", "--version"]])
def test_the_command_line_tells_the_same_version(words: list[str], tmp_path: Path) -> None:
    code = "from roammail.__main__ import main; main()"
    said, modules = loaded(code, ["roammail", *words], tmp_path)
    assert said == [f"roammail {__version__}"]
    assert "click" in modules
    assert sorted(modules & {*HEAVY} - {"click", "gettext", "json", "roammail.words"}) == []


async def test_a_hand_over_needs_the_outbox_and_the_bell(tmp_path: Path) -> None:
    worker = HomeWorkplace(tmp_path)
    assert await worker.take()  # else a worker would be started
    code = "from roammail.cli.sendmail import main; sys.exit(main())"
    said, modules = loaded(code, ["roammail-sendmail", "-t", "-oi"], tmp_path, LETTER)
    await worker.leave()
    assert said == []
    assert sorted(modules & {*HEAVY, *NOT_FOR_A_HAND_OVER}) == []
    outbox = SqliteOutbox(tmp_path)
    (entry,) = await outbox.entries()
    await outbox.close()
    assert [one.address for one in entry.recipients] == ["b@elsewhere.example"]
