"""The help pages: complete in both languages, short, and linked to each other."""

import re
from pathlib import Path

import pytest

from roammail.words import Words
from roammail.words.help_pages import TOPICS, help_page, help_pages, linked_topic

FOLDER = Path(__file__).parent.parent.parent / "resources" / "help"
LANGUAGES = ("en", "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_and_short(language: str) -> None:
    files = {file.stem for file in (FOLDER / language).iterdir()}
    assert files == set(TOPICS)
    for page in help_pages(language):
        assert page.language == language
        assert page.title
        assert page.summary.endswith(".")
        assert 250 <= len(page.body.split()) <= 450, page.topic


@pytest.mark.parametrize("topic", TOPICS)
def test_both_languages_say_the_same(topic: str) -> None:
    def shape(language: str) -> tuple[list[str], list[str], list[str]]:
        body = help_page(topic, language).body
        links = re.findall(r"\]\(([^)]+)\)", body)
        blocks = [line[:2] for line in body.splitlines() if re.match(r"(##|- |\d\. |```)", line)]
        return (
            sorted(links),
            blocks,
            re.findall(r"^(?:EHLO|MAIL|RCPT|QUIT|roam).*$", body, re.MULTILINE),
        )

    assert shape("en") == shape("de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_other_pages_only(language: str) -> None:
    for page in help_pages(language):
        for target in re.findall(r"\]\(([^)]+)\)", page.body):
            assert linked_topic(target) in TOPICS, (page.topic, target)
        assert "://" not in page.body
        assert "![" not in page.body
        assert "<a" not in page.body


def test_what_is_no_page_is_no_link() -> None:
    assert linked_topic("relaying.md") == "relaying"
    for other in ("relaying", "https://example.com/", "../relaying.md", "", ".md"):
        assert linked_topic(other) is None


def test_a_language_without_pages_has_the_english_ones() -> None:
    for language in ("xx", "xx_YY", "../de", "", "C"):
        assert help_page("relaying", language).language == "en"
    for language in ("de", "de_AT", "de-CH"):
        assert help_page("relaying", language).language == "de"
    with pytest.raises(KeyError):
        help_page("../README")


def test_words_tell_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Words("de").language == "de"
    assert Words("en").language == "en"
    monkeypatch.setenv("LANGUAGE", "de_DE.UTF-8")
    assert Words().language == "de"
