"""`profiles add --address` and `--provider`: what is left out is taken from what is known of the
provider; and `profiles providers`, which lists them.
"""

from dataclasses import replace

import click
from rich.table import Table
from rich.text import Text

from roammail.cli.app import common
from roammail.cli.profile_options import Settings
from roammail.cli.result import Json, Result
from roammail.cli.session import Session, session_of
from roammail.core.errors import BadConfiguration, ExitCode, UserFacingError
from roammail.core.preset import (
    Origin,
    Password,
    Preset,
    Service,
    Suggestion,
    from_preset,
)
from roammail.core.profile import AuthMethod, Profile
from roammail.engine.engine import Engine
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display
from roammail.words.providers import need_texts, origin_text, password_text, warning_text


def suggested(session: Session, address: str | None, provider: str | None) -> Suggestion:
    """What is known. Raises UserFacingError where that is not enough to go on
    (`provider-unknown`, `provider-no-smtp`), or the person does not confirm a doubtful one."""

    async def ask(engine: Engine) -> Suggestion:
        if provider is None:
            return await engine.suggester.suggest(address or "")
        return from_preset(_named(engine, provider), address or "")

    found = session.with_engine(ask)
    words = session.make_words()
    if found.preset is not None and found.preset.service is Service.NONE:
        raise UserFacingError(
            "provider-no-smtp", password_text(words, found.preset), ExitCode.CONFIG
        )
    if not found.endpoints:
        said = f"{origin_text(words, found)} {warning_text(words, found)}".strip()
        give = words.say(N_("Give --host."))
        raise UserFacingError("provider-unknown", f"{said} {give}", ExitCode.CONFIG)
    if found.foreign or found.origin is Origin.GUESS:
        said = warning_text(words, found) if found.foreign else origin_text(words, found)
        use = words.say(N_("Use {host}?"), host=found.endpoints[0].host)
        session.confirm(f"{said} {use}")
    return found


def completed(given: Settings, found: Suggestion, words: Words) -> Profile:
    """The profile: what was typed, the rest from the suggestion.

    Raises UserFacingError `provider-oauth2` where a password would be refused.
    """
    first, *others = found.endpoints
    auth = AuthMethod(given.auth) if given.auth else AuthMethod.PASSWORD
    preset = found.preset
    if preset and preset.password is Password.OAUTH2 and auth is AuthMethod.PASSWORD:
        token = words.say(N_("If you have an access token, say --auth oauth2."))
        raise UserFacingError(
            "provider-oauth2", f"{password_text(words, preset)} {token}", ExitCode.CONFIG
        )
    profile = Profile(
        id="",
        name=given.name or found.name,
        endpoint=first,
        alternatives=tuple(others),
        auth=auth,
        username=given.username or found.username,
        senders=given.sender or found.senders,
    )
    return replace(profile, username="") if auth is AuthMethod.NONE else profile


def explain_password(session: Session, found: Suggestion) -> None:
    """Says, before it is asked for, which password is wanted."""
    if found.preset is None:
        return
    words = session.make_words()
    session.renderer.note(password_text(words, found.preset))
    for said in need_texts(words, found.preset):
        session.renderer.note(said)
    if found.preset.password_help:
        session.renderer.note(found.preset.password_help)


def told(found: Suggestion) -> dict[str, Json]:
    """For programs: where the settings came from."""
    return {
        "origin": found.origin.value,
        "provider": found.preset.id if found.preset else None,
        "password_kind": found.preset.password.value if found.preset else None,
        "password_help": found.preset.password_help if found.preset else None,
    }


@click.command("providers")
@common
@click.pass_context
def providers_command(ctx: click.Context) -> Result:
    """Providers and relay services whose servers are known, for --provider."""
    session = session_of(ctx)

    async def ask(engine: Engine) -> tuple[Preset, ...]:
        return engine.suggester.presets.presets

    known = session.with_engine(ask)
    return Result(
        data={"providers": [_shape(preset) for preset in known]},
        view=lambda _look: _listing(known, session.make_words()),
    )


def _named(engine: Engine, name: str) -> Preset:
    preset = engine.suggester.presets.named(name)
    if preset is None:
        raise BadConfiguration(
            "provider-unknown",
            f"“{display(name, 60)}” is not known. “roammail profiles providers” lists them all.",
        )
    return preset


def _shape(preset: Preset) -> dict[str, Json]:
    return {
        "id": preset.id,
        "name": preset.name,
        "kind": preset.service.value,
        "domains": list(preset.domains),
        "endpoints": [
            {"host": e.host, "port": e.port, "security": e.security.value} for e in preset.endpoints
        ],
        "username": preset.username,
        "password_kind": preset.password.value,
        "password_help": preset.password_help or None,
        "senders": preset.senders.value,
        "needs": [need.value for need in preset.needs],
        "help": preset.help,
        "checked": preset.checked.isoformat() if preset.checked else None,
        "source": preset.source.value if preset.source else None,
    }


def _listing(known: tuple[Preset, ...], words: Words) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for title in ("--provider", N_("Name"), N_("Server"), N_("Password")):
        table.add_column(words.say(title), overflow="fold")
    for preset in known:
        first = preset.endpoints[0].host if preset.endpoints else "–"
        ports = ", ".join(str(endpoint.port) for endpoint in preset.endpoints)
        password = password_text(words, preset)
        table.add_row(preset.id, preset.name, f"{first} {ports}".strip(), Text(password, "dim"))
    return table
