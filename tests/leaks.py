"""Watches the ways by which a secret could leave a test process: logs, process arguments, and
the output of programs that tests start. Notes where one did, never the secret itself."""

import asyncio.subprocess
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from tests import canary

_state: dict[str, Path] = {}


def note(test: str, where: str) -> None:
    """Keeps one finding; workers and controller append to the same file."""
    with _state["file"].open("a", encoding="utf-8") as file:
        file.write(f"{test}: {where}\n")


def noted() -> list[str]:
    """Every finding of this run."""
    file = _state.get("file")
    return sorted(set(file.read_text("utf-8").splitlines())) if file and file.exists() else []


def _look(where: str, *texts: bytes | str | None) -> None:
    if any(text and canary.found_in(text) for text in texts):
        note(os.environ.get("PYTEST_CURRENT_TEST", "outside a test"), where)


class _LogSearch(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        # The exception's own text counts too: it would stand in a log file.
        _look(f"a log line of {record.name}", self.format(record))


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen":
        _look(f"the arguments of {arguments[0]}", repr(arguments[1]))


def watch(file: Path) -> None:
    """Begins to watch this process; findings go to `file`."""
    _state["file"] = file
    logging.getLogger().addHandler(_LogSearch(logging.NOTSET))
    # The test servers' own trace of what a client typed is not output of ours.
    logging.getLogger("mail").setLevel(logging.WARNING)
    sys.addaudithook(_audit)
    _watch_programs()
    _watch_commands()


def _watch_programs() -> None:
    communicate = subprocess.Popen.communicate
    async_communicate = asyncio.subprocess.Process.communicate

    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        output = communicate(self, *args, **kwargs)
        _look(f"the output of {_program(self.args)}", *output)
        return output

    async def async_watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        output = await async_communicate(self, *args, **kwargs)
        _look("the output of a program", *output)
        return output

    subprocess.Popen.communicate = watched  # type: ignore[method-assign]
    asyncio.subprocess.Process.communicate = async_watched  # type: ignore[method-assign]


def _program(arguments: Any) -> str:
    first = arguments if isinstance(arguments, str | bytes | os.PathLike) else arguments[0]
    return Path(os.fsdecode(first)).name


def _watch_commands() -> None:
    invoke = CliRunner.invoke

    def watched(self: CliRunner, *args: Any, **kwargs: Any) -> Any:
        result = invoke(self, *args, **kwargs)
        _look("the output of a command", result.output, result.stderr)
        return result

    CliRunner.invoke = watched  # type: ignore[method-assign]
