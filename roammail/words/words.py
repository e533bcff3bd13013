"""Puts a Diagnosis into the user's language. Owns the choice of sentence, not the sentences."""

from collections.abc import Mapping

from roammail.core.diagnosis import Confidence, Diagnosis, Kind, Party, Remedy
from roammail.core.stage import Stage
from roammail.words.acts import (
    CONFIDENCE,
    HELP_DESK,
    MOST_LIKELY,
    PARTIES,
    PLAIN_REMEDIES,
    REMEDIES,
    STAGES,
)
from roammail.words.kinds import EXPLANATIONS, HEADLINES, REASON_HEADLINES, REASONS, SHORT
from roammail.words.sentences import Sentences


class Words(Sentences):
    """The sentences for what the engine finds, beside a front end's own."""

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
        """How sure that is; never "certain" of a diagnosis that names alternatives."""
        if isinstance(diagnosis, Confidence):
            return self._gettext(CONFIDENCE[diagnosis])
        if diagnosis.alternatives and diagnosis.confidence is Confidence.CERTAIN:
            return self._gettext(MOST_LIKELY)
        return self._gettext(CONFIDENCE[diagnosis.confidence])

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

        It holds no secret: only what the caller names, the stage, and what was said.
        """
        known = dict(facts or {})
        params = dict(diagnosis.params)
        known.setdefault("server", params.get("host", ""))
        known.setdefault("port", params.get("port", ""))
        if diagnosis.stage is not None:
            known["stage"] = self.stage(diagnosis.stage)
        if diagnosis.reply is not None:
            # Without a code a mail program may have said it, or whoever pasted it.
            known["reply" if diagnosis.reply.code else "said"] = str(diagnosis.reply)
        if diagnosis.failure is not None:
            known["seen"] = diagnosis.failure.detail
        opening = HELP_DESK["opening"]
        lines = [self.say(opening, headline=self.headline(diagnosis)), ""]
        asked = ("network", "address", "server", "port", "stage", "reply", "said", "seen", "time")
        lines += [self.say(HELP_DESK[name], value=known[name]) for name in asked if known.get(name)]
        return "\n".join([*lines, "", self._gettext(HELP_DESK["closing"])])


def _reason(diagnosis: Diagnosis) -> str:
    return dict(diagnosis.params).get("reason", "")
