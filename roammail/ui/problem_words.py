"""What a page says of an error: its own words where it is meant for people, never a fault's."""

from roammail.core.errors import UserFacingError
from roammail.ui.say import Say


def problem_words(error: Exception, say: Say) -> str:
    """One or more whole sentences."""
    if isinstance(error, UserFacingError):
        return error.message
    return say("Something unexpected went wrong. The details are in the log.")
