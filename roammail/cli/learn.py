"""`roammail learn`: the help pages, for reading in a terminal. Needs no engine."""

import re
from typing import ClassVar

import click
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.constrain import Constrain
from rich.markdown import Heading, Markdown, MarkdownElement
from rich.table import Table
from rich.text import Text

from roammail.cli.app import common
from roammail.cli.result import Json, Look, Result
from roammail.cli.session import session_of
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.help_pages import TOPICS, HelpPage, help_page, help_pages, linked_topic

#: Columns beyond which a line is hard to read.
_WIDE = 84
_LINK = re.compile(r"\[([^\]\n]{1,200})\]\(([^)\s]{1,200})\)")


@click.command("learn")
@click.argument("topic", required=False)
@common
@click.pass_context
def learn_command(ctx: click.Context, topic: str | None) -> Result:
    """Read why relaying is refused, and what helps."""
    words = session_of(ctx).make_words()
    if topic is None:
        pages = help_pages(words.language)
        data: Json = {"topics": [_listed(page) for page in pages]}
        return Result(data=data, view=lambda _look: _contents(pages, words))
    name = topic.strip().lower()
    if name not in TOPICS:
        raise click.UsageError(f"There is no topic “{topic[:60]}”; there are: {', '.join(TOPICS)}")
    page = help_page(name, words.language)
    data = {**_listed(page), "language": page.language, "markdown": page.body}
    return Result(data=data, view=lambda look: drawn(page, look))


def drawn(page: HelpPage, look: Look) -> RenderableType:
    """A page for a terminal; links to other pages become the command that shows them."""
    title = Text(page.title, style="bold")
    body = _Page(_LINK.sub(_as_command, page.body), hyperlinks=False)
    return Group(title, Text(""), Constrain(body, min(look.width, _WIDE)))


class _Heading(Heading):
    """On the left, as in a book; rich would put it in the middle."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.text.plain, style="bold")


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "heading_open": _Heading,
    }


def _as_command(link: re.Match[str]) -> str:
    topic = linked_topic(link[2])
    return f"{link[1]} (`roammail learn {topic}`)" if topic else link[0]


def _listed(page: HelpPage) -> dict[str, Json]:
    return {"topic": page.topic, "title": page.title, "summary": page.summary}


def _contents(pages: tuple[HelpPage, ...], words: Words) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for page in pages:
        table.add_row(
            Text(page.topic, style="bold"),
            Text(page.title).append(f"\n{page.summary}\n", style="dim"),
        )
    hint = words.say(N_("Read one of them with “roammail learn TOPIC”."))
    return Group(table, Text(hint, style="dim"))
