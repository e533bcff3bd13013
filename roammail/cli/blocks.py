"""Pieces of text that several commands show: a diagnosis, a list, a sentence.

Everything that came from outside goes through `display` here, once.
"""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from roammail.cli.result import Look
from roammail.core.diagnosis import Diagnosis
from roammail.core.profile import Endpoint, Security
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

#: How people call what protects a connection.
PROTECTION = {
    Security.IMPLICIT_TLS: "TLS",
    Security.STARTTLS: "STARTTLS",
    Security.PLAINTEXT: N_("not encrypted"),
}

#: Characters of a server's words that are shown to people; --json holds all of them.
_SERVER_WORDS = 600


def indented(item: RenderableType, by: int = 2) -> Padding:
    """Moved to the right, wrapped lines as well."""
    return Padding(item, (0, 0, 0, by))


def bullets(items: Sequence[str], look: Look) -> RenderableType:
    """A list whose wrapped lines stay beside their bullet."""
    from rich.table import Table

    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for item in items:
        table.add_row(look.bullet, Text(item))
    return table


def place(endpoint: Endpoint, words: Words | None = None) -> str:
    """An endpoint for people; without `words` in the source language."""
    host = display(endpoint.host, 120)
    shown = f"[{host}]" if ":" in host else host
    protection = PROTECTION[endpoint.security]
    return f"{shown}:{endpoint.port}, {words.say(protection) if words else protection}"


def headline(diagnosis: Diagnosis, words: Words) -> Text:
    """What happened, in one line."""
    return Text(words.headline(diagnosis), style="bold")


def fault(diagnosis: Diagnosis, words: Words) -> Text:
    """Whose fault it is, and how sure that is."""
    text = Text(words.say(N_("Who is at fault:")) + " ", style="dim")
    text.append(f"{words.party(diagnosis)} ({words.confidence(diagnosis)})", style="default")
    return text


def server_words(diagnosis: Diagnosis, words: Words) -> Text | None:
    """The server's own words, shown and never obeyed; or what was seen instead of any."""
    if diagnosis.reply is not None:
        # Without a code a mail program may have said it, or whoever pasted it.
        coded = diagnosis.reply.code
        label = N_("The server's own words:") if coded else N_("What was said:")
        said = str(diagnosis.reply) if coded else diagnosis.reply.text
        text = Text(words.say(label) + " ", style="dim")
        text.append(display(said, _SERVER_WORDS), style="default")
        return text
    if diagnosis.failure is not None and diagnosis.failure.detail:
        text = Text(words.say(N_("What was seen:")) + " ", style="dim")
        text.append(display(diagnosis.failure.detail, _SERVER_WORDS), style="default")
        return text
    return None


def whole_diagnosis(diagnosis: Diagnosis, words: Words, look: Look) -> RenderableType:
    """Headline, explanation, party, remedies, the server's own words."""
    parts: list[RenderableType] = [headline(diagnosis, words)]
    explanation = words.explanation(diagnosis)
    if explanation:
        parts.append(Text(explanation))
    parts.append(fault(diagnosis, words))
    if diagnosis.remedies:
        parts.append(Text(words.say(N_("What helps:")), style="dim"))
        remedies = [words.remedy(item) for item in diagnosis.remedies]
        parts.append(indented(bullets(remedies, look)))
    said = server_words(diagnosis, words)
    if said is not None:
        parts.append(said)
    return Group(*parts)
