"""`roammail profiles export` and `import`: profiles as a file, secrets under a passphrase only."""

from pathlib import Path

import click
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.app import common
from roammail.cli.files import read_input
from roammail.cli.result import Json, Result
from roammail.cli.session import Session, session_of
from roammail.core.errors import BadMessage, UserFacingError
from roammail.core.profile import AuthMethod
from roammail.core.secret import Secret
from roammail.engine.profile_transfer import (
    MAX_TRANSFER,
    ImportedProfile,
    ImportOutcome,
    ImportResult,
)
from roammail.private_file import write_private
from roammail.words import Words
from roammail.words.catalogue import N_

_TOO_LARGE = "which exported profiles never are. Is it another file?"


@click.command("export")
@click.option("--with-secrets", is_flag=True, help="Passwords as well, under a passphrase.")
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from standard input.")
@click.option("-o", "--output", metavar="FILE", help="Where to; standard output without it.")
@common
@click.pass_context
def export_command(
    ctx: click.Context, with_secrets: bool, passphrase_stdin: bool, output: str | None
) -> Result:
    """Write all profiles to a file that only you can read."""
    session = session_of(ctx)
    if output not in (None, "-") and Path(str(output)).exists():
        question = N_("The file “{file}” exists. Replace it?")
        session.confirm(session.make_words().say(question, file=str(output)))
    passphrase = None
    if with_secrets or passphrase_stdin:
        passphrase = session.ask_secret(
            session.make_words().say(N_("Passphrase for the file")),
            from_stdin=passphrase_stdin,
            twice=True,
        )
    text = session.with_engine(lambda engine: engine.book.export(with_secrets, passphrase))
    if output is None or output == "-":
        return Result(data={"export": text}, view=lambda _look: text.rstrip("\n"))
    write_private(Path(output), text)
    told = N_("The profiles are in “{file}”, readable by you alone.")
    said = session.make_words().say(told, file=output)
    return Result(data={"file": output}, view=lambda _look: Text(said))


@click.command("import")
@click.argument("file", metavar="FILE")
@click.option("--passphrase-stdin", is_flag=True, help="Read the passphrase from standard input.")
@common
@click.pass_context
def import_command(ctx: click.Context, file: str, passphrase_stdin: bool) -> Result:
    """Add the profiles of an exported file; what is here stays."""
    session = session_of(ctx)
    if file == "-" and passphrase_stdin:
        raise click.UsageError("File and passphrase cannot both come from standard input")
    try:
        text = read_input(file, MAX_TRANSFER, _TOO_LARGE).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadMessage("import-damaged", "The file does not hold exported profiles.") from error
    passphrase = None
    if passphrase_stdin:
        passphrase = session.ask_secret("", from_stdin=True)
    result = _import(session, text, passphrase)
    rows: list[Json] = [_row(item) for item in result.profiles]
    words = session.make_words()
    return Result(data={"profiles": rows}, view=lambda _look: Text(_told(result, words)))


def _import(session: Session, text: str, passphrase: Secret | None) -> ImportResult:
    try:
        return session.with_engine(lambda engine: engine.book.import_profiles(text, passphrase))
    except UserFacingError as error:
        if error.code != "passphrase-missing" or passphrase is not None:
            raise
        prompt = session.make_words().say(N_("Passphrase of the file"))
        asked = session.ask_secret(prompt, from_stdin=False)
        if asked is None:
            raise
        return session.with_engine(lambda engine: engine.book.import_profiles(text, asked))


def _row(item: ImportedProfile) -> dict[str, Json]:
    return {
        **json_shapes.profile(item.profile, signs_in=item.has_secret),
        "outcome": item.outcome.value,
        "name_in_file": item.name,
    }


_OUTCOMES = {
    ImportOutcome.ADDED: N_("“{name}” is added."),
    ImportOutcome.RENAMED: N_("“{name}” is added as “{stored}”, since there was one of that name."),
    ImportOutcome.SKIPPED: N_("“{name}” was here already."),
}
_WANTS_SECRET = N_("Give its password: roammail profiles edit “{stored}” --ask-password")


def _told(result: ImportResult, words: Words) -> str:
    if not result.profiles:
        return words.say(N_("The file holds no profile."))
    lines = []
    for item in result.profiles:
        stored = item.profile.name
        said = words.say(_OUTCOMES[item.outcome], name=item.name, stored=stored)
        wants_secret = item.profile.auth is not AuthMethod.NONE and not item.has_secret
        if wants_secret and item.outcome is not ImportOutcome.SKIPPED:
            said = f"{said} {words.say(_WANTS_SECRET, stored=stored)}"
        lines.append(said)
    return "\n".join(lines)
