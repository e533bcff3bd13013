"""`roammail settings`: list, get, set, reset. Needs no engine: a file that keeps one from
opening can be put right here.
"""

import asyncio

import click
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from roammail.cli.app import common
from roammail.cli.result import Json, Result
from roammail.cli.session import session_of
from roammail.core.setting_values import (
    SettingChange,
    SettingState,
    Value,
    declared,
    from_text,
    states,
)
from roammail.core.settings import Setting, Settings
from roammail.engine.preferences import Preferences
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display


@click.group("settings", no_args_is_help=False)
@common
def settings_command() -> None:
    """Look at the settings, and change them."""


@settings_command.command("list")
@common
@click.pass_context
def list_command(ctx: click.Context) -> Result:
    """All settings with what they are for."""
    session = session_of(ctx)
    known = states(asyncio.run(session.open_settings().read()))
    words = session.make_words()
    return Result(
        data={"settings": [_shape(state, words) for state in known]},
        view=lambda _look: _listing(known, words),
    )


@settings_command.command("get")
@click.argument("key")
@common
@click.pass_context
def get_command(ctx: click.Context, key: str) -> Result:
    """The value of one setting."""
    session = session_of(ctx)
    setting = declared(key)
    settings = asyncio.run(session.open_settings().read())
    state, words = SettingState(setting, getattr(settings, key)), session.make_words()
    return Result(data=_shape(state, words), view=lambda _look: Text(_shown(state.value, words)))


@settings_command.command("set")
@click.argument("key")
@click.argument("value")
@common
@click.pass_context
def set_command(ctx: click.Context, key: str, value: str) -> Result:
    """Change one setting. What runs already takes it over at its next start."""
    checked = from_text(key, value)
    words = session_of(ctx).make_words()
    return _changed(asyncio.run(_preferences(ctx).set(key, checked)), words)


@settings_command.command("reset")
@click.argument("key")
@common
@click.pass_context
def reset_command(ctx: click.Context, key: str) -> Result:
    """Back to the default; an entry that RoamMail does not know is taken out."""
    store, words = session_of(ctx).open_settings(), session_of(ctx).make_words()
    if key not in {state.setting.key for state in states(Settings())}:
        asyncio.run(store.change(key, None))
        said = words.say(N_("“{key}” is no longer in the file."), key=key)
        return Result(data={"key": key, "value": None}, view=lambda _look: Text(said))
    return _changed(asyncio.run(_preferences(ctx).reset(key)), words)


def _preferences(ctx: click.Context) -> Preferences:
    return Preferences(session_of(ctx).open_settings(), lambda _change: None)


def _changed(change: SettingChange, words: Words) -> Result:
    key = change.setting.key
    said = words.say(N_("{key} is now {value}."), key=key, value=_shown(change.value, words))
    return Result(data={"key": key, "value": change.value}, view=lambda _look: Text(said))


def _shape(state: SettingState, words: Words) -> dict[str, Json]:
    setting = state.setting
    return {
        "key": setting.key,
        "value": state.value,
        "default": setting.default,
        "type": {str: "text", int: "number", bool: "switch"}[setting.type],
        "label": words.say(setting.label),
        "help": words.say(setting.help),
        "low": setting.low,
        "high": setting.high,
        "unit": setting.unit.value,
    }


def _listing(known: tuple[SettingState, ...], words: Words) -> RenderableType:
    table = Table.grid(padding=(0, 2, 1, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for state in known:
        value = Text(_shown(state.value, words), style="bold" if state.chosen else "")
        about = Text(f"\n{words.say(state.setting.label)}. {_help(state.setting, words)}", "dim")
        table.add_row(Text(state.setting.key), value + about)
    bold = words.say(N_("Values in bold differ from the default."))
    return Group(table, Text(bold, style="dim"))


def _help(setting: Setting, words: Words) -> str:
    zero = f" 0: {words.say(setting.zero)}." if setting.zero else ""
    return f"{words.say(setting.help)}{zero}"


def _shown(value: Value, words: Words) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return display(str(value), 200) if value != "" else words.say(N_("(empty)"))
