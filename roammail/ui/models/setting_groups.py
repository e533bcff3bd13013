"""Which settings stand together on the page, and which fit a search. No Qt."""

from collections.abc import Sequence

from roammail.core.setting_values import SettingState
from roammail.words.catalogue import N_

#: Headings in their order, what one needs every day first, and the keys (or beginnings of keys)
#: under each.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Window"), ("language", "keep_running", "start_at_login", "undo_seconds")),
    (N_("Sending"), ("give_up_days", "keep_days")),
    (N_("Other programs"), ("submission_",)),
    (N_("Tests and networks"), ("probe_", "portal_")),
    (N_("Connections"), ("connect_seconds", "keep_connection")),
    (N_("Keyring"), ("allow_plaintext_keyring",)),
)
OTHERS = N_("More")


def grouped(states: Sequence[SettingState]) -> list[tuple[str, list[SettingState]]]:
    """Every setting under its heading; what has no place is under the last one."""
    left = list(states)
    found: list[tuple[str, list[SettingState]]] = []
    for heading, keys in GROUPS:
        mine = [s for key in keys for s in left if s.setting.key.startswith(key)]
        left = [state for state in left if state not in mine]
        if mine:
            found.append((heading, mine))
    return [*found, (OTHERS, left)] if left else found


def fits(search: str, *texts: str) -> bool:
    """Whether every word of the search is somewhere in the texts."""
    whole = " ".join(texts).casefold()
    return all(word in whole for word in search.casefold().split())
