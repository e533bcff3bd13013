"""Explains what somebody pasted or saved: a reply, a log, an error box, a bounce. The one way
for every face; it needs rules only, neither keyring nor network nor outbox.

Owns the choice between bounce and text. What a text means is `core.explain`'s.
"""

from collections.abc import Callable
from dataclasses import dataclass

from roammail.core.bounce import Bounce, read_bounce
from roammail.core.client_errors import ClientErrors
from roammail.core.diagnosis import Diagnosis
from roammail.core.explain import RecipientDiagnosis, explain_bounce, explain_text
from roammail.core.mime_tree import opening_text
from roammail.core.rulebook import RuleBook
from roammail.core.stage import Stage


@dataclass(frozen=True, slots=True)
class Explained:
    """What was given means this. Of a bounce each recipient has its own; `diagnosis` is the
    first one's then."""

    diagnosis: Diagnosis
    bounce: Bounce | None = None
    recipients: tuple[RecipientDiagnosis, ...] = ()


class Explainer:
    """Both collections are loaded at the first question. Safe to use from any thread."""

    def __init__(
        self,
        load_rules: Callable[[], RuleBook],
        load_clients: Callable[[], ClientErrors] = ClientErrors,
    ) -> None:
        self._rules = load_rules
        self._clients = load_clients

    def text(
        self, said: str, stage: Stage | None = None, signed_in: bool | None = None
    ) -> Diagnosis:
        """A pasted text, one diagnosis: of a bounce its first recipient's. `stage` and
        `signed_in`: what the person knows beside it."""
        return explain_text(said, stage, signed_in, self._rules(), self._clients())

    def octets(
        self, raw: bytes, stage: Stage | None = None, signed_in: bool | None = None
    ) -> Explained:
        """A text, or a message as a file holds it: a bounce by its recipients, any other by
        its opening text. Hostile, and read in linear time."""
        bounce = read_bounce(raw)
        if bounce is None or not bounce.recipients:
            return Explained(self.text(opening_text(raw), stage, signed_in))
        told = explain_bounce(bounce, self._rules(), stage, signed_in)
        return Explained(told[0].diagnosis, bounce, told)
