"""Puts a Diagnosis into the user's language. Owns the choice of sentence, not the sentences."""

from collections.abc import Mapping
from gettext import NullTranslations

from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Remedy
from roammail.core.stage import Stage
from roammail.words.acts import (
    CONFIDENCE,
    HELP_DESK,
    PARTIES,
    PLAIN_REMEDIES,
    REMEDIES,
    STAGES,
)
from roammail.words.catalogue import chosen
from roammail.words.display import display
from roammail.words.kinds import EXPLANATIONS, HEADLINES, REASON_HEADLINES, REASONS, SHORT

_VALUE = 200  # characters of a parameter or of a server's words


class Words:
    """Sentences in one language; None takes the language of the environment.

    `texts`: a catalogue to use instead, such as the pseudo-translation of the tests.
    """

    def __init__(self, language: str | None = None, texts: NullTranslations | None = None) -> None:
        found = texts or chosen(language)
        self._gettext, self._ngettext = found.gettext, found.ngettext
        #: The language that is spoken ("de"); "en" where there is no catalogue.
        self.language = found.info().get("language") or "en"

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

    def kind(self, kind: Kind) -> str:
        """A short name, as on a pill."""
        return self._gettext(SHORT[kind])

    def headline(self, diagnosis: Diagnosis) -> str:
        """What happened, ten words at most."""
        key = (diagnosis.kind, _reason(diagnosis))
        return self._gettext(REASON_HEADLINES.get(key, HEADLINES[diagnosis.kind]))

    def explanation(self, diagnosis: Diagnosis) -> str:
        """Two or three plain sentences."""
        key = (diagnosis.kind, _reason(diagnosis))
        return self._gettext(REASONS.get(key, EXPLANATIONS[diagnosis.kind]))

    def party(self, diagnosis: Diagnosis | Party) -> str:
        """Whose fault it is."""
        party = diagnosis if isinstance(diagnosis, Party) else diagnosis.party
        return self._gettext(PARTIES[party])

    def confidence(self, diagnosis: Diagnosis | Confidence) -> str:
        """How sure that is."""
        sure = diagnosis if isinstance(diagnosis, Confidence) else diagnosis.confidence
        return self._gettext(CONFIDENCE[sure])

    def remedy(self, remedy: Remedy) -> str:
        """One thing to do."""
        values = dict(remedy.params)
        text = REMEDIES.get(remedy.kind)
        if text is not None and values:
            return self.say(text, **values)
        return self._gettext(PLAIN_REMEDIES[remedy.kind])

    def stage(self, stage: Stage) -> str:
        """A rung of the ladder."""
        return self._gettext(STAGES[stage])

    def help_desk_text(self, diagnosis: Diagnosis, facts: Mapping[str, str] | None = None) -> str:
        """A text to hand to a help desk. `facts` may name network, address, server, port, time.

        It holds no secret: only what the caller names, the stage, and the server's own words.
        """
        known = dict(facts or {})
        params = dict(diagnosis.params)
        known.setdefault("server", params.get("host", ""))
        known.setdefault("port", params.get("port", ""))
        if diagnosis.stage is not None:
            known["stage"] = self.stage(diagnosis.stage)
        if diagnosis.reply is not None:
            known["reply"] = str(diagnosis.reply)
        if diagnosis.failure is not None:
            known["seen"] = diagnosis.failure.detail
        opening = HELP_DESK["opening"]
        lines = [self.say(opening, headline=self.headline(diagnosis)), ""]
        asked = ("network", "address", "server", "port", "stage", "reply", "seen", "time")
        lines += [self.say(HELP_DESK[name], value=known[name]) for name in asked if known.get(name)]
        return "\n".join([*lines, "", self._gettext(HELP_DESK["closing"])])


def _reason(diagnosis: Diagnosis) -> str:
    return dict(diagnosis.params).get("reason", "")
