"""`roammail profiles`: list, show, add, edit, remove, order. Files are `profile_files.py`'s.

A secret comes in by a hidden prompt or on standard input, and never goes out again.
"""

from dataclasses import replace
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.app import common
from roammail.cli.blocks import place
from roammail.cli.many import ManyCommand
from roammail.cli.profile_files import export_command, import_command
from roammail.cli.profile_options import (
    Settings,
    changed_profile,
    new_profile,
    settings_options,
)
from roammail.cli.profile_suggestion import (
    completed,
    explain_password,
    providers_command,
    suggested,
    told,
)
from roammail.cli.result import Look, Problem, Result, Status
from roammail.cli.session import Session, session_of
from roammail.core.errors import ExitCode, UserFacingError
from roammail.core.preset import Suggestion
from roammail.core.profile import (
    AuthMethod,
    BrokenProfile,
    Profile,
    ProfileList,
)
from roammail.core.secret import Secret
from roammail.engine.engine import Engine
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

HOW_TO_ADD = N_(
    "There is no profile yet. Add your outgoing server: “roammail profiles add --address "
    "me@example.org” looks its settings up; “roammail profiles add --help” shows how to give "
    "them yourself."
)


@click.group("profiles", no_args_is_help=False)
@common
def profiles_command() -> None:
    """Keep your outgoing servers in the keyring of this computer."""


@profiles_command.command("list")
@common
@click.pass_context
def list_command(ctx: click.Context) -> Result:
    """All profiles in the order of preference."""
    session = session_of(ctx)
    words = session.make_words()
    known = session.with_engine(lambda engine: engine.book.all())
    broken = N_("The profile “{name}” cannot be used. {reason}")
    problems = tuple(
        Problem("profile-broken", words.say(broken, name=item.name, reason=item.reason))
        for item in known.broken
    )
    return Result(
        data={
            "profiles": [json_shapes.profile(item) for item in known.profiles],
            "broken": [json_shapes.broken_profile(item) for item in known.broken],
        },
        view=lambda look: _listing(known, words, look),
        problems=problems,
        status=Status.PARTIAL if problems else Status.OK,
    )


@profiles_command.command("show")
@click.argument("name")
@common
@click.pass_context
def show_command(ctx: click.Context, name: str) -> Result:
    """One profile, without its password."""

    async def work(engine: Engine) -> tuple[Profile, bool]:
        profile = await engine.book.find(name)
        return profile, await engine.book.secret(profile.id) is not None

    session = session_of(ctx)
    words = session.make_words()
    profile, has_secret = session.with_engine(work)
    return Result(
        data=json_shapes.profile(profile, signs_in=has_secret),
        view=lambda _look: _details(profile, has_secret, words),
    )


@profiles_command.command("add", cls=ManyCommand)
@click.option("--address", help="Your address: its provider's servers are looked up.")
@click.option("--provider", help="A provider or relay service; “profiles providers” lists them.")
@click.option("--name", help="What you call it.")
@click.option("--host", help="The server's name.")
@settings_options
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@common
@click.pass_context
def add_command(
    ctx: click.Context,
    /,
    address: str | None,
    provider: str | None,
    password_stdin: bool,
    **options: Any,
) -> Result:
    """Add an outgoing server; its password goes into the keyring only.

    With --address or --provider, what is known of the provider need not be typed.
    """
    session = session_of(ctx)
    given = Settings(**options)
    if given.host is None and (address or provider):
        return _add_known(session, given, suggested(session, address, provider), password_stdin)
    for option, value in (("--name", given.name), ("--host", given.host)):
        if value is None:
            raise click.UsageError(f"Missing option “{option}” (or give --address)")
    profile, words = new_profile(given), session.make_words()
    secret = _secret(session, profile.auth, _prompt(profile, words), password_stdin)
    added = session.with_engine(lambda engine: engine.book.add(profile, secret))
    return _stored(added, words.say(N_("The profile “{name}” is in the keyring."), name=added.name))


def _add_known(
    session: Session, given: Settings, found: Suggestion, password_stdin: bool
) -> Result:
    profile = completed(given, found, session.make_words())
    if not password_stdin:
        explain_password(session, found)
    words = session.make_words()
    secret = _secret(session, profile.auth, _prompt(profile, words), password_stdin)

    async def work(engine: Engine) -> Profile:
        known = await engine.book.all()
        taken = {item.name.casefold() for item in known.profiles}
        named = profile
        if given.name is None and profile.name.casefold() in taken and found.address:
            named = replace(profile, name=found.address)
        return await engine.book.add(named, secret)

    added = session.with_engine(work)
    kept = N_("The profile “{name}” ({server}) is in the keyring. “roammail test” tries it.")
    said = words.say(kept, name=added.name, server=place(added.endpoint, words))
    data = {**json_shapes.profile(added), **told(found)}
    return Result(data=data, view=lambda _look: Text(said))


