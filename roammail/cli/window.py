"""`roammail window` on the command line: opens the window, see `window_start.py`."""

from collections.abc import Sequence

import click

from roammail.cli import window_start
from roammail.cli.app import common
from roammail.cli.result import Result
from roammail.core.errors import ExitCode


@click.command("window")
@click.option("--hidden", is_flag=True, help="Only in the tray, as at login.")
@click.argument("what", nargs=-1)
@common
def window_command(hidden: bool, what: tuple[str, ...]) -> Result:
    """Open the window; WHAT may be mailto: links and .eml files."""
    return open_window(what, hidden=hidden)


def open_window(what: Sequence[str] = (), *, demo: bool = False, hidden: bool = False) -> Result:
    """`window_start.open_window` as a command's result."""
    code = window_start.open_window(what, demo=demo, hidden=hidden)
    return Result(data={"ended": True}, exit_code=ExitCode(code))
