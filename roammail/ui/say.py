"""The window's sentences: written where they are used, looked up in the one catalogue.

`say("Test again")`, `say("Mail goes out through {profile}.", profile=name)` and
`say.many("{number} profile", "{number} profiles", 3)`. Extraction finds the text because it is
the first argument of a call named `say` (or the first two of `many`), so it is a literal there;
values are made safe to show.
"""

from roammail.words.sentences import Sentences


class Say:
    """Whole sentences in the person's language."""

    def __init__(self, words: Sentences) -> None:
        self._words = words

    def __call__(self, text: str, **values: str) -> str:
        """The sentence with its named parameters."""
        return self._words.say(text, **values)

    def many(self, one: str, other: str, number: int, **values: str) -> str:
        """The form for this number; `{number}` stands for it."""
        return self._words.say_many(one, other, number, **values)
