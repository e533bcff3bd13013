"""`roammail submission`: what to enter in other programs. The password only on request."""

import click
from rich.table import Table

from roammail.cli.app import common
from roammail.cli.result import Json, Result
from roammail.cli.session import session_of
from roammail.core.secret import Secret
from roammail.engine.engine import Engine
from roammail.engine.submission_password import USER_NAME


@click.group("submission")
@common
def submission_command() -> None:
    """How other programs hand their mail to RoamMail."""


@submission_command.command("show")
@common
@click.pass_context
def show_command(ctx: click.Context) -> Result:
    """What to enter in another program, without the password."""

    async def work(engine: Engine) -> dict[str, Json]:
        return {
            "host": "127.0.0.1",
            "port": engine.settings.submission_port,
            "security": "plaintext",
            "username": USER_NAME,
            "served": engine.workplace.occupied(),
        }

    data = session_of(ctx).with_engine(work)
    return Result(data=data, view=lambda _look: _facts(data))


@submission_command.command("password")
@common
@click.pass_context
def password_command(ctx: click.Context) -> Result:
    """Show the password that other programs sign in with."""
    return _shown(session_of(ctx).with_engine(lambda engine: engine.submission_password.get()))


@submission_command.command("new-password")
@common
@click.pass_context
def new_password_command(ctx: click.Context) -> Result:
    """Make a new password; programs that know the old one must be told."""
    session = session_of(ctx)
    session.confirm("Programs that know the old password cannot send any more. Make a new one?")
    return _shown(session.with_engine(lambda engine: engine.submission_password.renew()))


def _shown(password: Secret) -> Result:
    return Result(
        data={"username": USER_NAME, "password": password.reveal()},
        view=lambda _look: password.reveal(),
    )


def _facts(data: dict[str, Json]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("Server", f"{data['host']} or ::1, port {data['port']}")
    table.add_row("Security", "none (nothing leaves this computer)")
    table.add_row("User name", str(data["username"]))
    table.add_row("Password", "“roammail submission password” shows it")
    served = "yes" if data["served"] else "no; “roammail serve” starts it"
    table.add_row("Running", served)
    return table
