"""What every page is given. Nothing here is global; a test makes its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from roammail.ui.bridge import Bridge
from roammail.ui.prober import Prober
from roammail.ui.say import Say
from roammail.ui.situation import Situation
from roammail.ui.theme import Theme
from roammail.words.sentences import Sentences

if TYPE_CHECKING:
    from roammail.words import Words


@dataclass(frozen=True, slots=True)
class Context:
    """The engine's bridge, what is known, the words, the looks, and the way to other pages.

    `go(page, argument)` shows a page by its name in `window.py`'s table and, if the argument
    is not None, hands it to the page's `open_with`.
    """

    bridge: Bridge
    situation: Situation
    prober: Prober
    sentences: Sentences
    say: Say
    theme: Theme
    go: Callable[[str, object | None], None]

    @property
    def words(self) -> "Words":
        """The sentences for what the engine finds; not loaded before there is any of that."""
        from roammail.words import Words

        return Words(texts=self.sentences.texts)