@profiles_command.command("edit")
@click.argument("profile")
@click.option("--name", help="Another name.")
@click.option("--host", help="Another server.")
@settings_options
@click.option("--drop-sender", multiple=True, help="An ADDRESS or @DOMAIN that it may not.")
@click.option("--drop-alt", multiple=True, type=int, help="A port that shall not be tried.")
@click.option("--password-stdin", is_flag=True, help="Read a new password from standard input.")
@click.option("--ask-password", is_flag=True, help="Ask for a new password.")
@common
@click.pass_context
def edit_command(
    ctx: click.Context,
    /,
    profile: str,
    password_stdin: bool,
    ask_password: bool,
    drop_sender: tuple[str, ...],
    drop_alt: tuple[int, ...],
    **options: Any,
) -> Result:
    """Change what is named; everything else stays. --sender and --alt add to what is there."""
    session = session_of(ctx)
    words = session.make_words()
    secret = None
    if password_stdin or ask_password:
        prompt = words.say(N_("New password"))
        secret = _secret(session, AuthMethod.PASSWORD, prompt, password_stdin)

    async def work(engine: Engine) -> Profile:
        old = await engine.book.find(profile)
        new = changed_profile(old, Settings(**options), drop_sender, drop_alt)
        return await engine.book.edit(new, secret)

    stored = session.with_engine(work)
    return _stored(stored, words.say(N_("The profile “{name}” is changed."), name=stored.name))


@profiles_command.command("remove")
@click.argument("profile")
@common
@click.pass_context
def remove_command(ctx: click.Context, profile: str) -> Result:
    """Remove a profile with its password."""
    session = session_of(ctx)

    async def look_up(engine: Engine) -> Profile | BrokenProfile:
        wanted = await engine.book.id_of(profile)
        known = await engine.book.all()
        every: tuple[Profile | BrokenProfile, ...] = (*known.profiles, *known.broken)
        return next(item for item in every if item.id == wanted)

    found = session.with_engine(look_up)
    words = session.make_words()
    question = N_("Remove the profile “{name}” and its password from the keyring?")
    session.confirm(words.say(question, name=found.name))
    session.with_engine(lambda engine: engine.remove_profile(found.id))
    return Result(
        data={"removed": found.name, "id": found.id},
        view=lambda _look: Text(words.say(N_("The profile “{name}” is removed."), name=found.name)),
    )


@profiles_command.command("order")
@click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...")
@common
@click.pass_context
def order_command(ctx: click.Context, profiles: tuple[str, ...]) -> Result:
    """Put these profiles first, in this order; the others keep theirs."""

    async def work(engine: Engine) -> ProfileList:
        await engine.book.order([await engine.book.id_of(name) for name in profiles])
        return await engine.book.all()

    session = session_of(ctx)
    words = session.make_words()
    known = session.with_engine(work)
    return Result(
        data={"profiles": [json_shapes.profile(item) for item in known.profiles]},
        view=lambda look: _listing(known, words, look),
    )


profiles_command.add_command(export_command)
profiles_command.add_command(import_command)
profiles_command.add_command(providers_command)


def _prompt(profile: Profile, words: Words) -> str:
    return words.say(N_("Password of {name}"), name=profile.username)


def _secret(session: Session, method: AuthMethod, prompt: str, from_stdin: bool) -> Secret | None:
    """The secret of a profile. Raises UserFacingError `password-missing` (exit 64)."""
    if method is AuthMethod.NONE:
        return None
    secret = session.ask_secret(prompt, from_stdin=from_stdin)
    if secret is None and (from_stdin or method is AuthMethod.PASSWORD):
        raise UserFacingError(
            "password-missing",
            "No password was given. Type it at the prompt, or hand it in with --password-stdin, "
            "or say --auth none if the server wants no sign-in.",
            ExitCode.USAGE,
        )
    return secret


def _stored(profile: Profile, said: str) -> Result:
    return Result(data=json_shapes.profile(profile), view=lambda _look: Text(said))


def _listing(known: ProfileList, words: Words, look: Look) -> RenderableType:
    if not known.profiles and not known.broken:
        return Text(words.say(HOW_TO_ADD))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for title in ("", words.say(N_("Profile")), words.say(N_("Signs in as / may send as"))):
        table.add_column(title, overflow="fold")
    for number, item in enumerate(known.profiles, 1):
        server = Text(f"\n{place(item.endpoint, words)}", style="dim")
        senders = Text(f"\n{_senders(item, words)}", style="dim")
        table.add_row(
            str(number),
            Text(display(item.name, 60)) + server,
            Text(_signs_in(item, words)) + senders,
        )
    parts: list[RenderableType] = [table] if known.profiles else []
    for broken in known.broken:
        said = f"{look.failed} {display(broken.name, 60)}: {display(broken.reason, 300)}"
        parts.append(Text(said, style="red"))
    return Group(*parts)


def _details(profile: Profile, has_secret: bool, words: Words) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    facts = [(N_("Profile"), display(profile.name, 100))]
    for number, endpoint in enumerate(profile.endpoints):
        facts.append((N_("or") if number else N_("Server"), place(endpoint, words)))
    facts.append((N_("Signs in as"), _signs_in(profile, words)))
    if profile.auth is not AuthMethod.NONE:
        there = words.say(N_("in the keyring") if has_secret else N_("missing"))
        facts.append((N_("Password"), there))
    facts.append((N_("May send as"), _senders(profile, words)))
    for label, value in facts:
        table.add_row(words.say(label), Text(value))
    return table


def _signs_in(profile: Profile, words: Words) -> str:
    if profile.auth is AuthMethod.NONE:
        return words.say(N_("no sign-in"))
    return display(profile.username, 100)


def _senders(profile: Profile, words: Words) -> str:
    senders = profile.senders
    if not senders:
        return words.say(N_("its own address") if profile.username else N_("any address"))
    names = ", ".join(display(item, 100) for item in senders[:5])
    more = len(senders) - 5
    if more <= 0:
        return names
    return words.say(N_("{names} and {more} more"), names=names, more=str(more))
