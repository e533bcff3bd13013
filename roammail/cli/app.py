"""The command group and the edge: every way in which a command can end becomes an exit code.

Commands are imported only when they are asked for, so that `roammail --version` is quick.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, TypeVar

import click

from roammail import __version__
from roammail.cli.render import Renderer
from roammail.cli.result import Problem, Result
from roammail.cli.session import Session, session_of
from roammail.cli.version import VERSION
from roammail.core.errors import ExitCode, UserFacingError

F = TypeVar("F", bound=Callable[..., Any])

#: 128 + SIGINT, as shells report it.
INTERRUPTED = 130

#: Name on the command line → module of `roammail.cli`; the click command has the module's name.
COMMANDS = {
    "window": "window",
    "profiles": "profiles",
    "network": "network",
    "test": "probe",
    "send": "send",
    "forward": "forward",
    "outbox": "outbox",
    "serve": "serve",
    "submission": "submission",
    "sendmail": "sendmail_command",
    "explain": "explain",
    "learn": "learn",
    "settings": "settings",
    "doctor": "doctor",
    "demo": "demo",
}

WELCOME = """\
RoamMail sends your mail through the first of your outgoing servers that works
where you are, and says in plain language why the others do not.

Begin with one of these:
  roammail                    opens the window, where there is a screen
  roammail demo               see it work on servers of its own; needs no account
  roammail profiles add       keep your first outgoing server (--help shows how)
  roammail test               try all your servers from here; sends nothing
  roammail doctor             see whether RoamMail has what it needs here

`roammail --help` lists everything else."""


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a person needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None if there is none of that name."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = getattr(import_module(f"roammail.cli.{module}"), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command


def _set_json(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        session_of(ctx).renderer.json = True


def _set_yes(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        session_of(ctx).yes = True


def common(function: F) -> F:
    """The options that every command has: --json and --yes."""
    as_json = click.option(
        "--json",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_json,
        help="One JSON object for programs.",
    )
    yes = click.option(
        "--yes",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_set_yes,
        help="Answer every question with yes.",
    )
    return as_json(yes(function))


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message=VERSION)
@common
@click.pass_context
def cli(ctx: click.Context) -> Result | None:
    """Send mail through the first outgoing profile that works where you are."""
    if ctx.invoked_subcommand is not None:
        return None
    from roammail.cli.window_start import has_screen

    if has_screen() and not session_of(ctx).renderer.json:
        from roammail.cli.window import open_window

        return open_window()
    return Result(data={"welcome": WELCOME}, view=lambda _look: WELCOME)


def main(argv: Sequence[str] | None = None, session: Session | None = None) -> int:
    """Runs one command line and returns the exit code. Prints; never raises but SystemExit."""
    args = list(sys.argv[1:] if argv is None else argv)
    session = session or Session()
    try:
        return _run(args, session)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (the edge: all are told there)
        return ended_by(error, session.renderer, args)


def ended_by(
    error: BaseException, renderer: Renderer | None = None, args: Sequence[str] = ()
) -> int:
    """Tells what ended a command line, or a window that was opened without one (`args` then do
    not matter); its exit code. An exception that nobody expected is logged, and told without a
    traceback."""
    renderer = renderer or Renderer()
    if isinstance(error, click.UsageError):
        renderer.json = renderer.json or "--json" in args
        problem = Problem("usage", _sentence(error.format_message()))
        place = error.ctx.command_path if error.ctx else "roammail"
        return _fail(renderer, problem, ExitCode.USAGE, hint=f"`{place} --help` shows how.")
    if isinstance(error, UserFacingError):
        if error.code == "output-failed":
            _forget_stdout()
        return _fail(renderer, Problem.of(error), error.exit_code)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        _forget_stdout()
        return ExitCode.IO
    from roammail.cli.log_file import note_crash

    return _fail(renderer, note_crash(error), ExitCode.SOFTWARE)


def _run(args: list[str], session: Session) -> int:
    from roammail.cli import log_file

    log_file.install()
    ended = cli.main(args=args, prog_name="roammail", standalone_mode=False, obj=session)
    if not isinstance(ended, Result):  # --help and --version end with a plain code
        return int(ended or 0)
    session.renderer.result(ended)
    return ended.exit_code


def _fail(renderer: Renderer, problem: Problem, code: ExitCode, hint: str = "") -> int:
    try:
        renderer.failure(problem, hint)
    except (BrokenPipeError, UserFacingError):  # nobody listens any more
        _forget_stdout()
    return code


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _forget_stdout() -> None:
    """Points standard output at nothing, so that the interpreter's last flush stays quiet."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # not a real file: nothing will be flushed
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
