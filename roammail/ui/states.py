"""How a row's state looks and is called: the pill's word, tone and icon. One table."""

from roammail.core.diagnosis import Kind, Scope
from roammail.core.profile import Endpoint
from roammail.ui.models.rows import ProfileRow, RowState
from roammail.ui.say import Say
from roammail.ui.theme import Tone
from roammail.words import Words
from roammail.words.catalogue import N_
from roammail.words.display import display

_STATES: dict[RowState, tuple[str, Tone, str]] = {
    RowState.UNTESTED: (N_("Not tested here"), Tone.QUIET, "mdi6.circle-outline"),
    RowState.CHECKING: (N_("Testing…"), Tone.BUSY, "mdi6.progress-clock"),
    RowState.WORKS: (N_("Works"), Tone.GOOD, "mdi6.check-bold"),
    RowState.FAILS: (N_("Refused"), Tone.BAD, "mdi6.close-thick"),
    RowState.UNKNOWN: (N_("Not known"), Tone.QUIET, "mdi6.help"),
    RowState.HELD: (N_("Waits for the sign-in page"), Tone.WARN, "mdi6.pause"),
    RowState.BROKEN: (N_("Cannot be read"), Tone.BAD, "mdi6.alert"),
}
#: What is the network's doing, or passes, is a warning; the rest is a refusal.
_SOFTER = frozenset({Scope.NETWORK, Scope.TEMPORARY})
_BLOCKED = frozenset({Kind.PORT_OR_NETWORK_BLOCKED, Kind.TIMED_OUT, Kind.UNREACHABLE})


def pill_of(row: ProfileRow, words: Words, say: Say) -> tuple[str, Tone, str]:
    """Word, tone and icon."""
    said, tone, icon = _STATES[row.state]
    diagnosis = row.diagnosis
    if row.state is RowState.FAILS and diagnosis is not None:
        if diagnosis.kind in _BLOCKED:
            return words.kind(diagnosis.kind), Tone.WARN, "mdi6.power-plug-off"
        if diagnosis.scope in _SOFTER:
            return words.kind(diagnosis.kind), Tone.WARN, "mdi6.alert"
        return words.kind(diagnosis.kind), tone, icon
    return say(said), tone, icon


def endpoint_words(endpoint: Endpoint | None) -> str:
    """ "smtp.fastmail.com · 465"."""
    return f"{display(endpoint.host, 120)} · {endpoint.port}" if endpoint else ""
