"""`roammail sendmail`: the same as the program `roammail-sendmail`."""

import click

from roammail.cli.result import Result
from roammail.cli.sendmail import main
from roammail.core.errors import ExitCode


@click.command(
    "sendmail",
    context_settings={
        "ignore_unknown_options": True,
        "allow_interspersed_args": False,
        "help_option_names": ["--help"],
    },
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def sendmail_command(words: tuple[str, ...]) -> Result:
    """Take a message from a program that calls sendmail, with sendmail's own options."""
    return Result(exit_code=ExitCode(main(words)))
