"""How long ago something was, in words."""

from typing import TYPE_CHECKING

from roammail.ui.say import Say

if TYPE_CHECKING:
    from datetime import datetime


def checked_ago(say: Say, when: "datetime", now: "datetime") -> str:
    """A whole sentence; both times aware."""
    seconds = max(0, int((now - when).total_seconds()))
    if seconds < 5:
        return say("Checked just now.")
    if seconds < 60:
        return say.many("Checked {number} second ago.", "Checked {number} seconds ago.", seconds)
    if seconds < 3600:
        return say.many(
            "Checked {number} minute ago.", "Checked {number} minutes ago.", seconds // 60
        )
    if seconds < 86400:
        return say.many(
            "Checked {number} hour ago.", "Checked {number} hours ago.", seconds // 3600
        )
    return say("Checked on {day}.", day=f"{when.astimezone():%Y-%m-%d}")
