"""Options that take several values in a row: `-t a@x.example b@x.example`."""

from collections.abc import Iterable

import click


class ManyCommand(click.Command):
    """A command without positional arguments whose repeatable options may list their values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Writes the option's name before each further value, then lets click parse."""
        names = {
            name
            for parameter in self.params
            if isinstance(parameter, click.Option) and parameter.multiple
            for name in parameter.opts
        }
        return super().parse_args(ctx, list(_spread(args, names)))


def _spread(args: list[str], many: set[str]) -> Iterable[str]:
    current: str | None = None
    expects = False  # the next word is the option's own value, whatever it looks like
    for position, word in enumerate(args):
        if word == "--":
            yield from args[position:]
            return
        if expects:
            expects = False
            yield word
        elif word.startswith("-") and word != "-":
            current = word if word in many else None
            expects = current is not None
            yield word
        elif current is not None:
            yield current
            yield word
        else:
            yield word
