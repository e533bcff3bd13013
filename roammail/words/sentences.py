"""Marked sentences in a person's language. Knows no kind, party or stage, so that a front end can
say its own sentences before any of those is imported."""

from gettext import NullTranslations

from roammail.words.catalogue import chosen
from roammail.words.display import display

_VALUE = 200  # characters of a parameter or of a server's words


class Sentences:
    """Sentences in one language; None takes the language of the environment.

    `texts`: a catalogue to use instead, such as the pseudo-translation of the tests.
    """

    def __init__(self, language: str | None = None, texts: NullTranslations | None = None) -> None:
        self.texts = texts or chosen(language)
        self._gettext, self._ngettext = self.texts.gettext, self.texts.ngettext
        #: The language that is spoken ("de"); "en" where there is no catalogue.
        self.language = self.texts.info().get("language") or "en"

    def say(self, text: str, **values: str) -> str:
        """A marked text in the chosen language; values are made safe to show."""
        said = self._gettext(text)
        if not values:
            return said
        return said.format_map({name: display(value, _VALUE) for name, value in values.items()})

    def say_many(self, one: str, other: str, number: int, **values: str) -> str:
        """The form that the language has for this number; `{number}` stands for it."""
        said = self._ngettext(one, other, number)
        safe = {name: display(value, _VALUE) for name, value in values.items()}
        return said.format_map({"number": str(number), **safe})
