"""A bounce's recipients for people and for programs: each with its own explanation."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from roammail.cli import json_shapes
from roammail.cli.blocks import indented, whole_diagnosis
from roammail.cli.result import Json, Look, Result
from roammail.core.bounce import Bounce
from roammail.core.bounced import Action
from roammail.core.explain import RecipientDiagnosis
from roammail.words import Words
from roammail.words.display import display

#: Addresses that are shown with one explanation, and explanations that are shown; --json has all.
_ADDRESSES, _EXPLANATIONS = 20, 12


def bounced_result(bounce: Bounce, told: Sequence[RecipientDiagnosis], words: Words) -> Result:
    """The first recipient's diagnosis where a single one is expected, and all of them."""

    def data() -> Json:
        return {
            **(json_shapes.diagnosis(told[0].diagnosis, words) or {}),
            "recipients": _recipients(told, words),
            "reporter": bounce.reporter or None,
            "form": bounce.form.value,
        }

    return Result(data=data, view=lambda look: _view(told, words, look))


def _recipients(told: Sequence[RecipientDiagnosis], words: Words) -> list[Json]:
    """Each with its own reply; what depends on the kind alone is worded once."""
    return [
        {
            "address": item.recipient.address,
            "action": item.recipient.action.value,
            "host": item.recipient.host or None,
            **(json_shapes.diagnosis(item.diagnosis, words) or {}),
        }
        for item in told
    ]


def _view(told: Sequence[RecipientDiagnosis], words: Words, look: Look) -> RenderableType:
    """One explanation for all recipients that were refused for the same reason."""
    groups: dict[object, list[RecipientDiagnosis]] = {}
    for item in told:
        found = item.diagnosis
        key = (found.kind, found.scope, found.confidence, found.stage, item.recipient.action)
        groups.setdefault(key, []).append(item)
    parts: list[RenderableType] = []
    for group in list(groups.values())[:_EXPLANATIONS]:
        parts.append(_heading(group))
        parts.append(indented(whole_diagnosis(group[0].diagnosis, words, look)))
        parts.append(Text(""))
    return Group(*parts[:-1])


def _heading(group: Sequence[RecipientDiagnosis]) -> Text:
    shown = [display(item.recipient.address, 120) or "?" for item in group[:_ADDRESSES]]
    more = len(group) - len(shown)
    text = Text(", ".join(shown) + (f" (+{more})" if more else ""), style="bold")
    if group[0].recipient.action is Action.DELAYED:
        text.append(" (delayed, still being tried)", style="dim")
    return text
