"""The only place that prints: for people through rich, for programs one JSON envelope.

Whatever a server, a keyring or a file said is shown and never obeyed: rich markup, emoji codes
and highlighting are off for all of it, and callers pass foreign text through
`words.display.display` before it gets here. Knows nothing of the engine.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from roammail.cli.result import Json, Look, Problem, Result, Status
from roammail.core.errors import ExitCode, UserFacingError
from roammail.words.display import display

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

#: The version of the envelope; it rises only if a field goes or changes its meaning.
ENVELOPE_VERSION = 1

#: Characters of a remark or an error; what is quoted in one may come from anywhere.
_NOTE_LIMIT = 4000


def envelope(data: Json, status: Status, problems: tuple[Problem, ...]) -> dict[str, Json]:
    """The one shape that programs read."""
    return {
        "version": ENVELOPE_VERSION,
        "status": status.value,
        "data": data,
        "errors": [{"code": item.code, "message": item.message} for item in problems],
    }


def as_line(value: Json) -> str:
    """JSON in one line, all ASCII: no terminal can be steered by what a server said."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "), allow_nan=False)


class Renderer:
    """Prints results to standard output, and progress, questions and failures to standard error."""

    def __init__(self, *, json: bool = False) -> None:
        self.json = json

    def result(self, result: Result) -> None:
        """Shows how a command ended."""
        if self.json and not result.streamed:
            data = result.data() if callable(result.data) else result.data
            self._write(as_line(envelope(data, result.status, result.problems)) + "\n")
            return
        if result.view is not None:
            console = self._console(sys.stdout)
            drawn = result.view(_look(console, sys.stdout))
            with _output():
                self._show(console, drawn)
            return
        for problem in result.problems:
            self.note(problem.message)

    def failure(self, problem: Problem, hint: str) -> None:
        """Says why there is no result; `hint` is for people."""
        if self.json:
            self._write(as_line(envelope(None, Status.ERROR, (problem,))) + "\n")
            return
        self.note(f"roammail: {problem.message}")
        if hint:
            self.note(hint)

    def note(self, text: str) -> None:
        """A remark for people on standard error; silent with --json."""
        if not self.json:
            console = self._console(sys.stderr)
            # A file gets whole sentences to search in, a terminal whole words to read.
            shown = display(text, _NOTE_LIMIT, lines=True)
            console.print(shown, soft_wrap=not console.is_terminal)

    def text(self, text: str) -> None:
        """Text as it is, on standard output (rows of a batch, an export)."""
        self._write(text)

    @contextmanager
    def progress(
        self, draw: "Callable[[Look], RenderableType]"
    ) -> "Iterator[Callable[[], None] | None]":
        """A picture on standard error that is wiped at the end; yields what redraws it.

        Yields None where nobody would see it: with --json, or where standard error is no
        terminal (a dumb terminal cannot wipe a picture, so it counts as none).
        """
        if self.json or not _is_terminal(sys.stderr) or os.environ.get("TERM") == "dumb":
            yield None
            return
        from rich.live import Live

        terminal = sys.stderr  # Live puts something else in its place meanwhile
        console = self._console(terminal)
        first = draw(_look(console, terminal))
        with Live(first, console=console, transient=True, auto_refresh=False) as live:
            yield lambda: live.update(draw(_look(console, terminal)), refresh=True)

    def _show(self, console: "Console", drawn: "RenderableType") -> None:
        if console.is_terminal:
            console.print(drawn, soft_wrap=isinstance(drawn, str))
            return
        with console.capture() as captured:  # in a file, no line ends with blanks
            console.print(drawn, soft_wrap=isinstance(drawn, str))
        self._write("\n".join(line.rstrip() for line in captured.get().split("\n")))

    def _console(self, file: TextIO) -> "Console":
        from rich.console import Console

        if hasattr(file, "reconfigure"):  # an old encoding shows "?" instead of a traceback
            file.reconfigure(errors="replace")
        return Console(file=file, markup=False, emoji=False, highlight=False)

    def _write(self, text: str) -> None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        with _output():
            sys.stdout.write(text)
            sys.stdout.flush()


@contextmanager
def _output() -> Iterator[None]:
    """Names what goes wrong with standard output; a reader that went away stays BrokenPipe.

    Raises UserFacingError `output-failed` (exit 74).
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserFacingError(
            "output-failed",
            f"Standard output cannot be written: {(error.strerror or 'unknown').lower()}.",
            ExitCode.IO,
        ) from error


def stdin_is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return _is_terminal(sys.stdin)


def _is_terminal(file: TextIO | None) -> bool:
    try:
        return file is not None and file.isatty()
    except ValueError:  # closed
        return False


def _look(console: "Console", file: TextIO) -> Look:
    encoding = (getattr(file, "encoding", None) or "ascii").lower()
    return Look(width=console.width, unicode=encoding.startswith("utf"))
