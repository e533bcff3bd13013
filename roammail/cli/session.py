"""What every command works with: the renderer, a way to an engine, questions to the person.

Knows how to ask; what is asked, and what an answer means, is the command's.
"""

import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import click

from roammail.cli.render import Renderer, stdin_is_terminal
from roammail.core.errors import UserFacingError
from roammail.core.secret import Secret

if TYPE_CHECKING:
    from roammail.engine.engine import Engine
    from roammail.engine.explainer import Explainer
    from roammail.ports import SettingsStore
    from roammail.words import Words

T = TypeVar("T")

#: Octets; a password or passphrase that is longer came from the wrong file.
_SECRET_LIMIT = 65536


def _open_real_engine(renderer: Renderer) -> "AbstractAsyncContextManager[Engine]":
    from roammail.wiring import Options, open_engine

    return open_engine(Options(notice=lambda notice: renderer.note(notice.message)))


def _shipped_explainer() -> "Explainer":
    from roammail.wiring_explain import explainer

    return explainer()


def _real_settings() -> "SettingsStore":
    from roammail.home import home_folder
    from roammail.wiring import open_settings

    return open_settings(home_folder())


def _default_words() -> "Words":
    from roammail.words import Words

    return Words()


@dataclass(slots=True)
class Session:
    """One run of the command line. Tests put in their own engine."""

    renderer: Renderer = field(default_factory=Renderer)
    open_engine: "Callable[[Renderer], AbstractAsyncContextManager[Engine]]" = _open_real_engine
    make_explainer: "Callable[[], Explainer]" = _shipped_explainer
    open_settings: "Callable[[], SettingsStore]" = _real_settings
    make_words: "Callable[[], Words]" = _default_words
    yes: bool = False

    def with_engine(self, work: "Callable[[Engine], Awaitable[T]]") -> T:
        """Opens an engine, does the work on a fresh loop, closes it again."""

        async def main() -> T:
            async with self.open_engine(self.renderer) as engine:
                return await work(engine)

        import asyncio  # only here: `roammail --version` has no use for it

        return asyncio.run(main())

    def confirm(self, question: str) -> None:
        """Returns if the person agrees; --yes agrees to everything.

        Raises UserFacingError `not-confirmed` where there is nobody to ask, or the answer is no.
        """
        if self.yes:
            return
        if not stdin_is_terminal() or self.renderer.json:
            raise UserFacingError(
                "not-confirmed", "This needs your consent: say it again with --yes."
            )
        if not click.confirm(question, err=True):
            raise UserFacingError("not-confirmed", "Nothing was changed.")

    def ask_secret(self, prompt: str, *, from_stdin: bool, twice: bool = False) -> Secret | None:
        """A secret from standard input (one line), or by a hidden prompt on a terminal.

        None where neither is possible or nothing was typed. Raises UserFacingError
        (`secret-too-long`, `secret-bad`).
        """
        if from_stdin:
            return _secret_line()
        if not stdin_is_terminal() or self.renderer.json:
            return None
        typed: str = click.prompt(
            prompt,
            hide_input=True,
            confirmation_prompt=twice,
            default="",
            show_default=False,
            err=True,
        )
        return Secret(typed) if typed else None


def _secret_line() -> Secret | None:
    line = sys.stdin.buffer.readline(_SECRET_LIMIT + 1) if sys.stdin is not None else b""
    if len(line) > _SECRET_LIMIT:
        raise UserFacingError("secret-too-long", "What came in as the secret is over 64 kB long.")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        text = None
    if text is None:  # outside the handler: the error would carry the secret along
        raise UserFacingError("secret-bad", "What came in as the secret is not UTF-8.")
    return Secret(text) if text else None


def session_of(ctx: click.Context) -> Session:
    """The session that the edge put into click's context."""
    found = ctx.find_object(Session)
    assert found is not None
    return found
