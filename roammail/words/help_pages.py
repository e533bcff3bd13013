"""The help pages: why relaying is refused and what can be done, in `resources/help`.

Owns their order and how a page's file is read. Every face shows the same pages: `roammail learn`
and the window. A page that has no translation is shown in English.
"""

from dataclasses import dataclass

from roammail.resource_files import resource

#: In the order in which one would read them; the names of the files.
TOPICS = (
    "relaying",
    "open-relays",
    "how-servers-decide",
    "travelling",
    "blocklists",
    "relay-services",
    "own-server",
)
_SOURCE = "en"


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One page. `body` is Markdown without the title; `summary` is its first sentence and the
    first line of `body`. Links to other pages are written `topic.md`."""

    topic: str
    title: str
    summary: str
    body: str
    language: str


def help_page(topic: str, language: str = _SOURCE) -> HelpPage:
    """The page of a topic of TOPICS in this language ("de", "de_AT"), else in English."""
    if topic not in TOPICS:
        raise KeyError(topic)
    short = language.replace("-", "_").partition("_")[0]
    spoken = short if short.isalpha() else _SOURCE
    file = resource("help", spoken, f"{topic}.md")
    if not file.is_file():
        spoken, file = _SOURCE, resource("help", _SOURCE, f"{topic}.md")
    first, _, rest = file.read_text("utf-8").partition("\n")
    body = rest.strip()
    return HelpPage(topic, first.removeprefix("# "), body.partition("\n")[0], body, spoken)


def help_pages(language: str = _SOURCE) -> tuple[HelpPage, ...]:
    """All of them, in order."""
    return tuple(help_page(topic, language) for topic in TOPICS)


def linked_topic(target: str) -> str | None:
    """The topic that a link of a page leads to; None: it leads elsewhere."""
    topic = target.removesuffix(".md")
    return topic if target.endswith(".md") and topic in TOPICS else None
